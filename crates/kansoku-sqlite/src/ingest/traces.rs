//! Writes spans and trace infos to the rows of a trace.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{
    ExperimentId, LifecycleStage, Source, SpanRow, TimestampMs, TraceId, TraceInfo, TraceSpans,
};
use rusqlite::{Connection, OptionalExtension};

use crate::archive::expired;
use crate::engine::tx::{Changed, Tx};
use crate::engine::writer::Writer;
use crate::error::EngineError;
use crate::index::terms;
use crate::ingest::ledger::{Count, Deltas};
use crate::ingest::tags_and_metadata;
use crate::ingest::{assessments, previews, rows, spans};
use crate::meta::{scoring_jobs, webhook_events};
use crate::payload::chunks::{self, Chunk, Kind};
use crate::reads::infos;
use kansoku_store::core;
use kansoku_store::core::fold::{Change, TermDiff};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::span_rows::totals_of_rows;
use kansoku_store::core::terms::of_spans;
use kansoku_store::{IngestCounts, StoreError};

/// Maximum size of one write in bytes, unless it has a single trace.
const WRITE_BYTES_MAX: usize = 4 << 20;

/// Number of spans up to which a trace's totals are recomputed with each request.
const COUNTED_AT_ONCE: u64 = 2_000;

/// Spans and log records of one trace, compressed and ready for the writer.
pub(crate) struct Prepared {
    experiment: ExperimentId,
    spans: TraceSpans,
    chunk: Option<Chunk>,
    logs: Option<Chunk>,
    raw_bytes: u64,
}

impl Prepared {
    pub(crate) fn new(
        codec: &Codec,
        (experiment, mut spans): (ExperimentId, TraceSpans),
    ) -> Result<Self, EngineError> {
        let trace = &spans.trace_id;
        let compress = |kind, bytes: &mut Vec<u8>| {
            let bytes = std::mem::take(bytes);
            let chunk =
                (!bytes.is_empty()).then(|| Chunk::compress(codec, kind, &bytes, Some(trace)));
            Ok::<_, EngineError>((bytes.len() as u64, chunk.transpose()?))
        };
        let (mut raw_bytes, chunk) = compress(Kind::Spans, &mut spans.otlp)?;
        let mut logs = None;
        if let Some(of_trace) = &mut spans.logs {
            let (bytes, chunk) = compress(Kind::Logs, &mut of_trace.otlp)?;
            (raw_bytes, logs) = (raw_bytes + bytes, chunk);
        }
        Ok(Self { experiment, spans, chunk, logs, raw_bytes })
    }

    pub(crate) async fn offload(
        &mut self,
        codec: &Codec,
        writer: &Writer,
    ) -> Result<(), EngineError> {
        for chunk in [&mut self.chunk, &mut self.logs].into_iter().flatten() {
            chunk.offload(codec, writer).await?;
        }
        Ok(())
    }

    /// Approximate memory while it waits in the queue, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let chunks = [&self.chunk, &self.logs];
        let kept: usize = chunks.into_iter().flatten().map(|chunk| chunk.held_bytes()).sum();
        kept + self.spans.rows.len() * 256
    }
}

/// Splits the traces of a request into short writes, because a long one would delay all others.
pub(crate) fn writes(traces: Vec<Prepared>, queue_bytes_max: usize) -> Vec<Vec<Prepared>> {
    let bytes_max = WRITE_BYTES_MAX.min(queue_bytes_max / 2);
    let mut writes: Vec<Vec<Prepared>> = Vec::new();
    let mut bytes = 0;
    for trace in traces {
        bytes += trace.bytes();
        match writes.last_mut().filter(|_| bytes <= bytes_max) {
            Some(last) => last.push(trace),
            None => {
                bytes = trace.bytes();
                writes.push(vec![trace]);
            }
        }
    }
    writes
}

/// A trace that a write changes, and its row in the database.
pub(crate) struct OpenTrace {
    /// `None` until a new trace's row is written.
    id: Option<i64>,
    pub(crate) change: Change,
    /// Whether the write brings spans or log records.
    has_new_spans: bool,
}

impl OpenTrace {
    /// Opens an existing trace by its row id.
    pub(crate) fn of_row(db: &Connection, trace: i64) -> Result<Self, EngineError> {
        let (trace_id, experiment) = db
            .prepare_cached("select trace_id, experiment_id from traces where id = ?1")?
            .query_row([trace], |row| Ok((row.get::<_, String>(0)?, ExperimentId(row.get(1)?))))?;
        Self::open(db, &trace_id, experiment)
    }

