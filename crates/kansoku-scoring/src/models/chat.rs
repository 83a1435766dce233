//! One request to a chat model and its response, in a form that all wire formats are written from.
use kansoku_model::TokenUsage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum ChatMessage {
    System {
        content: String,
    },
    User {
        content: String,
    },
    Assistant {
        content: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall>,
    },
    /// The result of a tool call.
    Tool {
        tool_call_id: String,
        name: String,
        content: String,
    },
}

impl ChatMessage {
    pub fn system(content: impl Into<String>) -> Self {
        Self::System { content: content.into() }
    }

    pub fn user(content: impl Into<String>) -> Self {
        Self::User { content: content.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    /// An object, unless the model wrote something else.
    pub arguments: Value,
    /// A token of Gemini, which rejects the next request without it.
    #[serde(skip)]
    pub thought_signature: Option<String>,
}

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    pub name: &'static str,
    pub description: &'static str,
    /// The JSON schema of the arguments, an object.
    pub parameters: Value,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model may call tools.
    #[default]
    Auto,
    /// The model must answer. The tools are named nevertheless: providers reject a history of calls
    /// of unknown tools.
    None,
}

/// The JSON schema that the text of the response must have.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseSchema {
    pub schema: Value,
    /// Whether the schema names every property, which strict modes of providers require.
    pub is_closed: bool,
}

/// Parameters that a judge may set. Others are refused where a judge is read, since they could
/// replace the messages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InferenceParams {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub max_tokens: Option<u32>,
    pub seed: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatRequest {
    pub messages: Vec<ChatMessage>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    pub schema: Option<ResponseSchema>,
    pub params: InferenceParams,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChatResponse {
    /// JSON if the request has a schema and the provider enforces it.
    pub text: String,
    pub tool_calls: Vec<ToolCall>,
    /// Zeros if the server does not count.
    pub usage: TokenUsage,
    pub finish_reason: FinishReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    Stop,
    /// The response is incomplete: it reached `max_tokens`.
    Length,
    ToolCalls,
}

impl FinishReason {
    /// The reason of a response, by whether it reached `max_tokens`.
    pub(super) fn new(is_truncated: bool, tool_calls: &[ToolCall]) -> Self {
        match (is_truncated, tool_calls) {
            (true, _) => Self::Length,
            (false, []) => Self::Stop,
            (false, _) => Self::ToolCalls,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
        }
    }
}

/// The name of the tool by which a model answers where the provider has no structured output.
pub(super) const ANSWER_TOOL: &str = "give_answer";
pub(super) const ANSWER_TOOL_DESCRIPTION: &str = "Gives the final answer.";

/// The arguments of the answer tool as the text of the response, without the calls beside it.
pub(super) fn take_tool_answer(calls: &mut Vec<ToolCall>) -> Option<String> {
    let answer = calls.iter().find(|call| call.name == ANSWER_TOOL)?.arguments.to_string();
    calls.clear();
    Some(answer)
}

/// The messages other than those of the system, in the form that most providers have in common:
/// results of tools belong to the user, and messages in a row with one role are one message.
pub(super) fn turns(
    messages: &[ChatMessage],
    assistant: &str,
    content: &str,
    blocks: fn(&ChatMessage) -> Vec<Value>,
) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        let role = match message {
            ChatMessage::System { .. } => continue,
            ChatMessage::User { .. } | ChatMessage::Tool { .. } => "user",
            ChatMessage::Assistant { .. } => assistant,
        };
        match turns.last_mut() {
            Some((last, all)) if *last == role => all.extend(blocks(message)),
            _ => turns.push((role, blocks(message))),
        }
    }
    let turns = turns.into_iter().filter(|(_, blocks)| !blocks.is_empty());
    turns.map(|(role, blocks)| json!({"role": role, content: blocks})).collect()
}

/// The texts of the system.
pub(super) fn system_texts(messages: &[ChatMessage]) -> Vec<&str> {
    let texts = messages.iter().filter_map(|message| match message {
        ChatMessage::System { content } => Some(content.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The arguments of a call, of which most providers accept only objects.
pub(super) fn object_or_empty(arguments: &Value) -> Value {
    if arguments.is_object() { arguments.clone() } else { Value::Object(Map::new()) }
}

/// The usage as providers count it: with a total that some omit.
pub(super) fn usage(input_tokens: u64, output_tokens: u64) -> TokenUsage {
    let total_tokens = input_tokens.saturating_add(output_tokens);
    TokenUsage { input_tokens, output_tokens, total_tokens, ..TokenUsage::default() }
}

/// The number at a JSON pointer, or 0.
pub(super) fn count(response: &Value, pointer: &str) -> u64 {
    response.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// The text at a JSON pointer, or an empty one.
pub(super) fn text<'a>(response: &'a Value, pointer: &str) -> &'a str {
    response.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Sets the members that have a value.
pub(super) fn set_present<const N: usize>(
    object: &mut Map<String, Value>,
    members: [(&str, Option<Value>); N],
) {
    for (name, value) in members {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    }
}
