//! Files that clients put beside their traces and runs, in one folder.
//!
//! A file appears whole or not at all: bytes go to a temporary name, are synced,
//! and then renamed. The spans of a trace are no file, whatever clients call
//! them: see [`trace_objects`].
mod beneath;
mod folder;
pub(crate) mod multipart;
mod path;
mod proxy;
mod runs;
pub(crate) mod trace_objects;
mod usage;

pub use folder::Artifacts;
pub(crate) use folder::{ArtifactError, Entry, File};
pub(crate) use path::{ArtifactPath, InvalidPath, TracePlace};

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    proxy::routes(routes);
    multipart::routes(routes);
    runs::routes(routes);
}
