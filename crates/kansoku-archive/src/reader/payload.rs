//! The payload of a trace, in chunks.
use std::collections::{BTreeSet, HashMap};

use arrow_array::RecordBatch;
use futures::TryStreamExt;
use kansoku_model::{ExperimentId, TraceId, TraceInfo};
use kansoku_store::{ChunkId, ChunkInfo, LocatedRows, StoreError};
use xxhash_rust::xxh3::xxh3_64;

use super::ArchiveReader;
use super::traces::ranges;
use crate::files::{FileReader, RowRange, RowSelector};
use crate::tables::{ArchivedTrace, Table, TraceColumn, read_logs, read_spans};

/// A chunk has about this many bytes, as chunks in the store do.
const CHUNK_BYTES: u64 = 4 << 20;

/// Traces with more bytes of spans are read one by one.
const SMALL_BYTES_MAX: u64 = 64 << 10;

/// Rows of a trace that are read as one chunk.
pub(crate) struct Part {
    pub(crate) id: ChunkId,
    /// Its share of the bytes that the trace had in the store.
    bytes: u64,
    table: Table,
    file: FileReader,
    rows: RowRange,
}

impl Part {
    pub(crate) fn info(&self) -> ChunkInfo {
        ChunkInfo { id: self.id, bytes: self.bytes }
    }
}

impl ArchiveReader {
    /// The chunks of a trace's spans or log records.
    pub(crate) async fn parts(
        &self,
        trace: &ArchivedTrace,
        table: Table,
    ) -> Result<Vec<Part>, StoreError> {
        let TraceInfo { experiment_id, trace_id, .. } = &trace.info;
        let bytes = if table == Table::Logs { trace.payload.logs } else { trace.payload.spans };
        let located =
            self.index.locate(*experiment_id, table.suffix(), std::slice::from_ref(trace_id));
        let located = located.await?;
        let rows_of =
            |located: &LocatedRows| located.rows.iter().map(|it| u64::from(it.rows)).sum::<u64>();
        let rows = located.iter().map(rows_of).sum::<u64>().max(1);
        let rows_max = (rows * CHUNK_BYTES / bytes.max(1)).clamp(1, u64::from(u32::MAX)) as u32;
        let mut parts = Vec::new();
        let mut rows_before = 0;
        for located in located {
            let file = self.files.get(&located.file).await?;
            for range in ranges(&located) {
                let mut first = range.first;
                let end = range.first.saturating_add(range.rows);
                while first < end {
                    let part = RowRange { first, rows: rows_max.min(end - first), ..range };
                    let rows_after = rows_before + u64::from(part.rows);
                    parts.push(Part {
                        id: chunk_id(&located.file.path, part),
                        bytes: bytes * rows_after / rows - bytes * rows_before / rows,
                        table,
                        file: file.clone(),
                        rows: part,
                    });
                    (first, rows_before) = (first + part.rows, rows_after);
                }
            }
        }
        Ok(parts)
    }

    /// All chunks of a trace's spans or log records.
    pub(crate) async fn payload(
        &self,
        trace: &ArchivedTrace,
        table: Table,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut chunks = Vec::new();
        for part in self.parts(trace, table).await? {
            chunks.push(self.part(&trace.info.trace_id, &part).await?);
        }
        Ok(chunks)
    }

    /// The spans of those of these traces that are small, which are read together: the pages that one
    /// of them needs have those of its neighbours, too.
    pub(crate) async fn small_payloads(
        &self,
        experiment: ExperimentId,
        traces: &[&ArchivedTrace],
    ) -> Result<HashMap<TraceId, Vec<Vec<u8>>>, StoreError> {
        let small = traces.iter().filter(|trace| trace.payload.spans <= SMALL_BYTES_MAX);
        let small: Vec<TraceId> = small.map(|trace| trace.info.trace_id.clone()).collect();
        let mut found: HashMap<TraceId, Vec<Vec<u8>>> = HashMap::new();
        for located in self.index.locate(experiment, Table::Spans.suffix(), &small).await? {
            let file = self.files.get(&located.file).await?;
            let mut batches = file.read(None, RowSelector::Ranges(ranges(&located)), None)?;
            while let Some(batch) = batches.try_next().await? {
                for trace in distinct_traces(&batch).iter().filter(|trace| small.contains(trace)) {
                    let otlp = read_spans(&batch, trace)?;
                    found.entry(trace.clone()).or_default().push(otlp);
                }
            }
        }
        Ok(found)
    }

    /// The OTLP of a chunk.
    pub(crate) async fn part(&self, trace: &TraceId, part: &Part) -> Result<Vec<u8>, StoreError> {
        let rows = RowSelector::Ranges(vec![part.rows]);
        let mut batches = part.file.read(None, rows, Some(trace))?;
        let mut otlp = Vec::new();
        while let Some(batch) = batches.try_next().await? {
            // Messages of repeated fields are joined by joining their bytes.
            otlp.extend(match part.table {
                Table::Logs => read_logs(&batch, trace)?,
                _ => read_spans(&batch, trace)?,
            });
        }
        Ok(otlp)
    }
}

/// The traces with spans in a batch of rows.
fn distinct_traces(batch: &RecordBatch) -> BTreeSet<TraceId> {
    let Some(traces) = TraceColumn::new(Table::Spans, batch) else { return BTreeSet::new() };
    let mut last = None;
    let mut found = BTreeSet::new();
    for row in 0..batch.num_rows() {
        let text = traces.text(row);
        if last != Some(text) {
            found.extend(traces.decode(text));
            last = Some(text);
        }
    }
    found
}

/// The id of a chunk, which no other rows have, also after these were written to another file.
fn chunk_id(path: &str, rows: RowRange) -> ChunkId {
    let RowRange { row_group, first, rows } = rows;
    let name = format!("{path} {row_group} {first} {rows}");
    ChunkId::new(xxh3_64(name.as_bytes()).cast_signed())
}
