//! A span without its payload, and the spans of one trace that came together.
use crate::{Cost, ExperimentId, SpanId, TokenUsage, TraceFold, TraceId};

/// All that lists, filters and charts need of a span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanRow {
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub name: String,
    /// `LLM`, `TOOL`, …; absent where nothing says it.
    pub span_type: Option<String>,
    pub status: SpanStatus,
    pub start_ns: i64,
    /// `None` while the span is still open.
    pub end_ns: Option<i64>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub usage: Option<TokenUsage>,
    pub cost: Option<Cost>,
    /// The span said its cost itself; no price list replaces that.
    pub cost_given: bool,
    /// What the provider was asked for or billed by: `batch`, `flex`, `priority`, …
    pub service_tier: Option<String>,
    /// When the first token of a streamed answer came.
    pub first_token_ns: Option<i64>,
    /// Why it failed, in one line: `TimeoutError: the store did not answer`.
    pub error: Option<String>,
}

impl SpanRow {
    /// Longest error, in characters.
    pub const ERROR_CHARS_MAX: usize = 300;
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanStatus {
    #[default]
    Unset,
    Ok,
    Error,
}

impl SpanStatus {
    /// The word a filter uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Ok => "OK",
            Self::Error => "ERROR",
        }
    }
}

/// Spans of one trace, accepted together.
#[derive(Clone, Debug)]
pub struct TraceSpans {
    pub trace_id: TraceId,
    /// At most one row per span id; of repeats in one request the last counts.
    pub rows: Vec<SpanRow>,
    /// What these spans say about their trace.
    pub fold: TraceFold,
    /// The spans as OTLP `TracesData` in protobuf, resource and scope kept.
    pub otlp: Vec<u8>,
    /// The `service.name` of the first of them.
    pub service_name: Option<String>,
    /// The experiment that the first resource which names one asks for.
    pub experiment: Option<ExperimentHint>,
    /// Log records that belong to spans of this trace; then there may be no rows at all.
    pub logs: Option<TraceLogs>,
}

/// How the resource of a trace's spans names its experiment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExperimentHint {
    Id(ExperimentId),
    Name(String),
}

/// Log records of one trace: prompts and completions that a convention moved out of spans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceLogs {
    /// OTLP `LogsData` in protobuf, resource and scope kept.
    pub otlp: Vec<u8>,
    /// How many there are.
    pub records: u64,
    pub previews: Vec<SpanPreviews>,
}

/// What log records tell of a span's inputs and outputs, for its trace's row if it is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanPreviews {
    pub span_id: SpanId,
    pub request: Option<String>,
    pub response: Option<String>,
}
