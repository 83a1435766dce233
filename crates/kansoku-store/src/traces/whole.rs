//! Types for reading traces whole, several at a time.
use kansoku_model::{Cost, SpanRow, TokenUsage, TraceInfo};

/// A trace with the rows and the payload of all its spans.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeTrace {
    pub info: TraceInfo,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
    /// In any order.
    pub rows: Vec<SpanRow>,
    /// `TracesData` in protobuf; a span in a later chunk replaces the same span in an earlier one.
    pub chunks: Vec<Vec<u8>>,
    /// Whether log records of its spans are stored, which are not read.
    pub has_logs: bool,
}

/// The limits of a read of whole traces, in bytes of the payload of spans.
#[derive(Clone, Copy, Debug)]
pub struct WholeTraceLimits {
    /// Larger traces are omitted.
    pub trace_bytes_max: u64,
    /// The read ends before the trace that exceeds this, unless it is the first.
    pub bytes_max: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct WholeTraces {
    /// Those that exist and are not too large, in the given order.
    pub traces: Vec<WholeTrace>,
    /// The number of given traces that were looked at. The others are left for the next read.
    pub looked_at: usize,
}
