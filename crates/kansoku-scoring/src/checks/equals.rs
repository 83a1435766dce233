use std::borrow::Cow;

use kansoku_filter::eval::text_of_value;
use rapidfuzz::distance::levenshtein::normalized_similarity;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::{CheckInfo, FIELD, FieldInfo, FieldType};
use super::outcome::pass_or_fail;
use super::text_field::{TextField, parse_json};
use super::values::{Share, Text, quote};
use crate::{ScoredTrace, ScorerFeedback};

/// How much of each text is compared fuzzily, in characters. The time is their product, by words of
/// 64 bits.
const FUZZY_CHARS_MAX: usize = 8000;

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "equals",
    title: "Equals the expectation",
    description: "Passes if a text equals an expectation of the trace, exactly or nearly.",
    fields: &[
        FIELD,
        FieldInfo {
            name: "expectation",
            field_type: FieldType::Text,
            default: Some(r#""expected_response""#),
            description: "The name of the expectation.",
        },
        FieldInfo {
            name: "compare",
            field_type: FieldType::Choice(&["exact", "ignore_case_and_space", "fuzzy"]),
            default: Some(r#""exact""#),
            description: "How the texts are compared; `fuzzy` ignores case and space too.",
        },
        FieldInfo {
            name: "threshold",
            field_type: FieldType::Share,
            default: Some("0.9"),
            description: "The least similarity for `fuzzy`: 1 minus the share of characters that \
                          differ.",
        },
    ],
    example: r#"{"type": "equals", "compare": "fuzzy", "threshold": 0.8}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualsCheck {
    #[serde(default)]
    field: TextField,
    #[serde(default = "expected_response")]
    expectation: Text,
    #[serde(default)]
    compare: Comparison,
    #[serde(default = "nine_tenths")]
    threshold: Share,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Comparison {
    #[default]
    Exact,
    IgnoreCaseAndSpace,
    Fuzzy,
}

fn expected_response() -> Text {
    Text::from_static("expected_response")
}

fn nine_tenths() -> Share {
    Share(0.9)
}

impl EqualsCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let name = self.expectation.as_str();
        let expected = *trace.expectations().get(name)?;
        let text = self.field.read_text(trace)?;
        let (field, name) = (&self.field, quote(name));
        let equal = || pass_or_fail(true, format!("The {field} equals the expectation {name}."));
        let differs =
            || pass_or_fail(false, format!("The {field} differs from the expectation {name}."));
        if self.field.read_value(trace).is_some_and(|actual| equal_json(&actual, expected)) {
            return Some(equal());
        }
        let (actual, expected) = (text, text_of_value(expected));
        let is_equal = match self.compare {
            Comparison::Exact => actual == expected,
            Comparison::IgnoreCaseAndSpace => split_words(&actual).eq(split_words(&expected)),
            Comparison::Fuzzy => return Some(self.compare_fuzzily(&actual, &expected)),
        };
        Some(if is_equal { equal() } else { differs() })
    }

    fn compare_fuzzily(&self, actual: &str, expected: &str) -> ScorerFeedback {
        let ((actual, cut), (expected, also_cut)) =
            (take_beginning(actual), take_beginning(expected));
        let similarity = normalized_similarity(actual.iter().copied(), expected.iter().copied());
        let Share(threshold) = self.threshold;
        let passes = threshold <= similarity;
        let than = if passes { "at least" } else { "less than" };
        let note = match cut || also_cut {
            true => format!(" Only their first {FUZZY_CHARS_MAX} characters were compared."),
            false => String::new(),
        };
        let rationale = format!(
            "The {} has a similarity of {similarity:.3} with the expectation {}, {than} the \
             {threshold} that are required.{note}",
            self.field,
            quote(self.expectation.as_str()),
        );
        pass_or_fail(passes, rationale)
    }
}

/// Whether a value, or the JSON that a text is, equals an expectation that is no text.
fn equal_json(actual: &Value, expected: &Value) -> bool {
    if expected.is_string() {
        return false;
    }
    let actual = match actual {
        Value::String(text) => parse_json(text).map_or(Cow::Borrowed(actual), Cow::Owned),
        actual => Cow::Borrowed(actual),
    };
    // 4 and 4.0 are one number.
    let same_number = || Some(actual.as_f64()? == expected.as_f64()?);
    *actual == *expected || same_number() == Some(true)
}

