//! Reads chat messages from the forms of providers and frameworks.
//!
//! OpenAI (chat and responses), Anthropic, Gemini, Bedrock, LangChain, Vercel, Pydantic AI and the
//! parts of OpenTelemetry's GenAI conventions differ in names far more than in meaning, so one
//! reader goes by the names it finds. Unknown parts are kept as [`Part::Other`], so that nothing of
//! a message is dropped.
use serde_json::{Map, Value};

use super::normalized_span::{ChatMessage, Media, Part, Side};
use super::parts;

type Object = Map<String, Value>;

/// The deepest nesting of wrappers that is read; no known chat is deeper.
const DEPTH_MAX: usize = 6;

/// The messages in a span's inputs or outputs, however they are wrapped; empty if they are not a
/// chat. If `plain`, a bare string is a message too.
pub(super) fn read(value: &Value, side: Side, plain: bool) -> Vec<ChatMessage> {
    let mut value = value;
    if let Value::Object(object) = value
        && let [only] = ["question", "query", "task", "user_input", "text"]
            .into_iter()
            .filter_map(|key| object.get(key).filter(|value| value.is_string()))
            .collect::<Vec<_>>()
            .as_slice()
        && plain
        && side == Side::Input
        && !object.contains_key("messages")
    {
        value = only;
    }
    let mut reader = Reader { side, messages: Vec::new() };
    match value {
        Value::String(text) if plain && parts::decoded(value).is_string() => {
            if !text.is_empty() {
                let part = Part::Text { text: text.clone() };
                reader.push(side.default_role(), vec![part], &Object::new());
            }
        }
        value => reader.chat(&parts::decoded(value), DEPTH_MAX),
    }
    reader.messages
}

/// The messages in one JSON object; empty if it has neither a role nor content.
pub(super) fn one(value: &Value, side: Side) -> Vec<ChatMessage> {
    let mut reader = Reader { side, messages: Vec::new() };
    if let Value::Object(message) = value {
        reader.message(message, DEPTH_MAX);
    }
    reader.messages
}

struct Reader {
    side: Side,
    messages: Vec<ChatMessage>,
}

