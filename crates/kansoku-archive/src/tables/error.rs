//! Errors of conversions between traces and rows.
use super::{Table, write::CHUNK_BYTES_MAX};

#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("the stored spans or log records of trace `{trace}` are not OTLP; run `kansoku audit`")]
    MalformedOtlp {
        trace: String,
        #[source]
        source: prost::DecodeError,
    },

    #[error(
        "a chunk of trace `{trace}` has {bytes} bytes, and the archive accepts {CHUNK_BYTES_MAX}; \
             delete the trace, or keep it in the hot store"
    )]
    ChunkTooLarge { trace: String, bytes: usize },

    #[error("column `{column}` of a file of table `{table}` has the type {found}; another program \
             wrote it, rewrite it with the columns of the table",
            table = table.suffix())]
    UnexpectedType { table: Table, column: &'static str, found: String },

    #[error("column `{column}` of row {row} in a file of table `{table}` is damaged: {reason}",
            table = table.suffix())]
    DamagedValue { table: Table, column: &'static str, row: usize, reason: String },
}
