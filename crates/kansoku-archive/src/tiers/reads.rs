//! Traces of both tiers by id.
use std::collections::HashMap;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, FeedbackSettings, SpanRow, TraceId, TraceInfo};
use kansoku_store::{
    ChunkId, SearchPage, StoreError, StoredSpans, TraceChange, TraceChunks, TraceLinks,
    TraceListItem, TraceListPage, TraceReads, TraceSearch,
};
use tokio::sync::broadcast;

use super::Tiers;
use super::found::Found;
use crate::reader::Part;
use crate::tables::{ArchivedTrace, Table};

impl Tiers {
    /// The traces that exist in either tier, in the given order.
    pub(super) async fn found(&self, traces: &[TraceId]) -> Result<Vec<Found>, StoreError> {
        let infos = self.hot.infos(traces).await?;
        let mut hot: HashMap<TraceId, TraceInfo> =
            infos.into_iter().map(|info| (info.trace_id.clone(), info)).collect();
        let missing: Vec<_> = traces.iter().filter(|id| !hot.contains_key(id)).cloned().collect();
        let mut archived = self.archive.traces(&missing).await?;
        let found = traces.iter().filter_map(|id| match hot.remove(id) {
            Some(info) => Some(Found::Hot(Box::new(info))),
            None => archived.remove(id).map(|trace| Found::Archived(Box::new(trace))),
        });
        Ok(found.collect())
    }

    async fn archived(&self, trace: &TraceId) -> Result<ArchivedTrace, StoreError> {
        let found = self.archive.trace(trace).await?;
        found.ok_or_else(|| StoreError::TraceNotFound(trace.clone()))
    }
}

/// Whether the store has no such trace.
pub(super) fn is_missing<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::TraceNotFound(_)))
}

#[async_trait]
impl TraceReads for Tiers {
    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        self.hot.changes()
    }

    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
        Ok(self.found(traces).await?.into_iter().map(Found::listed).collect())
    }

    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError> {
        let mut archived = self.archive.traces(traces).await?;
        let mut links = Vec::with_capacity(traces.len());
        for trace in traces {
            match archived.remove(trace) {
                Some(trace) => links.push(trace.links()),
                None => links.extend(self.hot.links(std::slice::from_ref(trace)).await?),
            }
        }
        Ok(links)
    }

    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError> {
        let stored = self.hot.span_rows(trace).await;
        if !is_missing(&stored) {
            return stored;
        }
        Ok(self.archived(trace).await?.span_rows)
    }

    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError> {
        let stored = self.hot.chunks(trace).await;
        if !is_missing(&stored) {
            return stored;
        }
        let archived = self.archived(trace).await?;
        let parts = self.archive.parts(&archived, Table::Spans).await?;
        let spans = parts.iter().map(Part::info).collect();
        let parts = self.archive.parts(&archived, Table::Logs).await?;
        Ok(TraceChunks { info: archived.info, spans, logs: parts.iter().map(Part::info).collect() })
    }

    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError> {
        let stored = self.hot.chunk(trace, chunk).await;
        if !is_missing(&stored) {
            return stored;
        }
        let archived = self.archived(trace).await?;
        for table in [Table::Spans, Table::Logs] {
            let parts = self.archive.parts(&archived, table).await?;
            if let Some(part) = parts.iter().find(|part| part.id == chunk) {
                return self.archive.part(trace, part).await.map(Some);
            }
        }
        Ok(None)
    }

    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError> {
        let stored = self.hot.info(trace).await;
        if !is_missing(&stored) {
            return stored;
        }
        Ok(self.archived(trace).await?.info)
    }

    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError> {
        let stored = self.hot.spans(trace).await;
        if !is_missing(&stored) {
            return stored;
        }
        let archived = self.archived(trace).await?;
        let chunks = self.archive.payload(&archived, Table::Spans).await?;
        let logs = self.archive.payload(&archived, Table::Logs).await?;
        Ok(StoredSpans { info: archived.info, chunks, logs })
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        let (found, next_page_token, covered_from) = self.search_both(search).await?;
        let traces = found.into_iter().map(Found::listed).collect();
        Ok(SearchPage { traces, next_page_token, covered_from })
    }

    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError> {
        let (found, next_page_token, covered_from) = self.search_both(search).await?;
        Ok(TraceListPage { traces: self.items(found).await?, next_page_token, covered_from })
    }

    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError> {
        self.items(self.found(traces).await?).await
    }

    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        let mut experiments = self.index.expired_traces(traces).await?;
        experiments.extend(self.hot.experiments_of(traces).await?);
        Ok(experiments)
    }

    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError> {
        self.hot.feedback_settings(experiment).await
    }
}
