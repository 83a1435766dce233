//! A scan of many traces, given to a visitor one trace at a time.
//!
//! Aggregations over traces (histograms, groups, percentiles) are computed by scans. The
//! [`ScanProjection`] names the columns to read; other columns are not read. The result must not
//! depend on the order of traces. An incomplete scan has read the newest traces, and [`Coverage`]
//! reports how far back it reached.
//!
//! ```ignore
//! let projection = ScanProjection { user: true, ..ScanProjection::default() };
//! let add = |users: &mut BTreeSet<Arc<str>>, trace: &ScannedTrace| users.extend(trace.user.clone());
//! let query = ScanQuery { projection, ..query };
//! let (users, coverage) = app.traces.fold_scan(query, BTreeSet::new(), add).await?;
//! ```
//!
//! A scan without filter and projection needs only the numbers of [`ScannedTrace`], which an engine
//! may have in packed columns. Other scans read rows, which takes longer with each column, and
//! longest with spans.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kansoku_filter::{Filter, NumberField};
use kansoku_model::{
    ExperimentId, Money, SpanId, SpanStatus, TimestampMs, TokenUsage, TraceId, TraceState,
};

use super::provided;
use crate::core::columns::groups::Groups;
use crate::{
    Activity, ActivityQuery, CorrelationCounts, CorrelationQuery, DataPoint, FailedSpan,
    MetricsQuery, ReviewedQuery, ReviewedTrace, SpanColumns, SpanProjection, SpanVisitor,
    StoreError, TraceStore,
};

#[derive(Clone, Debug)]
pub struct ScanQuery {
    pub experiment: ExperimentId,
    pub filter: Filter,
    /// The range includes both ends.
    pub from: Option<TimestampMs>,
    pub to: Option<TimestampMs>,
    pub projection: ScanProjection,
    /// The most traces that are read from rows. Traces from packed columns are not limited.
    pub traces_max: usize,
    /// The time limit. Traces that were not read by then are omitted.
    pub deadline: Duration,
}

/// The columns that are read in addition to the numbers of a [`ScannedTrace`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanProjection {
    pub trace_id: bool,
    pub session: bool,
    pub user: bool,
    pub version: bool,
    pub environment: bool,
    /// The keys of tags, and below of metadata, to read.
    pub tags: Vec<String>,
    pub metadata: Vec<String>,
    pub assessments: bool,
    /// The failure origin.
    pub error: bool,
    /// All spans.
    pub spans: bool,
    /// Hashes of the inputs, by which traces with equal inputs are found.
    pub inputs: bool,
    /// The previews of the request and the response.
    pub previews: bool,
    pub numbers: Vec<NumberField>,
}

/// A trace of a scan. Fields marked "if projected" are empty otherwise.
#[derive(Clone, Debug, Default)]
pub struct ScannedTrace {
    /// If projected.
    pub trace_id: Option<TraceId>,
    pub time: TimestampMs,
    pub state: TraceState,
    pub failed_spans: u64,
    pub span_count: u64,
    pub duration_ms: Option<i64>,
    pub name: Option<Arc<str>>,
    pub usage: Option<TokenUsage>,
    /// The total cost.
    pub cost: Option<Money>,
    /// A hash of the session, to count distinct sessions.
    pub session_hash: Option<i64>,
    /// If projected, like the next three.
    pub session: Option<Arc<str>>,
    pub user: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
    pub environment: Option<Arc<str>>,
    /// The values of the projected keys, in that order.
    pub tags: Vec<Option<Arc<str>>>,
    pub metadata: Vec<Option<Arc<str>>>,
    /// The values of the projected number fields, in that order.
    pub numbers: Vec<Option<i64>>,
    /// The valid assessments, if projected.
    pub assessments: Vec<ScannedAssessment>,
    /// If projected.
    pub error: Option<FailedSpan>,
    /// If projected.
    pub spans: Vec<ScannedSpan>,
    /// If projected.
    pub inputs: Option<ScannedInputs>,
    /// If projected, like the next one.
    pub request_preview: Option<Arc<str>>,
    pub response_preview: Option<Arc<str>>,
}

impl ScannedTrace {
    /// Whether the trace ended with state `Ok` although a span failed.
    pub fn is_recovered(&self) -> bool {
        self.state == TraceState::Ok && 0 < self.failed_spans
    }

