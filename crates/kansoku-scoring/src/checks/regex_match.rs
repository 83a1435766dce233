use serde::{Deserialize, Serialize};

use super::catalog::{CheckInfo, FIELD, FieldInfo, FieldType, IGNORE_CASE};
use super::outcome::pass_or_fail;
use super::pattern::{BoundedRegex, compile};
use super::text_field::TextField;
use super::values::{Text, quote};
use crate::{ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "regex",
    title: "Regular expression",
    description: "Passes if a text matches a regular expression, or if it does not.",
    fields: &[
        FIELD,
        FieldInfo {
            name: "pattern",
            field_type: FieldType::Pattern,
            default: None,
            description: "The expression, in the syntax of Rust's regex crate: no look-around and \
                          no backreferences.",
        },
        FieldInfo {
            name: "match",
            field_type: FieldType::Choice(&["search", "full"]),
            default: Some(r#""search""#),
            description: "Whether it may match anywhere or must match the full text.",
        },
        IGNORE_CASE,
        FieldInfo {
            name: "expect",
            field_type: FieldType::Choice(&["match", "no_match"]),
            default: Some(r#""match""#),
            description: "Which outcome passes.",
        },
    ],
    example: r#"{"type": "regex", "pattern": "order [A-Z]{2}-[0-9]{6}", "ignore_case": true}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct RegexCheck {
    fields: Fields,
    compiled: BoundedRegex,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    field: TextField,
    pattern: Text,
    #[serde(default, rename = "match")]
    extent: Extent,
    #[serde(default)]
    ignore_case: bool,
    #[serde(default)]
    expect: Expect,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Extent {
    #[default]
    Search,
    Full,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expect {
    #[default]
    Match,
    NoMatch,
}

impl RegexCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let read = self.fields.field.read_beginning(trace, self.compiled.read_bytes_max)?;
        let matches = self.compiled.regex.is_match(&read.text);
        let passes = matches == (self.fields.expect == Expect::Match);
        let verb = if matches { "matches" } else { "does not match" };
        let pattern = quote(self.fields.pattern.as_str());
        let rationale =
            format!("The {} {verb} the pattern {pattern}.{}", self.fields.field, read.note());
        Some(pass_or_fail(passes, rationale))
    }
}

impl TryFrom<Fields> for RegexCheck {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let pattern = fields.pattern.as_str();
        // The error is about the expression that was written.
        let mut compiled = compile(pattern, fields.ignore_case)?;
        if fields.extent == Extent::Full {
            // A comment at the end of an expression in the mode `x` needs the end of a line, which
            // means nothing in that mode.
            let full =
                |end: &str| compile(&format!("\\A(?:{pattern}{end})\\z"), fields.ignore_case);
            compiled = full("").or_else(|_| full("\n"))?;
        }
        Ok(Self { fields, compiled })
    }
}

impl From<RegexCheck> for Fields {
    fn from(check: RegexCheck) -> Self {
        check.fields
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::trace;

    fn value(check: Value, response: &str) -> Value {
        score(check, &trace(json!("hi"), json!(response))).unwrap().value
    }

    #[test]
    fn a_pattern_is_found_anywhere_or_matches_the_full_text() {
        assert_eq!(value(json!({"type": "regex", "pattern": "a+"}), "xaax"), "yes");
        let full = json!({"type": "regex", "pattern": "a|aa", "match": "full"});
        assert_eq!(value(full.clone(), "aa"), "yes");
        assert_eq!(value(full.clone(), "aa\n"), "no");
        assert_eq!(value(full, "aab"), "no");
        let commented = json!({"type": "regex", "pattern": "(?x) a b # letters", "match": "full"});
        assert_eq!(value(commented, "ab"), "yes");
    }

    #[test]
    fn case_and_the_outcome_that_passes_can_be_chosen() {
        let check = json!({"type": "regex", "pattern": "refund", "ignore_case": true});
        assert_eq!(value(check, "A REFUND"), "yes");
        let check = json!({"type": "regex", "pattern": "refund", "expect": "no_match"});
        assert_eq!(value(check.clone(), "A REFUND"), "yes");
        let feedback = score(check, &trace(json!("hi"), json!("no refund"))).unwrap();
        assert_eq!(feedback.value, "no");
        assert_eq!(feedback.rationale.unwrap(), "The response matches the pattern `refund`.");
    }

    #[test]
    fn a_pattern_that_is_invalid_is_refused() {
        let error = error_of(json!({"type": "regex", "pattern": "(a"}));
        let reason = "`(a` is not a regular expression: unclosed group";
        assert_eq!(error, format!("the check `regex` is invalid: {reason}"));
        let closed_by_the_group = json!({"type": "regex", "pattern": "a)(b", "match": "full"});
        assert!(error_of(closed_by_the_group).contains("`a)(b` is not a regular expression"));
    }

    #[test]
    fn a_long_text_is_matched_in_its_beginning() {
        let text = format!("{}needle", "x".repeat(10 << 20));
        let check = json!({"type": "regex", "pattern": "needle"});
        let feedback = score(check, &trace(json!("hi"), json!(text))).unwrap();
        assert_eq!(feedback.value, "no");
        assert!(feedback.rationale.unwrap().ends_with(
            "does not match the pattern `needle`. Only the first 1048576 of its 10485766 bytes \
             were read."
        ));
    }
}
