//! Writes the rows of a batch to new files, one of each table at a time.
use std::sync::Arc;

use arrow_array::RecordBatch;
use kansoku_model::{ExperimentId, RunId, SpanRow, TimestampMs, TraceInfo};
use kansoku_store::{ArchiveCatalog, ArchiveFile};
use object_store::ObjectStore;
use object_store::path::Path;

use super::ArchiveError;
use super::locator;
use crate::files::{FileWriter, WrittenFile};
use crate::tables::{
    AnnotationRows, Layout, LogRows, PayloadBytes, RepeatedSpans, SpanRows, SpanSummary, Table,
    TableError, TraceRecord, TraceRows,
};

/// A file that has this many bytes ends with the trace that is being written.
const FILE_BYTES_MAX: usize = 128 << 20;
pub(super) const DAY_MS: i64 = 86_400_000;

/// The archive, the experiment and the batch that all files of a batch share.
#[derive(Clone)]
pub(super) struct BatchTarget {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) catalog: Arc<dyn ArchiveCatalog>,
    pub(super) experiment: ExperimentId,
    pub(super) prefix: String,
    pub(super) layout: Layout,
    pub(super) number: i64,
}

impl BatchTarget {
    /// Begins the file with this number within the batch. Its name is in the catalog before it exists.
    pub(super) async fn create(
        &self,
        table: Table,
        number: usize,
    ) -> Result<FileWriter, ArchiveError> {
        let folder = table_folder(&self.prefix, table);
        let path = format!("{folder}/part-{:010}-{number:05}.parquet", self.number);
        self.catalog.reserve_file(self.experiment, &path).await?;
        Ok(FileWriter::new(self.store.clone(), Path::from(path), table, self.layout)?)
    }
}

pub(crate) fn table_folder(prefix: &str, table: Table) -> String {
    format!("{prefix}_{}", table.suffix())
}

/// The times of the traces of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) min: TimestampMs,
    pub(super) max: TimestampMs,
}

pub(super) fn archive_file(
    table: Table,
    written: WrittenFile,
    batches: (i64, i64),
    times: Times,
) -> ArchiveFile {
    ArchiveFile {
        path: written.path.to_string(),
        table: table.suffix().to_owned(),
        first_batch: batches.0,
        last_batch: batches.1,
        bytes: written.bytes,
        rows: written.rows,
        min_time: times.min,
        max_time: times.max,
        statistics: written.statistics,
        footer_checksum: written.footer_checksum,
        locator: locator::locator(&written.traces),
        row_groups: written.row_groups,
    }
}

/// A trace as it is archived, without its spans.
pub(super) struct TraceParts<'a> {
    pub(super) info: &'a TraceInfo,
    pub(super) spans: &'a SpanSummary,
    pub(super) span_rows: &'a [SpanRow],
    pub(super) payload: PayloadBytes,
    pub(super) run_ids: &'a [RunId],
}

/// The files that are being written. Traces come in the order of their times.
pub(super) struct BatchWriter {
    target: BatchTarget,
    spans: SpanRows,
    logs: LogRows,
    annotations: AnnotationRows,
    traces: TraceRows,
    open: Vec<(Table, FileWriter)>,
    times: Option<Times>,
    begun: usize,
    finished: Vec<ArchiveFile>,
}

impl BatchWriter {
    pub(super) fn new(target: BatchTarget) -> Self {
        let layout = target.layout;
        Self {
            target,
            spans: SpanRows::new(layout),
            logs: LogRows::new(layout),
            annotations: AnnotationRows::new(layout),
            traces: TraceRows::new(layout),
            open: Vec::new(),
            times: None,
            begun: 0,
            finished: Vec::new(),
        }
    }

    /// Begins a trace. Its rows go to new files if the present ones are large or of another day.
    pub(super) async fn begin_trace(&mut self, time: TimestampMs) -> Result<(), ArchiveError> {
        let is_other_day = self.times.is_some_and(|times| day(times.min) != day(time));
        let is_large = self.open.iter().any(|(_, file)| FILE_BYTES_MAX <= file.file_bytes());
        if is_other_day || is_large {
            self.end_files().await?;
        }
        let times = self.times.get_or_insert(Times { min: time, max: time });
        (times.min, times.max) = (times.min.min(time), times.max.max(time));
        Ok(())
    }

    /// Appends the spans of a chunk.
    pub(super) async fn append_spans(
        &mut self,
        info: &TraceInfo,
        otlp: &[u8],
        repeated: &mut RepeatedSpans,
    ) -> Result<(), ArchiveError> {
        let batches =
            self.spans.append(&info.trace_id, otlp, repeated).map_err(trace_error(info))?;
        self.write(Table::Spans, batches).await
    }

    pub(super) async fn append_logs(
        &mut self,
        info: &TraceInfo,
        otlp: &[u8],
    ) -> Result<(), ArchiveError> {
        let batches = self.logs.append(&info.trace_id, otlp).map_err(trace_error(info))?;
        self.write(Table::Logs, batches).await
    }

    /// Appends everything but spans and log records.
    pub(super) async fn append_trace(
        &mut self,
        trace: &TraceParts<'_>,
        now: TimestampMs,
    ) -> Result<(), ArchiveError> {
        let TraceParts { info, spans, span_rows, payload, run_ids } = *trace;
        let annotations = self.annotations.append_trace(info, run_ids, now);
        self.write(Table::Annotations, annotations).await?;
        let batch = self.target.number;
        let record = TraceRecord { info, spans, span_rows, run_ids, batch, payload };
        let rows = self.traces.append(&record).into_iter().collect();
        self.write(Table::Traces, rows).await
    }

    async fn write(&mut self, table: Table, batches: Vec<RecordBatch>) -> Result<(), ArchiveError> {
        for batch in batches {
            let open = self.open.iter().position(|(of, _)| *of == table);
            let at = match open {
                Some(at) => at,
                None => {
                    let file = self.target.create(table, self.begun).await?;
                    self.begun += 1;
                    self.open.push((table, file));
                    self.open.len() - 1
                }
            };
            self.open[at].1.append(&batch).await?;
        }
        Ok(())
    }

    async fn end_files(&mut self) -> Result<(), ArchiveError> {
        let left = [
            (Table::Spans, self.spans.finish()),
            (Table::Logs, self.logs.finish()),
            (Table::Annotations, self.annotations.finish()),
            (Table::Traces, self.traces.finish()),
        ];
        for (table, batch) in left {
            self.write(table, batch.into_iter().collect()).await?;
        }
        let Some(times) = self.times.take() else { return Ok(()) };
        let number = self.target.number;
        for (table, file) in std::mem::take(&mut self.open) {
            let written = file.finish().await?;
            self.finished.push(archive_file(table, written, (number, number), times));
        }
        Ok(())
    }

    /// Completes the files, and returns them with the number of files that were begun.
    pub(super) async fn finish(mut self) -> Result<(Vec<ArchiveFile>, usize), ArchiveError> {
        self.end_files().await?;
        Ok((self.finished, self.begun))
    }
}

/// The error of a trace that cannot be archived as it is.
pub(super) fn trace_error(info: &TraceInfo) -> impl FnOnce(TableError) -> ArchiveError {
    let trace = info.trace_id.clone();
    move |error| ArchiveError::Trace { trace, source: Box::new(error) }
}

/// The UTC day of a time, counted from 1970.
pub(super) fn day(time: TimestampMs) -> i64 {
    time.0.div_euclid(DAY_MS)
}
