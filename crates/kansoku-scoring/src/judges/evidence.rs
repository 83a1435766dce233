//! The parts of a trace that judges read, as texts.
//!
//! Lists are written as JSON, one item a line: in a JSON string nothing can imitate the next item.
use kansoku_model::SpanId;
use kansoku_otlp::ToolDefinition;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{ScoredSpan, ScoredTrace};

use super::prompt::truncate;

/// The most items of one list.
const ITEMS_MAX: usize = 500;
/// The longest text of one item, in characters, so that one does not crowd out the others.
const ITEM_CHARS_MAX: usize = 10_000;

/// The request: all messages if there are several, since the last one may refer to the others.
pub(super) fn request(trace: &ScoredTrace) -> Option<String> {
    let inputs = inputs(trace);
    let messages = inputs.and_then(|it| it.get("messages")).and_then(Value::as_array);
    match messages {
        Some(messages) if 1 < messages.len() => Some(lines(messages)),
        _ => trace.request_text().or_else(|| inputs.map(plain_text)),
    }
}

pub(super) fn response(trace: &ScoredTrace) -> Option<String> {
    trace.response_text().or_else(|| outputs(trace).map(plain_text))
}

/// The inputs of the root; `null` is none.
pub(super) fn inputs(trace: &ScoredTrace) -> Option<&Value> {
    trace.inputs().filter(|value| !value.is_null())
}

/// The outputs of the root; `null` is none.
pub(super) fn outputs(trace: &ScoredTrace) -> Option<&Value> {
    trace.outputs().filter(|value| !value.is_null())
}

/// A text as it is, anything else as JSON.
pub(super) fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    }
}

/// One item a line; the rest of a long list is left out, with a last line that says so.
pub(super) fn lines<T: Serialize>(items: &[T]) -> String {
    let line = |item: &T| serde_json::to_string(item).unwrap_or_default();
    let mut lines: Vec<String> = items.iter().take(ITEMS_MAX).map(line).collect();
    if ITEMS_MAX < items.len() {
        lines.push(format!("[… {} more left out …]", items.len() - ITEMS_MAX));
    }
    lines.join("\n")
}

fn item(text: String) -> String {
    truncate(&text, text.chars().count(), ITEM_CHARS_MAX).0
}

pub(super) fn has_type(span: &ScoredSpan, name: &str) -> bool {
    span.row.span_type.as_deref().or(span.content.span_type.as_deref()) == Some(name)
}

/// The texts that one retriever found.
pub(super) struct Retrieval {
    pub(super) span_id: SpanId,
    pub(super) documents: Vec<String>,
}

/// The retrievals of a trace, without those that are part of another.
pub(super) fn retrievals(trace: &ScoredTrace) -> Vec<Retrieval> {
    let retrievers = trace.spans.iter().filter(|span| has_type(span, "RETRIEVER"));
    let outer = retrievers.filter(|span| !is_inside_retriever(trace, span));
    outer
        .map(|span| {
            let texts = span.content.documents.iter().map(|document| item(document.text.clone()));
            Retrieval { span_id: span.row.span_id, documents: texts.collect() }
        })
        .collect()
}

fn is_inside_retriever(trace: &ScoredTrace, span: &ScoredSpan) -> bool {
    let mut parent = span.row.parent_id;
    // Parents can form a circle.
    for _ in 0..trace.spans.len() {
        let Some(id) = parent else { return false };
        let Some(ancestor) = trace.spans.iter().find(|span| span.row.span_id == id) else {
            return false;
        };
        if has_type(ancestor, "RETRIEVER") {
            return true;
        }
        parent = ancestor.row.parent_id;
    }
    false
}

/// A call of a tool that the application made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalledTool {
    pub name: String,
    pub arguments: Value,
    pub result: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The spans of tools, in the order of their start.
pub(super) fn called_tools(trace: &ScoredTrace) -> Vec<CalledTool> {
    let spans = trace.spans.iter().filter(|span| has_type(span, "TOOL"));
    let called = spans.map(|span| {
        let call = span.content.tool_calls.first();
        let name = call.map_or(&span.row.name, |call| &call.name);
        let arguments = call.map(|call| &call.arguments).or(span.content.inputs.as_ref());
        let result = call.and_then(|call| call.result.as_ref()).or(span.content.outputs.as_ref());
        CalledTool {
            name: if name.is_empty() { span.row.name.clone() } else { name.clone() },
            arguments: arguments.cloned().unwrap_or_default(),
            result: result.cloned().unwrap_or_default(),
            error: span.row.error.clone(),
        }
    });
    called.collect()
}

