//! Writes a batch: reads its traces from the store, and writes their rows to files.
use std::collections::HashMap;

use kansoku_model::{ExperimentId, RunId, TimestampMs, TraceId, TraceInfo};
use kansoku_store::{
    ArchiveBatch, BatchFiles, ChunkInfo, QueuedChange, StoreError, TraceChunks, TraceStore,
    WholeTrace, WholeTraceLimits,
};

use super::ArchiveError;
use super::batch_writer::{BatchTarget, BatchWriter, TraceParts, trace_error};
use super::rewriting::{find_removals, rewrite};
use crate::tables::{PayloadBytes, RepeatedSpans, SpanSummary, service_name};

/// Traces that are read at once.
const TRACES_AT_ONCE: usize = 64;
/// The bytes of spans that are read at once. A larger trace is read chunk by chunk.
const BYTES_AT_ONCE: u64 = 4 << 20;
/// How often a trace is read that changes meanwhile.
const READS_MAX: usize = 3;

pub(super) struct BatchReader<'a> {
    pub(super) traces: &'a dyn TraceStore,
    pub(super) experiment: ExperimentId,
    pub(super) now: TimestampMs,
}

impl BatchReader<'_> {
    pub(super) async fn write(
        &self,
        target: BatchTarget,
        batch: &ArchiveBatch,
    ) -> Result<BatchFiles, ArchiveError> {
        let mut writer = BatchWriter::new(target.clone());
        let (ordered, changes) = order(batch);
        let mut left = &ordered[..];
        while !left.is_empty() {
            let some = &left[..left.len().min(TRACES_AT_ONCE)];
            let looked_at = self.write_some(&mut writer, some, &changes).await?;
            left = &left[looked_at..];
        }
        let (mut added, mut number) = writer.finish().await?;
        let mut removed = Vec::new();
        for (path, (file, leaving)) in find_removals(&target, &batch.traces).await? {
            added.extend(rewrite(&target, &file, &leaving, number).await?);
            number += 1;
            removed.push(path);
        }
        Ok(BatchFiles { added, removed })
    }

    /// Writes the first of these traces, as many as are read at once. Returns their number.
    async fn write_some(
        &self,
        writer: &mut BatchWriter,
        traces: &[TraceId],
        changes: &HashMap<TraceId, QueuedChange>,
    ) -> Result<usize, ArchiveError> {
        let limits = WholeTraceLimits { trace_bytes_max: BYTES_AT_ONCE, bytes_max: BYTES_AT_ONCE };
        let read = match self.traces.whole_traces(traces, limits).await {
            // Alone, the damaged one shows which it is.
            Err(StoreError::Damaged { .. }) if 1 < traces.len() => {
                return Box::pin(self.write_some(writer, &traces[..1], changes)).await;
            }
            read => read.map_err(|error| read_error(&traces[0], error))?,
        };
        let looked_at = &traces[..read.looked_at.max(1)];
        let links = self.links(looked_at).await?;
        let mut whole = read.traces.into_iter().peekable();
        for trace in looked_at {
            let has_spans = changes.get(trace) != Some(&QueuedChange::Info);
            let run_ids = links.get(trace).map_or(&[][..], Vec::as_slice);
            match whole.next_if(|whole| whole.info.trace_id == *trace) {
                Some(whole) => self.write_whole(writer, &whole, run_ids, has_spans).await?,
                None => self.write_large(writer, trace, run_ids, has_spans).await?,
            }
        }
        Ok(looked_at.len())
    }

    async fn links(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, Vec<RunId>>, ArchiveError> {
        let mut links = HashMap::new();
        let read = self.traces.links(traces).await?;
        if read.len() == traces.len() {
            let ids = read.into_iter().map(|links| links.run_ids.into_iter().map(RunId).collect());
            links.extend(traces.iter().cloned().zip(ids));
            return Ok(links);
        }
        // Links of deleted traces are omitted, and links have no ids of traces.
        for trace in traces {
            if let Some(of_trace) = self.traces.links(std::slice::from_ref(trace)).await?.pop() {
                links.insert(trace.clone(), of_trace.run_ids.into_iter().map(RunId).collect());
            }
        }
        Ok(links)
    }

    async fn write_whole(
        &self,
        writer: &mut BatchWriter,
        trace: &WholeTrace,
        run_ids: &[RunId],
        has_spans: bool,
    ) -> Result<(), ArchiveError> {
        let WholeTrace { info, rows, chunks, has_logs, .. } = trace;
        if self.has_moved(info) {
            return Ok(());
        }
        writer.begin_trace(info.request_time).await?;
        if has_spans {
            let mut repeated = RepeatedSpans::default();
            for chunk in chunks {
                repeated.add(&info.trace_id, chunk).map_err(trace_error(info))?;
            }
            for chunk in chunks {
                writer.append_spans(info, chunk, &mut repeated).await?;
            }
        }
        let mut payload =
            PayloadBytes { spans: chunks.iter().map(|it| it.len() as u64).sum(), logs: 0 };
        if *has_logs && let Some(stored) = self.chunks(&info.trace_id).await? {
            payload.logs = chunk_bytes(&stored.logs);
            if has_spans {
                self.write_logs(writer, &stored).await?;
            }
        }
        let summary = SpanSummary::new(rows, chunks.first().and_then(|chunk| service_name(chunk)));
        let parts = TraceParts { info, spans: &summary, span_rows: rows, payload, run_ids };
        writer.append_trace(&parts, self.now).await
    }

    /// Whether the trace moved since the batch was planned. It is archived with its new experiment.
    fn has_moved(&self, info: &TraceInfo) -> bool {
        info.experiment_id != self.experiment
    }

    /// Writes a trace chunk by chunk. Does nothing if it is deleted.
    async fn write_large(
        &self,
        writer: &mut BatchWriter,
        trace: &TraceId,
        run_ids: &[RunId],
        has_spans: bool,
    ) -> Result<(), ArchiveError> {
        let Some((stored, mut repeated, service)) = self.read_ids(trace, has_spans).await? else {
            return Ok(());
        };
        let info = &stored.info;
        if self.has_moved(info) {
            return Ok(());
        }
        writer.begin_trace(info.request_time).await?;
        if has_spans {
            for chunk in &stored.spans {
                let otlp = self.chunk(info, chunk).await?.ok_or_else(|| changed(info))?;
                writer.append_spans(info, &otlp, &mut repeated).await?;
            }
            self.write_logs(writer, &stored).await?;
        }
        let rows = self.traces.span_rows(trace).await?;
        let summary = SpanSummary::new(&rows, service);
        let payload =
            PayloadBytes { spans: chunk_bytes(&stored.spans), logs: chunk_bytes(&stored.logs) };
        let parts = TraceParts { info, spans: &summary, span_rows: &rows, payload, run_ids };
        writer.append_trace(&parts, self.now).await
    }

    /// The chunks of a trace, its repeated spans and its service; `None` if it is deleted. Without
    /// spans, only the service is read, which the first chunk has.
    async fn read_ids(
        &self,
        trace: &TraceId,
        has_spans: bool,
    ) -> Result<Option<(TraceChunks, RepeatedSpans, Option<String>)>, ArchiveError> {
        // Compaction may replace the chunks meanwhile.
        'chunks: for _ in 0..READS_MAX {
            let Some(stored) = self.chunks(trace).await? else { return Ok(None) };
            let (mut repeated, mut service) = (RepeatedSpans::default(), None);
            let chunks_max = if has_spans { usize::MAX } else { 1 };
            for chunk in stored.spans.iter().take(chunks_max) {
                let Some(otlp) = self.chunk(&stored.info, chunk).await? else { continue 'chunks };
                service = service.or_else(|| service_name(&otlp));
                repeated.add(trace, &otlp).map_err(trace_error(&stored.info))?;
            }
            return Ok(Some((stored, repeated, service)));
        }
        Err(StoreError::TraceNotFound(trace.clone()).into())
    }

    async fn write_logs(
        &self,
        writer: &mut BatchWriter,
        stored: &TraceChunks,
    ) -> Result<(), ArchiveError> {
        let info = &stored.info;
        for chunk in &stored.logs {
            let otlp = self.chunk(info, chunk).await?.ok_or_else(|| changed(info))?;
            writer.append_logs(info, &otlp).await?;
        }
        Ok(())
    }

    async fn chunks(&self, trace: &TraceId) -> Result<Option<TraceChunks>, ArchiveError> {
        match self.traces.chunks(trace).await {
            Ok(stored) => Ok(Some(stored)),
            Err(StoreError::TraceNotFound(_)) => Ok(None),
            Err(error) => Err(read_error(trace, error)),
        }
    }

    async fn chunk(
        &self,
        info: &TraceInfo,
        chunk: &ChunkInfo,
    ) -> Result<Option<Vec<u8>>, ArchiveError> {
        let read = self.traces.chunk(&info.trace_id, chunk.id).await;
        read.map_err(|error| read_error(&info.trace_id, error))
    }
}

fn chunk_bytes(chunks: &[ChunkInfo]) -> u64 {
    chunks.iter().map(|chunk| chunk.bytes).sum()
}

/// The traces to write, by time, and what changed in each.
fn order(batch: &ArchiveBatch) -> (Vec<TraceId>, HashMap<TraceId, QueuedChange>) {
    let live = batch.traces.iter().filter_map(|trace| Some((trace.request_time?, trace)));
    let mut live: Vec<_> = live.collect();
    live.sort_by_key(|(time, trace)| (*time, &trace.trace_id));
    let changes = live.iter().map(|(_, trace)| (trace.trace_id.clone(), trace.change)).collect();
    (live.into_iter().map(|(_, trace)| trace.trace_id.clone()).collect(), changes)
}

/// The error of a read of a trace, which may be damaged.
fn read_error(trace: &TraceId, error: StoreError) -> ArchiveError {
    match error {
        StoreError::Damaged { .. } => {
            ArchiveError::Trace { trace: trace.clone(), source: Box::new(error) }
        }
        error => error.into(),
    }
}

/// A trace that changes while it is written: the batch is given up, and planned again.
fn changed(info: &TraceInfo) -> ArchiveError {
    StoreError::TraceNotFound(info.trace_id.clone()).into()
}