impl Reader {
    fn chat(&mut self, value: &Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Array(items) => items.iter().for_each(|item| match item {
                Value::Object(message) => self.message(message, depth),
                Value::Array(pair) => match pair.as_slice() {
                    // LangChain accepts `["user", "Hello"]` as a message.
                    [Value::String(role), content @ Value::String(_)] => {
                        if let Some(role) = common_role(role) {
                            self.push(role, parts::all(content), &Object::new());
                        }
                    }
                    _ => self.chat(item, depth),
                },
                _ => {}
            }),
            Value::Object(object) if is_message(object) => self.message(object, depth),
            Value::Object(object) => self.wrapped(object, depth),
            _ => {}
        }
    }

    /// Reads a request or response that contains messages.
    fn wrapped(&mut self, object: &Object, depth: usize) {
        for key in ["system", "system_instruction", "systemInstruction", "instructions"] {
            if let Some(said) = object.get(key)
                && self.side == Side::Input
            {
                self.system(said);
            }
        }
        if let Some(Value::Object(config)) = object.get("config") {
            for key in ["system_instruction", "systemInstruction"] {
                if let Some(said) = config.get(key) {
                    self.system(said);
                }
            }
        }
        let keys: &[&str] = match self.side {
            Side::Input => {
                &["messages", "contents", "items", "input", "prompt", "inputs", "request"]
            }
            Side::Output => &[
                "choices",
                "candidates",
                "message",
                "messages",
                "output",
                "outputs",
                "generations",
                "content",
                "response",
                "update",
            ],
        };
        for key in keys {
            let Some(inner) = object.get(*key) else { continue };
            let before = self.messages.len();
            match &*parts::decoded(inner) {
                Value::String(text) => {
                    if !text.is_empty() {
                        let part = Part::Text { text: text.clone() };
                        self.push(self.side.default_role(), vec![part], object);
                    }
                }
                inner => self.chat(inner, depth),
            }
            if let Some(message) = self.messages[before..].last_mut() {
                message.finish_reason = message.finish_reason.take().or(finish_reason(object));
                return;
            }
        }
        self.answer(object);
    }

    /// Reads an answer of the Vercel AI SDK, or another one with text and tool calls side by side.
    fn answer(&mut self, object: &Object) {
        if self.side == Side::Input {
            return;
        }
        let mut said = Vec::new();
        if let Some(text) = text(object, &["reasoning", "reasoningText"]) {
            said.push(Part::Reasoning { text: text.to_owned() });
        }
        if let Some(text) = text(object, &["text"]) {
            said.push(Part::Text { text: text.to_owned() });
        }
        for key in ["toolCalls", "tool_calls"] {
            if let Some(calls) = object.get(key) {
                calls_of(&parts::decoded(calls), &mut said);
            }
        }
        if !said.is_empty() {
            self.push("assistant", said, object);
        }
    }

    fn system(&mut self, said: &Value) {
        let said = parts::decoded(said);
        let content = said.get("parts").unwrap_or(&said);
        let parts = parts::all(content);
        if !parts.is_empty() {
            self.push("system", parts, &Object::new());
        }
    }

    fn message(&mut self, object: &Object, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if let Some(kwargs) = object.get("kwargs").and_then(Value::as_object) {
            let role = object.get("id").and_then(langchain_role);
            return self.plain_message(kwargs, role.or_else(|| role_of(kwargs)));
        }
        let role = role_of(object);
        let wraps = |key| object.contains_key(key) && !object.contains_key("content");
        if role.is_none() || wraps("message") || wraps("data") {
            // A choice, a candidate, an event, or one of OpenInference's wrappers.
            for key in ["message", "data", "content"] {
                let inner = object.get(key).map(parts::decoded);
                if let Some(Value::Object(inner)) = inner.as_deref() {
                    let before = self.messages.len();
                    match is_message(inner) {
                        true => self.message(inner, depth),
                        false => self.plain_message(inner, role.or(Some(self.side.default_role()))),
                    }
                    if let Some(message) = self.messages[before..].last_mut()
                        && message.finish_reason.is_none()
                    {
                        message.finish_reason = finish_reason(object);
                    }
                    return;
                }
            }
        }
        match text(object, &["type"]).unwrap_or_default() {
            "function_call"
            | "custom_tool_call"
            | "mcp_call"
            | "function_call_output"
            | "custom_tool_call_output"
            | "reasoning" => {
                let part = parts::one(&Value::Object(object.clone()));
                let role = match part {
                    Part::ToolResult { .. } => "tool",
                    _ => "assistant",
                };
                if part != (Part::Reasoning { text: String::new() }) {
                    self.push(role, vec![part], &Object::new());
                }
            }
            // LiveKit records here that instructions or tools changed; it is not a message.
            "agent_config_update" => {}
            "" if role.is_none() && is_call(object) => {
                let call = parts::call(&Value::Object(object.clone()));
                self.push("assistant", vec![call], &Object::new());
            }
            _ if object.contains_key("kind") && object.contains_key("parts") => {
                self.pydantic_message(object);
            }
            _ if role.is_some()
                || object.contains_key("content")
                || object.contains_key("parts") =>
            {
                self.plain_message(object, role);
            }
            _ => self.wrapped(object, depth),
        }
    }

    fn plain_message(&mut self, object: &Object, role: Option<&'static str>) {
        let named = text(object, &["role"]).map(str::to_owned);
        let role = role.map(str::to_owned).or(named);
        let role = role.unwrap_or_else(|| self.side.default_role().to_owned());
        let content = object.get("content").or_else(|| object.get("parts"));
        let content = content.or_else(|| object.get("contents"));
        let mut said = Vec::new();
        if let Some(text) = text(object, &["reasoning_content", "reasoning"]) {
            said.push(Part::Reasoning { text: text.to_owned() });
        }
        let answers = text(object, &["tool_call_id", "toolCallId"])
            .or_else(|| text(object, &["id"]).filter(|_| role == "tool"));
        match content {
            Some(content) if role == "tool" && !has_results(content) => {
                said.push(Part::ToolResult {
                    id: answers.map(str::to_owned),
                    name: text(object, &["name"]).map(str::to_owned),
                    result: parts::plain_result(content),
                });
            }
            Some(content) => said.extend(parts::all(content)),
            None => {}
        }
        if let Some(refusal) = text(object, &["refusal"]) {
            said.push(Part::Text { text: refusal.to_owned() });
        }
        for key in ["tool_calls", "toolCalls", "function_call"] {
            if let Some(calls) = object.get(key) {
                calls_of(&parts::decoded(calls), &mut said);
            }
        }
        if said.is_empty() && content.is_none() {
            return;
        }
        self.push(&role, said, object);
    }

    /// Reads a message of Pydantic AI, in which one part may be a system message and the next a
    /// user message.
    fn pydantic_message(&mut self, object: &Object) {
        let answered = text(object, &["kind"]) == Some("response");
        for part in object.get("parts").and_then(Value::as_array).into_iter().flatten() {
            let role = match part.get("part_kind").and_then(Value::as_str).unwrap_or_default() {
                "system-prompt" => "system",
                "tool-return" | "builtin-tool-return" => "tool",
                _ if answered => "assistant",
                _ => "user",
            };
            let said = parts::all(part);
            match self.messages.last_mut() {
                Some(last) if last.role == role && answered => last.parts.extend(said),
                _ => self.push(role, said, object),
            }
        }
    }

    fn push(&mut self, role: &str, parts: Vec<Part>, object: &Object) {
        let name = text(object, &["name"]).filter(|_| role != "tool").map(str::to_owned);
        let finish_reason = finish_reason(object);
        let role = role.to_owned();
        self.messages.push(ChatMessage { side: self.side, role, name, parts, finish_reason });
    }
}

