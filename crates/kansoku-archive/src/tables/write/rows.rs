//! Rows of one table, in batches of bounded size.
use arrow_array::RecordBatch;
use prost::Message;

use super::columns::{RowWriter, StructColumn};
use crate::tables::{Layout, Table, TableError};

/// A batch ends after the row with which it has this many bytes.
const BATCH_BYTES: usize = 1 << 20;
const BATCH_ROWS: usize = 8192;

/// The largest chunk of spans or log records. Text can take six times as much as JSON, and a column
/// has less than 2 GiB in a batch.
pub(in crate::tables) const CHUNK_BYTES_MAX: usize = 256 << 20;

/// The fixed cost of a row, in addition to its payload.
const ROW_BYTES: usize = 256;

pub(super) struct Rows {
    columns: StructColumn,
    bytes: usize,
    rows: usize,
}

impl Rows {
    pub(super) fn new(table: Table, layout: Layout) -> Self {
        Self { columns: StructColumn::new(table.columns(), layout), bytes: 0, rows: 0 }
    }

    /// Writes a row with about `bytes` of payload. Returns the batch that it completes.
    pub(super) fn append(
        &mut self,
        bytes: usize,
        write: impl FnOnce(&mut RowWriter<'_>),
    ) -> Option<RecordBatch> {
        self.columns.append(write);
        self.bytes += bytes + ROW_BYTES;
        self.rows += 1;
        if BATCH_BYTES <= self.bytes || BATCH_ROWS <= self.rows { self.finish() } else { None }
    }

    /// The rows since the last batch; `None` if there are none.
    pub(super) fn finish(&mut self) -> Option<RecordBatch> {
        if self.rows == 0 {
            return None;
        }
        (self.bytes, self.rows) = (0, 0);
        Some(RecordBatch::from(self.columns.finish()))
    }
}

/// Decodes a chunk of a trace. Fails if it is malformed or too large.
pub(super) fn decode<M: Message + Default>(trace: &str, otlp: &[u8]) -> Result<M, TableError> {
    if CHUNK_BYTES_MAX < otlp.len() {
        return Err(TableError::ChunkTooLarge { trace: trace.to_owned(), bytes: otlp.len() });
    }
    M::decode(otlp).map_err(|source| TableError::MalformedOtlp { trace: trace.to_owned(), source })
}
