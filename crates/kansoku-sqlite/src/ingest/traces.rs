//! Writing what spans and clients say of a trace.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{
    Attached, AttachedKind, Cost, ExperimentId, Layer, LifecycleStage, Rank, Source, SpanRow,
    TimestampMs, TokenUsage, TraceFold, TraceId, TraceInfo, TraceSpans, metadata_key,
};
use rusqlite::{Connection, OptionalExtension};

use crate::engine::tx::Tx;
use crate::engine::writer::Writer;
use crate::error::EngineError;
use crate::index::terms::{self, Position};
use crate::ingest::attached::{self, AttachedMap};
use crate::ingest::ledger::{Count, Deltas};
use crate::ingest::record::TraceRecord;
use crate::ingest::{assessments, previews, spans, texts};
use crate::payload::chunks::{self, Chunk, Kind};
use crate::payload::codec::Codec;
use crate::reads::infos;
use kansoku_store::{IngestCounts, StoreError};

/// One write brings no more than this, unless a single trace does.
const WRITE_BYTES_MAX: usize = 4 << 20;

/// Totals of a trace with more spans are not counted with each request that brings some.
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

    /// About what it keeps in memory while it waits for the writer.
    pub(crate) fn bytes(&self) -> usize {
        let chunks = [&self.chunk, &self.logs];
        let kept: usize = chunks.into_iter().flatten().map(|chunk| chunk.held_bytes()).sum();
        kept + self.spans.rows.len() * 256
    }
}

/// The traces of a request in writes of which none is long, or they would hold up everyone else.
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

/// A trace as it is before and while a write changes it.
pub(crate) struct Change {
    /// `None` for a trace that is new.
    id: Option<i64>,
    before: Option<TraceRecord>,
    attached_before: AttachedMap,
    record: TraceRecord,
    attached: AttachedMap,
}

impl Change {
    /// Of a trace that is there.
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
        let Some((id, record)) = TraceRecord::load(db, trace_id)? else {
            require_active(db, experiment)?;
            let record = TraceRecord::new(trace_id.to_owned(), experiment);
            let (attached_before, attached) = Default::default();
            return Ok(Self { id: None, before: None, attached_before, record, attached });
        };
        let attached = attached::load(db, id)?;
        Ok(Self {
            id: Some(id),
            before: Some(record.clone()),
            attached_before: attached.clone(),
            record,
            attached,
        })
    }

    fn merge_spans(&mut self, fold: &TraceFold) {
        self.record.merge_spans(fold);
        for (key, value) in &fold.attached {
            attached::merge(&mut self.attached, key.clone(), value.clone());
        }
    }

    fn merge_info(&mut self, info: &TraceInfo) {
        self.record.merge_info(info);
        let tags = info.tags.iter().map(|entry| (AttachedKind::Tag, entry));
        let metadata = info.metadata.iter().map(|entry| (AttachedKind::Metadata, entry));
        for (kind, (key, value)) in tags.chain(metadata) {
            let said = Attached { rank: Rank::CLIENT, value: Some(value.clone()) };
            attached::merge(&mut self.attached, (kind, key.clone()), said);
        }
    }

    /// What a client counted stands; else the spans' totals.
    pub(crate) fn set_totals(&mut self, (usage, cost): (Option<TokenUsage>, Option<Cost>)) {
        let said = self.said_by_client(metadata_key::TOKEN_USAGE);
        self.record.usage = said.and_then(|text| serde_json::from_str(text).ok()).or(usage);
        let said = self.said_by_client(metadata_key::COST);
        self.record.cost = said.and_then(texts::parse_cost).or(cost);
    }

    pub(crate) fn cost(&self) -> Option<Cost> {
        self.record.cost
    }

    fn said_by_client(&self, key: &str) -> Option<&str> {
        let said = self.attached.get(&(AttachedKind::Metadata, key.to_owned()))?;
        said.value.as_deref().filter(|_| said.rank.layer == Layer::Client)
    }

    /// Writes the row so that spans and assessments can point at it.
    fn row_id(&mut self, db: &Connection, now: TimestampMs) -> Result<i64, EngineError> {
        match self.id {
            Some(id) => Ok(id),
            None => {
                let id = self.record.insert(db, now)?;
                self.id = Some(id);
                Ok(id)
            }
        }
    }

    /// Writes the rest, and the index entries; `added` are terms of rows written beside it.
    pub(crate) fn close(self, tx: &Tx<'_>, added: BTreeSet<Term<'_>>) -> Result<(), EngineError> {
        let id = self.id.expect("row_id was called before");
        attached::save(tx, id, &self.attached_before, &self.attached)?;
        if self.before.as_ref().is_some_and(|before| *before != self.record) {
            self.record.update(tx)?;
        }
        if let Ok(trace_id) = TraceId::try_from(self.record.trace_id.clone()) {
            tx.changed(self.record.experiment, &trace_id);
            let before = self.before.as_ref().map(|before| before.experiment);
            if let Some(left) = before.filter(|before| *before != self.record.experiment) {
                tx.changed(left, &trace_id);
            }
        }
        let mut after = terms::of_record(&self.record, &self.attached);
        let Some(before) = &self.before else {
            after.extend(added);
            terms::insert(tx, id, Position::of(&self.record), &after);
            return Ok(());
        };
        let own_before = terms::of_record(before, &self.attached_before);
        let (from, to) = (Position::of(before), Position::of(&self.record));
        if from == to {
            terms::delete(tx, id, from, own_before.difference(&after));
            let fresh = after.difference(&own_before).chain(&added).cloned().collect();
            terms::insert(tx, id, to, &fresh);
            return Ok(());
        }
        let rows = terms::of_rows(tx, id)?;
        terms::delete(tx, id, from, own_before.iter().chain(&rows));
        after.extend(rows);
        terms::insert(tx, id, to, &after);
        Ok(())
    }
}

