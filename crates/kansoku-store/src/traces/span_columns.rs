//! Spans of many traces as columns, for aggregations over millions of them.
use std::ops::Range;

use kansoku_model::TimestampMs;

use crate::ScannedTrace;
pub use crate::core::columns::{block::TextColumn, ints::NONE};

/// Spans of some traces as columns: index `n` of each column belongs to the same span. Numbers and
/// codes of texts are [`NONE`] if a span has no value.
#[derive(Debug, Default)]
pub struct SpanColumns {
    /// The matching traces. The columns may contain spans of other traces between theirs.
    pub traces: Vec<SpansOfTrace>,
    pub name: TextColumn,
    pub span_type: TextColumn,
    /// May be empty if it is not projected, like `provider`, `parent` and `previous`.
    pub model: TextColumn,
    pub provider: TextColumn,
    pub is_failed: Vec<bool>,
    pub duration_us: Vec<i64>,
    /// The part of the duration in which no child ran, in microseconds.
    pub self_us: Vec<i64>,
    /// The part of the self time that is on the critical path of the trace, in microseconds.
    pub critical_us: Vec<i64>,
    pub first_token_ms: Vec<i64>,
    pub total_tokens: Vec<i64>,
    /// Units of `Money`.
    pub cost: Vec<i64>,
    /// The parent, as its index among the spans of the trace.
    pub parent: Vec<i64>,
    /// The sibling that ended last before the span began, as its index among the spans of the
    /// trace.
    pub previous: Vec<i64>,
}

/// The range of a trace's spans in the columns.
#[derive(Debug)]
pub struct SpansOfTrace {
    /// The start of the trace.
    pub time: TimestampMs,
    pub spans: Range<usize>,
    /// The trace with the projected fields; may be `None` if no fields of traces are projected.
    pub trace: Option<Box<ScannedTrace>>,
}

/// The columns that are read only on request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanProjection {
    pub model: bool,
    pub provider: bool,
    /// `parent` and `previous`.
    pub relatives: bool,
}

impl SpanProjection {
    pub const ALL: Self = Self { model: true, provider: true, relatives: true };
}

/// Receives the spans of a scan, as columns for some traces at a time.
pub type SpanVisitor = Box<dyn FnMut(&SpanColumns) + Send>;
