//! The tools by which a judge reads a trace that is too large for a prompt.
use kansoku_model::SpanId;
use regex::RegexBuilder;
use serde_json::{Value, json};

use crate::models::{Tool, ToolCall};
use crate::{ScoredSpan, ScoredTrace};

use super::evidence::plain_text;

/// The longest result of one call, in characters.
const RESULT_CHARS_MAX: usize = 20_000;
const SPANS_MAX: usize = 100;
const MATCHES_MAX: usize = 50;
const CONTEXT_CHARS: usize = 100;
const PATTERN_CHARS_MAX: usize = 500;
/// The memory of a compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;
/// How much of a trace one search reads, in bytes.
const SEARCHED_BYTES_MAX: usize = 16 << 20;

pub(super) struct TraceTools<'a> {
    trace: &'a ScoredTrace,
    /// How many characters may still be read.
    chars_left: usize,
}

pub(super) fn definitions() -> Vec<Tool> {
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required});
    let offset = json!({"type": "integer", "description": "Where to continue; from `next_offset`"});
    let tool = |name, description, parameters| Tool { name, description, parameters };
    vec![
        tool(
            "get_trace_info",
            "State, duration, tokens, tags and size of the trace.",
            object(json!({}), &[]),
        ),
        tool(
            "list_spans",
            "The spans in the order of their start, without inputs and outputs.",
            object(json!({"offset": offset}), &[]),
        ),
        tool(
            "get_root_span",
            "Inputs, outputs and details of the first span, which is the whole request.",
            object(json!({"offset": offset}), &[]),
        ),
        tool(
            "get_span",
            "Inputs, outputs and details of one span.",
            object(json!({"span_id": {"type": "string"}, "offset": offset}), &["span_id"]),
        ),
        tool(
            "search_trace_regex",
            "The places of the trace where a regular expression matches, ignoring case.",
            object(json!({"pattern": {"type": "string"}}), &["pattern"]),
        ),
    ]
}

impl<'a> TraceTools<'a> {
    pub(super) fn new(trace: &'a ScoredTrace, chars_max: usize) -> Self {
        Self { trace, chars_left: chars_max }
    }

    /// Whether nothing more may be read.
    pub(super) fn is_exhausted(&self) -> bool {
        self.chars_left == 0
    }

    /// The result of a call, or why there is none: the model reads both.
    pub(super) fn run(&mut self, call: &ToolCall) -> String {
        let text = |name: &str| call.arguments[name].as_str().unwrap_or_default();
        let offset = call.arguments["offset"].as_u64().and_then(|it| usize::try_from(it).ok());
        let offset = offset.unwrap_or(0);
        let result = match call.name.as_str() {
            "get_trace_info" => Ok(self.trace_info()),
            "list_spans" => Ok(self.list_spans(offset)),
            "get_root_span" => self
                .trace
                .root()
                .map(|span| span_page(span, offset))
                .ok_or_else(|| "the trace has no root span; list the spans".to_owned()),
            "get_span" => self.find_span(text("span_id")).map(|span| span_page(span, offset)),
            "search_trace_regex" => self.search(text("pattern")),
            other => Err(format!("there is no tool `{other:.60}`")),
        };
        let text = match result {
            Ok(value) => value.to_string(),
            Err(error) => json!({"error": error}).to_string(),
        };
        let chars = text.chars().count();
        if self.chars_left < chars {
            self.chars_left = 0;
            return json!({"error": "the limit of what may be read is reached; answer now"})
                .to_string();
        }
        self.chars_left -= chars;
        text
    }

    fn trace_info(&self) -> Value {
        let info = &self.trace.info;
        json!({
            "trace_id": info.trace_id.as_str(),
            "state": info.state.as_str(),
            "duration_ms": info.execution_duration.map(|duration| duration.0),
            "spans": self.trace.spans.len(),
            "usage": self.trace.usage,
            "tags": info.tags.iter().take(SPANS_MAX).collect::<Vec<_>>(),
            "request_preview": info.request_preview,
            "response_preview": info.response_preview,
        })
    }

