//! Statistics of feedback over many traces, by name.
//!
//! The pass rate is computed from the values that are good or bad by the rule of their name. If
//! some value is a number other than 0 and 1, the feedback is graded: it has a mean and
//! percentiles, and a pass rate only if the rule has a threshold or a bad value.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kansoku_model::{FeedbackRule, FeedbackSettings, FeedbackWord, Polarity, TimestampMs, Verdict};
use kansoku_store::{ScannedAssessment, percentile};
use serde::Serialize;
use serde_json::Value;

use super::buckets::Buckets;
use super::filter_text::keyed;

/// The most values of one name that are returned.
const VALUES_MAX: usize = 10;
/// The length up to which a value is returned, in characters.
const VALUE_CHARS_MAX: usize = 200;
/// The most different values of one name that are counted.
const DISTINCT_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FeedbackStat {
    pub name: String,
    /// The number of assessments with a value.
    pub count: u64,
    /// The share of good values among those that are good or bad, from 0 to 1; `null` if there are
    /// none.
    pub pass_rate: Option<f64>,
    /// The number of assessments without a value, because the judge failed. They are not part of
    /// `count`.
    pub not_judged: u64,
    /// Which end of the scale is good: `positive`, `negative` or `neutral`.
    #[schema(value_type = String)]
    pub polarity: Polarity,
    /// Whether the polarity is guessed from the name, because no user chose one.
    pub is_guess: bool,
    pub mean: Option<f64>,
    pub median: Option<f64>,
    pub p10: Option<f64>,
    pub p90: Option<f64>,
    /// The most frequent values, at most 10.
    pub values: Vec<FacetValue>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FacetValue {
    pub value: String,
    pub traces: u64,
    /// `good` or `bad`, if the value is feedback and its rule decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
}

/// The verdict on a value in text form, which is JSON or the content of a string.
pub fn verdict_of_text(rule: &FeedbackRule, text: &str) -> Option<&'static str> {
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    rule.verdict(&value).map(Verdict::as_str)
}

/// Feedback of one name over time.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FeedbackTrend {
    stat: FeedbackStat,
    /// A filter for the traces with this feedback.
    filter: String,
    series: Vec<FeedbackPoint>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FeedbackPoint {
    start_ms: i64,
    count: u64,
    pass_rate: Option<f64>,
    mean: Option<f64>,
}

impl FeedbackTrend {
    pub fn stat(&self) -> &FeedbackStat {
        &self.stat
    }
}

/// Collects feedback with the start time of its trace.
#[derive(Default)]
pub struct FeedbackTrendFold(BTreeMap<Arc<str>, Vec<(TimestampMs, Option<Value>)>>);

impl FeedbackTrendFold {
    pub fn add(&mut self, time: TimestampMs, assessments: &[ScannedAssessment]) {
        for (name, value) in assessments.iter().filter_map(judged) {
            self.0.entry(name.clone()).or_default().push((time, value));
        }
    }

    /// The trends, sorted by name.
    pub fn finish(self, buckets: Buckets, settings: &FeedbackSettings) -> Vec<FeedbackTrend> {
        let trend = |(name, values): (Arc<str>, Vec<_>)| {
            trend(&name, &values, buckets, settings.rule(&name))
        };
        self.0.into_iter().map(trend).collect()
    }
}

fn trend(
    name: &str,
    values: &[(TimestampMs, Option<Value>)],
    buckets: Buckets,
    rule: FeedbackRule,
) -> FeedbackTrend {
    let mut all = Judgements::default();
    let mut parts: Vec<Judgements> = (0..buckets.count).map(|_| Judgements::default()).collect();
    for (time, value) in values {
        all.add(value.as_ref());
        if let Some(part) = buckets.index_of(*time).and_then(|n| parts.get_mut(n)) {
            part.add(value.as_ref());
        }
    }
    // If a name is graded in any bucket, it is graded in all, so that a lone 1 does not mean "yes".
    let graded = all.is_graded;
    let point = |(n, mut part): (usize, Judgements)| {
        part.is_graded = graded;
        FeedbackPoint {
            start_ms: buckets.start_ms(n),
            count: part.count,
            pass_rate: part.pass_rate(&rule),
            mean: part.mean(),
        }
    };
    FeedbackTrend {
        stat: all.finish(name, &rule),
        filter: format!("{} IS NOT NULL", keyed("feedback", name)),
        series: parts.into_iter().enumerate().map(point).collect(),
    }
}