/// The words in lower case.
fn split_words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_lowercase)
}

/// The beginning of a text in lower case with single spaces, and whether there is more.
fn take_beginning(text: &str) -> (Vec<char>, bool) {
    let mut chars = Vec::new();
    for word in split_words(text) {
        if !chars.is_empty() {
            chars.push(' ');
        }
        chars.extend(word.chars());
        if FUZZY_CHARS_MAX < chars.len() {
            chars.truncate(FUZZY_CHARS_MAX);
            return (chars, true);
        }
    }
    (chars, false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::{expectation, trace};

    fn judge(check: Value, response: Value, expected: Value) -> (Value, String) {
        let mut trace = trace(json!("hi"), response);
        trace.info.assessments = vec![expectation("expected_response", expected, 1)];
        let feedback = score(check, &trace).unwrap();
        (feedback.value, feedback.rationale.unwrap())
    }

    fn exact(response: Value, expected: Value) -> Value {
        judge(json!({"type": "equals"}), response, expected).0
    }

    #[test]
    fn without_the_expectation_or_the_text_there_is_nothing_to_judge() {
        let mut trace = trace(json!("hi"), json!("4"));
        assert_eq!(score(json!({"type": "equals"}), &trace), None);
        trace.info.assessments = vec![expectation("answer", json!("4"), 1)];
        assert_eq!(score(json!({"type": "equals"}), &trace), None);
        let named = json!({"type": "equals", "expectation": "answer"});
        assert_eq!(score(named, &trace).unwrap().value, "yes");
        let missing = json!({"type": "equals", "expectation": "answer", "field": "outputs.x"});
        assert_eq!(score(missing, &trace), None);
    }

    #[test]
    fn texts_are_equal_exactly_or_without_case_and_space() {
        assert_eq!(exact(json!("Paris"), json!("Paris")), "yes");
        assert_eq!(exact(json!("paris"), json!("Paris")), "no");
        let check = json!({"type": "equals", "compare": "ignore_case_and_space"});
        let (value, rationale) = judge(check.clone(), json!(" new\n  YORK "), json!("New York"));
        assert_eq!(value, "yes");
        assert_eq!(rationale, "The response equals the expectation `expected_response`.");
        assert_eq!(judge(check, json!("NewYork"), json!("New York")).0, "no");
    }

    #[test]
    fn an_expectation_that_is_no_text_is_compared_as_json() {
        assert_eq!(exact(json!("4.0"), json!(4)), "yes");
        assert_eq!(exact(json!("{\"b\": 1, \"a\": [2]}"), json!({"a": [2], "b": 1})), "yes");
        assert_eq!(exact(json!("true"), json!(false)), "no");
        let field = json!({"type": "equals", "field": "outputs"});
        assert_eq!(judge(field, json!([1, 2]), json!([1, 2])).0, "yes");
    }

    #[test]
    fn fuzzy_texts_are_similar_enough() {
        let check =
            |threshold: f64| json!({"type": "equals", "compare": "fuzzy", "threshold": threshold});
        let (value, rationale) = judge(check(0.8), json!("colours"), json!("Color"));
        assert_eq!(value, "no");
        let expected = "The response has a similarity of 0.714 with the expectation \
                        `expected_response`, less than the 0.8 that are required.";
        assert_eq!(rationale, expected);
        assert_eq!(judge(check(0.7), json!("colours"), json!("Color")).0, "yes");
        let error = error_of(check(1.5));
        assert!(
            error.ends_with("`threshold`: expected a number from 0 to 1, not `1.5`"),
            "{error}"
        );
    }

    #[test]
    fn fuzzy_comparison_reads_a_bounded_beginning_and_says_so() {
        assert!(!take_beginning(&"x".repeat(FUZZY_CHARS_MAX)).1);
        let (chars, cut) = take_beginning(&"x y ".repeat(FUZZY_CHARS_MAX));
        assert_eq!((chars.len(), cut), (FUZZY_CHARS_MAX, true));
        let check = json!({"type": "equals", "compare": "fuzzy"});
        let (value, rationale) = judge(check, json!("a b ".repeat(2 << 20)), json!("a b"));
        assert_eq!(value, "no");
        assert!(rationale.ends_with("Only their first 8000 characters were compared."));
    }
}
