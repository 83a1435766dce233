//! Parquet files of tables, on a disk or in a bucket.
//!
//! A file is written as a stream of row groups of bounded size, and read by row groups, pages and
//! columns. Nothing here knows Delta's log; a written file comes with the statistics for it.
mod checksums;
mod error;
mod local;
mod locator;
mod object;
mod properties;
mod reader;
mod row_groups;
mod scan;
mod statistics;
mod writer;

pub use error::FileError;
pub use local::local_store;
pub use locator::{RowRange, TraceRange};
pub use reader::{FileReader, RowSelector};
pub use row_groups::{may_assess_sessions, may_have_a_term};
pub use writer::{FileWriter, WrittenFile};