    fn list_spans(&self, offset: usize) -> Value {
        let start_ns = self.trace.spans.first().map_or(0, |span| span.row.start_ns);
        let page = self.trace.spans.iter().skip(offset).take(SPANS_MAX).map(|span| {
            json!({
                "span_id": span.row.span_id.to_string(),
                "parent_id": span.row.parent_id.map(|id| id.to_string()),
                "name": span.row.name.chars().take(100).collect::<String>(),
                "type": span.row.span_type,
                "start_ms": span.row.start_ns.saturating_sub(start_ns) / 1_000_000,
                "duration_ms": span.row.duration_us().map(|duration| duration / 1000),
                "error": span.row.error,
            })
        });
        let page: Vec<Value> = page.collect();
        let next = offset.saturating_add(page.len());
        let next = (next < self.trace.spans.len() && !page.is_empty()).then_some(next);
        json!({"spans": page, "next_offset": next})
    }

    fn find_span(&self, id: &str) -> Result<&'a ScoredSpan, String> {
        let id: SpanId = id.parse().map_err(|error| format!("{error}"))?;
        let found = self.trace.spans.iter().find(|span| span.row.span_id == id);
        found.ok_or_else(|| format!("the trace has no span `{id}`"))
    }

    fn search(&self, pattern: &str) -> Result<Value, String> {
        if !(1..=PATTERN_CHARS_MAX).contains(&pattern.chars().count()) {
            return Err(format!("a pattern has 1 to {PATTERN_CHARS_MAX} characters"));
        }
        let mut regex = RegexBuilder::new(pattern);
        let regex = regex.case_insensitive(true).size_limit(PATTERN_BYTES_MAX).build();
        let regex = regex.map_err(|error| format!("the pattern is invalid: {error}"))?;
        let (mut matches, mut left) = (Vec::new(), SEARCHED_BYTES_MAX);
        let mut has_more = false;
        for span in &self.trace.spans {
            let text = format!("{}\n{}", span.row.name, content(span));
            let Some(remaining) = left.checked_sub(text.len()) else {
                has_more = true;
                continue;
            };
            left = remaining;
            for found in regex.find_iter(&text).take(MATCHES_MAX + 1 - matches.len()) {
                let excerpt = excerpt(&text, found.start(), found.end());
                matches.push(json!({"span_id": span.row.span_id.to_string(), "text": excerpt}));
            }
            if MATCHES_MAX < matches.len() {
                has_more = true;
                break;
            }
        }
        matches.truncate(MATCHES_MAX);
        Ok(json!({"matches": matches, "has_more": has_more}))
    }
}

/// A match with some characters before and after it.
fn excerpt(text: &str, start: usize, end: usize) -> String {
    let before: Vec<char> = text[..start].chars().rev().take(CONTEXT_CHARS).collect();
    let found = text[start..end].chars().take(2 * CONTEXT_CHARS);
    let after = text[end..].chars().take(CONTEXT_CHARS);
    before.into_iter().rev().chain(found).chain(after).collect()
}

fn content(span: &ScoredSpan) -> String {
    let content = &span.content;
    let part = |value: &Option<Value>| value.as_ref().map(plain_text).unwrap_or_default();
    let error = span.row.error.as_deref().unwrap_or_default();
    format!("{}\n{}\n{error}", part(&content.inputs), part(&content.outputs))
}

