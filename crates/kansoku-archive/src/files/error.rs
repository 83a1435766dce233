//! Errors of reading and writing files.
use object_store::path::Path;
use parquet::errors::ParquetError;

use crate::tables::Table;

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("could not open the folder `{folder}` of the archive; create it, or correct `archive`")]
    NoFolder {
        folder: String,
        #[source]
        source: object_store::Error,
    },

    #[error("file `{path}` of the archive does not exist; run `kansoku archive verify`")]
    NotFound { path: Path },

    #[error("could not {doing} file `{path}` of the archive")]
    Unavailable {
        doing: &'static str,
        path: Path,
        #[source]
        source: object_store::Error,
    },

    #[error("file `{path}` of the archive is damaged; run `kansoku archive verify`")]
    Damaged {
        path: Path,
        #[source]
        source: ParquetError,
    },

    #[error("could not encode rows of table `{table}` for file `{path}`", table = table.suffix())]
    Encoding {
        table: Table,
        path: Path,
        #[source]
        source: ParquetError,
    },

    #[error("rows for file `{path}` do not have the columns of table `{table}`: {reason}",
            table = table.suffix())]
    OtherColumns { table: Table, path: Path, reason: String },

    #[error("file `{path}` has no row group {row_group}; run `kansoku archive rebuild`")]
    NoRowGroup { path: Path, row_group: u32 },

    #[error(
        "row group {row_group} of file `{path}` has no row {row}; run `kansoku archive rebuild`"
    )]
    NoRow { path: Path, row_group: u32, row: u32 },

    #[error("file `{path}` of table `{table}` has no column `{column}`", table = table.suffix())]
    NoColumn { table: Table, path: Path, column: String },
}

impl FileError {
    /// The error of a read: an unreachable store, or a damaged file.
    pub(super) fn reading(path: &Path, error: ParquetError) -> Self {
        Self::from_parquet(path, "read", error, |path, source| Self::Damaged { path, source })
    }

    pub(super) fn writing(table: Table, path: &Path, error: ParquetError) -> Self {
        let encoding = |path, source| Self::Encoding { table, path, source };
        Self::from_parquet(path, "write", error, encoding)
    }

    fn from_parquet(
        path: &Path,
        doing: &'static str,
        error: ParquetError,
        other: impl FnOnce(Path, ParquetError) -> Self,
    ) -> Self {
        let path = path.clone();
        match store_error(error) {
            Ok(object_store::Error::NotFound { .. }) => Self::NotFound { path },
            Ok(source) => Self::Unavailable { doing, path, source },
            Err(error) => other(path, error),
        }
    }
}

/// The error of the store that Parquet's error wraps, directly or in an error of I/O.
fn store_error(error: ParquetError) -> Result<object_store::Error, ParquetError> {
    let ParquetError::External(source) = error else { return Err(error) };
    let source = match source.downcast::<object_store::Error>() {
        Ok(error) => return Ok(*error),
        Err(source) => source,
    };
    match source.downcast::<std::io::Error>() {
        Ok(error) => Ok(object_store::Error::Generic { store: "archive", source: error }),
        Err(source) => Err(ParquetError::External(source)),
    }
}
