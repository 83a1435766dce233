//! The pass rate and the mean of a feedback, as the quality screen computes them.
use kansoku_model::{FeedbackRule, FeedbackWord, Verdict};
use kansoku_store::{ScannedAssessment, ScannedTrace};
use serde_json::Value;

use crate::series::Series;

pub(super) struct FeedbackSeries {
    name: String,
    /// `None` for the mean of numbers.
    rule: Option<FeedbackRule>,
    values: Series,
    /// The numbers 1 and 0, which are yes and no if there are no other numbers.
    ones_and_zeros: Series,
    is_graded: bool,
}

impl FeedbackSeries {
    pub(super) fn pass_rate(name: &str, rule: FeedbackRule, series: impl Fn() -> Series) -> Self {
        Self::new(name, Some(rule), series)
    }

    pub(super) fn mean(name: &str, series: impl Fn() -> Series) -> Self {
        Self::new(name, None, series)
    }

    fn new(name: &str, rule: Option<FeedbackRule>, series: impl Fn() -> Series) -> Self {
        let name = name.to_owned();
        Self { name, rule, values: series(), ones_and_zeros: series(), is_graded: false }
    }

    pub(super) fn add(&mut self, trace: &ScannedTrace) {
        for assessment in &trace.assessments {
            if let Some(value) = self.value(assessment) {
                self.add_value(trace, &value);
            }
        }
    }

    /// The value of feedback with the name; `None` if the judge failed.
    fn value(&self, assessment: &ScannedAssessment) -> Option<Value> {
        let is_asked = *assessment.name == *self.name && &*assessment.kind == "feedback";
        let text = assessment.value.as_deref().filter(|_| is_asked)?;
        serde_json::from_str(text).ok().filter(|value: &Value| !value.is_null())
    }

    fn add_value(&mut self, trace: &ScannedTrace, value: &Value) {
        let Some(rule) = &self.rule else {
            let number = match value {
                Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
                value => value.as_f64(),
            };
            number.into_iter().for_each(|number| self.values.add(trace.time, number));
            return;
        };
        let word = match value.as_f64() {
            Some(1.0) => Some(FeedbackWord::True),
            Some(0.0) => Some(FeedbackWord::False),
            _ => None,
        };
        self.is_graded |= value.is_number() && word.is_none();
        if let Some(verdict) = rule.verdict(value) {
            self.values.add(trace.time, share(verdict));
        } else if let Some(verdict) = word.and_then(|word| rule.verdict_of_word(word)) {
            self.ones_and_zeros.add(trace.time, share(verdict));
        }
    }

    pub(super) fn finish(mut self) -> Series {
        if !self.is_graded {
            self.values.merge(&self.ones_and_zeros);
        }
        self.values
    }
}

fn share(verdict: Verdict) -> f64 {
    match verdict {
        Verdict::Good => 1.0,
        Verdict::Bad => 0.0,
    }
}
