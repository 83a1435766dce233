//! Compares the calls of tools with the expected ones, without a model.
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::evidence::CalledTool;

const EXPECTED_MAX: usize = 500;
/// How many differences the rationale names.
const DIFFERENCES_MAX: usize = 10;
const DIFFERENCE_CHARS_MAX: usize = 300;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ExpectedCall {
    pub(super) name: String,
    /// Without arguments, only names are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<Value>,
}

/// Reads the expectation `expected_tool_calls`.
pub(super) fn read(calls: &Value) -> Result<Vec<ExpectedCall>, String> {
    let calls = calls.as_array().filter(|calls| calls.len() <= EXPECTED_MAX).ok_or_else(|| {
        format!("`expected_tool_calls` must be a list of at most {EXPECTED_MAX} calls")
    })?;
    let read = calls.iter().map(|call| {
        let name = call.get("name").and_then(Value::as_str)?.to_owned();
        let arguments = call.get("arguments").filter(|it| !it.is_null()).cloned();
        let is_valid = arguments.as_ref().is_none_or(Value::is_object);
        is_valid.then_some(ExpectedCall { name, arguments })
    });
    read.collect::<Option<_>>().ok_or_else(|| {
        "each of `expected_tool_calls` must have a `name`, and `arguments` must be an object"
            .to_owned()
    })
}

/// MLflow's comparison: the same number of calls, and the same calls, in order or as a set.
pub(super) fn compare(
    called: &[CalledTool],
    expected: &[ExpectedCall],
    ordered: bool,
) -> (&'static str, String) {
    if called.len() != expected.len() {
        let rationale =
            format!("{} calls were expected, but {} were made.", expected.len(), called.len());
        return ("no", rationale);
    }
    let with_arguments = expected.iter().all(|call| call.arguments.is_some());
    let signature = |name: &str, arguments: &Value| match with_arguments {
        true => {
            let mut arguments = if arguments.is_null() {
                Value::Object(Default::default())
            } else {
                arguments.clone()
            };
            arguments.sort_all_objects();
            format!("{name}({arguments})")
        }
        false => name.to_owned(),
    };
    let called: Vec<String> =
        called.iter().map(|call| signature(&call.name, &call.arguments)).collect();
    let expected: Vec<String> = expected
        .iter()
        .map(|call| signature(&call.name, call.arguments.as_ref().unwrap_or(&Value::Null)))
        .collect();
    let differences: Vec<String> = match ordered {
        true => {
            let pairs = called.iter().zip(&expected).enumerate();
            let different = pairs.filter(|(_, (called, expected))| called != expected);
            different
                .map(|(index, (called, expected))| {
                    format!("call {}: {} instead of {}", index + 1, short(called), short(expected))
                })
                .collect()
        }
        false => {
            let (called, expected): (BTreeSet<_>, BTreeSet<_>) =
                (called.iter().collect(), expected.iter().collect());
            let missing =
                expected.difference(&called).map(|call| format!("missing: {}", short(call)));
            let extra =
                called.difference(&expected).map(|call| format!("unexpected: {}", short(call)));
            missing.chain(extra).collect()
        }
    };
    match differences.len() {
        0 => ("yes", "The calls are the expected ones.".to_owned()),
        count => {
            let named = differences[..count.min(DIFFERENCES_MAX)].join("; ");
            let rest = if DIFFERENCES_MAX < count { "; and others" } else { "" };
            ("no", format!("{named}{rest}"))
        }
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(DIFFERENCE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn called_tools(calls: &[(&str, Value)]) -> Vec<CalledTool> {
        let call = |(name, arguments): &(&str, Value)| CalledTool {
            name: (*name).to_owned(),
            arguments: arguments.clone(),
            result: Value::Null,
            error: None,
        };
        calls.iter().map(call).collect()
    }

    fn compare_calls(
        calls: &[(&str, Value)],
        expected: Value,
        ordered: bool,
    ) -> (&'static str, String) {
        compare(&called_tools(calls), &read(&expected).unwrap(), ordered)
    }

    #[test]
    fn order_counts_only_if_it_is_asked_for() {
        let calls = [("search", json!({"q": "x", "n": 1})), ("read", json!(null))];
        let expected = json!([
            {"name": "read", "arguments": {}},
            {"name": "search", "arguments": {"n": 1, "q": "x"}},
        ]);
        assert_eq!(compare_calls(&calls, expected.clone(), false).0, "yes");
        let (value, rationale) = compare_calls(&calls, expected, true);
        assert_eq!(value, "no");
        assert!(
            rationale.contains("call 1: search({\"n\":1,\"q\":\"x\"}) instead of read({})"),
            "{rationale}"
        );
    }

    #[test]
    fn without_arguments_only_names_are_compared() {
        let calls = [("search", json!({"q": "x"}))];
        assert_eq!(compare_calls(&calls, json!([{"name": "search"}]), true).0, "yes");
        let (value, rationale) = compare_calls(&calls, json!([{"name": "read"}]), false);
        assert_eq!((value, rationale.as_str()), ("no", "missing: read; unexpected: search"));
        let (value, rationale) = compare_calls(&[], json!([{"name": "read"}]), false);
        assert_eq!((value, rationale.as_str()), ("no", "1 calls were expected, but 0 were made."));
    }

    #[test]
    fn expectations_have_a_form_and_a_maximum() {
        for wrong in
            [json!("read"), json!([1]), json!([{}]), json!([{"name": "a", "arguments": 1}])]
        {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        let many = |count: usize| read(&json!(vec![json!({"name": "a"}); count])).is_ok();
        assert!(many(EXPECTED_MAX) && !many(EXPECTED_MAX + 1));
    }

    #[test]
    fn few_differences_are_named_and_shortly() {
        let calls: Vec<(&str, Value)> = vec![("a", json!({"x": "é".repeat(1_000)})); 20];
        let expected = json!(vec![json!({"name": "b", "arguments": {}}); 20]);
        let (_, rationale) = compare_calls(&calls, expected, true);
        assert!(rationale.ends_with("; and others") && rationale.chars().count() < 4_000);
    }
}
