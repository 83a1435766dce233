//! MLflow's built-in scorers that need no model, as checks.
use serde_json::{Map, Value, json};

use super::{Check, CheckError};

impl Check {
    /// Reads a serialized built-in scorer: the name of its class and its fields. `None` if the class
    /// is not one of those that need no model.
    pub fn from_mlflow_builtin(
        class: &str,
        fields: &Map<String, Value>,
    ) -> Option<Result<Self, CheckError>> {
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let definition = match class {
            "RegexMatch" => json!({
                "type": "regex",
                "pattern": field("pattern"),
                "match": if text("match_type") == "fullmatch" { "full" } else { "search" },
                "ignore_case": field("case_insensitive").as_bool().unwrap_or(false),
            }),
            "PIIDetection" => json!({
                "type": "pii",
                "kinds": match field("pii_types") {
                    Value::Null => json!(["email", "phone", "ssn", "credit_card", "ip_address"]),
                    kinds => kinds,
                },
                "max": 0,
            }),
            "ResponseLength" => json!({
                "type": "length",
                "unit": if text("unit") == "words" { "words" } else { "chars" },
                "min": field("min_length"),
                "max": field("max_length"),
            }),
            _ => return None,
        };
        Some(Self::parse(&definition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scored_trace::tests::trace;

    fn judge(class: &str, fields: Value, response: &str) -> Value {
        let check = Check::from_mlflow_builtin(class, fields.as_object().unwrap());
        check.unwrap().unwrap().score(&trace(json!("hi"), json!(response))).unwrap().value
    }

    #[test]
    fn scorers_without_a_model_are_checks() {
        let fields = json!({
            "pattern": "^answer", "match_type": "search", "case_insensitive": true,
            "name": "regex_match", "required_columns": ["outputs"], "inference_params": null,
        });
        assert_eq!(judge("RegexMatch", fields, "Answer: 42"), "yes");
        let full = json!({"pattern": "answer", "match_type": "fullmatch"});
        assert_eq!(judge("RegexMatch", full, "answer: 42"), "no");
        let pii = "call 555-123-4567";
        assert_eq!(judge("PIIDetection", json!({"pii_types": null}), pii), "no");
        assert_eq!(judge("PIIDetection", json!({"pii_types": ["email"]}), pii), "yes");
        let words = json!({"min_length": null, "max_length": 2, "unit": "words"});
        assert_eq!(judge("ResponseLength", words, "one two three"), "no");
    }

    #[test]
    fn other_classes_are_not_and_invalid_fields_are_refused() {
        assert!(Check::from_mlflow_builtin("Safety", &Map::new()).is_none());
        let lookahead = json!({"pattern": "(?=a)"});
        let check = Check::from_mlflow_builtin("RegexMatch", lookahead.as_object().unwrap());
        assert!(check.unwrap().is_err());
        assert!(Check::from_mlflow_builtin("RegexMatch", &Map::new()).unwrap().is_err());
    }
}
