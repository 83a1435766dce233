//! A trace as a turn of a session: the spans with its input and response, the tools it used, and
//! its failed spans.
use kansoku_model::{SpanId, TraceId};

use crate::FailedSpan;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// Spans whose inputs and outputs may be the user's input and the response: the root, then the
    /// model call that ended last.
    pub speakers: Vec<SpanId>,
    /// Spans of type TOOL, by start; at most [`Turn::SPANS_MAX`].
    pub tools: Vec<ToolUse>,
    /// Failed spans, sorted by their ends; at most [`Turn::SPANS_MAX`].
    pub failed: Vec<FailedSpan>,
}

impl Turn {
    pub const SPANS_MAX: usize = 100;
}

#[derive(Clone, Debug, PartialEq)]
pub struct ToolUse {
    pub name: String,
    pub failed: bool,
    /// `None` while the tool's span is open.
    pub duration_ms: Option<f64>,
}

/// The turn of each trace that exists, in the order of the request.
pub type Turns = Vec<(TraceId, Turn)>;
