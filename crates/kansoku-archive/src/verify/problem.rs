//! Differences between an archive and its catalog.
use kansoku_model::TraceId;

/// Each names the file by its path in the archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    #[error("table `{table}` cannot be read: {reason}")]
    UnreadableTable { table: String, reason: String },

    #[error("file `{path}` is in the catalog of the data folder, but not in the log of its table")]
    NotInLog { path: String },

    #[error(
        "file `{path}` is in the log of its table, but not in the catalog of the data folder: \
         another program may have added it"
    )]
    NotInCatalog { path: String },

    #[error(
        "file `{path}` has {found} bytes in the log of its table, and {expected} in the catalog"
    )]
    OtherSizeInLog { path: String, expected: u64, found: u64 },

    #[error("file `{path}` does not exist")]
    Missing { path: String },

    #[error("file `{path}` has {found} bytes, and {expected} in the catalog")]
    OtherSize { path: String, expected: u64, found: u64 },

    #[error("file `{path}` cannot be read: {reason}")]
    Unreadable { path: String, reason: String },

    #[error("file `{path}` has {found} rows, and {expected} in the catalog")]
    OtherRows { path: String, expected: u64, found: u64 },

    #[error("the traces of file `{path}` are not where the catalog locates them")]
    OtherLocator { path: String },

    #[error("file `{path}` has traces outside of the times that the catalog has for it")]
    OtherTimes { path: String },

    #[error("trace `{trace}` is not in table `{table}`, although nothing of it waits")]
    MissingTrace { table: String, trace: TraceId },

    #[error("{traces} traces have more than one row in table `{table}`")]
    RepeatedTraces { table: String, traces: usize },
}
