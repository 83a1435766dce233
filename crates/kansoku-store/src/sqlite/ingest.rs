//! Writing what spans and clients say of a trace.
use std::collections::BTreeSet;

use kansoku_filter::Term;
use kansoku_model::{
    Attached, AttachedKind, Cost, ExperimentId, Layer, LifecycleStage, Rank, SpanId, SpanRow,
    TokenUsage, TraceFold, TraceInfo, TraceSpans, metadata_key, trace_total,
};
use rusqlite::{Connection, OptionalExtension};

use super::attached::{self, AttachedMap};
use super::chunks::{self, Chunk};
use super::record::TraceRecord;
use super::terms::{self, Position};
use super::{assessments, spans, texts};
use crate::{IngestCounts, StoreError};

/// Spans of one trace, compressed and ready for the writer.
pub(super) struct Prepared {
    experiment: ExperimentId,
    spans: TraceSpans,
    chunk: Chunk,
}

impl Prepared {
    pub(super) fn new(
        (experiment, mut spans): (ExperimentId, TraceSpans),
    ) -> Result<Self, StoreError> {
        let chunk = Chunk::compress(&spans.otlp)?;
        spans.otlp = Vec::new();
        Ok(Self { experiment, spans, chunk })
    }

    /// About what it keeps in memory while it waits for the writer.
    pub(super) fn bytes(&self) -> usize {
        self.chunk.bytes.len() + self.spans.rows.len() * 256
    }
}

/// A trace as it is before and while a write changes it.
struct Change {
    /// `None` for a trace that is new.
    id: Option<i64>,
    before: Option<TraceRecord>,
    attached_before: AttachedMap,
    record: TraceRecord,
    attached: AttachedMap,
}

impl Change {
    fn open(db: &Connection, trace_id: &str, experiment: ExperimentId) -> Result<Self, StoreError> {
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

    /// What a client counted stands; else the spans' totals are written as MLflow writes them.
    fn set_totals(&mut self, (usage, cost): (Option<TokenUsage>, Option<Cost>)) {
        self.record.usage = match self.said_by_client(metadata_key::TOKEN_USAGE) {
            Some(said) => said.and_then(|text| serde_json::from_str(&text).ok()).or(usage),
            None => {
                self.attach_total(metadata_key::TOKEN_USAGE, usage.as_ref().map(texts::usage));
                usage
            }
        };
        self.record.cost = match self.said_by_client(metadata_key::COST) {
            Some(said) => said.and_then(|text| texts::parse_cost(&text)).or(cost),
            None => {
                self.attach_total(metadata_key::COST, cost.as_ref().map(texts::cost));
                cost
            }
        };
    }

    fn said_by_client(&self, key: &str) -> Option<Option<String>> {
        let said = self.attached.get(&(AttachedKind::Metadata, key.to_owned()))?;
        (said.rank.layer == Layer::Client).then(|| said.value.clone())
    }

    fn attach_total(&mut self, key: &str, value: Option<String>) {
        let key = (AttachedKind::Metadata, key.to_owned());
        let rank = Rank { layer: Layer::Span, at_ns: 0, span_id: SpanId(0) };
        if value.is_some() || self.attached.contains_key(&key) {
            self.attached.insert(key, Attached { rank, value });
        }
    }

    /// Writes the row so that spans and assessments can point at it.
    fn row_id(&mut self, db: &Connection) -> Result<i64, StoreError> {
        match self.id {
            Some(id) => Ok(id),
            None => {
                let id = self.record.insert(db)?;
                self.id = Some(id);
                Ok(id)
            }
        }
    }

    /// Writes the rest, and the index entries; `added` are terms of rows written beside it.
    fn close(self, db: &Connection, added: BTreeSet<Term<'_>>) -> Result<(), StoreError> {
        let id = self.id.expect("row_id was called before");
        attached::save(db, id, &self.attached_before, &self.attached)?;
        if self.before.as_ref().is_some_and(|before| *before != self.record) {
            self.record.update(db)?;
        }
        let mut after = terms::of_record(&self.record, &self.attached);
        let Some(before) = &self.before else {
            after.extend(added);
            return terms::insert(db, id, Position::of(&self.record), &after);
        };
        let own_before = terms::of_record(before, &self.attached_before);
        let (from, to) = (Position::of(before), Position::of(&self.record));
        if from == to {
            terms::delete(db, id, from, own_before.difference(&after))?;
            let fresh = after.difference(&own_before).chain(&added).cloned().collect();
            return terms::insert(db, id, to, &fresh);
        }
        let rows = terms::of_rows(db, id)?;
        terms::delete(db, id, from, own_before.iter().chain(&rows))?;
        after.extend(rows);
        terms::insert(db, id, to, &after)
    }
}

pub(super) fn append(db: &Connection, prepared: &Prepared) -> Result<IngestCounts, StoreError> {
    let Prepared { experiment, spans: batch, chunk } = prepared;
    let mut change = Change::open(db, batch.trace_id.as_str(), *experiment)?;
    let known = change.id.is_some();
    let had_totals = change.record.usage.is_some() || change.record.cost.is_some();
    // Counted before the merge, which tells a trace with spans from one without.
    change.record.span_count += batch.rows.len() as u64;
    change.merge_spans(&batch.fold);
    if !known {
        // All spans there are came just now: no need to read them back.
        let rows = &batch.rows;
        let usage = trace_total(rows.iter().map(|r| (r.span_id, r.parent_id, r.usage)));
        let cost = trace_total(rows.iter().map(|r| (r.span_id, r.parent_id, r.cost)));
        change.set_totals((usage, cost));
    }
    let id = change.row_id(db)?;
    let chunk = chunk.put(db, id, known)?;
    let written = spans::put(db, id, chunk, &batch.rows, known)?;
    if known {
        change.record.span_count -= written.counts.replaced;
        chunks::drop_unused(db, id, written.replaced_chunks)?;
        let counts = |row: &SpanRow| row.usage.is_some() || row.cost.is_some();
        if had_totals || batch.rows.iter().any(counts) {
            change.set_totals(spans::totals(db, id)?);
        }
    }
    change.close(db, terms::of_spans(&batch.rows))?;
    Ok(written.counts)
}

pub(super) fn upsert_info(db: &Connection, info: &TraceInfo) -> Result<(), StoreError> {
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
    let id = change.row_id(db)?;
    let mut added = BTreeSet::new();
    for assessment in &info.assessments {
        assessments::put(db, id, assessment)?;
        added.extend(assessments::terms(assessment));
    }
    change.close(db, added)
}

/// Deleted experiments refuse writes, unknown ones too.
pub(super) fn require_active(db: &Connection, experiment: ExperimentId) -> Result<(), StoreError> {
    let stage: Option<String> = db
        .prepare_cached("select lifecycle_stage from experiments where experiment_id = ?1")?
        .query_row([experiment.0], |row| row.get(0))
        .optional()?;
    match stage.as_deref().map(LifecycleStage::from_text) {
        Some(LifecycleStage::Active) => Ok(()),
        Some(LifecycleStage::Deleted) => Err(StoreError::ExperimentDeleted(experiment)),
        None => Err(StoreError::ExperimentNotFound(experiment)),
    }
}