/// Collects feedback by name.
#[derive(Default)]
pub struct FeedbackFold {
    by_name: BTreeMap<Arc<str>, Judgements>,
}

#[derive(Default)]
pub struct Judgements {
    count: u64,
    not_judged: u64,
    /// The number of values for each word in [`FeedbackWord::ALL`].
    words: [u64; FeedbackWord::ALL.len()],
    /// Whether some number is neither 0 nor 1.
    is_graded: bool,
    numbers: Vec<f64>,
    values: HashMap<String, u64>,
}

impl FeedbackFold {
    /// Adds the feedback among a trace's assessments.
    pub fn add(&mut self, assessments: &[ScannedAssessment]) {
        for (name, value) in assessments.iter().filter_map(judged) {
            match self.by_name.get_mut(name) {
                Some(judgements) => judgements.add(value.as_ref()),
                None => self.by_name.entry(name.clone()).or_default().add(value.as_ref()),
            }
        }
    }

    /// The statistics, sorted by name.
    pub fn finish(self, settings: &FeedbackSettings) -> Vec<FeedbackStat> {
        let stat = |(name, judgements): (Arc<str>, Judgements)| {
            judgements.finish(&name, &settings.rule(&name))
        };
        self.by_name.into_iter().map(stat).collect()
    }
}

/// The name and the value of feedback; `None` for other assessments and for feedback without a
/// value.
pub fn feedback(assessment: &ScannedAssessment) -> Option<(&Arc<str>, Value)> {
    let (name, value) = judged(assessment)?;
    Some((name, value?))
}

/// The name and the value of feedback, which has no value if the judge failed; `None` for other
/// assessments.
pub(crate) fn judged(assessment: &ScannedAssessment) -> Option<(&Arc<str>, Option<Value>)> {
    let is_feedback = &*assessment.kind == "feedback";
    let read =
        |text: &str| serde_json::from_str(text).ok().filter(|value: &Value| !value.is_null());
    is_feedback.then(|| (&assessment.name, assessment.value.as_deref().and_then(read)))
}

/// The word that a value represents. 1 and 0 count as yes and no, which is used only if there are
/// no other numbers.
fn word_of(value: &Value) -> Option<FeedbackWord> {
    match value.as_f64() {
        Some(1.0) => Some(FeedbackWord::True),
        Some(0.0) => Some(FeedbackWord::False),
        Some(_) => None,
        None => FeedbackWord::read(value),
    }
}

impl Judgements {
    pub fn add(&mut self, value: Option<&Value>) {
        let Some(value) = value else {
            self.not_judged += 1;
            return;
        };
        self.count += 1;
        if let Some(word) = word_of(value) {
            self.words[word as usize] += 1;
        }
        if let Some(number) = value.as_f64() {
            self.is_graded |= number != 0.0 && number != 1.0;
            self.numbers.push(number);
        }
        let text = value_text(value);
        if self.values.len() < DISTINCT_MAX || self.values.contains_key(&text) {
            *self.values.entry(text).or_default() += 1;
        }
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn is_graded(&self) -> bool {
        self.is_graded
    }

    /// Makes the numbers 0 and 1 grades, because other values of the name are.
    pub(crate) fn set_graded(&mut self, is_graded: bool) {
        self.is_graded = is_graded;
    }

    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.numbers.iter().sum();
        let mean = sum / self.numbers.len() as f64;
        Some(mean).filter(|_| self.is_graded && !self.numbers.is_empty())
    }

    pub fn pass_rate(&self, rule: &FeedbackRule) -> Option<f64> {
        let (good, bad) = self.verdicts(rule);
        let judged = good + bad;
        (0 < judged).then(|| good as f64 / judged as f64)
    }

