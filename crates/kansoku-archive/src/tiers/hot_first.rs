//! The store where traces of the archive cannot be part of the result, and both tiers elsewhere.
use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_filter::Filter;
use kansoku_model::{
    Assessment, AssessmentId, ExperimentId, FeedbackSettings, RunId, SpanId, SpanRow, TimestampMs,
    TraceId, TraceInfo,
};
use kansoku_otlp::Signal;
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::*;
use tokio::sync::broadcast;

use super::Tiers;
use crate::reader::ArchiveReader;

/// The traces of a store and of its archive as one store.
pub struct TieredStore {
    tiers: Tiers,
}

impl TieredStore {
    pub async fn open(
        hot: Arc<dyn TraceStore>,
        index: Arc<dyn ArchiveIndex>,
        archive: ArchiveReader,
    ) -> Result<Self, StoreError> {
        Ok(Self { tiers: Tiers::open(hot, index, archive).await? })
    }

    /// Restores traces whose restoring was interrupted.
    pub async fn finish_restores(&self) -> Result<(), StoreError> {
        self.tiers.finish_restores().await
    }

    fn hot(&self) -> &dyn TraceStore {
        &*self.tiers.hot
    }

    /// Whether any of these traces is only in the archive.
    async fn has_archived(&self, traces: &[TraceId]) -> Result<bool, StoreError> {
        if !self.tiers.has_expired() {
            return Ok(false);
        }
        Ok(!self.tiers.index.expired_traces(traces).await?.is_empty())
    }

    async fn is_archived(&self, trace: &TraceId) -> Result<bool, StoreError> {
        self.has_archived(std::slice::from_ref(trace)).await
    }

    /// Whether traces that are only in the archive can be in this range and match the filter.
    fn reaches_archive(
        &self,
        experiments: &[ExperimentId],
        filter: &Filter,
        from: Option<TimestampMs>,
    ) -> bool {
        experiments.iter().any(|it| self.tiers.reaches_archive(*it, filter, from))
    }
}

#[async_trait]
impl TraceReads for TieredStore {
    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        self.tiers.changes()
    }

    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.span_rows(trace).await,
            false => self.hot().span_rows(trace).await,
        }
    }

    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.chunks(trace).await,
            false => self.hot().chunks(trace).await,
        }
    }

    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.chunk(trace, chunk).await,
            false => self.hot().chunk(trace, chunk).await,
        }
    }

    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.info(trace).await,
            false => self.hot().info(trace).await,
        }
    }

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.assessment(trace, id).await,
            false => self.hot().assessment(trace, id).await,
        }
    }

    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.spans(trace).await,
            false => self.hot().spans(trace).await,
        }
    }

    async fn span(&self, trace: &TraceId, span: SpanId) -> Result<StoredSpan, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.span(trace, span).await,
            false => self.hot().span(trace, span).await,
        }
    }

    async fn some_spans(
        &self,
        trace: &TraceId,
        spans: &[SpanId],
    ) -> Result<StoredSpan, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.some_spans(trace, spans).await,
            false => self.hot().some_spans(trace, spans).await,
        }
    }

    async fn otlp(
        &self,
        trace: &TraceId,
        signal: Signal,
        cursor: OtlpCursor,
    ) -> Result<Option<OtlpPage>, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.otlp(trace, signal, cursor).await,
            false => self.hot().otlp(trace, signal, cursor).await,
        }
    }

    async fn span_page(&self, trace: &TraceId, list: SpanList) -> Result<SpanPage, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.span_page(trace, list).await,
            false => self.hot().span_page(trace, list).await,
        }
    }

    async fn span_tree(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTree, StoreError> {
        match self.is_archived(trace).await? {
            true => self.tiers.span_tree(trace, range).await,
            false => self.hot().span_tree(trace, range).await,
        }
    }

    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
        match self.has_archived(traces).await? {
            true => self.tiers.infos(traces).await,
            false => self.hot().infos(traces).await,
        }
    }

    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError> {
        match self.has_archived(traces).await? {
            true => self.tiers.links(traces).await,
            false => self.hot().links(traces).await,
        }
    }

    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        match self.has_archived(traces).await? {
            true => self.tiers.experiments_of(traces).await,
            false => self.hot().experiments_of(traces).await,
        }
    }

    async fn whole_traces(
        &self,
        traces: &[TraceId],
        limits: WholeTraceLimits,
    ) -> Result<WholeTraces, StoreError> {
        match self.has_archived(traces).await? {
            true => self.tiers.whole_traces(traces, limits).await,
            false => self.hot().whole_traces(traces, limits).await,
        }
    }

    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError> {
        match self.has_archived(traces).await? {
            true => self.tiers.span_bytes(traces).await,
            false => self.hot().span_bytes(traces).await,
        }
    }

    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError> {
        match self.has_archived(traces).await? {
            true => self.tiers.turns(traces).await,
            false => self.hot().turns(traces).await,
        }
    }

    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError> {
        match self.has_archived(traces).await? {
            true => self.tiers.list_items(traces).await,
            false => self.hot().list_items(traces).await,
        }
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        match self.reaches_archive(&search.experiments, &search.filter, None) {
            true => self.tiers.search(search).await,
            false => self.hot().search(search).await,
        }
    }

    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError> {
        match self.reaches_archive(&search.experiments, &search.filter, None) {
            true => self.tiers.search_list(search).await,
            false => self.hot().search_list(search).await,
        }
    }

    async fn search_spans(&self, search: SpanSearch) -> Result<SpanSearchPage, StoreError> {
        match self.reaches_archive(&[search.experiment], &search.filter, None) {
            true => self.tiers.search_spans(search).await,
            false => self.hot().search_spans(search).await,
        }
    }

    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError> {
        match self.reaches_archive(&[search.experiment], &search.filter, None) {
            true => self.tiers.sessions(search).await,
            false => self.hot().sessions(search).await,
        }
    }

    async fn root_values(
        &self,
        query: RootValuesQuery,
    ) -> Result<Vec<(TraceId, RootValues)>, StoreError> {
        match self.has_archived(&query.traces).await? {
            true => self.tiers.root_values(query).await,
            false => self.hot().root_values(query).await,
        }
    }

    async fn input_hashes(&self, query: InputHashQuery) -> Result<Vec<(TraceId, u64)>, StoreError> {
        match self.has_archived(&query.traces).await? {
            true => self.tiers.input_hashes(query).await,
            false => self.hot().input_hashes(query).await,
        }
    }

    async fn reviewed(
        &self,
        query: ReviewedQuery,
        visitor: ReviewedVisitor,
    ) -> Result<Coverage, StoreError> {
        match self.reaches_archive(&[query.experiment], &query.filter, query.from) {
            true => self.tiers.reviewed(query, visitor).await,
            false => self.hot().reviewed(query, visitor).await,
        }
    }

    /// Keys are those of the newest traces.
    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError> {
        let keys = self.hot().keys(experiment).await?;
        match keys == TraceKeys::default() && self.tiers.floor(experiment).is_some() {
            true => self.tiers.keys(experiment).await,
            false => Ok(keys),
        }
    }

    async fn span_tree_page(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTreePage, StoreError> {
        if self.is_archived(trace).await? {
            return self.tiers.span_tree_page(trace, range).await;
        }
        let page = self.hot().span_tree_page(trace, range).await?;
        let session = match page.session {
            Some(_) => self.session_place(trace).await?,
            None => None,
        };
        Ok(SpanTreePage { session, ..page })
    }

    /// Older traces of the session may be in the archive.
    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError> {
        if self.is_archived(trace).await? {
            return self.tiers.session_place(trace).await;
        }
        let place = self.hot().session_place(trace).await?;
        match place.is_some() && self.tiers.has_expired() {
            true => self.tiers.session_place(trace).await,
            false => Ok(place),
        }
    }

    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError> {
        match self.tiers.floor(experiment) {
            Some(_) => self.tiers.session_assessments(experiment, session).await,
            None => self.hot().session_assessments(experiment, session).await,
        }
    }

    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError> {
        self.hot().feedback_settings(experiment).await
    }
}

