//! Files that clients upload for their traces and runs, in one folder.
//!
//! A file appears completely or not at all: it is written under a temporary name, synced, and then
//! renamed. The spans of a trace are not a file, although clients upload and download them as one:
//! see [`trace_objects`]. Files that clients write to a folder or bucket themselves are only read:
//! see [`shared`].
mod beneath;
pub(crate) mod download;
pub(crate) mod folder;
pub(crate) mod path;
mod root;
pub(crate) mod shared;
pub(crate) mod trace_objects;
mod usage;

pub use folder::Artifacts;
pub use root::{ArtifactRoot, InvalidArtifactRoot};
