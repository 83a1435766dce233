//! The calls of one step: sums, and the trace and duration of each call.
use kansoku_model::Money;
use kansoku_store::{NONE, SpanColumns, percentile};

use super::{Spread, Step, StepKey, StepSplit, ms};
use crate::figures::percentiles;
use crate::short_micros::ShortMicros;

#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) calls: u64,
    pub(crate) traces: u64,
    pub(crate) errors: u64,
    pub(crate) self_us: i64,
    pub(crate) critical_us: i64,
    pub(crate) total_tokens: u64,
    pub(crate) cost: Money,
    durations: Moments,
    costs: Moments,
    /// The trace of the last call, with the number of its calls so far.
    last: Option<(u32, u64)>,
    /// The sum over all traces of their squared number of calls.
    calls_squared: f64,
    /// The trace and duration of each call that has ended.
    ended: Vec<(u32, ShortMicros)>,
    /// The traces of calls that are still open.
    open: Vec<u32>,
    failed: Vec<u32>,
    first_tokens: Vec<u32>,
}

impl Calls {
    pub(super) fn add(&mut self, columns: &SpanColumns, span: usize, trace: u32) {
        self.calls += 1;
        let before = match self.last {
            Some((last, calls)) if last == trace => calls,
            _ => {
                self.traces += 1;
                0
            }
        };
        self.last = Some((trace, before + 1));
        // The difference of n² and (n + 1)².
        self.calls_squared += (2 * before + 1) as f64;
        if columns.is_failed[span] {
            self.errors += 1;
            self.failed.push(trace);
        }
        match columns.duration_us[span] {
            NONE => self.open.push(trace),
            us => {
                self.durations.add(ms(us));
                self.ended.push((trace, ShortMicros::new(us)));
            }
        }
        self.self_us += columns.self_us[span];
        self.critical_us += columns.critical_us[span];
        if let Ok(tokens) = u64::try_from(columns.total_tokens[span]) {
            self.total_tokens = self.total_tokens.saturating_add(tokens);
        }
        if columns.cost[span] != NONE {
            let cost = Money(columns.cost[span]);
            self.cost = self.cost.saturating_add(cost);
            self.costs.add(cost.as_dollars());
        }
        if let Ok(first_token) = u32::try_from(columns.first_token_ms[span]) {
            self.first_tokens.push(first_token);
        }
    }

    pub(crate) fn percentiles(&self) -> [Option<f64>; 3] {
        let mut durations: Vec<f64> = self.ended.iter().map(|(_, us)| us.as_ms()).collect();
        percentiles(&mut durations)
    }

    pub(super) fn finish(
        self,
        key: &StepKey,
        split: Option<&StepSplit>,
        (traces, all_paths_ms): (u64, f64),
        buckets: &[usize],
        bucket_count: usize,
    ) -> Step {
        let [p50_ms, p95_ms, p99_ms] = self.percentiles();
        let mut first_tokens: Vec<f64> =
            self.first_tokens.iter().map(|ms| f64::from(*ms)).collect();
        let path_ms = ms(self.critical_us);
        let mut step = Step {
            name: key.name.to_string(),
            span_type: key.span_type.as_deref().map(str::to_owned),
            value: key.value.as_deref().map(str::to_owned),
            filter: key.filter(split),
            calls: self.calls,
            traces: self.traces,
            errors: self.errors,
            p50_ms,
            p95_ms,
            p99_ms,
            self_ms: ms(self.self_us),
            path_ms,
            path_share: if 0.0 < all_paths_ms { path_ms / all_paths_ms } else { 0.0 },
            first_token_p50_ms: percentile(&mut first_tokens, 50.0),
            total_tokens: self.total_tokens,
            cost: self.cost.as_dollars(),
            duration_ms: self.durations.spread(),
            cost_per_call: self.costs.spread(),
            calls_per_trace: Moments {
                count: traces,
                sum: self.calls as f64,
                squares: self.calls_squared,
            }
            .spread(),
            series: vec![0; bucket_count],
            error_series: vec![0; bucket_count],
            mean_ms_series: Vec::new(),
        };
        let mut ended = vec![Moments::default(); bucket_count];
        let bucket = |trace: u32| buckets.get(trace as usize).copied().unwrap_or(usize::MAX);
        for (trace, duration) in &self.ended {
            if let Some(moments) = ended.get_mut(bucket(*trace)) {
                moments.add(duration.as_ms());
            }
        }
        for (count, moments) in step.series.iter_mut().zip(&ended) {
            *count = moments.count;
        }
        for (traces, series) in
            [(&self.open, &mut step.series), (&self.failed, &mut step.error_series)]
        {
            for trace in traces {
                if let Some(count) = series.get_mut(bucket(*trace)) {
                    *count += 1;
                }
            }
        }
        step.mean_ms_series = ended.iter().map(|moments| moments.spread().mean).collect();
        step
    }
}

/// The sums from which a mean and a standard deviation are computed.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: u64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, number: f64) {
        self.count += 1;
        self.sum += number;
        self.squares += number * number;
    }

    fn spread(self) -> Spread {
        let Self { count, sum, squares } = self;
        let mean = (0 < count).then(|| sum / count as f64);
        let deviation = mean.map(|mean| (squares / count as f64 - mean * mean).max(0.0).sqrt());
        Spread { count, mean, deviation }
    }
}
