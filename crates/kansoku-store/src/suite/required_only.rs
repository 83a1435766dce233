//! A store with the required methods of another one, and the provided methods of the traits.
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_model::{
    Assessment, ExperimentId, FeedbackSettings, Retention, RunId, SpanRow, TimestampMs, TraceId,
    TraceInfo,
};
use tokio::sync::broadcast;

use super::Stores;
use crate::core::columns::groups::Groups;
use crate::*;

mod meta;
mod scoring;

/// Forwards the required methods and overrides nothing, so that an engine's overrides can be
/// compared with the provided methods.
pub struct RequiredOnly {
    traces: Arc<dyn TraceStore>,
    meta: Arc<dyn MetaStore>,
    maintenance: Arc<dyn Maintenance>,
}

impl Stores {
    /// The same stores without the engine's overrides; they must not outlive `self`.
    pub fn required_only(&self) -> Self {
        let provided = Arc::new(RequiredOnly {
            traces: self.traces.clone(),
            meta: self.meta.clone(),
            maintenance: self.maintenance.clone(),
        });
        Self {
            traces: provided.clone(),
            meta: provided.clone(),
            ledger: self.ledger.clone(),
            maintenance: provided,
            access: self.access.clone(),
            jobs: self.jobs.clone(),
            archive: self.archive.clone(),
            archive_index: self.archive_index.clone(),
            keep: Box::new(()),
        }
    }
}

#[async_trait]
impl TraceWrites for RequiredOnly {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        self.traces.ingest(ingest).await
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        self.traces.upsert_info(info).await
    }

    async fn edit(
        &self,
        trace: &TraceId,
        edit: TraceEdit,
    ) -> Result<Option<Assessment>, StoreError> {
        self.traces.edit(trace, edit).await
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        self.traces.link_run(run, traces).await
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        self.traces.delete_traces(experiment, which).await
    }
}

#[async_trait]
impl TraceReads for RequiredOnly {
    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        self.traces.changes()
    }

    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
        self.traces.infos(traces).await
    }

    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError> {
        self.traces.links(traces).await
    }

    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError> {
        self.traces.span_rows(trace).await
    }

    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError> {
        self.traces.chunks(trace).await
    }

    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError> {
        self.traces.chunk(trace, chunk).await
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        self.traces.search(search).await
    }

    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError> {
        self.traces.feedback_settings(experiment).await
    }
}

#[async_trait]
impl TraceScan for RequiredOnly {
    async fn scan(&self, query: ScanQuery, visitor: ScanVisitor) -> Result<Coverage, StoreError> {
        self.traces.scan(query, visitor).await
    }

    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError> {
        self.traces.metric_groups(query).await
    }
}

#[async_trait]
impl Maintenance for RequiredOnly {
    async fn storage(&self, experiment: ExperimentId) -> Result<StorageUse, StoreError> {
        self.maintenance.storage(experiment).await
    }

    async fn size(&self) -> Result<StoreSize, StoreError> {
        self.maintenance.size().await
    }

    async fn expired(
        &self,
        experiment: ExperimentId,
        retention: Retention,
        now: TimestampMs,
    ) -> Result<Option<RetentionCursor>, StoreError> {
        self.maintenance.expired(experiment, retention, now).await
    }

    async fn oldest(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
        traces_max: usize,
    ) -> Result<Vec<TraceId>, StoreError> {
        self.maintenance.oldest(experiment, before, traces_max).await
    }

    async fn clock_marks(&self) -> Result<ClockMarks, StoreError> {
        self.maintenance.clock_marks().await
    }

    async fn mark_clock(&self, mark: ClockMark) -> Result<bool, StoreError> {
        self.maintenance.mark_clock(mark).await
    }

    async fn audit(&self, progress: Box<dyn FnMut(u64) + Send>) -> Result<Audit, StoreError> {
        self.maintenance.audit(progress).await
    }

    async fn reprice(&self, which: Reprice, price: Pricer) -> Result<RepricedPage, StoreError> {
        self.maintenance.reprice(which, price).await
    }

    async fn try_write(&self) -> Result<(), StoreError> {
        self.maintenance.try_write().await
    }
}
