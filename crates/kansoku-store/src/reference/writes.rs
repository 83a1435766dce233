use std::collections::HashSet;

use async_trait::async_trait;
use kansoku_model::{
    Assessment, ExperimentId, RunId, Source, TimestampMs, TraceId, TraceInfo, TraceSpans, tag_key,
};

use super::archive::Changed;
use super::trace::Trace;
use super::{ReferenceStore, State};
use crate::core::fold::Change;
use crate::core::fold::client_overrides::ClientOverrides;
use crate::core::webhooks::Event;
use crate::core::{assessments, links};
use crate::{
    ChunkId, Deletion, Ingest, IngestCounts, SourceCounts, StoreError, TraceEdit, TraceWrites,
    Unarchived,
};

#[async_trait]
impl TraceWrites for ReferenceStore {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        let now = self.now();
        let mut state = self.state();
        for (experiment, spans) in &ingest.traces {
            // A known trace keeps its experiment, so the given one is not checked.
            if !state.traces.contains_key(&spans.trace_id) {
                state.require_active(*experiment)?;
            }
        }
        let mut counts = IngestCounts::default();
        for (experiment, spans) in ingest.traces {
            let trace_id = spans.trace_id.clone();
            let before = state.state_of(&trace_id);
            let added = state.ingest_trace(&ingest.source, experiment, spans, now);
            if !state.archive.is_restoring(&trace_id) {
                self.record_trace_end(&mut state, &trace_id, before);
            }
            counts.new += added.new;
            counts.replaced += added.replaced;
            let experiment = state.trace(&trace_id)?.row.experiment;
            self.changed(&mut state, experiment, &trace_id, Changed::Spans);
        }
        Ok(counts)
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        let now = self.now();
        let mut state = self.state();
        let known = state.traces.get(&info.trace_id);
        if known.is_none_or(|trace| trace.row.experiment != info.experiment_id) {
            state.require_active(info.experiment_id)?;
        }
        let before = state.state_of(&info.trace_id);
        let trace = state.open_or_create(&info.trace_id, info.experiment_id, now);
        let mut change = trace.open();
        change.merge_info(&info);
        change.set_totals(trace.span_totals());
        let left = change.experiment_left();
        trace.close(change);
        let mut created = Vec::new();
        for assessment in &info.assessments {
            if trace.assessment_mut(&assessment.assessment_id).is_none() {
                created.push(Event::of_assessment(assessment, info.experiment_id));
            }
            trace.put_assessment(assessment.clone());
        }
        let merged = trace.info();
        if !state.archive.is_restoring(&info.trace_id) {
            created.into_iter().for_each(|event| self.record_event(&mut state, Some(event)));
            self.record_trace_end(&mut state, &info.trace_id, before);
        }
        // All of it is new to another experiment.
        let what = if left.is_some() { Changed::Spans } else { Changed::Info };
        self.changed(&mut state, info.experiment_id, &info.trace_id, what);
        if let Some(left) = left {
            self.changed(&mut state, left, &info.trace_id, Changed::Info);
        }
        Ok(merged)
    }

    async fn edit(&self, id: &TraceId, edit: TraceEdit) -> Result<Option<Assessment>, StoreError> {
        let mut state = self.state();
        let trace = match (&edit, state.traces.get_mut(id)) {
            (_, Some(trace)) => trace,
            (TraceEdit::DeleteAssessment { .. }, None) => return Ok(None),
            (TraceEdit::DeleteTag { key }, None) => return Err(no_tag(id, key)),
            (_, None) => return Err(StoreError::TraceNotFound(id.clone())),
        };
        let is_created = matches!(edit, TraceEdit::CreateAssessment(_));
        let made = edit_trace(trace, edit)?;
        let experiment = trace.row.experiment;
        self.changed(&mut state, experiment, id, Changed::Info);
        let is_new = is_created && !state.archive.is_restoring(id);
        let created = made.as_ref().filter(|_| is_new);
        self.record_event(&mut state, created.map(|made| Event::of_assessment(made, experiment)));
        Ok(made)
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        let mut state = self.state();
        for id in traces {
            if let Some(trace) = state.traces.get_mut(id) {
                trace.run_ids.insert(run.to_string());
                let experiment = trace.row.experiment;
                self.changed(&mut state, experiment, id, Changed::Info);
            }
        }
        Ok(())
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        let mut state = self.state();
        let expires = match &which {
            Deletion::Expired { unarchived, .. } => Some(*unarchived),
            Deletion::Ids(_) | Deletion::UntilTime { .. } => None,
        };
        let condemned = match which {
            Deletion::Ids(ids) | Deletion::Expired { ids, .. } => ids,
            Deletion::UntilTime { until, max_traces } => {
                let traces = state.traces_of(experiment);
                let mut traces: Vec<_> = traces
                    .map(|trace| (trace.row.request_time, trace.id.clone()))
                    .filter(|(time, _)| *time <= until)
                    .collect();
                traces.sort();
                let max = max_traces.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(0));
                traces.into_iter().take(max).map(|(_, id)| id).collect()
            }
        };
        let mut deleted = Vec::new();
        for id in condemned {
            let known = state.traces.get(&id);
            let Some(trace) = known.filter(|trace| trace.row.experiment == experiment) else {
                continue;
            };
            if expires == Some(Unarchived::Stay) && state.archive.is_queued(experiment, &id) {
                continue;
            }
            let time = trace.row.request_time;
            state.ledger.deleted_spans += trace.row.span_count;
            state.traces.remove(&id);
            if expires == Some(Unarchived::Stay) {
                state.archive.expire(experiment, &id, time);
            }
            state.scoring_failures.retain(|failure| failure.trace_id != id);
            for queue in state.review_queues.values_mut() {
                queue.items.remove(&id);
            }
            let what = if expires.is_some() { Changed::Expired } else { Changed::Deleted };
            self.changed(&mut state, experiment, &id, what);
            deleted.push(id);
        }
        Ok(deleted)
    }
}