impl CalledTool {
    /// With long arguments and results truncated.
    pub(super) fn with_short_values(&self) -> Self {
        let short = |value: &Value| {
            let text = value.to_string();
            match text.len() <= ITEM_CHARS_MAX {
                true => value.clone(),
                false => Value::String(item(plain_text(value))),
            }
        };
        let (arguments, result) = (short(&self.arguments), short(&self.result));
        Self { arguments, result, ..self.clone() }
    }
}

/// The tools that models of the application could call, each once.
pub(super) fn available_tools(trace: &ScoredTrace) -> String {
    let mut tools: Vec<&ToolDefinition> = Vec::new();
    let models =
        trace.spans.iter().filter(|span| has_type(span, "LLM") || has_type(span, "CHAT_MODEL"));
    for tool in models.flat_map(|span| &span.content.tool_definitions) {
        if tools.len() <= ITEMS_MAX && !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    if tools.is_empty() {
        return "(the trace does not contain them)".to_owned();
    }
    lines(&tools.iter().map(|tool| json!(tool)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use kansoku_otlp::Document;

    use super::*;
    use crate::scored_trace::tests::{span, trace, trace_of};

    #[test]
    fn a_request_of_several_messages_is_all_of_them() {
        let several = json!({"messages": [
            {"role": "system", "content": "Be\nkind."}, {"role": "user", "content": "Hi"}
        ]});
        let lines = request(&trace(several, json!("Hello"))).unwrap();
        let expected = "{\"role\":\"system\",\"content\":\"Be\\nkind.\"}\n{\"role\":\"user\",\"content\":\"Hi\"}";
        assert_eq!(lines, expected);
        assert_eq!(request(&trace(json!("Hi"), json!("Hello"))).as_deref(), Some("Hi"));
        assert_eq!(response(&trace(json!("Hi"), json!("Hello"))).as_deref(), Some("Hello"));
        for silent in
            [trace_of(vec![span(1, None, "agent", (0, 1))]), trace(json!(null), json!(null))]
        {
            assert_eq!((request(&silent), response(&silent)), (None, None));
        }
    }

    #[test]
    fn retrievals_inside_of_others_and_circles_are_not_followed() {
        let retriever = |id, parent, name: &str| {
            let mut span = span(id, parent, name, (0, 1));
            span.row.span_type = Some("RETRIEVER".to_owned());
            let document = Document { text: name.to_owned(), ..Document::default() };
            span.content.documents = vec![document];
            span
        };
        let spans = vec![
            retriever(1, None, "outer"),
            span(2, Some(1), "step", (0, 1)),
            retriever(3, Some(2), "inner"),
            retriever(4, Some(9), "orphan"),
            span(6, Some(7), "a", (0, 1)),
            span(7, Some(6), "b", (0, 1)),
            retriever(5, Some(6), "below a circle"),
        ];
        let found = retrievals(&trace_of(spans));
        let texts: Vec<&str> = found.iter().map(|it| it.documents[0].as_str()).collect();
        assert_eq!(texts, ["outer", "orphan", "below a circle"]);
    }

    #[test]
    fn lists_and_items_have_a_maximum() {
        let count = |items: usize| lines(&vec![1; items]).lines().count();
        assert_eq!((count(ITEMS_MAX), count(ITEMS_MAX + 1)), (ITEMS_MAX, ITEMS_MAX + 1));
        assert!(lines(&vec![1; ITEMS_MAX + 7]).ends_with("[… 7 more left out …]"));
        let call = |length: usize| CalledTool {
            name: "search".to_owned(),
            arguments: json!("x".repeat(length)),
            result: json!(null),
            error: None,
        };
        let short = call(ITEM_CHARS_MAX - 2);
        assert_eq!(short.with_short_values(), short);
        let long = call(1_000_000).with_short_values();
        assert!(long.arguments.as_str().unwrap().chars().count() <= ITEM_CHARS_MAX);
    }
}
