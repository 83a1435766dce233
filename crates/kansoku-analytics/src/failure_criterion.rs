//! Decides which feedback counts as negative, and builds filters for negative and positive traces.
use std::collections::BTreeSet;

use kansoku_model::{FeedbackRule, Polarity, Verdict};
use kansoku_store::percentile;
use serde_json::Value;

use super::filter_text::{keyed, quoted};

/// The most different values that a filter lists.
const LISTED_MAX: usize = 50;

/// The criterion by which values of one feedback name count as negative.
#[derive(Clone, Debug, PartialEq)]
pub enum FailureCriterion {
    /// Values equal to this text are negative, all others positive.
    Is(String),
    /// The rule of the name decides: `no` in any spelling is negative, unless the rule says that
    /// `yes` is bad.
    Rule(FeedbackRule),
    /// The rule of the name decides, where 1 is yes and 0 is no, because all values are numbers of
    /// these two.
    ZeroOrOne(FeedbackRule),
    /// Numbers below the median are negative.
    Below(f64),
    /// Numbers above the median are negative, because high numbers are bad.
    Above(f64),
    /// It is unknown which values are negative.
    Unknown,
}

impl FailureCriterion {
    /// The criterion for a name: the value `negative` if it is given, otherwise according to the
    /// rule and the types of the values.
    pub fn new(negative: Option<String>, rule: &FeedbackRule, values: &[Value]) -> Self {
        if let Some(negative) = negative {
            return Self::Is(negative);
        }
        if rule.bad_value.is_some() || rule.threshold.is_some() {
            return Self::Rule(rule.clone());
        }
        let mut numbers: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
        let is_graded = numbers.iter().any(|number| *number != 0.0 && *number != 1.0);
        match percentile(&mut numbers, 50.0) {
            _ if rule.polarity == Polarity::Neutral => Self::Unknown,
            Some(median) if is_graded && rule.polarity == Polarity::Negative => Self::Above(median),
            Some(median) if is_graded => Self::Below(median),
            Some(_) if values.iter().all(Value::is_number) => Self::ZeroOrOne(rule.clone()),
            _ if values.iter().any(|value| rule.verdict(value).is_some()) => {
                Self::Rule(rule.clone())
            }
            _ => Self::Unknown,
        }
    }

    /// Whether a value is negative; `None` if it is neither negative nor positive.
    pub fn is_negative(&self, value: &Value) -> Option<bool> {
        match self {
            Self::Is(negative) => Some(text(value) == *negative),
            Self::Rule(rule) => rule.verdict(value).map(|verdict| verdict == Verdict::Bad),
            Self::ZeroOrOne(rule) => {
                let verdict = rule.verdict(&Value::Bool(value.as_f64()? != 0.0))?;
                Some(verdict == Verdict::Bad)
            }
            Self::Above(median) => value.as_f64().map(|number| *median < number),
            Self::Below(median) => value.as_f64().map(|number| number < *median),
            Self::Unknown => None,
        }
    }

    /// Filters for the traces with a negative value, and for those with a positive one. Both are
    /// empty if it is unknown which values are negative.
    pub fn filters(&self, name: &str, values: &[Value]) -> (String, String) {
        let field = keyed("feedback", name);
        match self {
            Self::Is(negative) => {
                let negative = quoted(negative);
                (format!("{field} = {negative}"), format!("{field} != {negative}"))
            }
            Self::Below(median) => (format!("{field} < {median}"), format!("{field} >= {median}")),
            Self::Above(median) => (format!("{field} > {median}"), format!("{field} <= {median}")),
            Self::Rule(_) => (format!("{field} IS BAD"), format!("{field} IS GOOD")),
            Self::ZeroOrOne(_) => {
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

/// A string as it is, any other value as JSON, as filters compare it.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn one_of(field: &str, values: &BTreeSet<String>) -> String {
    let listed = values.iter().take(LISTED_MAX).map(|value| quoted(value));
    let clauses: Vec<String> = listed.map(|value| format!("{field} = {value}")).collect();
    match clauses.as_slice() {
        // A filter that matches nothing, because no such value was seen.
        [] => format!("{field} IS NULL AND {field} IS NOT NULL"),
        [only] => only.clone(),
        several => format!("({})", several.join(" OR ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(name: &str) -> FeedbackRule {
        FeedbackRule::guess(name)
    }

    #[test]
    fn no_is_negative_in_whatever_words() {
        let values = [json!("yes"), json!("No"), json!(false), json!("maybe")];
        let criterion = FailureCriterion::new(None, &rule("is-ok"), &values);
        assert_eq!(
            values.map(|value| criterion.is_negative(&value)),
            [Some(false), Some(true), Some(true), None]
        );
        let (keeps_bad, keeps_good) = criterion.filters("is-ok", &[]);
        assert_eq!(keeps_bad, "feedback.`is-ok` IS BAD");
        assert_eq!(keeps_good, "feedback.`is-ok` IS GOOD");
    }

    #[test]
    fn yes_is_bad_where_the_name_says_something_bad() {
        let values = [json!("yes"), json!("no")];
        let criterion = FailureCriterion::new(None, &rule("hallucination"), &values);
        assert_eq!(values.map(|value| criterion.is_negative(&value)), [Some(true), Some(false)]);
        let graded = [json!(0.1), json!(0.3), json!(0.9)];
        let criterion = FailureCriterion::new(None, &rule("toxicity"), &graded);
        assert_eq!(criterion, FailureCriterion::Above(0.3));
        assert_eq!(criterion.filters("toxicity", &graded).0, "feedback.toxicity > 0.3");
    }

    #[test]
    fn zeros_and_ones_are_no_and_yes() {
        let values = [json!(0), json!(1), json!(1.0)];
        let criterion = FailureCriterion::new(None, &rule("ok"), &values);
        assert_eq!(criterion.filters("ok", &values).0, "feedback.ok = '0'");
        assert_eq!(
            criterion.filters("ok", &values).1,
            "(feedback.ok = '1' OR feedback.ok = '1.0')"
        );
    }

    #[test]
    fn numbers_are_negative_below_the_median() {
        let values = [json!(1), json!(2), json!(4), json!(5)];
        let criterion = FailureCriterion::new(None, &rule("score"), &values);
        assert_eq!(criterion, FailureCriterion::Below(3.0));
        let filters = criterion.filters("score", &values);
        assert_eq!(filters, ("feedback.score < 3".to_owned(), "feedback.score >= 3".to_owned()));
    }

    #[test]
    fn words_are_negative_where_the_request_says_so() {
        let values = [json!("rude"), json!("kind")];
        assert_eq!(FailureCriterion::new(None, &rule("score"), &values), FailureCriterion::Unknown);
        let criterion = FailureCriterion::new(Some("rude".to_owned()), &rule("tone"), &values);
        assert_eq!(values.map(|value| criterion.is_negative(&value)), [Some(true), Some(false)]);
        assert_eq!(criterion.filters("tone", &[]).0, "feedback.tone = 'rude'");
    }
}
