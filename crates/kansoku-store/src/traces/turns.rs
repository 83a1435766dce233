//! A trace as a turn of a session: the spans with its input and response, the steps it
//! took, and its failed spans.
use kansoku_model::{SpanId, TraceId};

use crate::FailedSpan;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// Spans whose inputs may be the user's input: the root, then the first model call.
    pub input_spans: Vec<SpanId>,
    /// Spans whose outputs may be the response: the root, then the model call that ended last.
    pub output_spans: Vec<SpanId>,
    /// Spans of the types [`Turn::STEP_TYPES`], by start; at most [`Turn::SPANS_MAX`].
    pub steps: Vec<TurnStep>,
    /// Failed spans, sorted by their ends; at most [`Turn::SPANS_MAX`].
    pub failed: Vec<FailedSpan>,
}

impl Turn {
    pub const SPANS_MAX: usize = 100;
    pub const STEP_TYPES: [&str; 4] = ["TOOL", "RETRIEVER", "LLM", "CHAT_MODEL"];
}

#[derive(Clone, Debug, PartialEq)]
pub struct TurnStep {
    pub span_id: SpanId,
    pub name: String,
    pub span_type: String,
    pub failed: bool,
    /// `None` while the tool's span is open.
    pub duration_ms: Option<f64>,
}

/// The turn of each trace that exists, in the order of the request.
pub type Turns = Vec<(TraceId, Turn)>;
