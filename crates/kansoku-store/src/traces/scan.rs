//! A scan of many traces, given to a visitor one trace at a time.
//!
//! Whatever sums up traces (histograms, groups, percentiles) scans them, and names in a
//! [`ScanProjection`] which columns it reads, since a column that is not projected need not be
//! read. The result must not depend on the order of traces. Where not all were scanned, those that
//! were are the newest, and [`Coverage`] says how far back they reach.
//!
//! ```ignore
//! let projection = ScanProjection { user: true, ..ScanProjection::default() };
//! let add = |users: &mut BTreeSet<Arc<str>>, trace: &ScannedTrace| users.extend(trace.user.clone());
//! let query = ScanQuery { projection, ..query };
//! let (users, coverage) = app.traces.fold_scan(query, BTreeSet::new(), add).await?;
//! ```
//!
//! An engine may answer quickly where there is no filter and nothing is projected: then the numbers
//! of [`ScannedTrace`] are enough. Else it reads rows, which takes longer with each column, and
//! longest with spans.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kansoku_filter::{Filter, NumberField};
use kansoku_model::{
    ExperimentId, Money, SpanId, SpanStatus, TimestampMs, TokenUsage, TraceId, TraceState,
};

use super::provided;
use crate::{
    Activity, ActivityQuery, CorrelationCounts, CorrelationQuery, DataPoint, FailedSpan,
    MetricsQuery, SpanColumns, SpanVisitor, StoreError, TraceStore,
};

#[derive(Clone, Debug)]
pub struct ScanQuery {
    pub experiment: ExperimentId,
    pub filter: Filter,
    /// Both ends belong to the range.
    pub from: Option<TimestampMs>,
    pub to: Option<TimestampMs>,
    pub projection: ScanProjection,
    /// Most traces that are read from rows. Packed columns hold any number.
    pub traces_max: usize,
    /// Traces that were not read by then are left out.
    pub deadline: Duration,
}

/// Columns of a trace that are read beside its numbers; see [`ScannedTrace`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanProjection {
    pub trace_id: bool,
    pub session: bool,
    pub user: bool,
    pub version: bool,
    pub environment: bool,
    /// Keys of tags and of metadata.
    pub tags: Vec<String>,
    pub metadata: Vec<String>,
    pub assessments: bool,
    /// Where a failure began.
    pub error: bool,
    /// Every span.
    pub spans: bool,
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
    /// In total.
    pub cost: Option<Money>,
    /// The same number for the same session, to count them.
    pub session_hash: Option<i64>,
    /// If projected, as the next three.
    pub session: Option<Arc<str>>,
    pub user: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
    pub environment: Option<Arc<str>>,
    /// Values of the projected keys, in their order.
    pub tags: Vec<Option<Arc<str>>>,
    pub metadata: Vec<Option<Arc<str>>>,
    /// The projected numbers, in their order.
    pub numbers: Vec<Option<i64>>,
    /// Valid ones, if projected.
    pub assessments: Vec<ScannedAssessment>,
    /// If projected.
    pub error: Option<FailedSpan>,
    /// If projected.
    pub spans: Vec<ScannedSpan>,
}

impl ScannedTrace {
    /// It ended well although a span failed.
    pub fn is_recovered(&self) -> bool {
        self.state == TraceState::Ok && 0 < self.failed_spans
    }

    /// All but its spans.
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
    /// JSON text; absent where there is an error instead.
    pub value: Option<String>,
    /// The value where it is a number.
    pub number: Option<f64>,
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
    /// From its start to the first token of a streamed answer.
    pub first_token_ns: Option<i64>,
}

/// How many of the traces asked for a scan has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub traces: u64,
    /// All of them.
    pub complete: bool,
    /// The time of the oldest it has seen, where there are more.
    pub covered_from: Option<TimestampMs>,
}

/// Receives the traces of a scan, one after the other.
pub type ScanVisitor = Box<dyn FnMut(&ScannedTrace) + Send>;

/// Reads of any number of traces.
#[async_trait]
pub trait TraceScan: Send + Sync {
    /// Gives each trace asked for to `visitor`; `fold_scan` of [`TraceStore`] is the easy way to
    /// call it.
    async fn scan(&self, query: ScanQuery, visitor: ScanVisitor) -> Result<Coverage, StoreError>;

    /// Gives the spans of the traces asked for to `visitor`, those of some traces at a time; what
    /// the projection names of the traces comes along. `fold_span_scan` of [`TraceStore`] is the
    /// easy way to call it.
    async fn scan_spans(
        &self,
        query: ScanQuery,
        visitor: SpanVisitor,
    ) -> Result<Coverage, StoreError> {
        provided::scan_spans(self, query, visitor).await
    }

    /// Aggregates over all rows that a query is about; no groups where there are no rows.
    async fn metrics(&self, query: MetricsQuery) -> Result<Vec<DataPoint>, StoreError>;

    /// Recent activity of those experiments that have traces, by id.
    async fn activity(&self, query: ActivityQuery) -> Result<Vec<Activity>, StoreError> {
        provided::activity(self, query).await
    }

    /// How often two filters hold, alone and together.
    async fn correlation(&self, query: CorrelationQuery) -> Result<CorrelationCounts, StoreError> {
        provided::correlation(self, query).await
    }
}

/// Adds every trace of a scan to `state`, and gives it back.
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

/// What a visitor adds to, and its caller takes back.
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
    /// Adds every trace asked for to `state`, and gives it back.
    pub async fn fold_scan<T: Send + 'static>(
        &self,
        query: ScanQuery,
        state: T,
        add: impl FnMut(&mut T, &ScannedTrace) + Send + 'static,
    ) -> Result<(T, Coverage), StoreError> {
        fold(self, query, state, add).await
    }
    /// Adds the spans of every trace asked for to `state`, and gives it back.
    pub async fn fold_span_scan<T: Send + 'static>(
        &self,
        query: ScanQuery,
        state: T,
        mut add: impl FnMut(&mut T, &SpanColumns) + Send + 'static,
    ) -> Result<(T, Coverage), StoreError> {
        let state = Shared::new(state);
        let shared = state.clone();
        let visitor = move |spans: &SpanColumns| shared.change(|state| add(state, spans));
        let coverage = self.scan_spans(query, Box::new(visitor)).await?;
        Ok((state.take()?, coverage))
    }
}
