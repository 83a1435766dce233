//! Spans of many traces as columns, for what is summed up over millions of them.
use std::ops::Range;

use crate::ScannedTrace;
pub use crate::core::columns::{block::TextColumn, ints::NONE};

/// Spans of some traces as columns: place `n` of each is one span. Numbers and codes of texts are
/// [`NONE`] where a span says nothing.
#[derive(Debug, Default)]
pub struct SpanColumns {
    /// The traces asked for. Spans of others may stand between theirs.
    pub traces: Vec<SpansOfTrace>,
    pub name: TextColumn,
    pub span_type: TextColumn,
    pub model: TextColumn,
    pub provider: TextColumn,
    pub is_failed: Vec<bool>,
    pub duration_us: Vec<i64>,
    /// The part of the duration in which no child ran.
    pub self_us: Vec<i64>,
    /// The part of the self time that is on the critical path of the trace.
    pub critical_us: Vec<i64>,
    pub first_token_ms: Vec<i64>,
    pub total_tokens: Vec<i64>,
    /// Units of `Money`.
    pub cost: Vec<i64>,
    /// The caller, by its place among the spans of the trace.
    pub parent: Vec<i64>,
    /// The sibling that ended last before it began, in the same way.
    pub previous: Vec<i64>,
}

/// A trace, and where its spans stand.
#[derive(Debug)]
pub struct SpansOfTrace {
    pub trace: ScannedTrace,
    pub spans: Range<usize>,
}

/// Receives the spans of a scan, those of some traces at a time.
pub type SpanVisitor = Box<dyn FnMut(&SpanColumns) + Send>;
