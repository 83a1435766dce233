//! Previews: short texts of a trace's request and response, for lists.
//!
//! The preview of a chat is its last message of the user or the assistant; that of anything else is
//! the JSON itself.
use opentelemetry_proto::tonic::common::v1::AnyValue;
use serde_json::Value;

use crate::json_tree;
use crate::value::json_text;

mod markdown;
mod plain;
mod repair;

pub use plain::{PLAIN_CHARS_MAX, plain_request, plain_response, request_words, response_words};

pub const CHARS_MAX: usize = 1000;

/// The preview of a root span's inputs, which are given as JSON text; at most [`CHARS_MAX`]
/// characters.
pub fn request(inputs: &str) -> String {
    preview(inputs, "user")
}

/// The preview of a root span's outputs, which are given as JSON text; at most [`CHARS_MAX`]
/// characters.
pub fn response(outputs: &str) -> String {
    preview(outputs, "assistant")
}

pub(crate) fn of_request(inputs: &AnyValue) -> String {
    request(&json_text(Some(inputs)))
}

pub(crate) fn of_response(outputs: &AnyValue) -> String {
    response(&json_text(Some(outputs)))
}

fn preview(text: &str, role: &str) -> String {
    // Most inputs are not chats and not worth parsing.
    if !text.contains("\"role\"") {
        return shortened(text);
    }
    let Some(Value::Object(object)) = json_tree::parse(text) else {
        return shortened(text);
    };
    let message = last_message(&object, role).filter(|message| !message.is_empty());
    shortened(message.unwrap_or(text))
}

type Object = serde_json::Map<String, Value>;

/// The text of the last message of that role, or of the last message of any role.
fn last_message<'a>(chat: &'a Object, role: &str) -> Option<&'a str> {
    let mut chat = chat;
    loop {
        let messages = messages_of(chat);
        let of_role = messages.iter().rev().find(|message| message["role"] == role);
        if let Some(message) = of_role.or_else(|| messages.last()) {
            return content(&message["content"]);
        }
        chat = chat.get("request")?.as_object()?;
    }
}

/// The messages in the first of the known fields that has any.
fn messages_of(chat: &Object) -> Vec<&Object> {
    let list = |key: &str| -> Vec<&Object> {
        let items = chat.get(key).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(message).collect()
    };
    let choice = || -> Option<&Object> {
        message(chat.get("choices")?.as_array()?.first()?.as_object()?.get("message")?)
    };
    let mut messages = list("messages");
    if messages.is_empty() {
        messages.extend(choice());
    }
    for key in ["input", "output"] {
        if messages.is_empty() {
            messages = list(key);
        }
    }
    messages
}

fn message(item: &Value) -> Option<&Object> {
    let item = item.as_object()?;
    (item.contains_key("role") && item.contains_key("content")).then_some(item)
}

/// A string, or the text of the first text part.
fn content(content: &Value) -> Option<&str> {
    match content {
        Value::String(text) => Some(text),
        Value::Array(parts) => parts.iter().find_map(|part| match part {
            Value::String(text) => Some(text.as_str()),
            Value::Object(part) => {
                let kind = part.get("type")?.as_str()?;
                let is_text = matches!(kind, "text" | "output_text");
                is_text.then(|| part.get("text")?.as_str()).flatten()
            }
            _ => None,
        }),
        _ => None,
    }
}

/// At most [`CHARS_MAX`] characters, including the dots.
pub(crate) fn shortened(text: &str) -> String {
    const DOTS: &str = "...";
    if text.char_indices().nth(CHARS_MAX).is_none() {
        return text.to_owned();
    }
    let (end, _) = text.char_indices().nth(CHARS_MAX - DOTS.len()).expect("it is longer than that");
    format!("{}{DOTS}", &text[..end])
}

#[cfg(test)]
mod tests;
