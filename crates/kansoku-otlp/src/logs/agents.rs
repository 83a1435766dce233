//! Coding agents that write log records and no spans: Claude Code, Codex, Gemini CLI.
//!
//! Each record becomes a span. A trace is all that one prompt caused, or a whole conversation if
//! the records do not name their prompt. Ids are hashes of the record, or of its session and
//! prompt, so that a record that is sent again becomes the same span.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use prost::Message;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::{attribute, events};

/// The format of one agent's records.
struct Agent {
    prefix: &'static str,
    /// The `service.name` that identifies the agent if `event.name` has no prefix.
    service: &'static str,
    session: &'static str,
    /// The attribute whose value all records of one prompt share.
    prompt: Option<&'static str>,
    provider: &'static str,
    /// The event that begins a conversation, for agents whose records do not name their prompt.
    first: Option<&'static str>,
    /// Whether some records lack a trace id although spans of the agent have the same information.
    forgets_trace: bool,
}

static AGENTS: [Agent; 3] = [
    Agent {
        prefix: "claude_code.",
        service: "claude-code",
        session: "session.id",
        prompt: Some("prompt.id"),
        provider: "anthropic",
        first: None,
        forgets_trace: false,
    },
    Agent {
        prefix: "codex.",
        service: "codex_cli_rs",
        session: "conversation.id",
        prompt: None,
        provider: "openai",
        first: Some("conversation_starts"),
        forgets_trace: true,
    },
    Agent {
        prefix: "gemini_cli.",
        service: "gemini-cli",
        session: "session.id",
        prompt: Some("prompt_id"),
        provider: "gemini",
        first: None,
        // Its records lack trace ids too, but its spans may have no content, and never have all of
        // it.
        forgets_trace: false,
    },
];

/// The value of content that the user did not allow to be logged.
const REDACTED: &str = "<REDACTED>";

/// An event of a coding agent.
pub(super) struct Event {
    agent: &'static Agent,
    /// The event's name without the prefix.
    name: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Prompt,
    Llm,
    LlmError,
    Tool,
    First,
    Other,
}

impl Event {
    pub(super) fn parse(name: &str, service: Option<&str>) -> Option<Self> {
        let bare = |agent: &Agent| name.strip_prefix(agent.prefix).map(str::to_owned);
        if let Some((agent, name)) = AGENTS.iter().find_map(|a| Some((a, bare(a)?))) {
            return Some(Self { agent, name });
        }
        let agent = AGENTS.iter().find(|agent| Some(agent.service) == service)?;
        let known = ["user_prompt", "api_request", "api_error", "tool_result", "tool_decision"];
        known.contains(&name).then(|| Self { agent, name: name.to_owned() })
    }

    fn step(&self, record: &LogRecord) -> Result<Step, String> {
        Ok(match self.name.as_str() {
            "user_prompt" => Step::Prompt,
            "api_response" => Step::Llm,
            // Codex and Gemini CLI write a separate record when the answer is complete.
            "api_request" if self.agent.provider == "anthropic" => Step::Llm,
            "api_error" => Step::LlmError,
            "tool_result" | "tool_call" => Step::Tool,
            "sse_event" | "websocket_event" => match attribute(record, "event.kind").as_deref() {
                // Codex writes two such records: one with the duration, one with the token counts.
                Some("response.completed") if attribute(record, "input_token_count").is_some() => {
                    Step::Llm
                }
                Some("response.failed") => Step::LlmError,
                _ => return Err("of a streamed answer only its end is kept".to_owned()),
            },
            name if Some(name) == self.agent.first => Step::First,
            _ => Step::Other,
        })
    }

    pub(super) fn may_forget_its_trace(&self) -> bool {
        self.agent.forgets_trace
    }

    pub(super) fn session(&self, record: &LogRecord) -> Option<String> {
        attribute(record, self.agent.session)
    }

    /// Converts the record to a span. Fails with the reason if it cannot become one.
    pub(super) fn span(self, record: LogRecord, service: Option<&str>) -> Result<Span, String> {
        let agent = self.agent;
        let step = self.step(&record)?;
        let session = self
            .session(&record)
            .ok_or_else(|| format!("it has no attribute `{}`", agent.session))?;
        let prompt = agent.prompt.and_then(|key| attribute(&record, key));
        if let (Step::Other, Some(key), None) = (step, agent.prompt, &prompt) {
            return Err(format!("it belongs to no prompt: it has no attribute `{key}`"));
        }
        let end_ns = events::time_ns(&record);
        if end_ns == 0 {
            return Err("it says no time".to_owned());
        }
        let trace = [service.unwrap_or(agent.service), &session, prompt.as_deref().unwrap_or("")];
        let trace = trace.join("\0");
        let root = id(xxh3_64(trace.as_bytes()));
        let own = id(xxh3_64(&record.encode_to_vec()));
        let (span_id, parent_span_id) = match step {
            Step::First => (root, Vec::new()),
            Step::Prompt if prompt.is_some() => (root, Vec::new()),
            Step::Prompt if agent.first.is_none() => (own, Vec::new()),
            _ => (own, root),
        };
        let duration_ms = number(&record, "duration_ms").unwrap_or(0.0).max(0.0);
        let span = Span {
            trace_id: xxh3_128(trace.as_bytes()).max(1).to_be_bytes().to_vec(),
            span_id,
            parent_span_id,
            name: self.span_name(step, &record),
            // The cast saturates, so that a huge duration gives the start time 0.
            start_time_unix_nano: end_ns.saturating_sub((duration_ms * 1e6) as u64),
            end_time_unix_nano: end_ns,
            status: status(step, &record),
            dropped_attributes_count: record.dropped_attributes_count,
            ..Span::default()
        };
        let added = self.added_attributes(step, &record, &session);
        let mut attributes = record.attributes;
        attributes.extend(added);
        Ok(Span { attributes, ..span })
    }