/// Whether some parts already are tool results.
fn has_results(content: &Value) -> bool {
    let results = |part: &Value| matches!(parts::one(part), Part::ToolResult { .. });
    parts::decoded(content).as_array().is_some_and(|parts| parts.iter().any(results))
}

/// Whether this is a tool call in the place of a message, as LiveKit writes it.
fn is_call(object: &Object) -> bool {
    ["name", "arguments", "call_id"].iter().all(|key| object.contains_key(*key))
}

fn calls_of(calls: &Value, said: &mut Vec<Part>) {
    let calls = match calls {
        Value::Array(calls) => calls.iter().collect(),
        Value::Object(_) => vec![calls],
        _ => return,
    };
    for call in calls {
        let call = parts::call(&parts::decoded(call));
        match said.iter_mut().find(|part| is_same_call(part, &call)) {
            // The content of a streamed call may lack the arguments.
            Some(Part::ToolCall { arguments, .. }) if parts::is_empty(arguments) => {
                if let Part::ToolCall { arguments: whole, .. } = call {
                    *arguments = whole;
                }
            }
            Some(_) => {}
            None => said.push(call),
        }
    }
}

/// Whether both are the same call: LangChain writes the calls of Anthropic's models into the
/// content and into a separate list.
fn is_same_call(part: &Part, call: &Part) -> bool {
    match (part, call) {
        (
            Part::ToolCall { id: Some(id), name, .. },
            Part::ToolCall { id: Some(other), name: other_name, .. },
        ) => id == other && name == other_name,
        _ => false,
    }
}

fn finish_reason(object: &Object) -> Option<String> {
    let keys = ["finish_reason", "finishReason", "stop_reason", "stopReason"];
    text(object, &keys).map(str::to_owned)
}

fn is_message(object: &Object) -> bool {
    role_of(object).is_some()
        || object.contains_key("kwargs")
        || (object.contains_key("parts") && !object.contains_key("contents"))
}

/// The role of a message in OpenAI's terms: `user`, `assistant`, …
fn role_of(object: &Object) -> Option<&'static str> {
    let name = text(object, &["role"]).or_else(|| text(object, &["type"]));
    if let Some(known) = name.and_then(common_role) {
        return Some(known);
    }
    let event = text(object, &["event.name"])?.strip_prefix("gen_ai.")?;
    match event {
        "choice" => Some("assistant"),
        event => common_role(event.strip_suffix(".message")?),
    }
}

fn common_role(name: &str) -> Option<&'static str> {
    Some(match name {
        "system" | "SystemMessage" => "system",
        "developer" => "developer",
        "user" | "human" | "HumanMessage" | "HumanMessageChunk" | "USER" => "user",
        "assistant" | "ai" | "model" | "AIMessage" | "AIMessageChunk" | "ASSISTANT" => "assistant",
        "tool" | "function" | "ToolMessage" | "FunctionMessage" | "TOOL" | "tool-response" => {
            "tool"
        }
        "tool-call" => "assistant",
        "SYSTEM" => "system",
        _ => return None,
    })
}

fn langchain_role(id: &Value) -> Option<&'static str> {
    common_role(id.as_array()?.last()?.as_str()?)
}

/// The first of these fields that is a non-empty string.
pub(super) fn text<'a>(object: &'a Object, keys: &[&str]) -> Option<&'a str> {
    let texts = keys.iter().filter_map(|key| object.get(*key)?.as_str());
    texts.into_iter().find(|text| !text.is_empty())
}

/// An image, sound, video or file, by its kind.
pub(super) fn media(kind: &str, media: Media) -> Part {
    match kind {
        "image" => Part::Image(media),
        "audio" => Part::Audio(media),
        "video" => Part::Video(media),
        _ => Part::File(media),
    }
}