    /// A copy without spans.
    pub fn without_spans(&self) -> Self {
        Self {
            trace_id: self.trace_id.clone(),
            name: self.name.clone(),
            session: self.session.clone(),
            user: self.user.clone(),
            version: self.version.clone(),
            environment: self.environment.clone(),
            tags: self.tags.clone(),
            metadata: self.metadata.clone(),
            numbers: self.numbers.clone(),
            assessments: self.assessments.clone(),
            error: self.error.clone(),
            request_preview: self.request_preview.clone(),
            response_preview: self.response_preview.clone(),
            spans: Vec::new(),
            ..*self
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ScannedAssessment {
    pub name: Arc<str>,
    /// `feedback`, `expectation` or `issue`.
    pub kind: Arc<str>,
    /// JSON text; `None` if the feedback has an error instead.
    pub value: Option<String>,
    /// The value, if it is a number.
    pub number: Option<f64>,
    /// Whether it is feedback with an error: the judge failed.
    pub has_error: bool,
    /// The run whose evaluation gave it, if any.
    pub source_run: Option<Arc<str>>,
    /// The version of the scorer that gave it, if any.
    pub scorer_version: Option<Arc<str>>,
    pub time: TimestampMs,
}

/// Hashes of the inputs of a trace's root span, without a read of its payload. Texts that are equal
/// as JSON have equal hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScannedInputs {
    /// The hash of the whole inputs, if the trace's metadata contain them.
    pub whole: Option<u64>,
    /// The hash of the request preview, which may be only a part of the inputs.
    pub preview: Option<u64>,
    /// Whether the preview seems to be truncated.
    pub is_truncated: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ScannedSpan {
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub name: Arc<str>,
    pub span_type: Option<Arc<str>>,
    pub status: SpanStatus,
    pub start_ns: i64,
    /// `None` while it is open.
    pub duration_ns: Option<i64>,
    pub model: Option<Arc<str>>,
    pub provider: Option<Arc<str>>,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Money>,
    /// The time from its start to the first token of a streamed response.
    pub first_token_ns: Option<i64>,
}

/// The number of matching traces that a scan has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub traces: u64,
    /// Whether the scan has read all of them.
    pub complete: bool,
    /// The time of the oldest trace that was read; `None` if the scan is complete.
    pub covered_from: Option<TimestampMs>,
}

/// Receives the traces of a scan, one at a time.
pub type ScanVisitor = Box<dyn FnMut(&ScannedTrace) + Send>;

/// Scans and aggregations of any number of traces.
#[async_trait]
pub trait TraceScan: Send + Sync {
    /// Calls `visitor` with each matching trace; `fold_scan` of [`TraceStore`] is easier to use.
    async fn scan(&self, query: ScanQuery, visitor: ScanVisitor) -> Result<Coverage, StoreError>;

    /// Calls `visitor` with the spans of the matching traces, as columns for some traces at a time,
    /// with the projected fields of the traces. `fold_span_scan` of [`TraceStore`] is easier to
    /// use.
    async fn scan_spans(
        &self,
        query: ScanQuery,
        _columns: SpanProjection,
        visitor: SpanVisitor,
    ) -> Result<Coverage, StoreError> {
        provided::scan_spans(self, query, visitor).await
    }

    /// The groups of all rows that match a query, which more rows can be added to; without rows
    /// there are no groups.
    async fn metric_groups(&self, query: MetricsQuery) -> Result<Groups, StoreError>;

    /// Aggregates over all rows that match a query.
    async fn metrics(&self, query: MetricsQuery) -> Result<Vec<DataPoint>, StoreError> {
        Ok(self.metric_groups(query.clone()).await?.finish(&query))
    }

    /// Recent activity of those of the experiments that have traces, sorted by id.
    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError> {
        provided::activity(self, query).await
    }

    /// The numbers of traces that match two filters, each alone and both.
    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError> {
        provided::correlation(self, query).await
    }
}

/// Adds every trace of a scan to `state`, and returns it.
pub(super) async fn fold<S: TraceScan + ?Sized, T: Send + 'static>(
    store: &S,
    query: ScanQuery,
    state: T,
    mut add: impl FnMut(&mut T, &ScannedTrace) + Send + 'static,
) -> Result<(T, Coverage), StoreError> {
    let state = Shared::new(state);
    let shared = state.clone();
    let visitor = move |trace: &ScannedTrace| shared.change(|state| add(state, trace));
    let coverage = store.scan(query, Box::new(visitor)).await?;
    Ok((state.take()?, coverage))
}

/// State that a visitor changes, and that the caller takes back after the scan.
struct Shared<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Shared<T> {
    fn new(state: T) -> Self {
        Self(Arc::new(Mutex::new(Some(state))))
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        if let Some(state) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            change(state);
        }
    }

    fn take(&self) -> Result<T, StoreError> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        state.ok_or_else(|| StoreError::backend("sum up traces", "the sum was taken twice"))
    }
}

impl dyn TraceStore {
    /// Adds every matching trace to `state`, and returns it.
    pub async fn fold_scan<T: Send + 'static>(
        &self,
        query: ScanQuery,
        state: T,
        add: impl FnMut(&mut T, &ScannedTrace) + Send + 'static,
    ) -> Result<(T, Coverage), StoreError> {
        fold(self, query, state, add).await
    }

    /// Adds every matching trace to which a person gave feedback to `state`, newest first.
    pub async fn fold_reviewed<T: Send + 'static>(
        &self,
        query: ReviewedQuery,
        state: T,
        mut add: impl FnMut(&mut T, ReviewedTrace) + Send + 'static,
    ) -> Result<(T, Coverage), StoreError> {
        let state = Shared::new(state);
        let shared = state.clone();
        let visitor = move |trace: ReviewedTrace| shared.change(|state| add(state, trace));
        let coverage = self.reviewed(query, Box::new(visitor)).await?;
        Ok((state.take()?, coverage))
    }

    /// Adds the spans of every matching trace to `state`, and returns it.
    pub async fn fold_span_scan<T: Send + 'static>(
        &self,
        query: ScanQuery,
        columns: SpanProjection,
        state: T,
        mut add: impl FnMut(&mut T, &SpanColumns) + Send + 'static,
    ) -> Result<(T, Coverage), StoreError> {
        let state = Shared::new(state);
        let shared = state.clone();
        let visitor = move |spans: &SpanColumns| shared.change(|state| add(state, spans));
        let coverage = self.scan_spans(query, columns, Box::new(visitor)).await?;
        Ok((state.take()?, coverage))
    }
}
