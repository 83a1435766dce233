//! Answers that a judge got before, so that no question is asked twice.
use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

use crate::models::{ChatRequest, ChatResponse, ModelClient, ModelError, ToolChoice};

/// The answers that one judge got about one trace or session. They outlive a failed attempt, and the
/// process.
pub trait KeptAnswers: Send + Sync {
    fn find(&self, request: u128) -> Option<ChatResponse>;

    fn keep(&self, request: u128, answer: &ChatResponse);
}

/// For judges whose attempts are not repeated.
pub struct NoKeptAnswers;

impl KeptAnswers for NoKeptAnswers {
    fn find(&self, _request: u128) -> Option<ChatResponse> {
        None
    }

    fn keep(&self, _request: u128, _answer: &ChatResponse) {}
}

/// A model, and the answers that it gave before.
#[derive(Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) client: &'a ModelClient,
    pub(super) answers: &'a dyn KeptAnswers,
}

/// One question to a model.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) model: Model<'a>,
    /// The random code of the prompt, which is another one when the same question is asked again.
    pub(super) code: &'a str,
}

pub(super) struct Answer {
    pub(super) response: ChatResponse,
    /// It was given before.
    pub(super) is_kept: bool,
}

impl Asking<'_> {
    pub(super) async fn complete(&self, request: &ChatRequest) -> Result<Answer, ModelError> {
        let key = self.key(request);
        if let Some(response) = self.model.answers.find(key) {
            return Ok(Answer { response, is_kept: true });
        }
        let response = self.model.client.complete(request).await?;
        self.model.answers.keep(key, &response);
        Ok(Answer { response, is_kept: false })
    }

    fn key(&self, request: &ChatRequest) -> u128 {
        let may_call_tools = request.tool_choice == ToolChoice::Auto;
        let asked = json!([self.model.client.name(), may_call_tools, request.messages]);
        xxh3_128(asked.to_string().replace(self.code, "").as_bytes())
    }
}
