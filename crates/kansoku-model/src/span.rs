//! The row of a span, without its payload, and batches of a trace's spans.
use crate::{Cost, ExperimentId, SpanId, TokenUsage, TraceFold, TraceId};

/// The data of a span that lists, filters and charts need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanRow {
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub name: String,
    /// `LLM`, `TOOL`, …; `None` if the span does not have one.
    pub span_type: Option<String>,
    pub status: SpanStatus,
    pub start_ns: i64,
    /// `None` while the span is still open.
    pub end_ns: Option<i64>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
    /// Whether the cost is from the span's attributes; it is then not computed from prices.
    pub cost_given: bool,
    /// The provider's service tier: `batch`, `flex`, `priority`, …
    pub service_tier: Option<String>,
    /// The time of the first token of a streamed answer, in nanoseconds of the Unix epoch.
    pub first_token_ns: Option<i64>,
    /// The reason why it failed, in one line: `TimeoutError: the store did not answer`.
    pub error: Option<String>,
}

impl SpanRow {
    /// The longest error, in characters.
    pub const ERROR_CHARS_MAX: usize = 300;

    /// The duration in whole microseconds; `None` while the span is open, and 0 if it ends before it
    /// starts.
    pub fn duration_us(&self) -> Option<i64> {
        let end_ns = self.end_ns?.max(self.start_ns);
        Some(end_ns.saturating_sub(self.start_ns) / 1000)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanStatus {
    #[default]
    Unset,
    Ok,
    Error,
}

impl SpanStatus {
    /// The name in filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Ok => "OK",
            Self::Error => "ERROR",
        }
    }
}

/// Spans and log records of one trace that are stored together.
#[derive(Clone, Debug)]
pub struct TraceSpans {
    pub trace_id: TraceId,
    /// At most one row per span id; the last one, if a request repeats a span.
    pub rows: Vec<SpanRow>,
    /// The contribution of these spans to their trace.
    pub fold: TraceFold,
    /// The spans as OTLP `TracesData` in protobuf, with their resources and scopes.
    pub otlp: Vec<u8>,
    /// The `service.name` of the first span's resource.
    pub service_name: Option<String>,
    /// The experiment named by the first resource that names one.
    pub experiment: Option<ExperimentHint>,
    /// Log records that belong to spans of this trace. If there are any, `rows` may be empty.
    pub logs: Option<TraceLogs>,
}

/// The experiment that a resource names, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExperimentHint {
    Id(ExperimentId),
    Name(String),
}

/// Log records of one trace: prompts and completions that are not in its spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceLogs {
    /// OTLP `LogsData` in protobuf, with resources and scopes.
    pub otlp: Vec<u8>,
    /// The number of log records.
    pub records: u64,
    pub previews: Vec<SpanPreviews>,
}

/// Previews of a span from its log records, for the trace's row if the span is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanPreviews {
    pub span_id: SpanId,
    pub request: Option<String>,
    pub response: Option<String>,
}
