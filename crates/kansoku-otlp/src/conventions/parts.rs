//! The parts of a chat message, in the forms of all providers.
use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::json_tree;

use super::messages::{media, text};
use super::normalized_span::{Media, Part};

type Object = Map<String, Value>;

/// Parses a string that contains a JSON list or object; any other value is unchanged.
pub(super) fn decoded(value: &Value) -> Cow<'_, Value> {
    if let Value::String(text) = value
        && text.trim_start().starts_with(['{', '['])
        && let Some(inner) = json_tree::parse(text)
    {
        return Cow::Owned(inner);
    }
    Cow::Borrowed(value)
}

/// The parts in a message's content: a string, one part, or a list of them.
pub(super) fn all(content: &Value) -> Vec<Part> {
    match content {
        Value::Null => Vec::new(),
        // A string of JSON stays a string, unless it is a list of parts.
        Value::String(text) => match &*decoded(content) {
            Value::Array(parts) if !parts.is_empty() && parts.iter().all(is_part) => {
                parts.iter().map(one).collect()
            }
            _ if text.is_empty() => Vec::new(),
            _ => vec![Part::Text { text: text.clone() }],
        },
        Value::Array(parts) => parts.iter().map(one).collect(),
        // Gemini has a content object with `parts` where others have the parts themselves.
        part => match part.get("parts") {
            Some(parts @ Value::Array(_)) => all(parts),
            _ => vec![one(part)],
        },
    }
}

/// Whether the arguments of a call are missing or empty.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

fn is_part(value: &Value) -> bool {
    let Value::Object(object) = value else { return false };
    ["type", "text", "toolUse", "toolResult", "part_kind", "functionCall", "function_call"]
        .iter()
        .any(|key| object.contains_key(*key))
}

pub(super) fn one(part: &Value) -> Part {
    let other = || Part::Other { value: part.clone() };
    let object = match part {
        Value::String(text) => return Part::Text { text: text.clone() },
        Value::Object(object) => object,
        _ => return other(),
    };
    for wrapper in ["message_content", "tool_call"] {
        if let Some(inner @ Value::Object(_)) = object.get(wrapper) {
            return one(inner);
        }
    }
    let kind = text(object, &["type", "part_kind"]).unwrap_or_default();
    let known = match kind {
        "text" | "input_text" | "output_text" | "summary_text" | "user-prompt"
        | "system-prompt" | "compaction" | "retry-prompt" => written(object, &["text", "content"]),
        "refusal" => written(object, &["refusal"]),
        // Providers may keep the text of the reasoning secret.
        "thinking" | "reasoning" | "redacted_thinking" => {
            Some(thought(object).unwrap_or(Part::Reasoning { text: String::new() }))
        }
        "tool_use" | "server_tool_use" | "tool-call" | "builtin-tool-call" | "tool_call"
        | "function_call" | "function" | "custom_tool_call" | "mcp_call" | "mcp_tool_use"
        | "server_tool_call" => Some(call(part)),
        "tool_result"
        | "tool-result"
        | "tool_call_response"
        | "function_call_output"
        | "custom_tool_call_output"
        | "tool-return"
        | "builtin-tool-return"
        | "tool_call_result"
        | "web_search_tool_result"
        | "mcp_tool_result"
        | "server_tool_call_response" => Some(result(object)),
        "" => untyped(object),
        kind => medium(kind, object),
    };
    known.unwrap_or_else(other)
}

fn written(object: &Object, keys: &[&str]) -> Option<Part> {
    let text = keys.iter().find_map(|key| object.get(*key)?.as_str())?;
    Some(Part::Text { text: text.to_owned() })
}

fn thought(object: &Object) -> Option<Part> {
    let keys = ["thinking", "text", "content", "reasoning", "data"];
    if let Some(text) = text(object, &keys) {
        return Some(Part::Reasoning { text: text.to_owned() });
    }
    // OpenAI's responses API has a list of summaries.
    let lines = ["summary", "content"].iter().filter_map(|key| object.get(*key)?.as_array());
    let lines: Vec<&str> = lines.flatten().filter_map(|line| line.get("text")?.as_str()).collect();
    (!lines.is_empty()).then(|| Part::Reasoning { text: lines.join("\n") })
}

/// Reads a tool call, in which the function may be a nested object.
pub(super) fn call(call: &Value) -> Part {
    let Value::Object(object) = call else { return Part::Other { value: call.clone() } };
    if let Some(inner @ Value::Object(_)) = object.get("tool_call") {
        return self::call(inner);
    }
    let function = object.get("function").and_then(Value::as_object).unwrap_or(object);
    let id = ["id", "toolCallId", "call_id", "tool_call_id", "toolUseId"];
    let id = match text(object, &["call_id"]) {
        // OpenAI's responses API has the id of the item in `id` and that of the call in `call_id`.
        Some(id) => Some(id),
        None => text(object, &id),
    };
    let name = text(function, &["name", "toolName", "tool_name"]);
    let Some(name) = name else { return Part::Other { value: call.clone() } };
    let keys = ["arguments", "input", "args"];
    let arguments = keys.iter().find_map(|key| function.get(*key));
    Part::ToolCall {
        id: id.map(str::to_owned),
        name: name.to_owned(),
        arguments: arguments.map_or(Value::Null, |it| decoded(it).into_owned()),
    }
}

