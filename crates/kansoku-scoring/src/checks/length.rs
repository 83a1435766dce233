use serde::{Deserialize, Serialize};

use super::catalog::{CheckInfo, FIELD, FieldInfo, FieldType};
use super::outcome::{judge_quantity, pass_or_fail, pluralize};
use super::text_field::TextField;
use super::values::Count;
use crate::{ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "length",
    title: "Length",
    description: "Passes if a text is neither too short nor too long; without a limit it gives \
                  the length.",
    fields: &[
        FIELD,
        FieldInfo {
            name: "unit",
            field_type: FieldType::Choice(&["chars", "words"]),
            default: Some(r#""chars""#),
            description: "The unit of the length; spaces separate words.",
        },
        FieldInfo {
            name: "min",
            field_type: FieldType::Count,
            default: Some("null"),
            description: "The least length.",
        },
        FieldInfo {
            name: "max",
            field_type: FieldType::Count,
            default: Some("null"),
            description: "The greatest length.",
        },
    ],
    example: r#"{"type": "length", "unit": "words", "min": 1, "max": 300}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct LengthCheck(Fields);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    field: TextField,
    #[serde(default)]
    unit: Unit,
    min: Option<Count>,
    max: Option<Count>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    #[default]
    Chars,
    Words,
}

impl LengthCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let Fields { field, unit, min, max } = &self.0;
        let text = field.read_text(trace)?;
        let (length, noun) = match unit {
            Unit::Chars => (text.chars().count() as u64, "character"),
            Unit::Words => (text.split_whitespace().count() as u64, "word"),
        };
        let show = |length| pluralize(length, noun);
        let sentence = format!("The {field} has {}", show(length));
        Some(match (min, max) {
            (Some(Count(min)), _) if length < *min => {
                pass_or_fail(false, format!("{sentence}, fewer than the {min} that are required."))
            }
            (Some(Count(min)), None) => {
                pass_or_fail(true, format!("{sentence}, at least the {min} that are required."))
            }
            (_, max) => judge_quantity(sentence, length, max.map(|max| max.0), show),
        })
    }
}

impl TryFrom<Fields> for LengthCheck {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        match (fields.min, fields.max) {
            (Some(min), Some(max)) if max < min => {
                Err(format!("`min` is {} and must not exceed `max`, which is {}", min.0, max.0))
            }
            _ => Ok(Self(fields)),
        }
    }
}

impl From<LengthCheck> for Fields {
    fn from(check: LengthCheck) -> Self {
        check.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::trace;

    fn value(mut check: Value) -> Value {
        check["type"] = json!("length");
        score(check, &trace(json!("hi"), json!("zwölf  große Äpfel"))).unwrap().value
    }

    #[test]
    fn characters_or_words_are_counted() {
        assert_eq!(value(json!({})), 18);
        assert_eq!(value(json!({"unit": "words"})), 3);
    }

    #[test]
    fn a_length_is_within_its_limits() {
        for (min, max, expected) in [
            (Some(3), Some(3), "yes"),
            (Some(4), Some(5), "no"),
            (None, Some(2), "no"),
            (None, Some(3), "yes"),
            (Some(3), None, "yes"),
            (Some(4), None, "no"),
        ] {
            let check = json!({"unit": "words", "min": min, "max": max});
            assert_eq!(value(check), expected, "{min:?} {max:?}");
        }
    }

    #[test]
    fn limits_that_contradict_are_refused() {
        let error = error_of(json!({"type": "length", "min": 5, "max": 4}));
        let reason = "`min` is 5 and must not exceed `max`, which is 4";
        assert_eq!(error, format!("the check `length` is invalid: {reason}"));
    }
}
