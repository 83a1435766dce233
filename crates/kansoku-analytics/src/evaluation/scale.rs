//! The scale of a scorer: how its values are judged and compared.
//!
//! A scorer has one scale for all runs that are compared, so that a run in which every score is 1
//! is not taken for one of yes and no.
use kansoku_model::{FeedbackRule, FeedbackWord, Polarity, Verdict};
use serde::Serialize;
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// Values are good or bad.
    PassFail,
    /// Values are numbers, and no rule says which of them are bad.
    Number,
    /// Values are texts or other JSON that can only be equal or different.
    Text,
}

#[derive(Clone, Debug)]
pub struct Scale {
    pub kind: ScoreKind,
    rule: FeedbackRule,
    /// Whether 0 and 1 are the only numbers, so that they mean no and yes.
    is_binary: bool,
    /// The difference of the largest and the smallest number.
    range: f64,
}

/// The change of a score from one run to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ScoreChange)]
pub enum Change {
    /// The other run is better.
    Won,
    /// The other run is worse.
    Lost,
    Same,
    /// The scores are different, but neither is better.
    Changed,
    /// Only one of the two runs has a score.
    OneSided,
    /// The judge failed on one side.
    NotJudged,
}

impl Scale {
    pub fn new<'a>(rule: FeedbackRule, values: impl Iterator<Item = &'a Value> + Clone) -> Self {
        let is_decided = rule.bad_value.is_some() || rule.threshold.is_some();
        let numbers = values.clone().filter_map(Value::as_f64);
        let is_binary = numbers.clone().all(|number| number == 0.0 || number == 1.0);
        let least = numbers.clone().fold(f64::INFINITY, f64::min);
        let range = numbers.clone().fold(f64::NEG_INFINITY, f64::max) - least;
        let mut scale = Self { kind: ScoreKind::PassFail, rule, is_binary, range };
        let has_numbers = numbers.clone().next().is_some();
        let has_verdicts = || values.clone().any(|value| scale.verdict(value).is_some());
        if (has_numbers && !is_binary && !is_decided) || !has_verdicts() {
            scale.kind = if has_numbers { ScoreKind::Number } else { ScoreKind::Text };
        }
        scale
    }

    pub fn polarity(&self) -> Polarity {
        self.rule.polarity
    }

    /// The verdict on a value; `None` if it is neither good nor bad.
    pub fn verdict(&self, value: &Value) -> Option<Verdict> {
        let is_decided = self.rule.bad_value.is_some() || self.rule.threshold.is_some();
        match value.as_f64() {
            Some(number) if self.is_binary && !is_decided => {
                let word = if number == 0.0 { FeedbackWord::False } else { FeedbackWord::True };
                self.rule.verdict_of_word(word)
            }
            _ => self.rule.verdict(value),
        }
    }

    /// The number that a value is compared by: 1 for a good and 0 for a bad value, or the number
    /// itself.
    pub fn number(&self, value: &Value) -> Option<f64> {
        match self.kind {
            ScoreKind::PassFail => {
                self.verdict(value).map(|verdict| f64::from(u8::from(verdict == Verdict::Good)))
            }
            ScoreKind::Number => value.as_f64(),
            ScoreKind::Text => None,
        }
    }

    /// A number of which more is better; `None` if neither direction is.
    pub fn merit(&self, value: &Value) -> Option<f64> {
        let number = self.number(value)?;
        match (self.kind, self.rule.polarity) {
            (ScoreKind::Number, Polarity::Neutral) => None,
            (ScoreKind::Number, Polarity::Negative) => Some(-number),
            _ => Some(number),
        }
    }

    /// By how much a score got worse: 1 from good to bad, and for numbers relative to the range of
    /// all values.
    pub fn loss(&self, before: &Value, now: &Value) -> f64 {
        let (Some(before), Some(now)) = (self.merit(before), self.merit(now)) else { return 0.0 };
        let unit = if self.kind == ScoreKind::Number { self.range } else { 1.0 };
        let loss = (before - now) / unit;
        if loss.is_finite() { loss.max(0.0) } else { 0.0 }
    }

    pub fn change(&self, before: &Value, now: &Value) -> Change {
        match (self.merit(before), self.merit(now)) {
            (Some(before), Some(now)) if before < now => Change::Won,
            (Some(before), Some(now)) if now < before => Change::Lost,
            (Some(_), Some(_)) => Change::Same,
            _ if before == now => Change::Same,
            _ => Change::Changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scale(name: &str, values: &[Value]) -> Scale {
        Scale::new(FeedbackRule::guess(name), values.iter())
    }

    #[test]
    fn zeros_and_ones_alone_mean_no_and_yes() {
        let binary = scale("correct", &[json!(0), json!(1.0)]);
        assert_eq!(binary.kind, ScoreKind::PassFail);
        assert_eq!(binary.verdict(&json!(0)), Some(Verdict::Bad));
        assert_eq!(binary.change(&json!(1), &json!(0.0)), Change::Lost);
        let toxic = scale("is_toxic", &[json!(0), json!(1)]);
        assert_eq!(toxic.change(&json!(1), &json!(0)), Change::Won);
        let graded = scale("correct", &[json!(0), json!(1), json!(0.5)]);
        assert_eq!((graded.kind, graded.verdict(&json!(0))), (ScoreKind::Number, None));
        assert_eq!(graded.change(&json!(0.5), &json!(1)), Change::Won);
    }

    #[test]
    fn words_are_good_or_bad_and_texts_only_differ() {
        let words = scale("relevance", &[json!("yes"), json!("no"), json!("unsure")]);
        assert_eq!(words.kind, ScoreKind::PassFail);
        assert_eq!(words.change(&json!("no"), &json!(true)), Change::Won);
        assert_eq!(words.change(&json!("no"), &json!("unsure")), Change::Changed);
        let texts = scale("tone", &[json!("kind"), json!({ "a": 1 })]);
        assert_eq!(texts.kind, ScoreKind::Text);
        assert_eq!(texts.change(&json!("kind"), &json!("rude")), Change::Changed);
        assert_eq!(texts.change(&json!("kind"), &json!("kind")), Change::Same);
        assert_eq!(scale("nothing", &[]).kind, ScoreKind::Text);
    }

    #[test]
    fn the_settings_of_a_scorer_decide() {
        let latency = scale("error_score", &[json!(1.5), json!(3)]);
        assert_eq!(latency.change(&json!(1.5), &json!(3)), Change::Lost);
        assert_eq!(latency.loss(&json!(1.5), &json!(2.25)), 0.5);
        assert_eq!(latency.loss(&json!(3), &json!(1.5)), 0.0);
        let neutral = FeedbackRule { polarity: Polarity::Neutral, ..FeedbackRule::default() };
        let values = [json!(12), json!(40)];
        let neutral = Scale::new(neutral, values.iter());
        assert_eq!(neutral.kind, ScoreKind::Number);
        assert_eq!(neutral.change(&json!(12), &json!(40)), Change::Changed);
        let rule = FeedbackRule { threshold: Some(3.0), ..FeedbackRule::default() };
        let values = [json!(1), json!(5)];
        let passing = Scale::new(rule, values.iter());
        assert_eq!(passing.kind, ScoreKind::PassFail);
        assert_eq!(passing.change(&json!(3), &json!(5)), Change::Same);
        assert_eq!(passing.change(&json!(2), &json!(3)), Change::Won);
    }
}
