use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::{CheckInfo, FieldInfo, FieldType};
use super::outcome::{pass_or_fail, pluralize};
use super::tool_calls::{CalledTool, list_tool_calls};
use super::values::quote;
use crate::{ScoredTrace, ScorerFeedback};

/// A single call is no loop.
const REPEATS_MIN: u64 = 2;

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "tool_loop",
    title: "Tool loops",
    description: "Passes if no tool was called again and again with the same arguments.",
    fields: &[
        FieldInfo {
            name: "repeats",
            field_type: FieldType::Count,
            default: Some("3"),
            description: "How many equal calls are a loop, at least 2.",
        },
        FieldInfo {
            name: "count",
            field_type: FieldType::Choice(&["in_a_row", "in_total"]),
            default: Some(r#""in_a_row""#),
            description: "Whether other calls between them end a loop.",
        },
    ],
    example: r#"{"type": "tool_loop", "repeats": 4}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolLoopCheck {
    #[serde(default)]
    repeats: Repeats,
    #[serde(default)]
    count: CountedCalls,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "Value")]
struct Repeats(u64);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CountedCalls {
    #[default]
    InARow,
    InTotal,
}

impl Default for Repeats {
    fn default() -> Self {
        Self(3)
    }
}

impl TryFrom<Value> for Repeats {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let repeats = value.as_u64().filter(|repeats| REPEATS_MIN <= *repeats).map(Self);
        let reason =
            || format!("expected a whole number of {REPEATS_MIN} or more, not {}", quote(&value));
        repeats.ok_or_else(reason)
    }
}

impl ToolLoopCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let calls = list_tool_calls(trace);
        let most = match self.count {
            CountedCalls::InARow => find_longest_run(&calls),
            CountedCalls::InTotal => find_most_frequent(&calls),
        };
        let Repeats(repeats) = self.repeats;
        let in_a_row = if self.count == CountedCalls::InARow { " in a row" } else { "" };
        Some(match most {
            Some((name, times)) if repeats <= times => pass_or_fail(
                false,
                format!(
                    "The tool {} was called {times} times{in_a_row} with the same arguments; \
                     {repeats} are a loop.",
                    quote(name)
                ),
            ),
            _ => {
                let calls = pluralize(calls.len() as u64, "tool call");
                pass_or_fail(true, format!("No {repeats} of {calls} are equal{in_a_row}."))
            }
        })
    }
}

/// The first of the longest runs of equal calls, with its length.
fn find_longest_run<'a>(calls: &[CalledTool<'a>]) -> Option<(&'a str, u64)> {
    let runs = calls
        .chunk_by(|a, b| a.name == b.name && a.arguments.is_some() && a.arguments == b.arguments);
    let runs = runs.map(|run| (run[0].name, run.len() as u64));
    runs.reduce(|longest, run| if longest.1 < run.1 { run } else { longest })
}

/// The call that was made most often, and how often.
fn find_most_frequent<'a>(calls: &[CalledTool<'a>]) -> Option<(&'a str, u64)> {
    let mut times: HashMap<(&str, &Value), u64> = HashMap::new();
    for call in calls {
        if let Some(arguments) = call.arguments {
            *times.entry((call.name, arguments)).or_default() += 1;
        }
    }
    // The smallest name decides between equally frequent calls, so that the answer is always the same.
    let most = times.into_iter().map(|((name, _), times)| (name, times));
    most.max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::tests::{error_of, score};
    use crate::checks::tool_calls::tests::tool_span;
    use crate::scored_trace::tests::trace_of;

    fn judge(check: Value, calls: &[(&str, Value)]) -> (Value, String) {
        let calls = calls.iter().zip(2..);
        let spans = calls.map(|((name, arguments), id)| tool_span(id, name, arguments.clone()));
        let feedback = score(check, &trace_of(spans.collect())).unwrap();
        (feedback.value, feedback.rationale.unwrap())
    }

    #[test]
    fn equal_calls_in_a_row_are_a_loop() {
        let same = || ("search", json!({"q": "a", "page": 1}));
        // The order of keys does not matter.
        let reordered = ("search", json!({"page": 1, "q": "a"}));
        let (value, rationale) =
            judge(json!({"type": "tool_loop"}), &[same(), reordered.clone(), same()]);
        assert_eq!(value, "no");
        let expected = "The tool `search` was called 3 times in a row with the same arguments; \
                        3 are a loop.";
        assert_eq!(rationale, expected);
        let other = ("search", json!({"q": "b", "page": 1}));
        let calls = [same(), reordered, other, same()];
        let (value, rationale) = judge(json!({"type": "tool_loop"}), &calls);
        assert_eq!(value, "yes");
        assert_eq!(rationale, "No 3 of 4 tool calls are equal in a row.");
        let in_total = json!({"type": "tool_loop", "count": "in_total"});
        let (value, rationale) = judge(in_total, &calls);
        assert_eq!(value, "no");
        assert!(rationale.starts_with("The tool `search` was called 3 times with"), "{rationale}");
    }

    #[test]
    fn the_number_of_repeats_can_be_chosen() {
        let calls = vec![("ping", Value::Null); 5];
        assert_eq!(judge(json!({"type": "tool_loop", "repeats": 6}), &calls).0, "yes");
        assert_eq!(judge(json!({"type": "tool_loop", "repeats": 5}), &calls).0, "no");
        let error = error_of(json!({"type": "tool_loop", "repeats": 1}));
        let field = "the check `tool_loop` has an invalid field `repeats`";
        assert_eq!(error, format!("{field}: expected a whole number of 2 or more, not `1`"));
    }

    #[test]
    fn different_tools_and_traces_without_calls_have_no_loop() {
        let calls = [("a", json!({})), ("b", json!({})), ("c", json!({}))];
        assert_eq!(judge(json!({"type": "tool_loop", "repeats": 2}), &calls).0, "yes");
        assert_eq!(judge(json!({"type": "tool_loop", "count": "in_total"}), &[]).0, "yes");
    }
}
