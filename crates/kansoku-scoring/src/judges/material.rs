//! The sections of built-in judges.
use serde_json::Value;

use super::builtin::Material;
use super::conversation::{Conversation, ToolCalls};
use super::evidence::{self, available_tools, called_tools, lines, plain_text};
use crate::ScoredTrace;

/// The name and the text of a section; no text if it may be found in the trace with tools.
pub(super) fn read(
    material: Material,
    trace: &ScoredTrace,
) -> Result<(&'static str, Option<String>), String> {
    let expectations = trace.expectations();
    let expected = |names: &[&str]| {
        let found = names.iter().find_map(|name| expectations.get(name).filter(|it| !it.is_null()));
        found.map(|value| plain_text(value)).ok_or_else(|| {
            format!(
                "the judge needs the expectation `{}`, and the trace has none",
                names.join("` or `")
            )
        })
    };
    let conversation =
        |tools| Conversation::from_traces(std::slice::from_ref(trace), 0).text(usize::MAX, tools);
    Ok(match material {
        Material::Request => ("request", evidence::request(trace)),
        Material::Response => ("response", evidence::response(trace)),
        Material::AvailableTools => ("available_tools", Some(available_tools(trace))),
        Material::CalledTools => {
            let called: Vec<_> =
                called_tools(trace).iter().map(|call| call.with_short_values()).collect();
            let text = if called.is_empty() { "(none)".to_owned() } else { lines(&called) };
            ("called_tools", Some(text))
        }
        Material::ExpectedAnswer => {
            ("expected_answer", Some(expected(&["expected_response", "expected_facts"])?))
        }
        Material::ExpectedResponse => {
            ("expected_response", Some(expected(&["expected_response"])?))
        }
        Material::ExpectedGuidelines => {
            let text = match expectations.get("guidelines") {
                Some(Value::Array(items)) if !items.is_empty() => {
                    items.iter().map(plain_text).collect::<Vec<_>>().join("\n")
                }
                _ => expected(&["guidelines"])?,
            };
            ("guidelines", Some(text))
        }
        Material::Documents => {
            let retrievals = evidence::retrievals(trace);
            let all: Vec<&String> = retrievals.iter().flat_map(|it| &it.documents).collect();
            ("documents", Some(lines(&all)))
        }
        Material::Conversation => ("conversation", Some(conversation(ToolCalls::Hidden))),
        Material::ConversationWithTools => ("conversation", Some(conversation(ToolCalls::Shown))),
    })
}
