//! Errors of reads as the store reports them.
use std::error::Error;

use kansoku_store::StoreError;

use crate::files::FileError;
use crate::tables::TableError;

impl From<FileError> for StoreError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Unavailable { .. } | FileError::NoFolder { .. } => {
                Self::ArchiveUnavailable(with_sources(&error))
            }
            error => Self::ArchiveDamaged(with_sources(&error)),
        }
    }
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> Self {
        Self::ArchiveDamaged(with_sources(&error))
    }
}

/// The text of an error and of those that caused it.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
