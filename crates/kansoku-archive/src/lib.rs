//! Keeps every trace for good in Delta Lake tables, on a local disk or in a bucket.
//!
//! [`Archiver`] brings traces from the store to the archive. Below it, `log` is Delta's transaction
//! log, `tables` converts traces to columns and back, and `files` writes and reads Parquet files of
//! them.
mod archiver;
pub mod files;
pub mod log;
mod place;
pub mod tables;

pub use archiver::*;
pub use place::{ArchivePlace, InvalidArchivePlace};
