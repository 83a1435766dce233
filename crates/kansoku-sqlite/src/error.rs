//! The one place where SQLite's errors become store errors.
use kansoku_store::StoreError;

/// The error type inside the engine: `?` converts errors of SQLite and of the store. At the edge of
/// the engine it is unwrapped to the [`StoreError`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct EngineError(pub(crate) StoreError);

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl From<EngineError> for StoreError {
    fn from(EngineError(error): EngineError) -> Self {
        error
    }
}

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        Self(match error.sqlite_error_code() {
            Some(Code::DiskFull) => StoreError::DiskFull,
            Some(code @ (Code::DatabaseCorrupt | Code::NotADatabase)) => {
                let why = match code {
                    Code::NotADatabase => "its file does not begin as a database of SQLite does",
                    _ => "its pages contradict each other",
                };
                StoreError::DatabaseDamaged(why.to_owned())
            }
            Some(code @ (Code::ReadOnly | Code::SystemIoFailure | Code::CannotOpen)) => {
                // SQLite's own message may contain the path of the file.
                let why = match code {
                    Code::ReadOnly => "attempt to write a readonly database",
                    Code::CannotOpen => "unable to open the database file",
                    _ => "disk I/O error",
                };
                StoreError::Unwritable(why.to_owned())
            }
            _ => StoreError::of_function(&error.to_string())
                .unwrap_or_else(|| StoreError::backend("use the database", error)),
        })
    }
}
