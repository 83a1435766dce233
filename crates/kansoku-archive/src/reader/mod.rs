//! Reads traces that are only in the archive: by id, and by searches over the rows of traces.
//!
//! The index of the catalog says in which files and row groups a trace or a term may be. Whether a
//! trace is only in the archive is known to the store alone: rows of other traces are skipped.
mod columns;
mod error;
mod matching;
mod open_files;
mod payload;
mod row_groups;
mod search;
mod traces;
mod viewed;

use std::sync::Arc;

use kansoku_store::ArchiveIndex;
use object_store::ObjectStore;

use open_files::OpenFiles;

pub(crate) use columns::Columns;
pub(crate) use error::with_sources;
pub(crate) use matching::SessionAssessments;
pub(crate) use payload::Part;
pub(crate) use row_groups::{RowQuery, Visited};
pub(crate) use search::ArchiveSearch;
pub(crate) use viewed::Viewed;

/// Reads an archive.
pub struct ArchiveReader {
    index: Arc<dyn ArchiveIndex>,
    files: OpenFiles,
}

impl ArchiveReader {
    pub fn new(store: Arc<dyn ObjectStore>, index: Arc<dyn ArchiveIndex>) -> Self {
        Self { index, files: OpenFiles::new(store) }
    }
}
