//! The result of a judge: feedback, the tokens it took, and the messages that were exchanged.
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
        self.exchanges.iter().for_each(|exchange| add(&mut usage, exchange.new_usage));
        usage
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
    /// How many requests were answered.
    pub calls: u32,
    /// The same, without answers that were given before this attempt.
    pub new_calls: u32,
    pub new_usage: TokenUsage,
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
