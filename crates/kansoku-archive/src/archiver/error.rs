//! The reasons why traces are not archived.
use kansoku_model::TraceId;
use kansoku_store::StoreError;

use crate::files::FileError;
use crate::log::LogError;

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error(transparent)]
    Store(#[from] StoreError),

    #[error(transparent)]
    Log(#[from] LogError),

    #[error(transparent)]
    File(#[from] FileError),

    #[error("trace `{trace}` cannot be archived, and is tried again in an hour")]
    Trace {
        trace: TraceId,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    #[error(
        "could not create the folder `{folder}` of the archive; create it, or correct `archive`"
    )]
    NoFolder {
        folder: String,
        #[source]
        source: std::io::Error,
    },

    #[error("could not {doing} the archive")]
    Unavailable {
        doing: &'static str,
        #[source]
        source: object_store::Error,
    },

    #[error(
        "the archive belongs to another data folder (`{owner}`): an archive has one writer; choose \
         another `archive`"
    )]
    OtherOwner { owner: String },

    #[error(
        "table `{table}` has batch {committed} of this data folder, which knows only {known}: the data \
         folder was restored from a backup; choose another `archive`, or restore a newer backup"
    )]
    CatalogBehind { table: String, committed: i64, known: i64 },

    #[error(
        "file `{path}` has {found} rows of {rows} that were merged; run `kansoku archive verify`"
    )]
    OtherRows { path: String, rows: u64, found: u64 },

    #[error(
        "the prefix `{prefix}` of experiment `{experiment}` is not valid: it has 1 to 238 letters, \
         digits and `_`; change the experiment's tag `kansoku.archive.prefix`"
    )]
    InvalidPrefix { prefix: String, experiment: String },
}
