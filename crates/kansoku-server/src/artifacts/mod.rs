//! Files that clients put beside their traces and runs, in one folder.
//!
//! A file appears whole or not at all: bytes go to a temporary name, are synced,
//! and then renamed. The spans of a trace are no file, whatever clients call
//! them: see [`trace_objects`].
mod beneath;
pub(crate) mod download;
pub(crate) mod folder;
pub(crate) mod path;
pub(crate) mod trace_objects;
mod usage;

pub use folder::Artifacts;
