use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use kansoku_model::{
    Assessment, AssessmentId, ExperimentId, FeedbackSettings, RunId, SpanId, SpanRow, TraceId,
    TraceInfo,
};
use kansoku_otlp::Signal;
use kansoku_store::core::columns::groups::Groups;
use kansoku_store::{
    Activity, ActivityQuery, ChunkId, CorrelationCounts, CorrelationQuery, Coverage, Deletion,
    Ingest, IngestCounts, InputHashQuery, MetricsQuery, OtlpCursor, OtlpPage, ReviewedQuery,
    ReviewedVisitor, RootValues, RootValuesQuery, ScanQuery, ScanVisitor, SearchPage, SessionNames,
    SessionPlace, SessionSearch, SpanList, SpanPage, SpanProjection, SpanSearch, SpanSearchPage,
    SpanTree, SpanTreePage, SpanTreeRange, SpanVisitor, StoreError, StoredSpan, StoredSpans,
    TraceChange, TraceChunks, TraceEdit, TraceKeys, TraceLinks, TraceListItem, TraceListPage,
    TraceReads, TraceScan, TraceSearch, TraceStore, TraceWrites, Turns, WholeTraceLimits,
    WholeTraces,
};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::auth::rights::BoundRights;

/// Capacity of the change channel.
const CHANGES_KEPT: usize = 4096;

pub(crate) struct ScopedTraces {
    inner: Arc<dyn TraceStore>,
    rights: Arc<BoundRights>,
}

impl ScopedTraces {
    pub(crate) fn new(inner: Arc<dyn TraceStore>, rights: Arc<BoundRights>) -> Self {
        Self { inner, rights }
    }
}

#[async_trait]
impl TraceWrites for ScopedTraces {
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError> {
        let experiments: Vec<_> = ingest.traces.iter().map(|(experiment, _)| *experiment).collect();
        self.rights.check_all(&experiments).await?;
        let traces: Vec<_> =
            ingest.traces.iter().map(|(_, trace)| trace.trace_id.clone()).collect();
        self.rights.check_writable(&traces).await?;
        self.inner.ingest(ingest).await
    }

    async fn restore(&self, traces: &[TraceId]) -> Result<(), StoreError> {
        self.inner.restore(&self.rights.visible(traces).await?).await
    }

    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError> {
        self.rights.check(info.experiment_id).await?;
        self.rights.check_writable(std::slice::from_ref(&info.trace_id)).await?;
        self.inner.upsert_info(info).await
    }

    async fn edit(
        &self,
        trace: &TraceId,
        edit: TraceEdit,
    ) -> Result<Option<Assessment>, StoreError> {
        if self.rights.sees_trace(trace).await? {
            return self.inner.edit(trace, edit).await;
        }
        // The same results as for a trace that does not exist.
        match edit {
            TraceEdit::DeleteTag { key } => {
                Err(StoreError::TraceTagNotFound { trace: trace.clone(), key })
            }
            TraceEdit::DeleteAssessment { .. } => Ok(None),
            TraceEdit::SetTag { .. }
            | TraceEdit::CreateAssessment(_)
            | TraceEdit::UpdateAssessment { .. }
            | TraceEdit::LinkPrompts(_) => Err(StoreError::TraceNotFound(trace.clone())),
        }
    }

    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.delete_traces(experiment, which).await
    }

    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError> {
        let visible = self.rights.visible(traces).await?;
        self.inner.link_run(run, &visible).await
    }
}

