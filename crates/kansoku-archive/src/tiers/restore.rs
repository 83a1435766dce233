//! Stores traces of the archive here again.
//!
//! The catalog notes the trace before anything of it is written, and that it is complete afterwards;
//! in between it is neither archived nor does it count as new. If the process ends, the next one
//! begins again: everything that is written can be written twice.
use std::collections::{HashMap, HashSet};

use kansoku_model::{
    ExperimentId, IngestProtocol, Source, SpanId, SpanRow, TraceId, TraceInfo, tag_key,
};
use kansoku_otlp::{decode_logs_protobuf, decode_protobuf, split_as, split_logs};
use kansoku_store::{Ingest, StoreError, TraceEdit};

use super::Tiers;
use crate::tables::{ArchivedTrace, Table};

impl Tiers {
    /// Restores those of these traces that are only in the archive.
    pub(super) async fn restore(&self, traces: &[TraceId]) -> Result<(), StoreError> {
        if !self.has_expired() {
            return Ok(());
        }
        let expired = self.index.expired_traces(traces).await?;
        for (trace, experiment) in expired {
            self.restore_one(experiment, &trace).await?;
        }
        Ok(())
    }

    /// Restores traces that a process began to restore.
    pub(super) async fn finish_restores(&self) -> Result<(), StoreError> {
        for (trace, experiment) in self.index.open_restores().await? {
            self.restore_one(experiment, &trace).await?;
        }
        Ok(())
    }

    async fn restore_one(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
    ) -> Result<(), StoreError> {
        let _one_by_one = self.restoring.lock().await;
        // Another request may have restored or deleted it meanwhile.
        let Some(archived) = self.archive.trace(trace).await? else { return Ok(()) };
        let archived_in = self.archive.archived_in(experiment, trace, archived.batch).await?;
        self.index.begin_restore(experiment, trace).await?;
        self.restore_payload(&archived).await?;
        self.restore_info(&archived).await?;
        self.index.finish_restore(experiment, trace, archived_in).await?;
        tracing::info!(%trace, "a trace of the archive is stored again, because it is written to");
        Ok(())
    }

    async fn restore_payload(&self, archived: &ArchivedTrace) -> Result<(), StoreError> {
        let info = &archived.info;
        let rows: HashMap<_, _> = archived.span_rows.iter().map(|row| (row.span_id, row)).collect();
        for table in [Table::Spans, Table::Logs] {
            for part in self.archive.parts(archived, table).await? {
                let otlp = self.archive.part(&info.trace_id, &part).await?;
                let split = match table {
                    Table::Logs => decode_logs_protobuf(&otlp).map(split_logs),
                    _ => decode_protobuf(&otlp).map(|data| split_as(data, &info.trace_id)),
                };
                let split = split.map_err(|error| StoreError::ArchiveDamaged(error.to_string()))?;
                let spans = split.traces.into_iter().filter(|it| it.trace_id == info.trace_id);
                let traces = spans.map(|mut spans| {
                    spans.rows.iter_mut().for_each(|row| restore_cost(row, &rows));
                    (info.experiment_id, spans)
                });
                let ingest = Ingest { source: source(), traces: traces.collect() };
                self.hot.ingest(ingest).await?;
            }
        }
        Ok(())
    }

    /// Writes everything that does not follow from the spans.
    async fn restore_info(&self, archived: &ArchivedTrace) -> Result<(), StoreError> {
        let info = &archived.info;
        let stored = match self.hot.info(&info.trace_id).await {
            Ok(stored) => Some(stored),
            // It has no spans.
            Err(StoreError::TraceNotFound(_)) => None,
            Err(error) => return Err(error),
        };
        match stored {
            Some(stored) if !info.finalized && has_all_overridden(info) => {
                self.restore_edits(info, &stored).await?
            }
            Some(stored) if stored == *info => {}
            stored => {
                self.hot.upsert_info(without_derived(info, stored.as_ref())).await?;
                self.delete_other_tags(info, stored.as_ref()).await?;
            }
        }
        for run in &archived.run_ids {
            self.hot.link_run(run, std::slice::from_ref(&info.trace_id)).await?;
        }
        let prompts = archived.links().prompts;
        if !prompts.is_empty() {
            self.hot.edit(&info.trace_id, TraceEdit::LinkPrompts(prompts)).await?;
        }
        Ok(())
    }
}

impl Tiers {
    /// Repeats the edits of a trace whose info no client wrote.
    async fn restore_edits(&self, info: &TraceInfo, stored: &TraceInfo) -> Result<(), StoreError> {
        let name = info.name.iter().filter(|_| info.name != stored.name);
        let name = name.map(|name| (tag_key::TRACE_NAME.to_owned(), name.clone()));
        let tags = info.tags.iter().filter(|(key, value)| stored.tags.get(*key) != Some(*value));
        let tags = tags.map(|(key, value)| (key.clone(), value.clone()));
        for (key, value) in name.chain(tags) {
            self.hot.edit(&info.trace_id, TraceEdit::SetTag { key, value }).await?;
        }
        self.delete_other_tags(info, Some(stored)).await?;
        self.hot.create_missing_assessments(info.assessments.clone()).await
    }

    /// Deletes tags that the spans have and that were deleted.
    async fn delete_other_tags(
        &self,
        info: &TraceInfo,
        stored: Option<&TraceInfo>,
    ) -> Result<(), StoreError> {
        let keys = stored.into_iter().flat_map(|stored| stored.tags.keys());
        let others: Vec<_> = keys.filter(|key| !info.tags.contains_key(*key)).cloned().collect();
        for key in others {
            self.hot.edit(&info.trace_id, TraceEdit::DeleteTag { key }).await?;
        }
        Ok(())
    }
}

/// Whether assessments override none that was deleted, so that all can be created again.
fn has_all_overridden(info: &TraceInfo) -> bool {
    let ids: HashSet<_> = info.assessments.iter().map(|it| &it.assessment_id).collect();
    info.assessments.iter().filter_map(|it| it.overrides.as_ref()).all(|id| ids.contains(id))
}

/// The cost of a span is the one at the prices of its time.
fn restore_cost(row: &mut SpanRow, rows: &HashMap<SpanId, &SpanRow>) {
    if let Some(known) = rows.get(&row.span_id) {
        (row.cost, row.cost_given) = (known.cost, known.cost_given);
    }
}

/// The info without tags and metadata that follow from the spans, so that later spans can change
/// these.
fn without_derived(info: &TraceInfo, stored: Option<&TraceInfo>) -> TraceInfo {
    let mut info = info.clone();
    if let Some(stored) = stored {
        let differing = |given: Option<String>, stored: &Option<String>| {
            if given == *stored { None } else { given }
        };
        info.name = differing(info.name, &stored.name);
        info.request_preview = differing(info.request_preview, &stored.request_preview);
        info.response_preview = differing(info.response_preview, &stored.response_preview);
        info.execution_duration =
            info.execution_duration.filter(|it| Some(*it) != stored.execution_duration);
        info.tags.retain(|key, value| stored.tags.get(key) != Some(value));
        info.metadata.retain(|key, value| stored.metadata.get(key) != Some(value));
    }
    info
}

fn source() -> Source {
    Source {
        token: String::new(),
        client: "archive".to_owned(),
        protocol: IngestProtocol::default(),
    }
}
