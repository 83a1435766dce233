//! Steps: figures of all spans of one name and type, over any number of traces.
//!
//! The fold takes spans as columns, because a million traces have many millions of them; it keeps
//! eight bytes per call. Times are sums of whole microseconds, percentiles are exact.
mod calls;
mod key;

use std::sync::Arc;

use kansoku_model::TimestampMs;
use kansoku_store::{SpanColumns, SpanProjection};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::buckets::Buckets;
use calls::Calls;
use key::Values;
pub use key::{StepKey, StepSplit};

/// The most steps that are kept apart. Applications that number their spans have an unlimited
/// number of names.
const DISTINCT_MAX: usize = 10_000;
/// The step of a call whose step is not kept.
pub const LEFT_OUT: u32 = u32::MAX;

/// Figures of the spans of one name and type. Times are in milliseconds, costs in US dollars.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Step {
    pub name: String,
    /// `LLM`, `TOOL`, …; `null` if the spans have no type.
    pub span_type: Option<String>,
    /// The value by which steps are split; `null` if there is none.
    pub value: Option<String>,
    /// A filter for the traces with such a span.
    pub filter: String,
    pub calls: u64,
    /// The number of traces with at least one call.
    pub traces: u64,
    pub errors: u64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// The total time of the spans without the time of their child spans.
    pub self_ms: f64,
    /// The part of the self time that is on the critical path of its trace.
    pub path_ms: f64,
    /// `path_ms` as a share of the critical paths of all traces, from 0 to 1.
    pub path_share: f64,
    pub first_token_p50_ms: Option<f64>,
    pub total_tokens: u64,
    pub cost: f64,
    /// The durations of calls that have ended.
    pub duration_ms: Spread,
    /// The costs of calls that have one.
    pub cost_per_call: Spread,
    /// The number of calls in each trace, including traces without any.
    pub calls_per_trace: Spread,
    /// The number of calls in each bucket, by the start of their traces.
    pub series: Vec<u64>,
    pub error_series: Vec<u64>,
    pub mean_ms_series: Vec<Option<f64>>,
}

/// The count, mean and standard deviation of a sample, from which the significance of a difference
/// is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Spread {
    pub count: u64,
    pub mean: Option<f64>,
    pub deviation: Option<f64>,
}

/// The steps of some traces, those with the longest time on critical paths first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    pub steps: Vec<Step>,
    /// The number of all steps; the list may have fewer.
    pub steps_total: usize,
    pub traces: u64,
    /// The length of the critical paths of all traces together, in milliseconds.
    pub path_ms: f64,
    /// The number of calls whose step is not kept, because there are too many steps.
    pub left_out_calls: u64,
}

#[derive(Default)]
pub struct StepFold {
    split: Option<StepSplit>,
    values: Values,
    index: FxHashMap<StepKey, u32>,
    steps: Vec<(StepKey, Calls)>,
    /// The start of each trace.
    times: Vec<TimestampMs>,
    path_us: i64,
    left_out_calls: u64,
}

impl StepFold {
    pub fn new(split: Option<StepSplit>) -> Self {
        Self { split, ..Self::default() }
    }

    /// The columns of spans that the fold reads.
    pub fn projection(&self) -> SpanProjection {
        self.split.as_ref().map(StepSplit::span_projection).unwrap_or_default()
    }

    /// Adds spans, and returns the step of each. If a trace has several values, it is the step of
    /// the last one.
    pub fn add(&mut self, columns: &SpanColumns) -> Vec<u32> {
        let mut of_span = vec![LEFT_OUT; columns.duration_us.len()];
        // Most spans have a name and type that occurred in this batch before.
        let mut seen: FxHashMap<(i64, i64, u32), u32> = FxHashMap::default();
        let of_codes = self.values.of_spans(self.split.as_ref(), columns);
        for of_trace in &columns.traces {
            let trace = self.times.len() as u32;
            self.times.push(of_trace.time);
            let values = self.values.of_trace(self.split.as_ref(), of_trace.trace.as_deref());
            for value in &values {
                for span in of_trace.spans.clone() {
                    let value = of_codes.as_ref().map_or(*value, |of_codes| of_codes[span]);
                    let codes = (columns.name.codes[span], columns.span_type.codes[span], value);
                    let step = match seen.get(&codes) {
                        Some(step) => *step,
                        None => *seen.entry(codes).or_insert(self.step(columns, codes)),
                    };
                    of_span[span] = step;
                    match self.steps.get_mut(step as usize) {
                        Some((_, calls)) => calls.add(columns, span, trace),
                        None => self.left_out_calls += 1,
                    }
                }
            }
            self.path_us +=
                of_trace.spans.clone().map(|span| columns.critical_us[span]).sum::<i64>();
        }
        of_span
    }

    fn step(&mut self, columns: &SpanColumns, (name, span_type, value): (i64, i64, u32)) -> u32 {
        let text = |texts: &[String], code: i64| -> Option<Arc<str>> {
            Some(texts.get(usize::try_from(code).ok()?)?.as_str().into())
        };
        let key = StepKey {
            name: text(&columns.name.texts, name).unwrap_or_else(|| "".into()),
            span_type: text(&columns.span_type.texts, span_type),
            value: self.values.text(value),
        };
        if let Some(step) = self.index.get(&key) {
            return *step;
        }
        if DISTINCT_MAX <= self.steps.len() {
            return LEFT_OUT;
        }
        let step = self.steps.len() as u32;
        self.steps.push((key.clone(), Calls::default()));
        self.index.insert(key, step);
        step
    }

    pub fn traces(&self) -> u64 {
        self.times.len() as u64
    }

    /// The start times of the oldest and the newest trace.
    pub fn ends(&self) -> Option<(TimestampMs, TimestampMs)> {
        self.times.iter().min().copied().zip(self.times.iter().max().copied())
    }

    pub fn finish(self, buckets: Buckets, steps_max: usize) -> Steps {
        let places: Vec<usize> =
            self.times.iter().map(|time| buckets.index_of(*time).unwrap_or(usize::MAX)).collect();
        let (traces, path_ms) = (self.traces(), ms(self.path_us));
        let mut steps = self.steps;
        steps.sort_unstable_by(|(a, x), (b, y)| {
            (y.critical_us, y.self_us, y.calls)
                .cmp(&(x.critical_us, x.self_us, x.calls))
                .then_with(|| a.cmp(b))
        });
        let steps_total = steps.len();
        let split = self.split.as_ref();
        let finish = |(key, calls): (StepKey, Calls)| {
            calls.finish(&key, split, (traces, path_ms), &places, buckets.count)
        };
        Steps {
            steps: steps.into_iter().take(steps_max).map(finish).collect(),
            steps_total,
            traces,
            path_ms,
            left_out_calls: self.left_out_calls,
        }
    }

    /// The steps in the order in which [`StepFold::add`] numbers them, and the length of all
    /// critical paths in microseconds.
    pub(crate) fn into_parts(self) -> (Vec<(StepKey, Calls)>, i64) {
        (self.steps, self.path_us)
    }
}

pub(crate) fn ms(us: i64) -> f64 {
    us as f64 / 1000.0
}

#[cfg(test)]
mod tests;