    /// The numbers of good and of bad values.
    fn verdicts(&self, rule: &FeedbackRule) -> (u64, u64) {
        if let Some(bad) = &rule.bad_value {
            let bad = self.values.get(bad).copied().unwrap_or_default();
            return (self.count.saturating_sub(bad), bad);
        }
        if self.is_graded {
            let Some(_) = rule.threshold else { return (0, 0) };
            let verdict = |number: &&f64| rule.verdict(&Value::from(**number));
            let count = |wanted| {
                self.numbers.iter().filter(|number| verdict(number) == Some(wanted)).count() as u64
            };
            return (count(Verdict::Good), count(Verdict::Bad));
        }
        let count = |wanted| {
            let words = FeedbackWord::ALL.into_iter();
            let words = words.filter(|word| rule.verdict_of_word(*word) == Some(wanted));
            words.map(|word| self.words[word as usize]).sum()
        };
        (count(Verdict::Good), count(Verdict::Bad))
    }

    pub fn finish(mut self, name: &str, rule: &FeedbackRule) -> FeedbackStat {
        let (mean, pass_rate) = (self.mean(), self.pass_rate(rule));
        let numbers = if self.is_graded { self.numbers.as_mut_slice() } else { &mut [] };
        let [p10, median, p90] = [10.0, 50.0, 90.0].map(|percent| percentile(numbers, percent));
        let mut values: Vec<_> = self.values.into_iter().collect();
        values.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        values.truncate(VALUES_MAX);
        let values = values.into_iter().map(|(value, traces)| FacetValue {
            verdict: verdict_of_text(rule, &value),
            value,
            traces,
        });
        FeedbackStat {
            name: name.to_owned(),
            count: self.count,
            pass_rate,
            not_judged: self.not_judged,
            polarity: rule.polarity,
            is_guess: rule.is_guess,
            mean,
            median,
            p10,
            p90,
            values: values.collect(),
        }
    }
}

/// A string as it is, any other value as JSON, truncated to [`VALUE_CHARS_MAX`] characters.
pub(crate) fn value_text(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stat(values: &[Value]) -> FeedbackStat {
        let mut judgements = Judgements::default();
        values.iter().for_each(|value| judgements.add(Some(value)));
        judgements.finish("name", &FeedbackRule::guess("name"))
    }

    #[test]
    fn yes_and_no_in_any_words_have_a_pass_rate() {
        let said =
            stat(&[json!("Yes"), json!(false), json!("thumbs up"), json!("maybe"), json!(1)]);
        assert_eq!((said.count, said.pass_rate, said.mean), (5, Some(0.75), None));
    }

    #[test]
    fn the_rule_of_the_name_says_which_end_is_good() {
        let mut judgements = Judgements::default();
        for value in [Some(json!("yes")), Some(json!(false)), Some(json!("no")), None] {
            judgements.add(value.as_ref());
        }
        let said = judgements.finish("is_toxic", &FeedbackRule::guess("is_toxic"));
        assert_eq!((said.count, said.not_judged), (3, 1));
        assert_eq!(said.pass_rate, Some(2.0 / 3.0));
        assert_eq!((said.polarity, said.is_guess), (Polarity::Negative, true));
    }

    #[test]
    fn numbers_have_a_mean_and_percentiles() {
        let said = stat(&[json!(1), json!(2), json!(3), json!(4.0), json!("yes")]);
        assert_eq!((said.count, said.pass_rate), (5, None));
        assert_eq!((said.mean, said.median), (Some(2.5), Some(2.5)));
        assert_eq!((said.p10, said.p90), (Some(1.3), Some(3.7)));
    }

    #[test]
    fn zeros_and_ones_alone_are_yes_and_no() {
        let said = stat(&[json!(1), json!(0), json!(1.0)]);
        assert_eq!((said.pass_rate, said.mean), (Some(2.0 / 3.0), None));
    }

    #[test]
    fn words_are_counted_the_commonest_first() {
        let said = stat(&[json!("b"), json!("a"), json!("b"), json!({ "x": 1 })]);
        let values: Vec<_> =
            said.values.iter().map(|value| (value.value.as_str(), value.traces)).collect();
        assert_eq!(values, [("b", 2), ("a", 1), ("{\"x\":1}", 1)]);
        assert_eq!((said.pass_rate, said.mean), (None, None));
    }
}