    fn span_name(&self, step: Step, record: &LogRecord) -> String {
        let tool = || attribute(record, "tool_name").or_else(|| attribute(record, "function_name"));
        let tool = if step == Step::Tool { tool() } else { None };
        tool.unwrap_or_else(|| format!("{}{}", self.agent.prefix, self.name))
    }

    /// MLflow's attributes, derived from the agent's own attributes.
    fn added_attributes(&self, step: Step, record: &LogRecord, session: &str) -> Vec<KeyValue> {
        let mut added = Vec::new();
        let mut add = |key: &str, text: String| {
            let value = Some(AnyValue { value: Some(Any::StringValue(text)) });
            added.push(KeyValue { key: key.to_owned(), value, ..KeyValue::default() });
        };
        let first_of = |keys: &[&str]| {
            let said = keys.iter().find_map(|key| attribute(record, key));
            said.filter(|text| text != REDACTED)
        };
        let (span_type, inputs, outputs): (_, &[&str], &[&str]) = match step {
            Step::Prompt | Step::First => (Some("AGENT"), &["prompt"], &[]),
            Step::Llm | Step::LlmError => (Some("LLM"), &["request_text"], &["response_text"]),
            Step::Tool => (
                Some("TOOL"),
                &["tool_input", "tool_parameters", "arguments", "function_args"],
                &["output", "error"],
            ),
            Step::Other => (None, &["request_text"], &["response"]),
        };
        if let Some(span_type) = span_type {
            add("mlflow.spanType", span_type.to_owned());
        }
        if let Some(inputs) = first_of(inputs) {
            add("mlflow.spanInputs", json_of(inputs));
        }
        if let Some(outputs) = first_of(outputs) {
            add("mlflow.spanOutputs", json_of(outputs));
        }
        if matches!(step, Step::Llm | Step::LlmError) {
            if let Some(model) = first_of(&["model"]) {
                add("mlflow.llm.model", model);
            }
            add("mlflow.llm.provider", self.agent.provider.to_owned());
            if let Some(usage) = usage(self.agent, record) {
                add("mlflow.chat.tokenUsage", usage.to_string());
            }
            if let Some(cost) = number(record, "cost_usd") {
                add("mlflow.llm.cost", serde_json::json!({ "total_cost": cost }).to_string());
            }
        }
        if self.agent.session != "session.id" {
            add("session.id", session.to_owned());
        }
        if attribute(record, "user.id").is_none()
            && let Some(user) = first_of(&["user.email", "user.account_id"])
        {
            add("user.id", user);
        }
        added
    }
}

/// Token counts in MLflow's form: cached tokens are part of the input, reasoning tokens of the
/// output.
fn usage(agent: &Agent, record: &LogRecord) -> Option<Value> {
    let count = |key: &str| number(record, key).map(|count| count.max(0.0) as u64);
    let mut usage = Map::new();
    let mut put = |key: &str, value: Option<u64>| {
        if let Some(value) = value {
            usage.insert(key.to_owned(), value.into());
        }
    };
    let sum = |counts: [Option<u64>; 3]| {
        let any = counts[0].is_some();
        any.then(|| counts.into_iter().flatten().fold(0, u64::saturating_add))
    };
    let (input, output) = match agent.provider {
        "anthropic" => {
            let (read, written) = (count("cache_read_tokens"), count("cache_creation_tokens"));
            put("cache_read_input_tokens", read);
            put("cache_creation_input_tokens", written);
            (sum([count("input_tokens"), read, written]), count("output_tokens"))
        }
        "openai" => {
            put("cache_read_input_tokens", count("cached_token_count"));
            put("reasoning_output_tokens", count("reasoning_token_count"));
            (count("input_token_count"), count("output_token_count"))
        }
        _ => {
            let thoughts = count("thoughts_token_count");
            put("cache_read_input_tokens", count("cached_content_token_count"));
            put("reasoning_output_tokens", thoughts);
            let input = sum([count("input_token_count"), count("tool_token_count"), None]);
            (input, sum([count("output_token_count"), thoughts, None]))
        }
    };
    let (input, output) = (input?, output?);
    put("input_tokens", Some(input));
    put("output_tokens", Some(output));
    put("total_tokens", Some(input.saturating_add(output)));
    Some(Value::Object(usage))
}

fn status(step: Step, record: &LogRecord) -> Option<Status> {
    let failed = step == Step::LlmError
        || (step == Step::Tool && attribute(record, "success").as_deref() == Some("false"));
    let message = || {
        let keys = ["error", "error.message", "error_type"];
        keys.into_iter().find_map(|key| attribute(record, key)).unwrap_or_default()
    };
    failed.then(|| Status { code: StatusCode::Error.into(), message: message() })
}

/// A finite number, which may be written as text.
fn number(record: &LogRecord, key: &str) -> Option<f64> {
    attribute(record, key)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// JSON text is unchanged, any other text becomes a JSON string.
fn json_of(text: String) -> String {
    match crate::value::is_json(&text) {
        true => text,
        false => Value::String(text).to_string(),
    }
}

/// A span id from a hash; never all zeros, which would be invalid.
fn id(hash: u64) -> Vec<u8> {
    hash.max(1).to_be_bytes().to_vec()
}
