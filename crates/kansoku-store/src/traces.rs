//! The store of traces: spans, infos, tags, assessments, links, and their search.
use std::{collections::HashMap, net::IpAddr, time::Duration};

use async_trait::async_trait;
use kansoku_filter::{Filter, OrderBy};
use kansoku_model::{
    Assessment, AssessmentId, AssessmentValue, ExperimentId, RunId, Source, SpanId, TimestampMs,
    TraceId, TraceInfo, TraceSpans,
};
use kansoku_otlp::Signal;
use tokio::sync::broadcast;

use crate::{
    Activity, ActivityQuery, ChunkId, CorrelationCounts, CorrelationQuery, Coverage, DataPoint,
    EachFacts, FactsQuery, Ledger, ListedPage, ListedTrace, MetricsQuery, OtlpCursor, OtlpPiece,
    SessionNames, SessionPlace, SessionSearch, SkeletonPart, SpanList, SpanPage, StoreError,
    StoredSpan, TraceChunks, TraceKeys, TraceSkeleton, Turns,
};

/// Everything a trace filter can mention.
#[async_trait]
pub trait TraceStore: Send + Sync {
    /// Stores spans and log records; a trace not seen before is created in the experiment named
    /// with it, a known one keeps its own. Returns once they are durable, and counted in the
    /// ledger. Safe to repeat with the same spans.
    async fn ingest(&self, ingest: Ingest) -> Result<IngestCounts, StoreError>;

    /// [`TraceStore::ingest`] of traces that all belong to one experiment.
    async fn append(
        &self,
        experiment: ExperimentId,
        spans: Vec<TraceSpans>,
    ) -> Result<IngestCounts, StoreError> {
        let traces = spans.into_iter().map(|spans| (experiment, spans)).collect();
        self.ingest(Ingest { source: Source::default(), traces }).await
    }

    /// Counts in the ledger what was refused before it came to the store.
    async fn note_rejected(&self, rejection: Rejection) -> Result<(), StoreError>;

    async fn ledger(&self) -> Result<Ledger, StoreError>;

    /// News of traces, sent after the commit that changed them. A receiver that falls behind
    /// misses some: it must look itself then.
    fn changes(&self) -> broadcast::Receiver<TraceChange>;

    /// Merges what a client says of a trace (MLflow's start_trace), with the assessments in it.
    /// Answers the merged info.
    async fn upsert_info(&self, info: TraceInfo) -> Result<TraceInfo, StoreError>;

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
    async fn skeleton(
        &self,
        trace: &TraceId,
        part: SkeletonPart,
    ) -> Result<TraceSkeleton, StoreError>;

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
    ) -> Result<Option<OtlpPiece>, StoreError>;

    async fn search(&self, search: TraceSearch) -> Result<SearchPage, StoreError>;

    /// [`TraceStore::search`], each trace with what lists show of its spans.
    async fn search_listed(&self, search: TraceSearch) -> Result<ListedPage, StoreError>;

    /// Those traces that exist, in the order asked for, as lists show them.
    async fn listed(&self, traces: &[TraceId]) -> Result<Vec<ListedTrace>, StoreError>;

    /// Gives each trace asked for to `each`; [`TraceStore::fold_facts`] is the easy way to call it.
    async fn facts(&self, query: FactsQuery, each: EachFacts) -> Result<Coverage, StoreError>;

    /// The keys that the newest traces of an experiment have.
    async fn keys(&self, experiment: ExperimentId) -> Result<TraceKeys, StoreError>;

    /// Aggregates over all rows that a question is about; no groups where there are no rows.
    async fn metrics(&self, query: MetricsQuery) -> Result<Vec<DataPoint>, StoreError>;

    /// What happened lately in every experiment that has traces.
    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError>;

    /// How often two filters hold, alone and together.
    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError>;

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

    async fn set_tag(&self, trace: &TraceId, key: &str, value: &str) -> Result<(), StoreError>;

    async fn delete_tag(&self, trace: &TraceId, key: &str) -> Result<(), StoreError>;

    /// `overrides` marks the named assessment as no longer valid.
    async fn create_assessment(&self, assessment: Assessment) -> Result<Assessment, StoreError>;

    async fn assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
    ) -> Result<Assessment, StoreError>;

    async fn update_assessment(
        &self,
        trace: &TraceId,
        id: &AssessmentId,
        update: AssessmentUpdate,
    ) -> Result<Assessment, StoreError>;

    /// Does nothing where there is none; what it overrode becomes valid again.
    async fn delete_assessment(&self, trace: &TraceId, id: &AssessmentId)
    -> Result<(), StoreError>;

    /// Answers the ids that existed in the experiment and are gone now.
    async fn delete_traces(
        &self,
        experiment: ExperimentId,
        which: Deletion,
    ) -> Result<Vec<TraceId>, StoreError>;

    /// Unknown traces are passed over.
    async fn link_run(&self, run: &RunId, traces: &[TraceId]) -> Result<(), StoreError>;

    async fn link_prompts(
        &self,
        trace: &TraceId,
        prompts: &[PromptVersion],
    ) -> Result<(), StoreError>;
}

/// Traces that came in one request.
#[derive(Clone, Debug, Default)]
pub struct Ingest {
    pub source: Source,
    pub traces: Vec<(ExperimentId, TraceSpans)>,
}

/// A request, or spans of one, that were not kept; some of them where they all say the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rejection {
    pub source: Source,
    pub service_name: Option<String>,
    /// How many spans or log records; 0 where the request could not be read.
    pub spans: u64,
    pub reason: String,
    /// The last time.
    pub at: TimestampMs,
    /// How many requests.
    pub requests: u64,
    /// Where it came from, where that is known.
    pub address: Option<IpAddr>,
    /// Whether it had a good token, or needed none. Others are kept apart, and fewer of them.
    pub authenticated: bool,
}

impl Rejection {
    /// Of one request that was let in.
    pub fn new(source: Source, reason: String, at: TimestampMs) -> Self {
        Self { source, reason, at, requests: 1, authenticated: true, ..Self::default() }
    }

    pub fn says_same(&self, other: &Self) -> bool {
        self.reason == other.reason
            && self.source == other.source
            && self.service_name == other.service_name
            && self.address == other.address
            && self.authenticated == other.authenticated
            // Requests that could not be read are counted apart from spans.
            && (self.spans == 0) == (other.spans == 0)
    }

    pub fn merge(&mut self, other: Self) {
        self.spans += other.spans;
        self.requests += other.requests;
        self.at = self.at.max(other.at);
    }
}

/// A trace that was created, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceChange {
    pub experiment: ExperimentId,
    pub trace_id: TraceId,
}

/// What an `ingest` did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IngestCounts {
    /// Spans stored for the first time.
    pub new: u64,
    /// Spans that were there already, and are now as last sent.
    pub replaced: u64,
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

/// What a masked update sets; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct AssessmentUpdate {
    pub name: Option<String>,
    /// Must be of the kind the assessment has.
    pub value: Option<AssessmentValue>,
    /// `Some(None)` clears it.
    pub rationale: Option<Option<String>>,
    /// Merged per key.
    pub metadata: Option<std::collections::BTreeMap<String, String>>,
    /// When the update was asked for.
    pub at: TimestampMs,
}

#[derive(Clone, Debug)]
pub enum Deletion {
    Ids(Vec<TraceId>),
    /// Traces of that time or older, oldest first, at most so many.
    UntilTime {
        until: TimestampMs,
        max_traces: Option<u64>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptVersion {
    pub name: String,
    pub version: String,
}
