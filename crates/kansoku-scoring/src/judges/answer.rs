//! Reads the answer of a judge: JSON, or JSON somewhere in prose.
use serde_json::{Deserializer, Value, json};

use super::value_type::ValueType;

/// The part of an answer that is searched for JSON, in bytes; judges answer in a few hundred.
const SEARCHED_BYTES_MAX: usize = 100_000;
/// How many places of an answer are tried as the beginning of an object.
const BEGINNINGS_MAX: usize = 500;
const RATIONALE_CHARS_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct JudgeAnswer {
    pub(super) result: Value,
    pub(super) rationale: String,
}

/// The schema of an answer. Models write the properties in its order.
pub(super) fn schema(value_type: &ValueType, rationale_first: bool) -> Value {
    let rationale = ("rationale", json!({"type": "string"}));
    let result = ("result", value_type.schema());
    let order = if rationale_first { [rationale, result] } else { [result, rationale] };
    let required: Vec<&str> = order.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "required": required,
        "properties": Value::from_iter(order),
        "additionalProperties": false,
    })
}

/// The answer in a text; otherwise what is wrong with it, in words for the model.
pub(super) fn parse(text: &str, value_type: &ValueType) -> Result<JudgeAnswer, String> {
    let object = find_object(text).ok_or("there is no JSON object with the property `result`")?;
    let member = |name: &str| {
        let mut members = object.as_object().into_iter().flatten();
        members.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let result = value_type.check(member("result").unwrap_or(&Value::Null))?;
    let rationale = match member("rationale") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.chars().take(RATIONALE_CHARS_MAX).collect(),
        Some(other) => other.to_string().chars().take(RATIONALE_CHARS_MAX).collect(),
    };
    Ok(JudgeAnswer { result, rationale })
}

/// The last object with a result: before it, a model may quote the material or think.
fn find_object(text: &str) -> Option<Value> {
    let text = &text[..text.floor_char_boundary(SEARCHED_BYTES_MAX)];
    let has_result = |value: &Value| {
        let mut keys = value.as_object().into_iter().flat_map(|members| members.keys());
        keys.any(|key| key.eq_ignore_ascii_case("result"))
    };
    let (mut found, mut from) = (None, 0);
    for _ in 0..BEGINNINGS_MAX {
        let Some(beginning) = text[from..].find('{').map(|at| from + at) else { break };
        let mut values = Deserializer::from_str(&text[beginning..]).into_iter::<Value>();
        from = match values.next() {
            Some(Ok(value)) if has_result(&value) => {
                found = Some(value);
                beginning + values.byte_offset()
            }
            // An object without a result may have one inside, such as `{"answer": {"result": …}}`.
            _ => beginning + 1,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn result(text: &str) -> Result<Value, String> {
        parse(text, &ValueType::YesNo).map(|answer| answer.result)
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
        for text in ["", "yes", "{\"result\": \"yes\"", "[\"yes\"]", "{\"value\": \"yes\"}"] {
            let error = result(text).unwrap_err();
            assert!(error.contains("no JSON object"), "{text}: {error}");
        }
        let error = result(r#"{"result": "maybe"}"#).unwrap_err();
        assert_eq!(error, r#"`result` must be "yes" or "no", not "maybe""#);
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
