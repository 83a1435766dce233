//! What feedback of one name says over many traces.
//!
//! Where all of it is yes or no (in whatever words), there is a pass rate; where some of it is a
//! number other than 0 and 1, there are the numbers' mean and percentiles.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kansoku_model::TimestampMs;
use kansoku_store::{ScannedAssessment, percentile};
use serde::Serialize;
use serde_json::Value;

use super::buckets::Buckets;
use super::filter_text::keyed;

/// The commonest values of one name that are told.
const VALUES_MAX: usize = 10;
/// A value is told as far as this, in characters.
const VALUE_CHARS_MAX: usize = 200;
/// Different values of one name that are counted.
const DISTINCT_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct FeedbackStat {
    pub(crate) name: String,
    /// The number of assessments with a value.
    pub(crate) count: u64,
    /// The share of positive values among those that are positive or negative.
    pub(crate) pass_rate: Option<f64>,
    pub(crate) mean: Option<f64>,
    pub(crate) median: Option<f64>,
    pub(crate) p10: Option<f64>,
    pub(crate) p90: Option<f64>,
    /// The most frequent values.
    pub(crate) values: Vec<FacetValue>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct FacetValue {
    pub(crate) value: String,
    pub(crate) traces: u64,
}

/// Yes or no, in whatever words; `None` for anything else.
pub(crate) fn verdict(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::Number(number) => match number.as_f64() {
            Some(1.0) => Some(true),
            Some(0.0) => Some(false),
            _ => None,
        },
        Value::String(text) => match text.trim().to_lowercase().replace(['-', ' '], "_").as_str() {
            "yes" | "true" | "pass" | "passed" | "good" | "positive" | "thumbs_up" | "up"
            | "👍" => Some(true),
            "no" | "false" | "fail" | "failed" | "bad" | "negative" | "thumbs_down" | "down"
            | "👎" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Feedback of one name over time.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct FeedbackTrend {
    stat: FeedbackStat,
    /// Keeps the traces that have it.
    filter: String,
    series: Vec<FeedbackPoint>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct FeedbackPoint {
    start_ms: i64,
    count: u64,
    pass_rate: Option<f64>,
    mean: Option<f64>,
}

/// All feedback of some traces with when these began.
#[derive(Default)]
pub(crate) struct FeedbackTrendFold(BTreeMap<Arc<str>, Vec<(TimestampMs, Value)>>);

impl FeedbackTrendFold {
    pub(crate) fn add(&mut self, time: TimestampMs, assessments: &[ScannedAssessment]) {
        for (name, value) in assessments.iter().filter_map(feedback) {
            self.0.entry(name.clone()).or_default().push((time, value));
        }
    }

    /// By name.
    pub(crate) fn finish(self, buckets: Buckets) -> Vec<FeedbackTrend> {
        self.0.into_iter().map(|(name, values)| trend(&name, &values, buckets)).collect()
    }
}

fn trend(name: &str, values: &[(TimestampMs, Value)], buckets: Buckets) -> FeedbackTrend {
    let mut all = Judgements::default();
    let mut parts: Vec<Judgements> = (0..buckets.count).map(|_| Judgements::default()).collect();
    for (time, value) in values {
        all.add(value);
        if let Some(part) = buckets.of(*time).and_then(|n| parts.get_mut(n)) {
            part.add(value);
        }
    }
    // What is graded in one part is graded in all: a lone 1 is no "yes" then.
    let graded = all.is_graded;
    let point = |(n, mut part): (usize, Judgements)| {
        part.is_graded = graded;
        FeedbackPoint {
            start_ms: buckets.start_ms(n),
            count: part.count,
            pass_rate: part.pass_rate(),
            mean: part.mean(),
        }
    };
    FeedbackTrend {
        stat: all.finish(name),
        filter: format!("{} IS NOT NULL", keyed("feedback", name)),
        series: parts.into_iter().enumerate().map(point).collect(),
    }
}

/// All feedback of some traces, by name.
#[derive(Default)]
pub(crate) struct FeedbackFold {
    by_name: BTreeMap<Arc<str>, Judgements>,
}

#[derive(Default)]
pub(crate) struct Judgements {
    count: u64,
    yes: u64,
    no: u64,
    /// Some number is neither 0 nor 1.
    is_graded: bool,
    numbers: Vec<f64>,
    values: HashMap<String, u64>,
}

impl FeedbackFold {
    /// Adds the feedback among a trace's assessments.
    pub(crate) fn add(&mut self, assessments: &[ScannedAssessment]) {
        for (name, value) in assessments.iter().filter_map(feedback) {
            match self.by_name.get_mut(name) {
                Some(judgements) => judgements.add(&value),
                None => self.by_name.entry(name.clone()).or_default().add(&value),
            }
        }
    }

    /// By name.
    pub(crate) fn finish(self) -> Vec<FeedbackStat> {
        self.by_name.into_iter().map(|(name, judgements)| judgements.finish(&name)).collect()
    }
}

/// The name and the value, if it is feedback that has one.
pub(crate) fn feedback(assessment: &ScannedAssessment) -> Option<(&Arc<str>, Value)> {
    if &*assessment.kind != "feedback" {
        return None;
    }
    let value: Value = serde_json::from_str(assessment.value.as_deref()?).ok()?;
    (!value.is_null()).then_some((&assessment.name, value))
}

impl Judgements {
    pub(crate) fn add(&mut self, value: &Value) {
        self.count += 1;
        match verdict(value) {
            Some(true) => self.yes += 1,
            Some(false) => self.no += 1,
            None => {}
        }
        if let Some(number) = value.as_f64() {
            self.is_graded |= number != 0.0 && number != 1.0;
            self.numbers.push(number);
        }
        let text = shown(value);
        if self.values.len() < DISTINCT_MAX || self.values.contains_key(&text) {
            *self.values.entry(text).or_default() += 1;
        }
    }

    pub(crate) fn mean(&self) -> Option<f64> {
        let sum: f64 = self.numbers.iter().sum();
        let mean = sum / self.numbers.len() as f64;
        Some(mean).filter(|_| self.is_graded && !self.numbers.is_empty())
    }

    pub(crate) fn pass_rate(&self) -> Option<f64> {
        let judged = self.yes + self.no;
        (!self.is_graded && 0 < judged).then(|| self.yes as f64 / judged as f64)
    }

    pub(crate) fn finish(mut self, name: &str) -> FeedbackStat {
        let numbers = if self.is_graded { self.numbers.as_mut_slice() } else { &mut [] };
        let [p10, median, p90] = [10.0, 50.0, 90.0].map(|percent| percentile(numbers, percent));
        let (mean, pass_rate) = (self.mean(), self.pass_rate());
        let mut values: Vec<_> = self.values.into_iter().collect();
        values.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        values.truncate(VALUES_MAX);
        let values = values.into_iter().map(|(value, traces)| FacetValue { value, traces });
        FeedbackStat {
            name: name.to_owned(),
            count: self.count,
            pass_rate,
            mean,
            median,
            p10,
            p90,
            values: values.collect(),
        }
    }
}

/// A text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
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
        values.iter().for_each(|value| judgements.add(value));
        judgements.finish("name")
    }

    #[test]
    fn yes_and_no_in_any_words_have_a_pass_rate() {
        let said =
            stat(&[json!("Yes"), json!(false), json!("thumbs up"), json!("maybe"), json!(1)]);
        assert_eq!((said.count, said.pass_rate, said.mean), (5, Some(0.75), None));
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
