//! Reads of traces: by id, by search, and span by span.
use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use kansoku_filter::{Filter, OrderBy};
use kansoku_model::{Assessment, AssessmentId, ExperimentId, SpanId, TraceId, TraceInfo};
use kansoku_otlp::Signal;
use tokio::sync::broadcast;

use crate::{
    ChunkId, OtlpCursor, OtlpPage, SessionNames, SessionPlace, SessionSearch, SpanList, SpanPage,
    SpanTree, SpanTreeRange, StoreError, StoredSpan, TraceChunks, TraceKeys, TraceListItem,
    TraceListPage, Turns,
};

/// Reads of traces. Every read sees what was written before it began.
#[async_trait]
pub trait TraceReads: Send + Sync {
    /// News of traces, sent after the commit that changed them. A receiver that falls behind
    /// misses some: it must look itself then.
    fn changes(&self) -> broadcast::Receiver<TraceChange>;

    async fn info(&self, trace: &TraceId) -> Result<TraceInfo, StoreError>;

    /// The infos of those traces that exist, in the order asked for.
    async fn infos(&self, traces: &[TraceId]) -> Result<Vec<TraceInfo>, StoreError>;

    /// In which experiments these traces are; those that do not exist are left out.
    async fn experiments_of(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError>;

    /// A trace with its spans' OTLP bytes, oldest chunk first.
    async fn spans(&self, trace: &TraceId) -> Result<StoredSpans, StoreError>;

    /// How many bytes [`TraceStore::spans`] would give for these traces together, without
    /// reading them. Traces that do not exist have none.
    async fn span_bytes(&self, traces: &[TraceId]) -> Result<u64, StoreError>;

    /// A trace with the chunks it is kept in, to be read one by one.
    async fn chunks(&self, trace: &TraceId) -> Result<TraceChunks, StoreError>;

    /// The bytes of a chunk, decompressed; `None` where it was merged with others or replaced.
    async fn chunk(&self, trace: &TraceId, chunk: ChunkId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Spans of a trace without their payload.
    async fn span_page(&self, trace: &TraceId, list: SpanList) -> Result<SpanPage, StoreError>;

    /// Its spans as a tree, some of them at a time.
    async fn span_tree(&self, trace: &TraceId, part: SpanTreeRange)
    -> Result<SpanTree, StoreError>;

    /// Where a trace stands in its session; `None` where it is in none.
    async fn session_place(&self, trace: &TraceId) -> Result<Option<SessionPlace>, StoreError>;

    /// One span with its payload; the rest of its trace is left where it is.
    async fn span(&self, trace: &TraceId, span: SpanId) -> Result<StoredSpan, StoreError>;

    /// Those of these spans that are stored, with their payload, in one message.
    async fn some_spans(&self, trace: &TraceId, spans: &[SpanId])
    -> Result<StoredSpan, StoreError>;

    /// What came of a trace as OTLP, a piece at a time; `None` is the end. Each span comes once,
    /// as it was sent last, and each log record once. The first cursor is the default.
    async fn otlp(
        &self,
        trace: &TraceId,
        signal: Signal,
        cursor: OtlpCursor,
    ) -> Result<Option<OtlpPage>, StoreError>;

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError>;

    /// [`TraceStore::search`], each trace with what lists show of its spans.
    async fn search_list(&self, search: TraceSearch) -> Result<TraceListPage, StoreError>;

    /// Those traces that exist, in the order asked for, as lists show them.
    async fn list_items(&self, traces: &[TraceId]) -> Result<Vec<TraceListItem>, StoreError>;

    /// The keys that the newest traces of an experiment have.
    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError>;

    /// Sessions with a matching trace, by the newest of these.
    async fn sessions(&self, search: SessionSearch) -> Result<SessionNames, StoreError>;

    /// What was said of a session as a whole.
    async fn session_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
    ) -> Result<Vec<Assessment>, StoreError>;

    /// Those traces that exist as turns of their sessions, in the order asked for.
    async fn turns(&self, traces: &[TraceId]) -> Result<Turns, StoreError>;

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError>;
}

/// A trace that was created, changed or deleted.
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
    /// `LogsData` in protobuf: log records that belong to these spans.
    pub logs: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub struct TraceSearch {
    pub experiments: Vec<ExperimentId>,
    pub filter: Filter,
    /// Empty means newest first. Ties are broken by trace id.
    pub order_by: Vec<OrderBy>,
    pub max_results: usize,
    /// From the previous page's `next_page_token`; the rest of the search must be as it was.
    pub page_token: Option<String>,
    pub deadline: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    pub traces: Vec<TraceInfo>,
    /// Present whenever the page is full.
    pub next_page_token: Option<String>,
}
