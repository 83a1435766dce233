use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::catalog::{CheckInfo, FIELD, FieldInfo, FieldType, IGNORE_CASE};
use super::outcome::pass_or_fail;
use super::text_field::{READ_BYTES_MAX, TextField};
use super::values::{Texts, quote};
use crate::{ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "contains",
    title: "Contains text",
    description: "Passes if a text contains any, all or none of the listed texts.",
    fields: &[
        FIELD,
        FieldInfo {
            name: "texts",
            field_type: FieldType::Texts,
            default: None,
            description: "The texts that are searched for.",
        },
        FieldInfo {
            name: "require",
            field_type: FieldType::Choice(&["any", "all", "none"]),
            default: Some(r#""any""#),
            description: "How many of them must be there.",
        },
        IGNORE_CASE,
    ],
    example: r#"{"type": "contains", "texts": ["as an AI", "language model"], "require": "none"}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainsCheck {
    #[serde(default)]
    field: TextField,
    texts: Texts,
    #[serde(default)]
    require: Require,
    #[serde(default)]
    ignore_case: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Require {
    #[default]
    Any,
    All,
    None,
}

impl ContainsCheck {
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let read = self.field.read_beginning(trace, READ_BYTES_MAX)?;
        let text: Cow<'_, str> = match self.ignore_case {
            true => read.text.to_lowercase().into(),
            false => (&read.text).into(),
        };
        let is_there = |searched: &&str| match self.ignore_case {
            true => text.contains(&searched.to_lowercase()),
            false => text.contains(*searched),
        };
        let (found, missing): (Vec<&str>, Vec<&str>) = self.texts.iter().partition(is_there);
        let (passes, sentence) = match (self.require, found.first(), missing.first()) {
            (Require::Any, Some(found), _) => (true, format!("contains {}", quote(found))),
            (Require::Any, None, _) => (false, describe_none(missing.len())),
            (Require::All, _, None) => (true, format!("contains {}", describe_all(found.len()))),
            (Require::All, _, Some(first)) => (
                false,
                format!("does not contain {}{}", quote(first), describe_rest(missing.len())),
            ),
            (Require::None, None, _) => (true, describe_none(missing.len())),
            (Require::None, Some(first), _) => {
                let more = describe_rest(found.len());
                (false, format!("contains {}{more}, which must not be there", quote(first)))
            }
        };
        Some(pass_or_fail(passes, format!("The {} {sentence}.{}", self.field, read.note())))
    }
}

fn describe_none(count: usize) -> String {
    match count {
        1 => "does not contain the text".to_owned(),
        _ => format!("contains none of the {count} texts"),
    }
}

fn describe_all(count: usize) -> String {
    if count == 1 { "the text".to_owned() } else { format!("all {count} texts") }
}

/// How many texts there are beside the first.
fn describe_rest(count: usize) -> String {
    if count == 1 { String::new() } else { format!(" and {} more", count - 1) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::trace;

    fn judge(require: &str, ignore_case: bool, texts: &[&str]) -> (String, String) {
        let check = json!({
            "type": "contains", "texts": texts, "require": require, "ignore_case": ignore_case,
        });
        let feedback = score(check, &trace(json!("hi"), json!("Straße and RIVER"))).unwrap();
        (feedback.value.as_str().unwrap().to_owned(), feedback.rationale.unwrap())
    }

    fn expected(value: &str, rationale: &str) -> (String, String) {
        (value.to_owned(), rationale.to_owned())
    }

    #[test]
    fn any_all_or_none_of_the_texts_must_be_there() {
        let any = judge("any", false, &["lake", "RIVER"]);
        assert_eq!(any, expected("yes", "The response contains `RIVER`."));
        let any = judge("any", false, &["lake", "river"]);
        assert_eq!(any, expected("no", "The response contains none of the 2 texts."));
        let all = judge("all", false, &["Straße", "RIVER"]);
        assert_eq!(all, expected("yes", "The response contains all 2 texts."));
        let all = judge("all", false, &["Straße", "lake", "sea"]);
        assert_eq!(all, expected("no", "The response does not contain `lake` and 1 more."));
        let none = judge("none", false, &["lake", "RIVER"]);
        assert_eq!(none, expected("no", "The response contains `RIVER`, which must not be there."));
        assert_eq!(judge("none", false, &["lake"]).0, "yes");
    }

    #[test]
    fn case_can_be_ignored_beyond_ascii() {
        assert_eq!(judge("all", true, &["STRAßE", "river"]).0, "yes");
    }

    #[test]
    fn a_list_without_texts_is_refused() {
        let error = error_of(json!({"type": "contains", "texts": []}));
        let field = "the check `contains` has an invalid field `texts`";
        assert_eq!(error, format!("{field}: expected at least one text"));
    }
}
