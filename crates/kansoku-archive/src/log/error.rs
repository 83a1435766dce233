//! The reasons why a table's log cannot be read or written.

/// Each names the table by its folder in the store.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("there is no Delta table in `{table}`")]
    NotFound { table: String },

    #[error("a Delta table exists in `{table}` already")]
    AlreadyExists { table: String },

    #[error("the definition of table `{table}` is not valid: {reason}")]
    InvalidDefinition { table: String, reason: String },

    #[error(
        "table `{table}` has another schema than this version of Kansoku writes; \
         choose another prefix for new tables"
    )]
    SchemaMismatch { table: String },

    #[error(
        "version {version} of table `{table}` has {feature}, which Kansoku does not support; \
         nothing is written to this table until that is undone"
    )]
    Unsupported { table: String, version: u64, feature: String },

    #[error(
        "file `{path}` is not in version {version} of table `{table}`, so it cannot be removed: \
         another writer may have replaced it; read the table's changes and plan the commit again"
    )]
    Conflict { table: String, version: u64, path: String },

    #[error("file `{path}` is in table `{table}` already; give new files new names")]
    DuplicateFile { table: String, path: String },

    #[error("table `{table}` has transaction {committed} of `{app_id}`, so {version} is not newer")]
    AlreadyCommitted { table: String, app_id: String, version: i64, committed: i64 },

    #[error("the commit to table `{table}` is not valid: {reason}")]
    InvalidCommit { table: String, reason: String },

    #[error(
        "other writers were faster {attempts} times in a row when committing to table `{table}`; \
         try again later"
    )]
    Contended { table: String, attempts: usize },

    #[error("`{file}` in the log of table `{table}` cannot be read: {reason}")]
    Malformed { table: String, file: String, reason: String },

    #[error(
        "version {version} is missing in the log of table `{table}`; restore its file from a backup"
    )]
    MissingVersion { table: String, version: u64 },

    #[error("`{file}` in the log of table `{table}` would have more than {bytes_max} bytes")]
    TooLarge { table: String, file: String, bytes_max: u64 },

    #[error("the log of table `{table}` has more than {max} {things}")]
    TooMany { table: String, things: &'static str, max: usize },

    #[error("the checkpoint of version {version} of table `{table}` could not be made: {reason}")]
    CheckpointFailed { table: String, version: u64, reason: String },

    #[error("could not {doing} of table `{table}`")]
    Storage {
        table: String,
        doing: String,
        #[source]
        source: object_store::Error,
    },
}

/// Why actions cannot be applied, before it is known in which file they are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    Unsupported(String),
    Malformed(String),
    TooMany { things: &'static str, max: usize },
}

impl Rejection {
    pub(super) fn in_file(self, table: &str, version: u64, file: &str) -> LogError {
        let table = table.to_owned();
        match self {
            Self::Unsupported(feature) => LogError::Unsupported { table, version, feature },
            Self::Malformed(reason) => LogError::Malformed { table, file: file.to_owned(), reason },
            Self::TooMany { things, max } => LogError::TooMany { table, things, max },
        }
    }
}
