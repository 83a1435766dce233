//! Previews of a span's inputs and outputs from its GenAI events.
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::{Value, json};

use crate::json_tree;
use crate::preview;
use crate::value::json_text;

/// The event that contains all messages of a call.
const DETAILS: &str = "gen_ai.client.inference.operation.details";
const CHOICE: &str = "gen_ai.choice";

/// The messages of the request and of the response, as `{"role", "content"}`.
#[derive(Debug, Default)]
pub(super) struct Said {
    asked: Vec<Value>,
    answered: Vec<Value>,
}

impl Said {
    pub(super) fn hear(&mut self, event: &str, record: &LogRecord) {
        match event {
            DETAILS => {
                self.asked.extend(messages(record, "gen_ai.input.messages"));
                self.answered.extend(messages(record, "gen_ai.output.messages"));
            }
            CHOICE => {
                let message = json(record.body.as_ref())["message"].take();
                self.answered.extend(plain("assistant", message));
            }
            _ => {
                let role = event.strip_prefix("gen_ai.").and_then(|it| it.strip_suffix(".message"));
                if let Some(role) = role {
                    self.asked.extend(plain(role, json(record.body.as_ref())));
                }
            }
        }
    }

    /// The previews of the request and of the response; `None` for a side without messages.
    pub(super) fn previews(self) -> (Option<String>, Option<String>) {
        let chat = |messages: Vec<Value>| {
            (!messages.is_empty()).then(|| json!({ "messages": messages }).to_string())
        };
        (
            chat(self.asked).as_deref().map(preview::request),
            chat(self.answered).as_deref().map(preview::response),
        )
    }
}

/// The message with its role; `None` if it has no content, which senders may leave out.
fn plain(role: &str, message: Value) -> Option<Value> {
    let content = message.get("content").filter(|content| !content.is_null())?;
    let role = message.get("role").and_then(Value::as_str).unwrap_or(role);
    Some(json!({ "role": role, "content": content }))
}

/// The messages in an attribute, each with its first text part.
fn messages(record: &LogRecord, key: &str) -> Vec<Value> {
    let entry = record.attributes.iter().find(|entry| entry.key == key);
    let Value::Array(messages) = json(entry.and_then(|entry| entry.value.as_ref())) else {
        return Vec::new();
    };
    let text = |message: &Value| {
        let parts = message.get("parts")?.as_array()?;
        let part = parts.iter().find(|part| part["type"] == "text")?;
        let content = part.get("content")?.as_str()?;
        Some(json!({ "role": message.get("role")?, "content": content }))
    };
    messages.iter().filter_map(text).collect()
}

/// A list, an object or a string of JSON, parsed; `null` for any other value.
fn json(value: Option<&AnyValue>) -> Value {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::KvlistValue(_) | Any::ArrayValue(_) | Any::StringValue(_)) => {
            json_tree::parse(&json_text(value)).unwrap_or_default()
        }
        _ => Value::Null,
    }
}
