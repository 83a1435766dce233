//! Which feedback counts as bad, and the filters that keep bad and good traces.
use std::collections::BTreeSet;

use kansoku_store::percentile;
use serde_json::Value;

use super::feedback::verdict;
use super::filter_text::{keyed, quoted};

/// Different values that a filter lists.
const LISTED_MAX: usize = 50;

/// How the values of one name are judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FailureCriterion {
    /// This value, by its text.
    Is(String),
    /// No, in whatever words.
    No,
    /// A number below the middle of all.
    Below(f64),
    /// Nobody said which of these words are bad ones.
    Unknown,
}

impl FailureCriterion {
    /// By `bad` where it is asked for, else by what the values are.
    pub(crate) fn new(bad: Option<String>, values: &[Value]) -> Self {
        if let Some(bad) = bad {
            return Self::Is(bad);
        }
        let mut numbers: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
        let is_graded = numbers.iter().any(|number| *number != 0.0 && *number != 1.0);
        match percentile(&mut numbers, 50.0) {
            Some(median) if is_graded => Self::Below(median),
            _ if values.iter().any(|value| verdict(value).is_some()) => Self::No,
            _ => Self::Unknown,
        }
    }

    /// `None` for a value that is neither bad nor good.
    pub(crate) fn is_bad(&self, value: &Value) -> Option<bool> {
        match self {
            Self::Is(bad) => Some(text(value) == *bad),
            Self::No => verdict(value).map(|yes| !yes),
            Self::Below(median) => value.as_f64().map(|number| number < *median),
            Self::Unknown => None,
        }
    }

    /// Filters that keep the traces with a bad value, and those with a good one. Empty where
    /// nothing is known to be bad.
    pub(crate) fn filters(&self, name: &str, values: &[Value]) -> (String, String) {
        let field = keyed("feedback", name);
        match self {
            Self::Is(bad) => {
                let quote = |text: &str| quoted(text).unwrap_or_else(|| "''".to_owned());
                let bad = quote(bad);
                (format!("{field} = {bad}"), format!("{field} != {bad}"))
            }
            Self::Below(median) => (format!("{field} < {median}"), format!("{field} >= {median}")),
            Self::No => {
                let seen = |bad: bool| {
                    let values = values.iter().filter(|value| self.is_bad(value) == Some(bad));
                    one_of(&field, &values.map(text).collect())
                };
                (seen(true), seen(false))
            }
            Self::Unknown => (String::new(), String::new()),
        }
    }
}

/// A text as it is, anything else as JSON: as filters compare it.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn one_of(field: &str, values: &BTreeSet<String>) -> String {
    let listed = values.iter().filter_map(|value| quoted(value)).take(LISTED_MAX);
    let clauses: Vec<String> = listed.map(|value| format!("{field} = {value}")).collect();
    match clauses.as_slice() {
        // Nothing was seen that it could keep.
        [] => format!("{field} IS NULL AND {field} IS NOT NULL"),
        [only] => only.clone(),
        several => format!("({})", several.join(" OR ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_is_bad_in_whatever_words() {
        let values = [json!("yes"), json!("No"), json!(false), json!("maybe")];
        let bad = FailureCriterion::new(None, &values);
        assert_eq!(
            values.map(|value| bad.is_bad(&value)),
            [Some(false), Some(true), Some(true), None]
        );
        let values = [json!("yes"), json!("No"), json!(false)];
        let (keeps_bad, keeps_good) = bad.filters("is-ok", &values);
        assert_eq!(keeps_bad, "(feedback.`is-ok` = 'No' OR feedback.`is-ok` = 'false')");
        assert_eq!(keeps_good, "feedback.`is-ok` = 'yes'");
    }

    #[test]
    fn numbers_are_bad_below_the_middle() {
        let values = [json!(1), json!(2), json!(4), json!(5)];
        let bad = FailureCriterion::new(None, &values);
        assert_eq!(bad, FailureCriterion::Below(3.0));
        let filters = bad.filters("score", &values);
        assert_eq!(filters, ("feedback.score < 3".to_owned(), "feedback.score >= 3".to_owned()));
    }

    #[test]
    fn words_are_bad_where_somebody_says_so() {
        let values = [json!("rude"), json!("kind")];
        assert_eq!(FailureCriterion::new(None, &values), FailureCriterion::Unknown);
        let bad = FailureCriterion::new(Some("rude".to_owned()), &values);
        assert_eq!(values.map(|value| bad.is_bad(&value)), [Some(true), Some(false)]);
        assert_eq!(bad.filters("tone", &[]).0, "feedback.tone = 'rude'");
    }
}
