//! The spans of a trace in reading order, with their structure and times, without attributes.
use kansoku_model::{SpanId, SpanStatus, TraceId};

use crate::TraceListItem;

/// The part of the reading order to return.
#[derive(Clone, Copy, Debug)]
pub struct SpanTreeRange {
    pub first: usize,
    pub max_results: usize,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanTree {
    /// The start of the first span; `None` if there are no spans.
    pub start_ns: Option<i64>,
    /// The latest start or end of any span.
    pub end_ns: Option<i64>,
    pub spans_total: usize,
    pub spans: Vec<SpanTreeNode>,
}

/// A part of a trace's tree with the trace itself, from one snapshot of the store.
#[derive(Clone, Debug)]
pub struct SpanTreePage {
    pub trace: TraceListItem,
    /// `None` if it has no session.
    pub session: Option<SessionPlace>,
    pub tree: SpanTree,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanTreeNode {
    pub span_id: SpanId,
    /// The index of its parent in the reading order of the whole tree; `None` for roots.
    pub parent: Option<usize>,
    /// Whether it has a parent id whose span is not stored.
    pub is_orphan: bool,
    pub name: String,
    pub span_type: Option<String>,
    pub status: SpanStatus,
    pub start_ns: i64,
    /// `None` while the span is open.
    pub end_ns: Option<i64>,
    pub model: Option<String>,
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub total_tokens: Option<u64>,
    pub cost: Option<kansoku_model::Money>,
    pub first_token_ns: Option<i64>,
    /// The error message, in one line.
    pub error: Option<String>,
}

/// The position of a trace among those of its session, by time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlace {
    pub session: String,
    /// Counted from 1.
    pub turn: usize,
    pub turns: usize,
    pub previous: Option<TraceId>,
    pub next: Option<TraceId>,
}
