//! Buckets on S3: their URLs, clients for them, and folders of objects that are listed and read.
//!
//! Requests go to the bucket that the operator of the server configured, and to no other.
mod error;
mod folder;
mod location;
mod settings;

pub use error::S3Error;
pub use folder::{S3Entry, S3Folder, S3Object};
pub use location::{InvalidS3Location, S3Location};
pub use settings::S3Settings;
