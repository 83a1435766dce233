//! Facts of many traces, given to a fold one trace at a time.
//!
//! Whatever sums up traces (histograms, groups, percentiles) asks for them here, and says what it
//! wants of each, since what it does not want need not be read. A fold must not depend on the order
//! of traces. Where not all were looked at, those that were are the newest, and [`Coverage`] says
//! how far back they reach.
//!
//! ```ignore
//! let query = FactsQuery { wants: Wants { user: true, ..Wants::default() }, ..asked };
//! let add = |users: &mut BTreeSet<Arc<str>>, facts: &TraceFacts| users.extend(facts.user.clone());
//! let (users, coverage) = app.traces.fold_facts(query, BTreeSet::new(), add).await?;
//! ```
//!
//! Without a filter, and with [`Wants::default`], packed columns answer, for any number of traces.
//! Else the rows are read, which takes longer with each thing wanted, and longest with spans.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kansoku_filter::{Filter, NumberField};
use kansoku_model::{
    ExperimentId, Money, SpanStatus, TimestampMs, TokenUsage, TraceId, TraceState,
};

use crate::{FailedSpan, StoreError, TraceStore};

#[derive(Clone, Debug)]
pub struct FactsQuery {
    pub experiment: ExperimentId,
    pub filter: Filter,
    /// Both ends belong to the range.
    pub from: Option<TimestampMs>,
    pub to: Option<TimestampMs>,
    pub wants: Wants,
    /// Most traces that are read from rows. Packed columns hold any number.
    pub traces_max: usize,
    /// What was not looked at by then is left out.
    pub deadline: Duration,
}

/// What of a trace is read beside its numbers; see [`TraceFacts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
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

/// A trace; what is marked "if wanted" is else absent.
#[derive(Clone, Debug, Default)]
pub struct TraceFacts {
    /// If wanted.
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
    /// If wanted, as the next three.
    pub session: Option<Arc<str>>,
    pub user: Option<Arc<str>>,
    pub version: Option<Arc<str>>,
    pub environment: Option<Arc<str>>,
    /// Values of the keys wanted, in their order.
    pub tags: Vec<Option<Arc<str>>>,
    pub metadata: Vec<Option<Arc<str>>>,
    /// The numbers wanted, in their order.
    pub numbers: Vec<Option<i64>>,
    /// Valid ones, if wanted.
    pub assessments: Vec<AssessmentFacts>,
    /// If wanted.
    pub error: Option<FailedSpan>,
    /// If wanted.
    pub spans: Vec<SpanFacts>,
}

impl TraceFacts {
    /// It ended well although a span failed.
    pub fn is_recovered(&self) -> bool {
        self.state == TraceState::Ok && 0 < self.failed_spans
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AssessmentFacts {
    pub name: Arc<str>,
    /// `feedback`, `expectation` or `issue`.
    pub kind: Arc<str>,
    /// JSON text; absent where there is an error instead.
    pub value: Option<String>,
    /// The value where it is a number.
    pub number: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SpanFacts {
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

/// How many of the traces asked for a fold has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub traces: u64,
    /// All of them.
    pub complete: bool,
    /// The time of the oldest it has seen, where there are more.
    pub covered_from: Option<TimestampMs>,
}

pub type EachFacts = Box<dyn FnMut(&TraceFacts) + Send>;

impl dyn TraceStore {
    /// Adds every trace asked for to `state`, and gives it back.
    pub async fn fold_facts<T: Send + 'static>(
        &self,
        query: FactsQuery,
        state: T,
        mut add: impl FnMut(&mut T, &TraceFacts) + Send + 'static,
    ) -> Result<(T, Coverage), StoreError> {
        let state = Arc::new(Mutex::new(Some(state)));
        let shared = state.clone();
        let each = move |facts: &TraceFacts| {
            if let Some(state) = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner) {
                add(state, facts);
            }
        };
        let coverage = self.facts(query, Box::new(each)).await?;
        let state = state.lock().unwrap_or_else(PoisonError::into_inner).take();
        let lost = || StoreError::backend("sum up traces", "the sum was taken twice");
        Ok((state.ok_or_else(lost)?, coverage))
    }
}