#[async_trait]
impl TraceScan for TieredStore {
    async fn scan(&self, query: ScanQuery, visitor: ScanVisitor) -> Result<Coverage, StoreError> {
        match self.reaches_archive(&[query.experiment], &query.filter, query.from) {
            true => self.tiers.scan(query, visitor).await,
            false => self.hot().scan(query, visitor).await,
        }
    }

    async fn scan_spans(
        &self,
        query: ScanQuery,
        columns: SpanProjection,
        visitor: SpanVisitor,
    ) -> Result<Coverage, StoreError> {
        match self.reaches_archive(&[query.experiment], &query.filter, query.from) {
            true => self.tiers.scan_spans(query, columns, visitor).await,
            false => self.hot().scan_spans(query, columns, visitor).await,
        }
    }

    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError> {
        self.tiers.metric_groups(query).await
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError> {
        match self.reaches_archive(&query.experiments, &Filter::all(), None) {
            true => self.tiers.activity(query).await,
            false => self.hot().activity(query).await,
        }
    }

    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError> {
        match self.reaches_archive(&query.experiments, &query.among, None) {
            true => self.tiers.correlation(query).await,
            false => self.hot().correlation(query).await,
        }
    }
}

#[async_trait]
impl TraceWrites for TieredStore {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        self.tiers.ingest(ingest).await
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        self.tiers.upsert_info(info).await
    }

    async fn edit(
        &self,
        trace: &TraceId,
        edit: TraceEdit,
    ) -> Result<Option<Assessment>, StoreError> {
        self.tiers.edit(trace, edit).await
    }

    async fn create_missing_assessments(
        &self,
        assessments: Vec<Assessment>,
    ) -> Result<(), StoreError> {
        self.tiers.create_missing_assessments(assessments).await
    }

    async fn restore(&self, traces: &[TraceId]) -> Result<(), StoreError> {
        self.tiers.restore(traces).await
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        self.tiers.link_run(run, traces).await
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        self.tiers.delete_traces(experiment, which).await
    }
}
