//! A trace as a turn of a session: where its words are, which tools it used, what failed.
use kansoku_model::{SpanId, TraceId};

use crate::FailedSpan;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// Spans whose inputs and outputs may be what the user said and was answered: the root, then
    /// the model call that ended last.
    pub speakers: Vec<SpanId>,
    /// Spans of type TOOL, by start; at most [`Turn::SPANS_MAX`].
    pub tools: Vec<ToolUse>,
    /// In the order in which they failed; at most [`Turn::SPANS_MAX`].
    pub failed: Vec<FailedSpan>,
}

impl Turn {
    pub const SPANS_MAX: usize = 100;
}

#[derive(Clone, Debug, PartialEq)]
pub struct ToolUse {
    pub name: String,
    pub failed: bool,
    /// `None` while it is open.
    pub duration_ms: Option<f64>,
}

/// The turn of each trace that exists, in the order asked for.
pub type Turns = Vec<(TraceId, Turn)>;
