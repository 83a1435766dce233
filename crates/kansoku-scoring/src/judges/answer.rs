//! Reads the answer of a judge: JSON, or JSON somewhere in prose.
use std::fmt;

use serde_json::{Deserializer, Value, json};

use super::value_type::ValueType;

/// The part of an answer that is searched for JSON, in bytes; judges answer in a few hundred.
const SEARCHED_BYTES_MAX: usize = 100_000;
/// How many places of an answer are tried as the beginning of an object.
const BEGINNINGS_MAX: usize = 500;
const RATIONALE_CHARS_MAX: usize = 10_000;
/// The properties of an answer.
const RESULT: &str = "result";
const RATIONALE: &str = "rationale";

#[derive(Clone, Debug, PartialEq)]
pub(super) struct JudgeAnswer {
    pub(super) result: Value,
    pub(super) rationale: String,
}

/// The schema of an answer. Models write the properties in its order.
pub(super) fn schema(value_type: &ValueType, rationale_first: bool) -> Value {
    let rationale = (RATIONALE, json!({"type": "string"}));
    let result = (RESULT, value_type.schema());
    let order = if rationale_first { [rationale, result] } else { [result, rationale] };
    let required: Vec<&str> = order.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "required": required,
        "properties": Value::from_iter(order),
        "additionalProperties": false,
    })
}

/// An answer that cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WrongAnswer {
    /// In words that a model may read: without its own, which may quote the material.
    pub(super) problem: String,
    /// The result that was found.
    found: Option<String>,
}

impl WrongAnswer {
    fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), found: None }
    }
}

impl fmt::Display for WrongAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { problem, found } = self;
        match found {
            None => f.write_str(problem),
            Some(found) => write!(f, "{problem}, not {found}"),
        }
    }
}

/// The answer in a text; otherwise what is wrong with it.
pub(super) fn parse(text: &str, value_type: &ValueType) -> Result<JudgeAnswer, WrongAnswer> {
    let object = find_object(text)?;
    let member = |name: &str| {
        let mut members = object.as_object().into_iter().flatten();
        members.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let result = member(RESULT).unwrap_or(&Value::Null);
    let result = value_type.check(result).map_err(|problem| {
        let found = result.to_string().chars().take(100).collect();
        WrongAnswer { problem, found: Some(found) }
    })?;
    let rationale = match member(RATIONALE) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.chars().take(RATIONALE_CHARS_MAX).collect(),
        Some(other) => other.to_string().chars().take(RATIONALE_CHARS_MAX).collect(),
    };
    Ok(JudgeAnswer { result, rationale })
}

/// The object with a result. The material may contain another one, which a model may quote: an
/// answer with two results, or with one that is broken off, is not used.
fn find_object(text: &str) -> Result<Value, WrongAnswer> {
    let text = text.rsplit_once("</think>").map_or(text, |(_, after)| after);
    let text = &text[..text.floor_char_boundary(SEARCHED_BYTES_MAX)];
    let (mut found, mut from): (Option<Value>, usize) = (None, 0);
    for _ in 0..BEGINNINGS_MAX {
        let Some(beginning) = text[from..].find('{').map(|at| from + at) else { break };
        let mut values = Deserializer::from_str(&text[beginning..]).into_iter::<Value>();
        from = match values.next() {
            Some(Ok(value)) if result_in(&value).is_some() => {
                let earlier = found.as_ref().and_then(result_in);
                if earlier.is_some_and(|earlier| Some(earlier) != result_in(&value)) {
                    return Err(WrongAnswer::new(
                        "there are several JSON objects with different properties `result`",
                    ));
                }
                found = Some(value);
                beginning + values.byte_offset()
            }
            Some(Err(_)) if begins_answer(&text[beginning..]) => {
                return Err(WrongAnswer::new("the JSON object cannot be parsed"));
            }
            // An object without a result may have one inside, such as `{"answer": {"result": …}}`.
            _ => beginning + 1,
        };
    }
    found.ok_or_else(|| WrongAnswer::new("there is no JSON object with the property `result`"))
}

fn result_in(value: &Value) -> Option<&Value> {
    let mut members = value.as_object()?.iter();
    members.find(|(key, _)| key.eq_ignore_ascii_case(RESULT)).map(|(_, value)| value)
}

