//! Which feedback counts as negative, and the filters that keep traces by it.
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
    /// `no`, in any of the words that [`verdict`] knows.
    No,
    /// A number below the median.
    Below(f64),
    /// Nothing says which of these words are negative.
    Unknown,
}

impl FailureCriterion {
    /// By the value `negative` if it is given, else by the type of the values.
    pub(crate) fn new(negative: Option<String>, values: &[Value]) -> Self {
        if let Some(negative) = negative {
            return Self::Is(negative);
        }
        let mut numbers: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
        let is_graded = numbers.iter().any(|number| *number != 0.0 && *number != 1.0);
        match percentile(&mut numbers, 50.0) {
            Some(median) if is_graded => Self::Below(median),
            _ if values.iter().any(|value| verdict(value).is_some()) => Self::No,
            _ => Self::Unknown,
        }
    }

    /// `None` for a value that is neither negative nor positive.
    pub(crate) fn is_negative(&self, value: &Value) -> Option<bool> {
        match self {
            Self::Is(negative) => Some(text(value) == *negative),
            Self::No => verdict(value).map(|yes| !yes),
            Self::Below(median) => value.as_f64().map(|number| number < *median),
            Self::Unknown => None,
        }
    }

    /// Filters that keep the traces with a negative value, and those with a positive one. Empty
    /// where no value is known to be negative.
    pub(crate) fn filters(&self, name: &str, values: &[Value]) -> (String, String) {
        let field = keyed("feedback", name);
        match self {
            Self::Is(negative) => {
                let quote = |text: &str| quoted(text).unwrap_or_else(|| "''".to_owned());
                let negative = quote(negative);
                (format!("{field} = {negative}"), format!("{field} != {negative}"))
            }
            Self::Below(median) => (format!("{field} < {median}"), format!("{field} >= {median}")),
            Self::No => {
                let seen = |negative: bool| {
                    let values =
                        values.iter().filter(|value| self.is_negative(value) == Some(negative));
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
    fn no_is_negative_in_whatever_words() {
        let values = [json!("yes"), json!("No"), json!(false), json!("maybe")];
        let criterion = FailureCriterion::new(None, &values);
        assert_eq!(
            values.map(|value| criterion.is_negative(&value)),
            [Some(false), Some(true), Some(true), None]
        );
        let values = [json!("yes"), json!("No"), json!(false)];
        let (negative, positive) = criterion.filters("is-ok", &values);
        assert_eq!(negative, "(feedback.`is-ok` = 'No' OR feedback.`is-ok` = 'false')");
        assert_eq!(positive, "feedback.`is-ok` = 'yes'");
    }

    #[test]
    fn numbers_are_negative_below_the_median() {
        let values = [json!(1), json!(2), json!(4), json!(5)];
        let criterion = FailureCriterion::new(None, &values);
        assert_eq!(criterion, FailureCriterion::Below(3.0));
        let filters = criterion.filters("score", &values);
        assert_eq!(filters, ("feedback.score < 3".to_owned(), "feedback.score >= 3".to_owned()));
    }

    #[test]
    fn words_are_negative_where_the_request_says_so() {
        let values = [json!("rude"), json!("kind")];
        assert_eq!(FailureCriterion::new(None, &values), FailureCriterion::Unknown);
        let criterion = FailureCriterion::new(Some("rude".to_owned()), &values);
        assert_eq!(values.map(|value| criterion.is_negative(&value)), [Some(true), Some(false)]);
        assert_eq!(criterion.filters("tone", &[]).0, "feedback.tone = 'rude'");
    }
}
