use std::borrow::Cow;
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::{CheckInfo, FIELD, FieldInfo, FieldType};
use super::outcome::pass_or_fail;
use super::text_field::{TextField, has_bytes_max, parse_json};
use crate::{ScoredTrace, ScorerFeedback};

/// The largest schema, in bytes of JSON.
const SCHEMA_BYTES_MAX: usize = 64 << 10;
/// The most memory of a compiled pattern of a schema, in bytes.
const PATTERN_BYTES_MAX: usize = 64 << 10;
/// The largest value that is validated, in bytes of JSON.
const VALUE_BYTES_MAX: usize = 1 << 20;
/// The longest reason in a rationale, in characters.
const REASON_CHARS_MAX: usize = 300;

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "json_schema",
    title: "JSON Schema",
    description: "Passes if a text is JSON, alone or in one Markdown code block, and satisfies a \
                  JSON Schema.",
    fields: &[
        FIELD,
        FieldInfo {
            name: "schema",
            field_type: FieldType::JsonSchema,
            default: Some("true"),
            description: "The schema, without references to other documents; any JSON passes by \
                          default.",
        },
    ],
    example: r#"{"type": "json_schema", "schema": {
        "type": "object",
        "properties": {"answer": {"type": "string"}, "confidence": {"type": "number"}},
        "required": ["answer"]
    }}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonSchemaCheck {
    #[serde(default)]
    field: TextField,
    #[serde(default)]
    schema: Schema,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
struct Schema {
    definition: Value,
    validator: Arc<Validator>,
}

impl Default for Schema {
    fn default() -> Self {
        Self::try_from(Value::Bool(true)).expect("`true` is a schema")
    }
}

impl TryFrom<Value> for Schema {
    type Error = String;

    fn try_from(definition: Value) -> Result<Self, String> {
        if !has_bytes_max(&definition, SCHEMA_BYTES_MAX) {
            return Err(format!("expected a schema of at most {SCHEMA_BYTES_MAX} bytes"));
        }
        let built = jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
            .build(&definition);
        let validator = built.map_err(|error| format!("expected a JSON Schema: {error}"))?;
        Ok(Self { definition, validator: Arc::new(validator) })
    }
}

impl From<Schema> for Value {
    fn from(schema: Schema) -> Self {
        schema.definition
    }
}

impl JsonSchemaCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let value = self.field.read_value(trace)?;
        if !has_bytes_max(&value, VALUE_BYTES_MAX) {
            let reason = format!("the {} has more than {VALUE_BYTES_MAX} bytes", self.field);
            return Some(ScorerFeedback::failed("SCORER_ERROR", reason));
        }
        let value = match value.as_str() {
            Some(text) => parse_json(strip_fence(text)).map(Cow::Owned),
            None => Ok(value),
        };
        let field = &self.field;
        let value = match value {
            Ok(value) => value,
            Err(reason) => {
                return Some(pass_or_fail(false, format!("The {field} is not JSON: {reason}.")));
            }
        };
        // The first error alone: a large value can have one in each of its items.
        Some(match self.schema.validator.validate(&value) {
            Ok(()) => pass_or_fail(true, format!("The {field} satisfies the schema.")),
            Err(error) => {
                // Without the value itself, which can be large or confidential.
                let reason = error.masked_with("the value").to_string();
                let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
                let place = error.instance_path().as_str();
                let place: String = place.chars().take(REASON_CHARS_MAX).collect();
                let place = if place.is_empty() { "its root" } else { &place };
                pass_or_fail(
                    false,
                    format!("The {field} violates the schema at {place}: {reason}."),
                )
            }
        })
    }
}

