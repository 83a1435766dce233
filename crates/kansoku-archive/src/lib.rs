//! Keeps every trace for good in Delta Lake tables, on a local disk or in a bucket.
//!
//! [`Archiver`] brings traces from the store to the archive, and [`TieredStore`] reads both as one
//! store. Below them, `log` is Delta's transaction
//! log, `tables` converts traces to columns and back, and `files` writes and reads Parquet files of
//! them.
mod archiver;
pub mod files;
pub mod log;
mod place;
mod reader;
pub mod tables;
mod tiers;
mod verify;

pub use archiver::*;
pub use place::{ArchivePlace, InvalidArchivePlace};
pub use reader::ArchiveReader;
pub use tiers::TieredStore;
pub use verify::{Depth, Problem, VerifiedExperiment, Verifier, VerifyProgress};