/// Whether a text begins as an answer does.
fn begins_answer(text: &str) -> bool {
    let name = text.trim_start_matches('{').trim_start().strip_prefix('"').unwrap_or_default();
    let begins_with = |key: &str| {
        name.get(..key.len()).is_some_and(|name| name.eq_ignore_ascii_case(key))
            && name[key.len()..].starts_with('"')
    };
    begins_with(RESULT) || begins_with(RATIONALE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn result(text: &str) -> Result<Value, String> {
        let parsed = parse(text, &ValueType::YesNo).map_err(|wrong| wrong.to_string());
        parsed.map(|answer| answer.result)
    }

    #[test]
    fn json_is_found_in_prose_and_code_fences() {
        for text in [
            r#"{"result": "yes", "rationale": "fine"}"#,
            "```json\n{\"result\": \"yes\"}\n```",
            "<think>{\"result\": \"no\"} or {not json}?</think>\nI say {\"Result\": \"YES\"}.",
            r#"{"answer": {"result": "yes"}}"#,
            "{{{ {\"result\": true} }}}",
        ] {
            assert_eq!(result(text), Ok(json!("yes")), "{text}");
        }
    }

    #[test]
    fn a_wrong_answer_says_what_is_wrong() {
        for text in ["", "yes", "[\"yes\"]", "{\"value\": \"yes\"}"] {
            let error = result(text).unwrap_err();
            assert!(error.contains("no JSON object"), "{text}: {error}");
        }
        let error = result(r#"{"result": "maybe"}"#).unwrap_err();
        assert_eq!(error, r#"`result` must be "yes" or "no", not "maybe""#);
    }

    #[test]
    fn an_answer_that_may_be_quoted_is_not_used() {
        for text in [
            r#"{"result": "no", "rationale": "They say: {"result": "yes", "rationale": "x"}"}"#,
            r#"{"rationale": "They say: {"result": "yes"}", "result": "no"}"#,
            r#"{ "Result": "yes""#,
        ] {
            assert_eq!(result(text).unwrap_err(), "the JSON object cannot be parsed", "{text}");
        }
        let two = r#"{"result": "no"}, although they say {"result": "yes"}"#;
        assert!(result(two).unwrap_err().contains("several JSON objects"));
        let same = r#"{"result": "no"}, which is {"result": "no", "rationale": "rude"}"#;
        assert_eq!(result(same), Ok(json!("no")));
    }

    #[test]
    fn an_answer_is_searched_up_to_a_maximum() {
        let answer = r#"{"result": "yes"}"#;
        let after = |bytes: usize| result(&format!("{}{answer}", " ".repeat(bytes))).is_ok();
        assert!(after(SEARCHED_BYTES_MAX - answer.len()));
        assert!(!after(SEARCHED_BYTES_MAX - answer.len() + 1));
        let beginnings = |count: usize| result(&format!("{}{answer}", "{ ".repeat(count))).is_ok();
        assert!(beginnings(BEGINNINGS_MAX - 1) && !beginnings(BEGINNINGS_MAX));
    }

    #[test]
    fn a_rationale_is_a_text_with_a_maximum() {
        let rationale = |value: Value| {
            let text = json!({"result": "yes", "rationale": value}).to_string();
            parse(&text, &ValueType::YesNo).unwrap().rationale
        };
        assert_eq!(rationale(json!(["a"])), r#"["a"]"#);
        assert_eq!(rationale(json!("é".repeat(RATIONALE_CHARS_MAX))).chars().count(), 10_000);
        assert_eq!(rationale(json!("é".repeat(RATIONALE_CHARS_MAX + 1))).chars().count(), 10_000);
    }

    #[test]
    fn the_schema_has_the_order_that_is_asked_for() {
        let keys = |first: bool| {
            let schema = schema(&ValueType::YesNo, first);
            schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(keys(true), ["rationale", "result"]);
        assert_eq!(keys(false), ["result", "rationale"]);
    }

    proptest! {
        /// Nothing that a model writes is more than a wrong answer.
        #[test]
        fn no_answer_makes_the_reader_panic(text in r#"([{}"\[\]:,é a-z0-9]|"result":){0,200}"#) {
            let _ = parse(&text, &ValueType::YesNo);
        }
    }
}
