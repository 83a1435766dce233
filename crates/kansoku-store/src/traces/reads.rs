//! Reads of traces: by id, by search, and span by span.
use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use kansoku_filter::{Filter, OrderBy};
use kansoku_model::{
    Assessment, AssessmentId, ExperimentId, FeedbackSettings, SpanId, SpanRow, TimestampMs,
    TraceId, TraceInfo,
};
use kansoku_otlp::Signal;
use tokio::sync::broadcast;

use super::provided;
use crate::core::span_rows;
use crate::{
    ChunkId, Coverage, InputHashQuery, OtlpCursor, OtlpPage, PromptVersion, ReviewedQuery,
    ReviewedVisitor, RootValues, RootValuesQuery, SessionNames, SessionPlace, SessionSearch,
    SpanList, SpanPage, SpanSearch, SpanSearchPage, SpanTree, SpanTreePage, SpanTreeRange,
    StoreError, StoredSpan, TraceChunks, TraceKeys, TraceListItem, TraceListPage, Turns,
    WholeTraceLimits, WholeTraces,
};

/// Reads of traces. Every read sees all writes that were completed before it began.
#[async_trait]
pub trait TraceReads: Send + Sync {
    /// Changes of traces, sent after the commit and before the write returns. A receiver that falls
    /// behind misses some, and must read the traces again.
    fn changes(&self) -> broadcast::Receiver<TraceChange>;

    /// The infos of those traces that exist, in the order of `traces`, with long texts truncated.
    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError>;

    /// The links of those traces that exist, in the order of `traces`.
    async fn links(&self, traces: &[TraceId]) -> Result<Vec<TraceLinks>, StoreError>;

    /// The rows of all spans of a trace, in any order.
    async fn span_rows(&self, trace: &TraceId) -> Result<Vec<SpanRow>, StoreError>;

    /// A trace with its whole info and the list of its chunks, which can be read one by one.
    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError>;

    /// The decompressed bytes of a chunk; `None` if it was merged with others or replaced.
    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError>;

    /// A page of the traces that match a filter, with long texts truncated.
    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError>;

    /// The feedback settings of an experiment; the defaults if it does not exist.
    async fn feedback_settings(
        &self,
        experiment: ExperimentId,
    ) -> Result<FeedbackSettings, StoreError>;

    /// The whole info of a trace, with full texts.
    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError> {
        Ok(self.chunks(trace).await?.info)
    }

