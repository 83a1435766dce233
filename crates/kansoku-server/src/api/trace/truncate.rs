//! Truncation of long texts in a response. The response lists these texts, with the fields that
//! have them in full.
use kansoku_otlp::SpanField;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The attribute from which MLflow's clients read the trace of a span; never truncated.
const TRACE_ID: &str = "mlflow.traceRequestId";

/// A list or map whose JSON is longer, in bytes, is replaced by the beginning of that JSON. It may
/// consist of many short texts, which a user would not read all.
const WHOLE_BYTES_MAX: usize = 1 << 20;

/// Longer media in a message, in bytes, is replaced by the beginning of its `data:` URL.
const MEDIA_BYTES_MAX: usize = 16 << 20;

/// A long text of which the response contains only the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
pub(crate) struct TruncatedText {
    /// The position in the response, as a JSON pointer.
    pub(crate) path: String,
    /// The length of the full text, in bytes.
    pub(crate) bytes: usize,
    /// The field of the span that has the full text.
    pub(crate) field: String,
}

/// Truncates texts that are longer than `text_max` bytes, and lists them.
pub(super) struct Truncator {
    pub(super) text_max: usize,
    pub(super) truncated: Vec<TruncatedText>,
}

impl Truncator {
    pub(super) fn new(text_max: usize) -> Self {
        Self { text_max, truncated: Vec::new() }
    }

    /// Truncates the texts of a span in protobuf's JSON form; names and ids stay complete.
    pub(super) fn span(&mut self, span: &mut Value, at: &str) {
        self.attributes(&mut span["attributes"], &format!("{at}/attributes"), SpanField::attribute);
        for (n, event) in items(&mut span["events"]) {
            let field = |key: &str| SpanField::EventAttribute(n, key.to_owned());
            let at = format!("{at}/events/{n}/attributes");
            self.attributes(&mut event["attributes"], &at, field);
        }
        for (n, link) in items(&mut span["links"]) {
            let field = |key: &str| SpanField::LinkAttribute(n, key.to_owned());
            self.attributes(&mut link["attributes"], &format!("{at}/links/{n}/attributes"), field);
        }
        let message = span.get_mut("status").and_then(|status| status.get_mut("message"));
        if let Some(message) = message {
            self.texts(message, &format!("{at}/status/message"), &SpanField::StatusMessage);
        }
    }

    fn attributes(&mut self, list: &mut Value, at: &str, field: impl Fn(&str) -> SpanField) {
        for (n, attribute) in items(list) {
            let key = attribute["key"].as_str().unwrap_or_default();
            if key == TRACE_ID {
                continue;
            }
            let field = field(key);
            let (at, value) = (format!("{at}/{n}/value"), &mut attribute["value"]);
            match too_large(value) {
                Some(json) => {
                    let at = format!("{at}/string_value");
                    *value = json!({ "string_value": self.beginning(json, at, &field) });
                }
                None => self.texts(value, &at, &field),
            }
        }
    }

    /// Truncates the texts of a normalized span. It is composed from inputs and outputs, so these
    /// fields have the full texts.
    pub(super) fn normalized_span(&mut self, span: &mut Value, at: &str, tools: &SpanField) {
        let is_tool = span["span_type"] == "TOOL";
        self.part(span, at, "inputs", &SpanField::Inputs);
        self.part(span, at, "outputs", &SpanField::Outputs);
        self.part(span, at, "documents", &SpanField::Outputs);
        self.part(span, at, "tool_definitions", tools);
        if let Some(parameters) = span.get_mut("parameters") {
            self.texts(parameters, &format!("{at}/parameters"), &SpanField::Inputs);
        }
        for (n, message) in items(&mut span["messages"]) {
            let field = match message["side"] == "input" {
                true => SpanField::Inputs,
                false => SpanField::Outputs,
            };
            self.message(message, &format!("{at}/messages/{n}"), &field);
        }
        for (n, call) in items(&mut span["tool_calls"]) {
            let at = format!("{at}/tool_calls/{n}");
            let asked = if is_tool { SpanField::Inputs } else { SpanField::Outputs };
            self.part(call, &at, "arguments", &asked);
            self.part(call, &at, "result", &SpanField::Outputs);
        }
    }

    /// Truncates the texts of a message. Media stays complete, since part of a picture cannot be
    /// shown.
    fn message(&mut self, message: &mut Value, at: &str, field: &SpanField) {
        let mut media = Vec::new();
        for (n, part) in items(&mut message["parts"]) {
            let url = part.get_mut("url").filter(|url| is_whole_media(url));
            media.extend(url.map(|url| (n, url.take())));
        }
        self.texts(message, at, field);
        for (n, url) in media {
            message["parts"][n]["url"] = url;
        }
    }

    fn part(&mut self, of: &mut Value, at: &str, name: &str, field: &SpanField) {
        if let Some(part) = of.get_mut(name) {
            let at = format!("{at}/{name}");
            match too_large(part) {
                Some(json) => *part = self.beginning(json, at, field).into(),
                None => self.texts(part, &at, field),
            }
        }
    }

    fn beginning(&mut self, mut text: String, at: String, field: &SpanField) -> String {
        self.truncated.push(TruncatedText {
            path: at,
            bytes: text.len(),
            field: field.to_string(),
        });
        text.truncate(text.floor_char_boundary(self.text_max));
        text.shrink_to_fit();
        text
    }

    /// Truncates all texts inside a value.
    pub(super) fn texts(&mut self, value: &mut Value, at: &str, field: &SpanField) {
        match value {
            Value::String(text) if self.text_max < text.len() => {
                *text = self.beginning(std::mem::take(text), at.to_owned(), field);
            }
            Value::Array(items) => {
                for (n, item) in items.iter_mut().enumerate() {
                    self.texts(item, &format!("{at}/{n}"), field);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    self.texts(value, &format!("{at}/{key}"), field);
                }
            }
            _ => {}
        }
    }
}

/// Whether a URL contains a picture, sound or file that is small enough to stay complete.
fn is_whole_media(url: &Value) -> bool {
    let bytes = url.as_str().filter(|url| url.starts_with("data:")).map(str::len);
    bytes.is_some_and(|bytes| bytes <= MEDIA_BYTES_MAX)
}

/// The JSON of a list or map, if it is too long for a response.
fn too_large(value: &Value) -> Option<String> {
    let json = (value.is_array() || value.is_object()).then(|| value.to_string())?;
    (WHOLE_BYTES_MAX < json.len()).then_some(json)
}

fn items(list: &mut Value) -> impl Iterator<Item = (usize, &mut Value)> {
    list.as_array_mut().into_iter().flatten().enumerate()
}