fn result(object: &Object) -> Part {
    let id = ["tool_use_id", "toolCallId", "call_id", "tool_call_id", "toolUseId", "id"];
    let keys = ["result", "response", "output", "content"];
    let result = keys.iter().find_map(|key| object.get(*key)).unwrap_or(&Value::Null);
    Part::ToolResult {
        id: text(object, &id).map(str::to_owned),
        name: text(object, &["name", "toolName", "tool_name"]).map(str::to_owned),
        result: plain_result(result),
    }
}

/// The result of a tool; if it is a single text part, its text.
pub(super) fn plain_result(result: &Value) -> Value {
    let result = decoded(result);
    if let Value::Array(parts) = &*result
        && let [only] = parts.as_slice()
        && let Some(text) = only.get("text").and_then(Value::as_str)
    {
        return decoded(&Value::String(text.to_owned())).into_owned();
    }
    // Vercel wraps a value as `{"type": …, "value": …}`.
    if let Value::Object(object) = &*result
        && matches!(text(object, &["type"]), Some("text" | "json"))
        && let Some(value) = object.get("value")
    {
        return value.clone();
    }
    result.into_owned()
}

/// Parts of Gemini and Bedrock, whose kind is the name of their only field.
fn untyped(object: &Object) -> Option<Part> {
    if let Some(Value::String(text)) = object.get("text") {
        let text = text.clone();
        let thought = object.get("thought") == Some(&Value::Bool(true));
        return Some(if thought { Part::Reasoning { text } } else { Part::Text { text } });
    }
    for key in ["functionCall", "function_call", "toolUse"] {
        if let Some(inner @ Value::Object(_)) = object.get(key) {
            return Some(call(inner));
        }
    }
    for key in ["functionResponse", "function_response", "toolResult"] {
        if let Some(Value::Object(inner)) = object.get(key) {
            return Some(result(inner));
        }
    }
    if let Some(inner) = object.get("reasoningContent") {
        let text = inner.pointer("/reasoningText/text").and_then(Value::as_str)?;
        return Some(Part::Reasoning { text: text.to_owned() });
    }
    for (key, kind) in [
        ("inlineData", ""),
        ("inline_data", ""),
        ("fileData", ""),
        ("file_data", ""),
        ("image", "image"),
        ("audio", "audio"),
        ("video", "video"),
        ("document", "file"),
    ] {
        if let Some(Value::Object(inner)) = object.get(key) {
            return medium(kind, inner);
        }
    }
    None
}

/// An image, sound, video or file, by URL or as base64.
fn medium(kind: &str, object: &Object) -> Option<Part> {
    let place = place_of(object);
    let type_keys = ["media_type", "mediaType", "mime_type", "mimeType"];
    let media_type = text(place, &type_keys).or_else(|| text(object, &type_keys));
    let media_type = media_type.map(str::to_owned).or_else(|| {
        let format = text(place, &["format"]).or_else(|| text(object, &["format"]))?;
        Some(format!("{}/{format}", modality(kind).unwrap_or("application")))
    });
    let data = text(place, &["data", "content", "bytes", "base64", "file_data"]);
    let address = text(place, &["url", "uri", "fileUri", "file_uri", "file_url"]);
    let address = address.or_else(|| text(object, &["image_url", "image", "file_id", "url"]));
    let url = match (address, data) {
        (Some(address), _) => address.to_owned(),
        (None, Some(data)) if data.starts_with("data:") || data.contains("://") => data.to_owned(),
        (None, Some(data)) => {
            let media_type = media_type.as_deref().unwrap_or("application/octet-stream");
            format!("data:{media_type};base64,{data}")
        }
        (None, None) => text(place, &["id", "file_id"])?.to_owned(),
    };
    let named = text(object, &["modality"]).and_then(modality).or_else(|| modality(kind));
    let of_type = || media_type.as_deref().and_then(|it| modality(it.split('/').next()?));
    let modality = named.or_else(of_type).unwrap_or("file");
    let name = text(place, &["filename", "name"]).or_else(|| text(object, &["filename", "name"]));
    let name = name.map(str::to_owned);
    Some(media(modality, Media { url, media_type, name }))
}

/// The object that contains the URL or the data.
fn place_of(object: &Object) -> &Object {
    let keys = ["source", "image_url", "input_audio", "image", "audio", "file", "file_url"];
    let mut place = object;
    // OpenInference nests these: `{"image": {"image": {"url": …}}}`.
    for _ in 0..3 {
        let inner = keys.iter().find_map(|key| place.get(*key)?.as_object());
        let Some(inner) = inner else { break };
        place = inner;
    }
    place
}

fn modality(kind: &str) -> Option<&'static str> {
    let kinds = ["image", "audio", "video"];
    kinds.into_iter().find(|known| kind.contains(known))
}