    fn open(
        db: &Connection,
        trace_id: &str,
        experiment: ExperimentId,
    ) -> Result<Self, EngineError> {
        let Some((id, row)) = rows::load(db, trace_id)? else {
            require_active(db, experiment)?;
            let change = Change::open(None, trace_id, experiment);
            return Ok(Self { id: None, change, has_new_spans: false });
        };
        let stored = Some((row, tags_and_metadata::load(db, id)?));
        let change = Change::open(stored, trace_id, experiment);
        Ok(Self { id: Some(id), change, has_new_spans: false })
    }

    /// Writes the row of a new trace, so that spans and assessments can refer to it.
    fn row_id(&mut self, db: &Connection, now: TimestampMs) -> Result<i64, EngineError> {
        match self.id {
            Some(id) => Ok(id),
            None => {
                let id = rows::insert(&self.change.row, db, now)?;
                self.id = Some(id);
                Ok(id)
            }
        }
    }

    /// Writes remaining changes and index entries. `added` are terms of dependent rows.
    pub(crate) fn close(self, tx: &Tx<'_>, added: BTreeSet<Term<'_>>) -> Result<(), EngineError> {
        let Self { id, change, has_new_spans } = self;
        let id = id.expect("row_id was called before");
        for (kind, key, entry) in change.changed_tags_and_metadata() {
            tags_and_metadata::put(tx, id, kind, key, entry)?;
        }
        if change.is_row_changed() {
            rows::update(&change.row, tx)?;
        }
        if let Ok(trace_id) = TraceId::try_from(change.row.trace_id.clone()) {
            let (here, left) = (change.row.experiment, change.experiment_left());
            // All of it is new to another experiment.
            let what = if has_new_spans || left.is_some() { Changed::Spans } else { Changed::Info };
            tx.changed(here, &trace_id, what);
            if let Some(left) = left {
                tx.changed(left, &trace_id, Changed::Info);
            }
        }
        let TermDiff { from, removed, to, added: mut fresh, is_moved } = change.term_diff(added);
        let rows = if is_moved { terms::of_rows(tx, id)? } else { BTreeSet::new() };
        if let Some(from) = from {
            terms::delete(tx, id, from, removed.iter().chain(&rows));
        }
        fresh.extend(rows);
        terms::insert(tx, id, to, &fresh);
        Ok(())
    }
}

/// Appends all traces of a request. Fails only before it writes, and can be repeated.
pub(crate) fn append_all(
    tx: &Tx<'_>,
    source: &Source,
    traces: &[Prepared],
    now: TimestampMs,
) -> Result<IngestCounts, EngineError> {
    let experiments: BTreeSet<_> = traces.iter().map(|trace| trace.experiment).collect();
    for experiment in experiments {
        if let Err(refusal) = require_active(tx, experiment) {
            let mut here = traces.iter().filter(|trace| trace.experiment == experiment);
            // Existing traces stay in their own experiment, so this one's state does not matter to
            // them.
            if !here.all(|trace| is_known(tx, trace).unwrap_or(false)) {
                return Err(refusal);
            }
        }
    }
    let mut counts = IngestCounts::default();
    for trace in traces {
        let IngestCounts { new, replaced } = append(tx, trace, now)?;
        counts.new += new;
        counts.replaced += replaced;
        let logs = trace.spans.logs.as_ref().map_or(0, |logs| logs.records);
        let deltas = Deltas {
            stored: new,
            duplicate: replaced,
            log_records: logs,
            bytes: trace.raw_bytes,
            ..Deltas::default()
        };
        let service_name = trace.spans.service_name.clone().unwrap_or_default();
        tx.count(Count::Source { source: source.clone(), service_name, at: now, deltas });
    }
    Ok(counts)
}

fn is_known(db: &Connection, trace: &Prepared) -> Result<bool, EngineError> {
    Ok(infos::find(db, trace.spans.trace_id.as_str())?.is_some())
}

