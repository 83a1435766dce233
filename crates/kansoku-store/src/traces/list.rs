//! A trace in lists: its info, and a summary of its spans.
use std::sync::Arc;

use kansoku_model::{
    Cost, FeedbackSettings, SpanId, SpanStatus, TimestampMs, TokenUsage, TraceInfo,
};

/// A trace in a list.
#[derive(Clone, Debug)]
pub struct TraceListItem {
    pub info: TraceInfo,
    pub summary: TraceSummary,
    /// The runs it is linked to; the run it was started in is in its metadata.
    pub runs: Vec<String>,
    /// The values of [`kansoku_filter::listed_numbers`], in that order.
    pub numbers: Vec<Option<i64>>,
    /// The feedback settings of its experiment.
    pub feedback: Arc<FeedbackSettings>,
    /// Whether the trace is read from the archive, since the store no longer has it.
    pub is_archived: bool,
}

/// A page of a search, with the list item of each trace.
#[derive(Clone, Debug, Default)]
pub struct TraceListPage {
    pub traces: Vec<TraceListItem>,
    pub next_page_token: Option<String>,
    /// Present if the deadline ended the page: only newer traces were searched.
    pub covered_from: Option<TimestampMs>,
}

/// The part of a trace that is derived from its spans.
#[derive(Clone, Debug, Default)]
pub struct TraceSummary {
    /// The earliest start of all spans, and below the latest end.
    pub start_ns: Option<i64>,
    pub end_ns: Option<i64>,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
    /// At most [`TraceSummary::SPANS_MAX`]; of a larger trace a sample, chosen by span id.
    pub spans: Vec<SampledSpan>,
    pub failed_spans: u64,
    /// The failure origin: among the failed spans without a failed descendant, the one that ended
    /// first.
    pub error: Option<FailedSpan>,
}

impl TraceSummary {
    pub const SPANS_MAX: usize = 256;
}

/// A span of the sample, which lists draw as the trace's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledSpan {
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub span_type: Option<Arc<str>>,
    pub status: SpanStatus,
    pub start_ns: i64,
    pub end_ns: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedSpan {
    pub span_id: SpanId,
    pub name: String,
    pub message: Option<String>,
}
