//! Calls of models with their latency, token usage and errors.
use serde_json::{Value, json};

use super::trace::{At, Trace};

/// A model with the speed of its provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    pub name: &'static str,
    pub provider: &'static str,
    pub first_token_ms: f64,
    pub tokens_per_s: f64,
}

pub(super) const LARGE: Model =
    Model { name: "gpt-4.1", provider: "openai", first_token_ms: 520.0, tokens_per_s: 78.0 };
pub(super) const MINI: Model =
    Model { name: "gpt-4.1-mini", provider: "openai", first_token_ms: 310.0, tokens_per_s: 130.0 };
pub(super) const NANO: Model =
    Model { name: "gpt-4.1-nano", provider: "openai", first_token_ms: 180.0, tokens_per_s: 210.0 };
pub(super) const THINKING: Model =
    Model { name: "gpt-5", provider: "openai", first_token_ms: 2400.0, tokens_per_s: 62.0 };
pub(super) const CODER: Model = Model {
    name: "claude-sonnet-4-5",
    provider: "anthropic",
    first_token_ms: 780.0,
    tokens_per_s: 71.0,
};
pub(super) const ANALYST: Model = Model {
    name: "gemini-2.5-pro",
    provider: "gcp.gemini",
    first_token_ms: 900.0,
    tokens_per_s: 95.0,
};

/// The input and output of a call.
pub(super) struct Call<'a> {
    pub name: &'a str,
    pub model: Model,
    pub messages: &'a [Value],
    /// Number of leading messages that the provider has received before, and may have cached.
    pub seen: usize,
    pub answer: Value,
    /// Descriptions of the tools that the model may call.
    pub tools: Option<&'a Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    /// Rejected once by a rate limit, then answered.
    AnsweredAtSecond,
    TimedOut,
}

pub(super) fn outcome(trace: &mut Trace, trouble: f64) -> Outcome {
    match (trace.chance(0.012 * trouble), trace.chance(0.035 * trouble)) {
        (true, _) => Outcome::TimedOut,
        (_, true) => Outcome::AnsweredAtSecond,
        _ => Outcome::Answered,
    }
}

/// Adds the spans of a call, with MLflow's attributes. Returns `Err` if the call failed.
pub(super) fn call(
    trace: &mut Trace,
    parent: At,
    call: &Call<'_>,
    outcome: Outcome,
) -> Result<At, At> {
    if outcome == Outcome::AnsweredAtSecond {
        let refused = begin(trace, parent, call);
        trace.pass(140.0);
        let message = format!("Rate limit reached for {}: try again in 1.2 s", call.model.name);
        trace.set(refused, "http.response.status_code", 429);
        trace.fail(refused, "openai.RateLimitError", &message);
        trace.pass(1200.0);
    }
    let at = begin(trace, parent, call);
    if outcome == Outcome::TimedOut {
        trace.now_ns += 20_000_000_000;
        trace.fail(at, "openai.APITimeoutError", "Request timed out after 20.0 s");
        return Err(at);
    }
    let usage = Usage::from_call(call);
    let first_token = trace.now_ns;
    trace.pass(call.model.first_token_ms + usage.input as f64 * 0.02);
    let waited_s = (trace.now_ns - first_token) as f64 / 1e9;
    trace.set(at, "gen_ai.response.time_to_first_chunk", waited_s);
    trace.pass(usage.output as f64 * 1000.0 / call.model.tokens_per_s);
    let text =
        json!({ "choices": [{ "index": 0, "finish_reason": "stop", "message": call.answer }] });
    trace.outputs(at, &text);
    trace.set(at, "mlflow.chat.tokenUsage", usage.json());
    trace.end(at);
    Ok(at)
}

fn begin(trace: &mut Trace, parent: At, call: &Call<'_>) -> At {
    let at = trace.begin(Some(parent), call.name, "CHAT_MODEL");
    let asked = json!({
        "model": call.model.name, "messages": call.messages, "stream": true, "temperature": 0.2,
    });
    trace.inputs(at, &asked);
    trace.set(at, "mlflow.llm.model", call.model.name);
    trace.set(at, "mlflow.llm.provider", call.model.provider);
    trace.set(at, "mlflow.message.format", "openai");
    if let Some(tools) = call.tools {
        trace.set(at, "mlflow.chat.tools", tools.to_string());
    }
    at
}

pub(super) struct Usage {
    pub input: u64,
    pub cached: u64,
    pub output: u64,
}

impl Usage {
    pub(super) fn from_call(call: &Call<'_>) -> Self {
        let all = |messages: &[Value]| messages.iter().map(tokens).sum::<u64>();
        let tools = call.tools.map_or(0, tokens);
        let input = all(call.messages) + tools + 3;
        // Providers cache prefixes above a minimum length, in fixed steps.
        let seen = if call.seen == 0 { 0 } else { all(&call.messages[..call.seen]) + tools };
        let cached = if seen < 1024 { 0 } else { seen / 128 * 128 };
        Self { input, cached: cached.min(input), output: tokens(&call.answer).max(4) }
    }

    fn json(&self) -> Value {
        let mut json = json!({
            "input_tokens": self.input,
            "output_tokens": self.output,
            "total_tokens": self.input + self.output,
        });
        if 0 < self.cached {
            json["cache_read_input_tokens"] = self.cached.into();
        }
        json
    }
}

/// Approximate number of tokens: one for four English letters, more for other scripts, and a fixed
/// number for an image.
pub(super) fn tokens(value: &Value) -> u64 {
    match value {
        Value::String(text) if text.starts_with("data:") => 425,
        Value::String(text) => {
            let (ascii, other) =
                text.chars().fold((0_u64, 0), |(ascii, other), c| match c.is_ascii() {
                    true => (ascii + 1, other),
                    false => (ascii, other + 1),
                });
            ascii.div_ceil(4) + other * 3 / 4
        }
        Value::Array(items) => items.iter().map(|item| tokens(item) + 1).sum(),
        Value::Object(fields) => fields.values().map(|value| tokens(value) + 2).sum(),
        Value::Null => 0,
        Value::Bool(_) | Value::Number(_) => 1,
    }
}