fn append(tx: &Tx<'_>, prepared: &Prepared, now: TimestampMs) -> Result<IngestCounts, EngineError> {
    let Prepared { experiment, spans: batch, chunk, logs, .. } = prepared;
    let mut open = OpenTrace::open(tx, batch.trace_id.as_str(), *experiment)?;
    let known = open.id.is_some();
    open.has_new_spans = chunk.is_some() || logs.is_some();
    let change = &mut open.change;
    let spans_before = change.row.span_count;
    let had_spans = 0 < spans_before;
    let had_totals = change.row.usage.is_some() || change.row.cost.is_some();
    // Counted before the merge, which depends on whether the trace has spans.
    change.row.span_count += batch.rows.len() as u64;
    change.merge_spans(&batch.fold);
    if !known {
        // The request contains all spans of the trace, so there is nothing to read back.
        change.set_totals(totals_of_rows(&batch.rows));
    }
    let id = open.row_id(tx, now)?;
    let change = &mut open.change;
    let mut counts = IngestCounts::default();
    if let Some(chunk) = chunk {
        let chunk = chunk.put(tx, id, known)?;
        let written = spans::put(tx, id, chunk, &batch.rows, known)?;
        if known {
            change.row.span_count -= written.counts.replaced;
            chunks::drop_unused(tx, id, written.replaced_chunks)?;
            let counts = |row: &SpanRow| row.usage.is_some() || row.cost.is_some();
            let has_totals = had_totals || batch.rows.iter().any(counts);
            if has_totals && is_time_to_count(spans_before, change.row.span_count) {
                change.set_totals(spans::totals(tx, id)?);
            }
        }
        counts = written.counts;
    }
    if let (Some(logs), Some(of_trace)) = (logs, &batch.logs) {
        logs.put(tx, id, known)?;
        previews::put(tx, id, &of_trace.previews)?;
    }
    previews::fill(tx, id, &mut change.row)?;
    let is_early = chunk.as_ref().is_some_and(|chunk| chunk.is_early);
    if had_spans || logs.is_some() || is_early {
        tx.prepare_cached("insert or replace into unsealed (trace, touched_ms) values (?1, ?2)")?
            .execute([id, now.0])?;
    }
    if !expired::is_restoring(tx, &batch.trace_id)? {
        record_trace_end(tx, &open.change, now)?;
    }
    open.close(tx, of_spans(&batch.rows))?;
    Ok(counts)
}

/// Whether to recompute a trace's totals now. That reads every span of the trace, so it is done for
/// large traces when they have grown by about a twentieth, and once more during compaction.
fn is_time_to_count(before: u64, after: u64) -> bool {
    let step = (after / 20).next_power_of_two();
    after <= COUNTED_AT_ONCE || before / step != after / step
}

/// Recomputes the totals that [`is_time_to_count`] postponed.
pub(crate) fn count_totals(tx: &Tx<'_>, trace: i64) -> Result<(), EngineError> {
    let is_large: bool = tx
        .prepare_cached("select exists (select 1 from traces where id = ?1 and span_count > ?2)")?
        .query_row([trace, COUNTED_AT_ONCE.cast_signed()], |row| row.get(0))?;
    if !is_large {
        return Ok(());
    }
    let mut open = OpenTrace::of_row(tx, trace)?;
    open.change.set_totals(spans::totals(tx, trace)?);
    open.close(tx, BTreeSet::new())
}

pub(crate) fn upsert_info(
    db: &Tx<'_>,
    info: &TraceInfo,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut open = OpenTrace::open(db, info.trace_id.as_str(), info.experiment_id)?;
    let change = &mut open.change;
    if change.row.experiment != info.experiment_id {
        require_active(db, info.experiment_id)?;
    }
    change.merge_info(info);
    let from_spans = match open.id {
        Some(id) if 0 < change.row.span_count => spans::totals(db, id)?,
        _ => (None, None),
    };
    change.set_totals(from_spans);
    let id = open.row_id(db, now)?;
    let mut added = BTreeSet::new();
    let is_restoring = expired::is_restoring(db, &info.trace_id)?;
    for assessment in &info.assessments {
        if !is_restoring {
            assessments::record_if_new(db, id, assessment, info.experiment_id, now)?;
        }
        assessments::put(db, id, assessment)?;
        added.extend(core::assessments::terms(assessment));
    }
    if !is_restoring {
        record_trace_end(db, &open.change, now)?;
    }
    open.close(db, added)
}

/// A trace that comes back from the archive ended long ago, so this is not called for it.
fn record_trace_end(tx: &Tx<'_>, change: &Change, now: TimestampMs) -> Result<(), EngineError> {
    webhook_events::record_trace_end(tx, change, now)?;
    scoring_jobs::record_trace_end(tx, change, now)
}

/// Fails if the experiment is deleted or unknown.
pub(crate) fn require_active(db: &Connection, experiment: ExperimentId) -> Result<(), EngineError> {
    let stage: Option<String> = db
        .prepare_cached("select lifecycle_stage from experiments where experiment_id = ?1")?
        .query_row([experiment.0], |row| row.get(0))
        .optional()?;
    match stage.as_deref().map(LifecycleStage::from_text) {
        Some(LifecycleStage::Active) => Ok(()),
        Some(LifecycleStage::Deleted) => Err(StoreError::ExperimentDeleted(experiment).into()),
        None => Err(StoreError::ExperimentNotFound(experiment).into()),
    }
}
