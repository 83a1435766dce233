//! Previews as plain text: without JSON and Markdown, in one line.
use serde_json::Value;

use crate::json_tree;

use super::{Object, content, last_message, repair};

pub const PLAIN_CHARS_MAX: usize = 300;

/// The deepest nesting of objects and lists that is searched for text.
const DEPTH_MAX: usize = 6;

/// Fields that may contain the text itself, the likeliest first.
const ASKED: &[&str] = &[
    "question",
    "query",
    "prompt",
    "user_message",
    "user_input",
    "message",
    "input",
    "text",
    "content",
    "messages",
    "inputs",
    "request",
];
const ANSWERED: &[&str] = &[
    "answer",
    "response",
    "output",
    "output_text",
    "result",
    "reply",
    "completion",
    "content",
    "text",
    "message",
    "messages",
    "outputs",
];

/// The plain text of a request's preview, at most [`PLAIN_CHARS_MAX`] characters; `None` if it has
/// no text.
pub fn plain_request(preview: &str) -> Option<String> {
    plain(preview, "user", ASKED)
}

/// The plain text of a response's preview, at most [`PLAIN_CHARS_MAX`] characters; `None` if it has
/// no text.
pub fn plain_response(preview: &str) -> Option<String> {
    plain(preview, "assistant", ANSWERED)
}

/// The whole text of a request from a span's inputs, with line breaks and Markdown.
pub fn request_words(inputs: &Value) -> Option<String> {
    Reader { role: "user", fields: ASKED }.words(inputs, 0)
}

/// The whole text of a response from a span's outputs, with line breaks and Markdown.
pub fn response_words(outputs: &Value) -> Option<String> {
    Reader { role: "assistant", fields: ANSWERED }.words(outputs, 0)
}

fn plain(preview: &str, role: &str, fields: &[&str]) -> Option<String> {
    let preview = preview.trim();
    let said = match json(preview) {
        Some(value) => Reader { role, fields }.words(&value, 0).unwrap_or_default(),
        None => preview.to_owned(),
    };
    let line = shortened(&super::markdown::without(&said));
    Some(line).filter(|line| !line.is_empty())
}

/// Parses JSON, which may have been truncated for the preview.
fn json(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[', '"']) {
        return matches!(text, "null" | "NaN").then_some(Value::Null);
    }
    json_tree::parse(text).or_else(|| json_tree::parse(&repair::closed(text)))
}

struct Reader<'a> {
    role: &'a str,
    fields: &'a [&'a str],
}

impl Reader<'_> {
    fn words(&self, value: &Value, depth: usize) -> Option<String> {
        let words = match value {
            Value::Null => return None,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::String(text) => match json(text.trim()) {
                Some(inner) if depth < DEPTH_MAX && !inner.is_string() => {
                    return self.words(&inner, depth + 1);
                }
                _ => text.clone(),
            },
            Value::Array(_) | Value::Object(_) if DEPTH_MAX <= depth => value.to_string(),
            Value::Array(items) => self.list(items, depth)?,
            Value::Object(object) => self.object(object, depth)?,
        };
        Some(words).filter(|words| !words.trim().is_empty())
    }

    fn list(&self, items: &[Value], depth: usize) -> Option<String> {
        let messages: Vec<&Object> = items.iter().filter_map(any_message).collect();
        let of_role = messages.iter().rev().find(|message| message["role"] == self.role);
        if let Some(message) = of_role.or(messages.last()) {
            let held = message.get("content").or_else(|| message.get("parts"))?;
            return match content(held).or_else(|| text_part(held)) {
                Some(text) => Some(text.to_owned()),
                None => self.words(held, depth + 1),
            };
        }
        let words: Vec<_> =
            items.iter().filter_map(|item| self.words(item, depth + 1)).take(20).collect();
        Some(words.join(", "))
    }

    fn object(&self, object: &Object, depth: usize) -> Option<String> {
        if let Some(text) = last_message(object, self.role).filter(|text| !text.is_empty()) {
            return Some(text.to_owned());
        }
        let field = |key: &&str| self.words(object.get(*key)?, depth + 1);
        if let Some(words) = self.fields.iter().find_map(field) {
            return Some(words);
        }
        let all = object.iter().take(20).filter_map(|(key, value)| {
            let words = self.words(value, depth + 1)?;
            // A single string needs no name; a single number or boolean does.
            let bare = object.len() == 1 && !value.is_number() && !value.is_boolean();
            Some(if bare { words } else { format!("{key}: {words}") })
        });
        Some(all.collect::<Vec<_>>().join(", "))
    }
}

/// A message, with `content` as in MLflow or with `parts` as in OpenTelemetry's GenAI conventions.
fn any_message(item: &Value) -> Option<&Object> {
    let item = item.as_object()?;
    let holds = |key: &str| item.contains_key(key);
    (holds("role") && (holds("content") || holds("parts"))).then_some(item)
}

fn text_part(parts: &Value) -> Option<&str> {
    let mut parts = parts.as_array()?.iter();
    parts.find_map(|part| (part["type"] == "text").then(|| part["content"].as_str()).flatten())
}

/// One line of at most [`PLAIN_CHARS_MAX`] characters.
fn shortened(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if PLAIN_CHARS_MAX * 4 < line.len() {
            break;
        }
        if !word.is_empty() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    match line.char_indices().nth(PLAIN_CHARS_MAX) {
        None => line,
        Some(_) => {
            let end = line.char_indices().nth(PLAIN_CHARS_MAX - 1).map_or(0, |(end, _)| end);
            format!("{}…", line[..end].trim_end())
        }
    }
}

#[cfg(test)]
mod tests;