/// The content of a text that is one Markdown code block; any other text is unchanged.
fn strip_fence(text: &str) -> &str {
    let block = text.trim().strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    match block.and_then(|block| block.split_once('\n')) {
        Some((language, content)) if !content.contains("\n```") && !language.contains('{') => {
            content
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::trace;

    fn judge(schema: Value, response: &str) -> (Value, String) {
        let check = json!({"type": "json_schema", "schema": schema});
        let feedback = score(check, &trace(json!("hi"), json!(response))).unwrap();
        (feedback.value, feedback.rationale.unwrap())
    }

    fn refused(schema: Value) -> String {
        error_of(json!({"type": "json_schema", "schema": schema}))
    }

    #[test]
    fn a_response_is_json_alone_or_in_one_code_block() {
        for text in ["{\"a\": 1}", " [1] ", "```json\n{\"a\": 1}\n```", "```\r\n5\r\n```\n", "null"]
        {
            assert_eq!(judge(json!(true), text).0, "yes", "{text}");
        }
        for text in
            ["", "hello", "Here: {}", "```json\n{}", "```\n1\n```\n```\n2\n```", "```json {} ```"]
        {
            assert_eq!(judge(json!(true), text).0, "no", "{text}");
        }
    }

    #[test]
    fn the_first_violation_is_named_by_its_place_without_the_value() {
        let schema = json!({"properties": {"items": {"items": {"type": "integer"}}}});
        assert_eq!(judge(schema.clone(), r#"{"items": [1, 2]}"#).0, "yes");
        let (value, rationale) = judge(schema, r#"{"items": [1, "secret", "x"]}"#);
        assert_eq!(value, "no");
        let reason = "the value is not of type \"integer\"";
        assert_eq!(rationale, format!("The response violates the schema at /items/1: {reason}."));
        let names = json!({"additionalProperties": false});
        let (_, rationale) = judge(names, &json!({"x".repeat(5000): 1}).to_string());
        assert!(rationale.len() < 400, "{rationale}");
    }

    #[test]
    fn a_value_of_the_outputs_is_validated_as_it_is() {
        let check = json!({
            "type": "json_schema", "field": "outputs.answer", "schema": {"type": "object"},
        });
        let judge = |answer: Value| {
            score(check.clone(), &trace(json!("hi"), json!({"answer": answer}))).map(|it| it.value)
        };
        assert_eq!(judge(json!({})), Some(json!("yes")));
        assert_eq!(judge(json!("{}")), Some(json!("yes")));
        assert_eq!(judge(json!([])), Some(json!("no")));
        assert_eq!(judge(json!(null)), None);
    }

    #[test]
    fn a_schema_that_is_invalid_is_refused() {
        let error = refused(json!({"type": "nonsense"}));
        assert!(error.contains("invalid field `schema`: expected a JSON Schema: "), "{error}");
        let backtracks = refused(json!({"pattern": "(?=a)b"}));
        assert!(backtracks.contains("expected a JSON Schema"), "{backtracks}");
        assert!(refused(json!({"minimum": "5"})).contains("schema"));
    }

    #[test]
    fn a_schema_that_refers_to_another_document_is_refused() {
        for reference in ["https://example.com/s.json", "file:///etc/hostname", "other.json"] {
            let error = refused(json!({"$ref": reference}));
            assert!(error.contains("expected a JSON Schema"), "{error}");
        }
        let known = json!({"$schema": "https://json-schema.org/draft/2020-12/schema"});
        assert_eq!(judge(known, "1").0, "yes");
    }

    #[test]
    fn a_value_that_is_too_large_is_not_judged() {
        let judge = |bytes: usize| {
            let text = json!("x".repeat(bytes - 2));
            let check = json!({"type": "json_schema"});
            score(check, &trace(json!("hi"), text)).unwrap()
        };
        assert_eq!(judge(VALUE_BYTES_MAX).value, "no");
        let error = judge(VALUE_BYTES_MAX + 1).error.unwrap();
        assert_eq!(error.error_message.unwrap(), "the response has more than 1048576 bytes");
    }

    #[test]
    fn a_schema_has_a_size() {
        let schema = |bytes: usize| json!({"title": "x".repeat(bytes - r#"{"title":""}"#.len())});
        assert_eq!(judge(schema(SCHEMA_BYTES_MAX), "1").0, "yes");
        let error = refused(schema(SCHEMA_BYTES_MAX + 1));
        assert!(error.ends_with("expected a schema of at most 65536 bytes"), "{error}");
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        for schema in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
        ] {
            let check = json!({"type": "json_schema", "schema": schema});
            if let Ok(check) = crate::checks::Check::parse(&check) {
                assert!(check.score(&trace(json!("hi"), json!("[1]"))).is_some());
            }
        }
        let both =
            json!({"properties": {"x": {"$ref": "#"}}, "additionalProperties": {"$ref": "#"}});
        let schema =
            json!({"anyOf": [both, {"properties": {"x": {"$ref": "#"}}, "type": "object"}]});
        let deep = format!("{}1{}", r#"{"x":"#.repeat(100), "}".repeat(100));
        judge(schema, &deep);
    }
}
