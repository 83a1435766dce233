//! Writes to traces of both tiers: those of the archive are stored here again first.
use async_trait::async_trait;
use kansoku_filter::Filter;
use kansoku_model::{Assessment, ExperimentId, RunId, TimestampMs, TraceId, TraceInfo};
use kansoku_store::{
    ArchivedIn, Deletion, Ingest, IngestCounts, StoreError, TraceEdit, TraceWrites,
};

use super::Tiers;
use crate::reader::{Columns, RowQuery, Viewed};
use crate::tables::ArchivedTrace;

/// Traces of the archive that are deleted in one write.
const DELETED_AT_ONCE: usize = 500;

impl Tiers {
    async fn delete_archived(
        &self,
        experiment: ExperimentId,
        traces: Vec<(TraceId, i64)>,
    ) -> Result<Vec<TraceId>, StoreError> {
        let mut deleted = Vec::new();
        for some in traces.chunks(DELETED_AT_ONCE) {
            let mut leaving: Vec<(TraceId, ArchivedIn)> = Vec::with_capacity(some.len());
            for (trace, info) in some {
                let archived_in = self.archive.archived_in(experiment, trace, *info).await?;
                leaving.push((trace.clone(), archived_in));
            }
            deleted.extend(self.index.delete_expired(experiment, leaving).await?);
        }
        Ok(deleted)
    }

    /// The traces of an experiment that are only in the archive, of this time or older, oldest
    /// first, with the batches of their rows.
    async fn archived_until(
        &self,
        experiment: ExperimentId,
        until: TimestampMs,
    ) -> Result<Vec<(TraceId, i64)>, StoreError> {
        let filter = Filter::all();
        let columns = Columns { batch: true, ..Columns::default() };
        let rows = RowQuery { to: Some(until), columns, ..RowQuery::all(experiment, &filter) };
        let mut found = Vec::new();
        let mut add = |_: &Viewed<'_>, trace: &ArchivedTrace| {
            found.push((trace.info.request_time, trace.info.trace_id.clone(), trace.batch));
            Ok(true)
        };
        self.archive.each_match(&rows, self, &mut add).await?;
        found.sort();
        Ok(found.into_iter().map(|(_, trace, batch)| (trace, batch)).collect())
    }
}

#[async_trait]
impl TraceWrites for Tiers {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        let traces: Vec<TraceId> =
            ingest.traces.iter().map(|(_, spans)| spans.trace_id.clone()).collect();
        self.restore(&traces).await?;
        self.hot.ingest(ingest).await
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        self.restore(std::slice::from_ref(&info.trace_id)).await?;
        self.hot.upsert_info(info).await
    }

    async fn edit(
        &self,
        trace: &TraceId,
        edit: TraceEdit,
    ) -> Result<Option<Assessment>, StoreError> {
        self.restore(std::slice::from_ref(trace)).await?;
        self.hot.edit(trace, edit).await
    }

    async fn create_missing_assessments(
        &self,
        assessments: Vec<Assessment>,
    ) -> Result<(), StoreError> {
        let traces: Vec<TraceId> = assessments.iter().map(|it| it.trace_id.clone()).collect();
        self.restore(&traces).await?;
        self.hot.create_missing_assessments(assessments).await
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        self.restore(traces).await?;
        self.hot.link_run(run, traces).await
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        match which {
            Deletion::Expired { .. } => {
                let deleted = self.hot.delete_traces(experiment, which).await?;
                self.read_floors().await?;
                Ok(deleted)
            }
            Deletion::Ids(ids) => {
                let mut deleted =
                    self.hot.delete_traces(experiment, Deletion::Ids(ids.clone())).await?;
                let archived = self.archive.traces(&ids).await?.into_values();
                let here = archived.filter(|trace| trace.info.experiment_id == experiment);
                let here = here.map(|trace| (trace.info.trace_id, trace.batch)).collect();
                deleted.extend(self.delete_archived(experiment, here).await?);
                // Callers see them in the order in which they named them.
                let asked = ids.into_iter().filter(|id| deleted.contains(id));
                Ok(asked.collect())
            }
            Deletion::UntilTime { until, max_traces } => {
                let mut archived = self.archived_until(experiment, until).await?;
                let max = max_traces.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(0));
                archived.truncate(max);
                let mut deleted = self.delete_archived(experiment, archived).await?;
                let left = max_traces.map(|max| max.saturating_sub(deleted.len() as u64));
                let which = Deletion::UntilTime { until, max_traces: left };
                deleted.extend(self.hot.delete_traces(experiment, which).await?);
                Ok(deleted)
            }
        }
    }
}