    /// The experiments of those traces that exist.
    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        let infos = self.infos(traces).await?.into_iter();
        Ok(infos.map(|info| (info.trace_id, info.experiment_id)).collect())
    }

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError> {
        let mut assessments = self.info(trace).await?.assessments.into_iter();
        assessments.find(|assessment| assessment.assessment_id == *id).ok_or_else(|| {
            StoreError::AssessmentNotFound { trace: trace.clone(), assessment: id.clone() }
        })
    }

    /// A trace with the OTLP bytes of its spans, oldest chunk first.
    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError> {
        provided::spans(self, trace).await
    }

    /// Traces with the rows and the payload of their spans, up to limits.
    async fn whole_traces(
        &self,
        traces: &[TraceId],
        limits: WholeTraceLimits,
    ) -> Result<WholeTraces, StoreError> {
        provided::whole_traces(self, traces, limits).await
    }

    /// The total size of the results of [`TraceReads::spans`] for these traces, without reading
    /// them. Traces that do not exist count as 0.
    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError> {
        provided::span_bytes(self, traces).await
    }

    /// One span with its payload.
    async fn span(&self, trace: &TraceId, span: SpanId) -> Result<StoredSpan, StoreError> {
        let found = self.some_spans(trace, &[span]).await?;
        match found.otlp.is_empty() {
            true => Err(StoreError::SpanNotFound { trace: trace.clone(), span }),
            false => Ok(found),
        }
    }

    /// Those of these spans that are stored, with their payload, in one message.
    async fn some_spans(
        &self,
        trace: &TraceId,
        spans: &[SpanId],
    ) -> Result<StoredSpan, StoreError> {
        provided::some_spans(self, trace, spans).await
    }

    /// The OTLP of a trace, page by page; `None` after the last page. Each span is included once,
    /// in its latest version, and each log record once. The first cursor is the default.
    async fn otlp(
        &self,
        trace: &TraceId,
        signal: Signal,
        cursor: OtlpCursor,
    ) -> Result<Option<OtlpPage>, StoreError> {
        provided::otlp(self, trace, signal, cursor).await
    }

    /// A page of the spans of a trace, without payload.
    async fn span_page(&self, trace: &TraceId, list: SpanList) -> Result<SpanPage, StoreError> {
        Ok(span_rows::page(&self.span_rows(trace).await?, &list))
    }

    /// A part of the tree of a trace's spans.
    async fn span_tree(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTree, StoreError> {
        Ok(span_rows::tree(&self.span_rows(trace).await?, range))
    }

    /// A trace as a list item, its position in its session and a part of its span tree. An engine
    /// with snapshots reads all of it from one.
    async fn span_tree_page(
        &self,
        trace: &TraceId,
        range: SpanTreeRange,
    ) -> Result<SpanTreePage, StoreError> {
        let tree = self.span_tree(trace, range).await?;
        let session = self.session_place(trace).await?;
        let listed = self.list_items(std::slice::from_ref(trace)).await?.pop();
        let trace = listed.ok_or_else(|| StoreError::TraceNotFound(trace.clone()))?;
        Ok(SpanTreePage { trace, session, tree })
    }

    /// Those of these traces that exist, as turns of their sessions, in the order of `traces`.
    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError> {
        let mut turns = Vec::with_capacity(traces.len());
        for trace in traces {
            match self.span_rows(trace).await {
                Ok(rows) => turns.push((trace.clone(), span_rows::turn(&rows))),
                Err(StoreError::TraceNotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(turns)
    }

    /// Values of root spans, for those of the traces that exist, in the given order. Traces that are
    /// too large are omitted, and those not read before the deadline.
    async fn root_values(
        &self,
        query: RootValuesQuery,
    ) -> Result<Vec<(TraceId, RootValues)>, StoreError> {
        provided::root_values(self, query).await
    }

    /// Hashes of the whole inputs of root spans, for those of the traces that exist, in the given
    /// order. Traces that are too large are omitted, and those not read before the deadline.
    async fn input_hashes(&self, query: InputHashQuery) -> Result<Vec<(TraceId, u64)>, StoreError> {
        provided::input_hashes(self, query).await
    }

    /// Calls `visitor` with each matching trace to which a person gave feedback of a name, newest
    /// first. `fold_reviewed` of [`TraceStore`](crate::TraceStore) is easier to use.
    async fn reviewed(
        &self,
        query: ReviewedQuery,
        visitor: ReviewedVisitor,
    ) -> Result<Coverage, StoreError> {
        provided::reviewed(self, query, visitor).await
    }

    /// [`TraceReads::search`] with the list item of each trace.
    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError> {
        let SearchPage { traces, next_page_token, covered_from } = self.search(search).await?;
        let traces = provided::list_items(self, traces).await?;
        Ok(TraceListPage { traces, next_page_token, covered_from })
    }

    /// A page of the spans that match a filter.
    async fn search_spans(&self, search: SpanSearch) -> Result<SpanSearchPage, StoreError> {
        provided::search_spans(self, search).await
    }

    /// The list items of those traces that exist, in the order of `traces`.
    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError> {
        provided::list_items(self, self.infos(traces).await?).await
    }

    /// The keys of the newest traces of an experiment.
    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError> {
        provided::keys(self, experiment).await
    }

    /// Sessions with a matching trace, sorted by their newest matching trace, newest first.
    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError> {
        provided::sessions(self, search).await
    }

    /// The position of a trace in its session; `None` if it has no session.
    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError> {
        provided::session_place(self, trace).await
    }

    /// The valid assessments of a session as a whole, as opposed to those of its traces.
    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError> {
        provided::session_assessments(self, experiment, session).await
    }
}

/// The runs and prompt versions that a trace is linked to. The run it was started in is in its
/// metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceLinks {
    pub run_ids: Vec<String>,
    pub prompts: Vec<PromptVersion>,
}

/// A trace was created, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceChange {
    pub experiment: ExperimentId,
    pub trace_id: TraceId,
}

#[derive(Clone, Debug)]
pub struct StoredSpans {
    pub info: TraceInfo,
    /// `TracesData` in protobuf; a span in a later chunk replaces the same span in an earlier one.
    pub chunks: Vec<Vec<u8>>,
    /// `LogsData` in protobuf: the log records of these spans.
    pub logs: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub struct TraceSearch {
    pub experiments: Vec<ExperimentId>,
    pub filter: Filter,
    /// Empty means newest first. Ties are broken by trace id.
    pub order_by: Vec<OrderBy>,
    pub max_results: usize,
    /// `next_page_token` of the previous page; the other fields must be unchanged.
    pub page_token: Option<String>,
    pub deadline: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    pub traces: Vec<TraceInfo>,
    /// Present if the page is full, or ended early.
    pub next_page_token: Option<String>,
    /// Present if the deadline ended the page: only newer traces were searched.
    pub covered_from: Option<TimestampMs>,
}
