//! The spans of a trace in reading order, with their structure and times, without attributes.
use kansoku_model::{SpanId, SpanStatus, TraceId};

use crate::TraceListItem;

/// Which part of the order to read.
#[derive(Clone, Copy, Debug)]
pub struct SpanTreeRange {
    pub first: usize,
    pub max_results: usize,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanTree {
    /// When the first span began; `None` where there are no spans.
    pub start_ns: Option<i64>,
    /// The last moment that any span tells of.
    pub end_ns: Option<i64>,
    pub spans_total: usize,
    pub spans: Vec<SpanTreeNode>,
}

/// A part of a trace's tree with the trace itself, all of one state of the store.
#[derive(Clone, Debug)]
pub struct SpanTreePage {
    pub trace: TraceListItem,
    /// `None` where it is in no session.
    pub session: Option<SessionPlace>,
    pub tree: SpanTree,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanTreeNode {
    pub span_id: SpanId,
    /// Where in the whole order its parent stands; `None` for roots.
    pub parent: Option<usize>,
    /// It names a parent that is not stored.
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
    /// Why it failed, in one line.
    pub error: Option<String>,
}

/// Where a trace stands among those of its session, by time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlace {
    pub session: String,
    /// From 1 on.
    pub turn: usize,
    pub turns: usize,
    pub previous: Option<TraceId>,
    pub next: Option<TraceId>,
}
