//! The result of a judge: feedback, the tokens it took, and the messages that were exchanged.
use std::time::Instant;

use kansoku_model::{Additive as _, SpanId, TokenUsage};

use super::metadata::{self, SCORER_ERROR};
use crate::ScorerFeedback;
use crate::models::{ChatMessage, ModelError};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct JudgeOutcome {
    /// At least one. If the judge could not judge, one with an error.
    pub feedbacks: Vec<JudgeFeedback>,
    /// The tokens of all calls, also of those before a failure.
    pub usage: TokenUsage,
    /// The conversations with the model, for the trace of the judge.
    pub exchanges: Vec<Exchange>,
    /// The call that failed. It says whether to score again later; the feedback then has the error
    /// for the case that nobody does.
    pub model_error: Option<ModelError>,
}

impl JudgeOutcome {
    /// The tokens of this attempt, without answers that were given before.
    pub(crate) fn new_usage(&self) -> TokenUsage {
        let mut usage = TokenUsage::default();
        self.calls().for_each(|call| add(&mut usage, call.usage));
        usage
    }

    /// The requests that were answered in this attempt.
    pub(crate) fn new_calls(&self) -> usize {
        self.calls().filter(|call| call.error.is_none() && !call.is_kept).count()
    }

    fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.exchanges.iter().flat_map(|exchange| &exchange.calls)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct JudgeFeedback {
    pub name: String,
    /// The span that is judged, if not the whole trace.
    pub span_id: Option<SpanId>,
    pub source: FeedbackSource,
    /// The tokens of this feedback alone.
    pub usage: TokenUsage,
    pub feedback: ScorerFeedback,
}

/// The origin of feedback: MLflow's source type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackSource {
    /// The model; MLflow's source id is its URI.
    LlmJudge,
    /// A comparison that needed no model.
    Code,
}

impl FeedbackSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LlmJudge => "LLM_JUDGE",
            Self::Code => "CODE",
        }
    }
}

/// One question to the model, with its tool calls and its repetition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// Empty after the first 16 exchanges of an outcome, for the sake of memory.
    pub messages: Vec<ChatMessage>,
    pub usage: TokenUsage,
    /// In the order in which they were sent.
    pub calls: Vec<ModelCall>,
}

/// One request to the model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCall {
    pub timing: Timing,
    /// The number of messages that were sent. The response is the message after them, if there is one.
    pub sent_messages: usize,
    /// The answer was given before this attempt.
    pub is_kept: bool,
    /// The tokens that it took in this attempt.
    pub usage: TokenUsage,
    pub error: Option<ModelError>,
    /// The calls of tools in the response, whose results are the messages after it.
    pub tool_timings: Vec<Timing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    pub start: Instant,
    pub end: Instant,
}

impl Timing {
    pub(super) fn since(start: Instant) -> Self {
        Self { start, end: Instant::now() }
    }
}

impl JudgeFeedback {
    /// The model's answer, with its tokens in the metadata.
    pub(super) fn from_model(name: &str, mut feedback: ScorerFeedback, usage: TokenUsage) -> Self {
        feedback.metadata.extend(metadata::usage_entries(usage));
        let source = FeedbackSource::LlmJudge;
        Self { name: name.to_owned(), span_id: None, source, usage, feedback }
    }

    pub(super) fn from_code(name: &str, value: &str, rationale: impl Into<String>) -> Self {
        let feedback = ScorerFeedback::new(value, rationale);
        let (source, usage) = (FeedbackSource::Code, TokenUsage::default());
        Self { name: name.to_owned(), span_id: None, source, usage, feedback }
    }

    pub(super) fn failed(name: &str, message: impl Into<String>) -> Self {
        let feedback = ScorerFeedback::failed(SCORER_ERROR, message);
        let (source, usage) = (FeedbackSource::LlmJudge, TokenUsage::default());
        Self { name: name.to_owned(), span_id: None, source, usage, feedback }
    }

    pub(super) fn on_span(self, span_id: SpanId) -> Self {
        Self { span_id: Some(span_id), ..self }
    }
}

pub(super) fn add(usage: &mut TokenUsage, more: TokenUsage) {
    *usage = usage.plus(more);
}