/// A part of the details of a span, and where the next one begins.
fn span_page(span: &ScoredSpan, offset: usize) -> Value {
    let content = &span.content;
    let details = json!({
        "name": span.row.name,
        "type": span.row.span_type,
        "model": content.model,
        "error": span.row.error,
        "inputs": content.inputs,
        "outputs": content.outputs,
        "tool_calls": content.tool_calls,
        "documents": content.documents,
    });
    let text = details.to_string();
    // Quotes are escaped when the page becomes a JSON string, so that it is longer than its text.
    let page: String = text.chars().skip(offset).take(RESULT_CHARS_MAX / 2).collect();
    let end = offset.saturating_add(page.chars().count());
    let next = (!page.is_empty() && end < text.chars().count()).then_some(end);
    json!({"span_id": span.row.span_id.to_string(), "content": page, "next_offset": next})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scored_trace::tests::{span, trace, trace_of};

    fn run(trace: &ScoredTrace, name: &str, arguments: Value) -> Value {
        let mut tools = TraceTools::new(trace, 1_000_000);
        let call = ToolCall {
            id: "1".to_owned(),
            name: name.to_owned(),
            arguments,
            thought_signature: None,
        };
        serde_json::from_str(&tools.run(&call)).unwrap()
    }

    #[test]
    fn spans_are_listed_in_pages() {
        let spans = (1..=SPANS_MAX as u64 + 1).map(|id| span(id, None, "step", (0, 5_000_000)));
        let trace = trace_of(spans.collect());
        let first = run(&trace, "list_spans", json!({}));
        assert_eq!(
            (first["spans"].as_array().unwrap().len(), &first["next_offset"]),
            (100, &json!(100))
        );
        assert_eq!(first["spans"][0]["duration_ms"], 5);
        let second = run(&trace, "list_spans", json!({"offset": 100}));
        assert_eq!(
            (second["spans"].as_array().unwrap().len(), &second["next_offset"]),
            (1, &json!(null))
        );
        let beyond = run(&trace, "list_spans", json!({"offset": u64::MAX}));
        assert_eq!(beyond, json!({"spans": [], "next_offset": null}));
    }

    #[test]
    fn a_span_is_read_in_pages() {
        let trace = trace(json!("\"".repeat(30_000)), json!("done"));
        let (mut content, mut offset) = (String::new(), json!(0));
        while !offset.is_null() {
            let page = run(&trace, "get_root_span", json!({"offset": offset}));
            assert!(page.to_string().chars().count() <= 2 * RESULT_CHARS_MAX);
            content.push_str(page["content"].as_str().unwrap());
            offset = page["next_offset"].clone();
        }
        let content: Value = serde_json::from_str(&content).unwrap();
        assert_eq!(
            (content["inputs"].as_str().unwrap().len(), &content["outputs"]),
            (30_000, &json!("done"))
        );
        let by_id =
            run(&trace, "get_span", json!({"span_id": "0000000000000001", "offset": 29_000}));
        assert!(by_id["content"].as_str().unwrap().contains("\\\""), "{by_id}");
    }

    #[test]
    fn a_search_shows_matches_with_their_surroundings() {
        let trace =
            trace(json!(format!("{}NEEDLE", "é".repeat(500))), json!("needle ".repeat(100)));
        let found = run(&trace, "search_trace_regex", json!({"pattern": "é?needle"}));
        let matches = found["matches"].as_array().unwrap();
        assert_eq!((matches.len(), &found["has_more"]), (MATCHES_MAX, &json!(true)));
        let first = matches[0]["text"].as_str().unwrap();
        assert!(
            first.starts_with(&"é".repeat(CONTEXT_CHARS + 1)) && first.contains("NEEDLE"),
            "{first}"
        );
        let none = run(&trace, "search_trace_regex", json!({"pattern": "absent"}));
        assert_eq!(none, json!({"matches": [], "has_more": false}));
    }

    #[test]
    fn wrong_calls_get_an_error_to_read() {
        let trace = trace(json!("x"), json!("y"));
        for (name, arguments, part) in [
            ("delete_trace", json!({}), "no tool `delete_trace`"),
            ("get_span", json!({"span_id": "1"}), "16 hex digits"),
            ("get_span", json!("nonsense"), "16 hex digits"),
            ("get_span", json!({"span_id": "00000000000000ff"}), "no span `00000000000000ff`"),
            ("search_trace_regex", json!({"pattern": "("}), "pattern is invalid"),
            ("search_trace_regex", json!({"pattern": "(a{1000}){1000}"}), "pattern is invalid"),
            ("search_trace_regex", json!({"pattern": "a".repeat(501)}), "1 to 500"),
            ("search_trace_regex", json!({}), "1 to 500"),
        ] {
            let error = run(&trace, name, arguments)["error"].as_str().unwrap().to_owned();
            assert!(error.contains(part), "{name}: {error}");
        }
        let empty = trace_of(vec![]);
        assert!(run(&empty, "get_root_span", json!({}))["error"].is_string());
        assert_eq!(run(&empty, "get_trace_info", json!({}))["spans"], 0);
    }

    #[test]
    fn what_may_be_read_has_a_maximum() {
        let trace = trace(json!("x"), json!("y"));
        let call = ToolCall {
            id: "1".to_owned(),
            name: "get_root_span".to_owned(),
            arguments: json!({}),
            thought_signature: None,
        };
        let chars = TraceTools::new(&trace, 10_000).run(&call).chars().count();
        let mut tools = TraceTools::new(&trace, chars);
        assert!(tools.run(&call).contains("content") && tools.is_exhausted());
        let mut tools = TraceTools::new(&trace, chars - 1);
        assert!(tools.run(&call).contains("answer now") && tools.is_exhausted());
    }
}
