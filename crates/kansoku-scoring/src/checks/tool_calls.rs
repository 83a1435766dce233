use std::collections::HashSet;

use kansoku_otlp::ToolCall;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::{CheckInfo, FieldInfo, FieldType};
use super::outcome::{judge_quantity, pluralize};
use super::values::{Count, Texts};
use crate::{ScoredSpan, ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "tool_calls",
    title: "Tool calls",
    description: "Passes if a trace made no more tool calls than a limit; without a limit it gives \
                  their number.",
    fields: &[
        FieldInfo {
            name: "tools",
            field_type: FieldType::Texts,
            default: Some("null"),
            description: "The names of the tools whose calls are counted; all tools by default.",
        },
        FieldInfo {
            name: "max",
            field_type: FieldType::Count,
            default: Some("null"),
            description: "The most calls.",
        },
    ],
    example: r#"{"type": "tool_calls", "tools": ["web_search"], "max": 10}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCallsCheck {
    tools: Option<Texts>,
    max: Option<Count>,
}

impl ToolCallsCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let is_counted = |call: &CalledTool<'_>| {
            self.tools.as_ref().is_none_or(|tools| tools.iter().any(|name| name == call.name))
        };
        let calls = list_tool_calls(trace).into_iter().filter(is_counted).count() as u64;
        let listed = if self.tools.is_some() { " of the listed tools" } else { "" };
        let sentence = format!("The trace made {}{listed}", pluralize(calls, "tool call"));
        Some(judge_quantity(sentence, calls, self.max.map(|max| max.0), |max| max))
    }
}

/// A call of a tool.
pub(super) struct CalledTool<'a> {
    pub name: &'a str,
    /// `None` if the content of the span was deleted.
    pub arguments: Option<&'a Value>,
}

impl<'a> From<&'a ToolCall> for CalledTool<'a> {
    fn from(call: &'a ToolCall) -> Self {
        Self { name: &call.name, arguments: Some(&call.arguments) }
    }
}

/// The calls of a trace in the order of their start: the spans of tools or, in a trace without
/// these, the calls that models requested.
pub(super) fn list_tool_calls(trace: &ScoredTrace) -> Vec<CalledTool<'_>> {
    let tool_spans = trace.spans.iter().filter(|span| has_type(span, &["TOOL"]));
    let calls: Vec<CalledTool<'_>> = tool_spans
        .map(|span| match span.content.tool_calls.first() {
            Some(call) => call.into(),
            None => CalledTool { name: &span.row.name, arguments: None },
        })
        .collect();
    if !calls.is_empty() {
        return calls;
    }
    // A client that wraps another one reports the same call in both of their spans.
    let mut ids = HashSet::new();
    let model_spans = trace.spans.iter().filter(|span| has_type(span, &["LLM", "CHAT_MODEL"]));
    let requested = model_spans.flat_map(|span| &span.content.tool_calls);
    let is_new = |call: &&ToolCall| call.id.clone().is_none_or(|id| ids.insert(id));
    requested.filter(is_new).map(CalledTool::from).collect()
}

fn has_type(span: &ScoredSpan, types: &[&str]) -> bool {
    span.row.span_type.as_deref().is_some_and(|span_type| types.contains(&span_type))
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::tests::score;
    use crate::scored_trace::tests::{span, trace_of};

    fn call(id: Option<&str>, name: &str, arguments: Value) -> ToolCall {
        let id = id.map(str::to_owned);
        ToolCall { id, name: name.to_owned(), arguments, result: None }
    }

    /// The span of a tool that starts at the nanosecond of its id.
    pub(in crate::checks) fn tool_span(id: u64, name: &str, arguments: Value) -> ScoredSpan {
        let mut span = span(id, Some(1), name, (id as i64, 100));
        span.row.span_type = Some("TOOL".to_owned());
        span.content.tool_calls = vec![call(None, name, arguments)];
        span
    }

    fn model_span(id: u64, calls: Vec<ToolCall>) -> ScoredSpan {
        let mut span = span(id, Some(1), "chat", (id as i64, 100));
        span.row.span_type = Some("CHAT_MODEL".to_owned());
        span.content.tool_calls = calls;
        span
    }

    #[test]
    fn the_spans_of_tools_are_counted() {
        let requested = model_span(2, vec![call(None, "search", json!({}))]);
        let spans =
            vec![requested, tool_span(3, "search", json!({})), tool_span(4, "buy", json!({}))];
        let trace = trace_of(spans);
        assert_eq!(score(json!({"type": "tool_calls"}), &trace).unwrap().value, 2);
        let check = json!({"type": "tool_calls", "tools": ["search", "read"], "max": 0});
        let over = score(check, &trace).unwrap();
        assert_eq!(over.value, "no");
        let rationale = "The trace made 1 tool call of the listed tools, more than the limit of 0.";
        assert_eq!(over.rationale.unwrap(), rationale);
    }

    #[test]
    fn without_them_the_calls_that_models_requested_are_counted_once() {
        let calls =
            |id: &str| vec![call(Some(id), "search", json!({})), call(None, "x", json!({}))];
        let trace = trace_of(vec![model_span(2, calls("a")), model_span(3, calls("a"))]);
        assert_eq!(score(json!({"type": "tool_calls"}), &trace).unwrap().value, 3);
    }

    #[test]
    fn a_tool_whose_content_was_deleted_counts_by_the_name_of_its_span() {
        let mut span = tool_span(2, "search", json!({}));
        span.content.tool_calls.clear();
        let check = json!({"type": "tool_calls", "tools": ["search"]});
        assert_eq!(score(check, &trace_of(vec![span])).unwrap().value, 1);
        assert_eq!(score(json!({"type": "tool_calls"}), &trace_of(vec![])).unwrap().value, 0);
    }
}