#[async_trait]
impl TraceReads for ScopedTraces {
    /// Forwards the changes in a task that ends with its receiver. If the task falls behind, the
    /// channel is closed, and the receiver has to subscribe again.
    fn changes(&self) -> broadcast::Receiver<TraceChange> {
        let (sender, receiver) = broadcast::channel(CHANGES_KEPT);
        let (mut changes, rights) = (self.inner.changes(), self.rights.clone());
        tokio::spawn(async move {
            loop {
                let change = match changes.recv().await {
                    Ok(change) => change,
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                };
                match rights.includes(change.experiment).await {
                    Ok(true) if sender.send(change).is_err() => return,
                    Ok(_) if sender.receiver_count() == 0 => return,
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        });
        receiver
    }

    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.info(trace).await
    }

    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError> {
        self.inner.infos(&self.rights.visible(traces).await?).await
    }

    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        self.inner.experiments_of(&self.rights.visible(traces).await?).await
    }

    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.spans(trace).await
    }

    async fn whole_traces(
        &self,
        traces: &[TraceId],
        limits: WholeTraceLimits,
    ) -> Result<WholeTraces, StoreError> {
        let visible = self.rights.visible(traces).await?;
        let mut read = self.inner.whole_traces(&visible, limits).await?;
        let next = visible.get(read.looked_at);
        let place = next.and_then(|next| traces.iter().position(|trace| trace == next));
        read.looked_at = place.unwrap_or(traces.len());
        Ok(read)
    }

    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError> {
        self.inner.span_bytes(&self.rights.visible(traces).await?).await
    }

    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError> {
        self.inner.links(&self.rights.visible(traces).await?).await
    }

    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.span_rows(trace).await
    }

    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.chunks(trace).await
    }

    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.chunk(trace, chunk).await
    }

    async fn span_page(&self, trace: &TraceId, list: SpanList) -> Result<SpanPage, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.span_page(trace, list).await
    }

    async fn span_tree(
        &self,
        trace: &TraceId,
        part: SpanTreeRange,
    ) -> Result<SpanTree, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.span_tree(trace, part).await
    }

    async fn span_tree_page(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTreePage, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.span_tree_page(trace, range).await
    }

    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.feedback_settings(experiment).await
    }

    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.session_place(trace).await
    }

    async fn span(&self, trace: &TraceId, span: SpanId) -> Result<StoredSpan, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.span(trace, span).await
    }

    async fn some_spans(
        &self,
        trace: &TraceId,
        spans: &[SpanId],
    ) -> Result<StoredSpan, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.some_spans(trace, spans).await
    }

    async fn otlp(
        &self,
        trace: &TraceId,
        signal: Signal,
        cursor: OtlpCursor,
    ) -> Result<Option<OtlpPage>, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.otlp(trace, signal, cursor).await
    }

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError> {
        self.rights.check_all(&search.experiments).await?;
        self.inner.search(search).await
    }

    async fn reviewed(
        &self,
        query: ReviewedQuery,
        visitor: ReviewedVisitor,
    ) -> Result<Coverage, StoreError> {
        self.rights.check(query.experiment).await?;
        self.inner.reviewed(query, visitor).await
    }

    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError> {
        self.rights.check_all(&search.experiments).await?;
        self.inner.search_list(search).await
    }

    async fn search_spans(&self, search: SpanSearch) -> Result<SpanSearchPage, StoreError> {
        self.rights.check(search.experiment).await?;
        self.inner.search_spans(search).await
    }

    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError> {
        self.inner.list_items(&self.rights.visible(traces).await?).await
    }

    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.keys(experiment).await
    }

    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError> {
        self.rights.check(search.experiment).await?;
        self.inner.sessions(search).await
    }

    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.session_assessments(experiment, session).await
    }

    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError> {
        self.inner.turns(&self.rights.visible(traces).await?).await
    }

    async fn root_values(
        &self,
        query: RootValuesQuery,
    ) -> Result<Vec<(TraceId, RootValues)>, StoreError> {
        let traces = self.rights.visible(&query.traces).await?;
        self.inner.root_values(RootValuesQuery { traces, ..query }).await
    }

    async fn input_hashes(&self, query: InputHashQuery) -> Result<Vec<(TraceId, u64)>, StoreError> {
        let traces = self.rights.visible(&query.traces).await?;
        self.inner.input_hashes(InputHashQuery { traces, ..query }).await
    }

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError> {
        self.rights.check_trace(trace).await?;
        self.inner.assessment(trace, id).await
    }
}

#[async_trait]
impl TraceScan for ScopedTraces {
    async fn scan(&self, query: ScanQuery, each: ScanVisitor) -> Result<Coverage, StoreError> {
        self.rights.check(query.experiment).await?;
        self.inner.scan(query, each).await
    }

    async fn scan_spans(
        &self,
        query: ScanQuery,
        columns: SpanProjection,
        each: SpanVisitor,
    ) -> Result<Coverage, StoreError> {
        self.rights.check(query.experiment).await?;
        self.inner.scan_spans(query, columns, each).await
    }

    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError> {
        self.rights.check_all(&query.experiments).await?;
        self.inner.metric_groups(query).await
    }

    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError> {
        let mut visible = Vec::new();
        for activity in self.inner.activity(query).await? {
            if self.rights.includes(activity.experiment).await? {
                visible.push(activity);
            }
        }
        Ok(visible)
    }

    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError> {
        self.rights.check_all(&query.experiments).await?;
        self.inner.correlation(query).await
    }
}