fn no_tag(trace: &TraceId, key: &str) -> StoreError {
    StoreError::TraceTagNotFound { trace: trace.clone(), key: key.to_owned() }
}

fn edit_trace(trace: &mut Trace, edit: TraceEdit) -> Result<Option<Assessment>, StoreError> {
    let not_found = |trace: &Trace, id| StoreError::AssessmentNotFound {
        trace: trace.id.clone(),
        assessment: id,
    };
    match edit {
        // Clients see the trace's name as a tag.
        TraceEdit::SetTag { key, value } if key == tag_key::TRACE_NAME => {
            trace.row.name = Some(value);
            trace.row.given.add(ClientOverrides::NAME);
        }
        TraceEdit::SetTag { key, value } => trace.set(&key, Some(&value)),
        TraceEdit::DeleteTag { key } if key == tag_key::TRACE_NAME => {
            trace.row.name.take().ok_or_else(|| no_tag(&trace.id, &key))?;
            trace.row.given.add(ClientOverrides::NAME);
        }
        TraceEdit::DeleteTag { key } => {
            trace.tag(&key).ok_or_else(|| no_tag(&trace.id, &key))?;
            trace.set(&key, None);
        }
        TraceEdit::CreateAssessment(new) => {
            let new = Assessment { trace_id: trace.id.clone(), ..*new };
            if trace.assessment_mut(&new.assessment_id).is_some() {
                let (trace, assessment) = (trace.id.clone(), new.assessment_id);
                return Err(StoreError::AssessmentExists { trace, assessment });
            }
            if let Some(id) = &new.overrides {
                match trace.assessment_mut(id) {
                    Some(overridden) => overridden.valid = false,
                    None => return Err(not_found(trace, id.clone())),
                }
            }
            trace.assessments.push(new.clone());
            return Ok(Some(new));
        }
        TraceEdit::UpdateAssessment { id, update } => {
            let Some(known) = trace.assessment_mut(&id) else { return Err(not_found(trace, id)) };
            assessments::update(known, *update)?;
            return Ok(Some(known.clone()));
        }
        TraceEdit::DeleteAssessment { id } => {
            let Some(known) = trace.assessment_mut(&id) else { return Ok(None) };
            let overridden = known.overrides.clone();
            trace.assessments.retain(|assessment| assessment.assessment_id != id);
            if let Some(overridden) = overridden.and_then(|id| trace.assessment_mut(&id)) {
                overridden.valid = true;
            }
        }
        TraceEdit::LinkPrompts(prompts) => {
            trace.prompts.extend(prompts.into_iter().map(|it| (it.name, it.version)));
            let shown = links::prompts_text(&trace.links().prompts);
            trace.set(tag_key::LINKED_PROMPTS, Some(&shown));
        }
    }
    Ok(None)
}

impl State {
    fn open_or_create(
        &mut self,
        id: &TraceId,
        experiment: ExperimentId,
        now: TimestampMs,
    ) -> &mut Trace {
        let new = || Trace::new(id.clone(), Change::open(None, id.as_str(), experiment), now);
        self.traces.entry(id.clone()).or_insert_with(new)
    }

    fn chunk_id(&mut self) -> ChunkId {
        self.chunks += 1;
        ChunkId::new(self.chunks)
    }

    fn ingest_trace(
        &mut self,
        source: &Source,
        experiment: ExperimentId,
        spans: TraceSpans,
        now: TimestampMs,
    ) -> IngestCounts {
        let (chunk_id, log_id) = (self.chunk_id(), self.chunk_id());
        let trace = self.open_or_create(&spans.trace_id, experiment, now);
        let mut counts = IngestCounts::default();
        for row in spans.rows {
            match trace.spans.insert(row.span_id.0, (chunk_id, row)) {
                Some(_) => counts.replaced += 1,
                None => counts.new += 1,
            }
        }
        let mut change = trace.open();
        change.row.span_count = trace.spans.len() as u64;
        change.merge_spans(&spans.fold);
        change.set_totals(trace.span_totals());
        trace.close(change);
        let mut bytes = spans.otlp.len();
        if !spans.otlp.is_empty() {
            trace.chunks.push((chunk_id, spans.otlp));
        }
        // A chunk is obsolete once all of its spans have been sent again.
        let used: HashSet<ChunkId> = trace.spans.values().map(|(chunk, _)| *chunk).collect();
        trace.chunks.retain(|(chunk, _)| used.contains(chunk));
        let mut log_records = 0;
        if let Some(logs) = spans.logs {
            bytes += logs.otlp.len();
            log_records = logs.records;
            trace.put_previews(&logs.previews);
            trace.logs.retain(|(_, known)| *known != logs.otlp);
            trace.logs.push((log_id, logs.otlp));
        }
        trace.fill_previews();
        self.count(SourceCounts {
            source: source.clone(),
            service_name: spans.service_name.unwrap_or_default(),
            first_seen: now,
            last_seen: now,
            stored: counts.new,
            duplicate: counts.replaced,
            log_records,
            bytes: bytes as u64,
            ..SourceCounts::default()
        });
        counts
    }
}
