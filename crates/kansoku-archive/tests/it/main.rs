//! Traces through Parquet files and back.
#![allow(clippy::unwrap_used, reason = "tests")]
mod archive;
mod archiver;
mod compaction;
mod faults;
mod files;
mod fixtures;
mod hostile;
mod lookups;
mod random;
mod readers;
mod sample;
mod schema;
mod settling;
mod tiers;
mod traces;
mod verify;