/// All traces of a request. Refuses before it writes, and may be run again.
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
            // A trace that is known keeps its own experiment, and asks nothing of this one.
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
    let mut change = Change::open(tx, batch.trace_id.as_str(), *experiment)?;
    let known = change.id.is_some();
    let spans_before = change.record.span_count;
    let had_spans = 0 < spans_before;
    let had_totals = change.record.usage.is_some() || change.record.cost.is_some();
    // Counted before the merge, which tells a trace with spans from one without.
    change.record.span_count += batch.rows.len() as u64;
    change.merge_spans(&batch.fold);
    if !known {
        // All spans there are came just now: no need to read them back.
        let rows = batch.rows.iter();
        let rows = rows.map(|row| ((row.span_id, row.parent_id), row.usage, row.cost));
        change.set_totals(spans::totals_of(rows));
    }
    let id = change.row_id(tx, now)?;
    let mut counts = IngestCounts::default();
    if let Some(chunk) = chunk {
        let chunk = chunk.put(tx, id, known)?;
        let written = spans::put(tx, id, chunk, &batch.rows, known)?;
        if known {
            change.record.span_count -= written.counts.replaced;
            chunks::drop_unused(tx, id, written.replaced_chunks)?;
            let counts = |row: &SpanRow| row.usage.is_some() || row.cost.is_some();
            let has_totals = had_totals || batch.rows.iter().any(counts);
            if has_totals && is_time_to_count(spans_before, change.record.span_count) {
                change.set_totals(spans::totals(tx, id)?);
            }
        }
        counts = written.counts;
    }
    if let (Some(logs), Some(of_trace)) = (logs, &batch.logs) {
        logs.put(tx, id, known)?;
        previews::put(tx, id, &of_trace.previews)?;
    }
    previews::fill(tx, id, &mut change.record)?;
    let is_early = chunk.as_ref().is_some_and(|chunk| chunk.is_early);
    if had_spans || logs.is_some() || is_early {
        tx.prepare_cached("insert or replace into unsealed (trace, touched_ms) values (?1, ?2)")?
            .execute([id, now.0])?;
    }
    change.close(tx, terms::of_spans(&batch.rows))?;
    Ok(counts)
}

/// Counting reads every span of the trace: a large one is counted when it has grown by a twentieth
/// or so, and once more when it is sealed.
fn is_time_to_count(before: u64, after: u64) -> bool {
    let step = (after / 20).next_power_of_two();
    after <= COUNTED_AT_ONCE || before / step != after / step
}

/// Counts what [`is_time_to_count`] put off.
pub(crate) fn count_totals(tx: &Tx<'_>, trace: i64) -> Result<(), EngineError> {
    let is_large: bool = tx
        .prepare_cached("select exists (select 1 from traces where id = ?1 and span_count > ?2)")?
        .query_row([trace, COUNTED_AT_ONCE.cast_signed()], |row| row.get(0))?;
    if !is_large {
        return Ok(());
    }
    let mut change = Change::of_row(tx, trace)?;
    change.set_totals(spans::totals(tx, trace)?);
    change.close(tx, BTreeSet::new())
}

pub(crate) fn upsert_info(
    db: &Tx<'_>,
    info: &TraceInfo,
    now: TimestampMs,
) -> Result<(), EngineError> {
    let mut change = Change::open(db, info.trace_id.as_str(), info.experiment_id)?;
    if change.record.experiment != info.experiment_id {
        require_active(db, info.experiment_id)?;
    }
    change.merge_info(info);
    let from_spans = match change.id {
        Some(id) if 0 < change.record.span_count => spans::totals(db, id)?,
        _ => (None, None),
    };
    change.set_totals(from_spans);
    let id = change.row_id(db, now)?;
    let mut added = BTreeSet::new();
    for assessment in &info.assessments {
        assessments::put(db, id, assessment)?;
        added.extend(assessments::terms(assessment));
    }
    change.close(db, added)
}

/// Deleted experiments refuse writes, unknown ones too.
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
