//! A histogram and totals of the spans that a search finds.
use kansoku_model::{Money, TimestampMs};
use kansoku_store::MatchingSpan;
use serde::Serialize;

use crate::{buckets::Buckets, figures::percentiles, short_micros::ShortMicros};

/// The spans whose traces started in one time interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpanBucket {
    pub start_ms: i64,
    /// Spans that did not fail.
    pub ok: u64,
    pub error: u64,
}

/// Metrics of spans. Durations are in milliseconds, costs in US dollars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SpanFigures {
    pub spans: u64,
    /// Traces with at least one of the spans.
    pub traces: u64,
    pub errors: u64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub total_tokens: u64,
    pub cost: f64,
}

#[derive(Default)]
pub struct SpanSummaryFold {
    /// The numbers of spans by trace, with the trace's request time: the buckets are known at the end.
    traces: Vec<OfTrace>,
    durations: Vec<ShortMicros>,
    total_tokens: u64,
    cost: Money,
}

struct OfTrace {
    time: TimestampMs,
    ok: u32,
    failed: u32,
}

impl SpanSummaryFold {
    /// Adds a span. The spans of one trace must follow each other.
    pub fn add(&mut self, span: &MatchingSpan<'_>) {
        if span.is_first_of_trace {
            self.traces.push(OfTrace { time: span.trace_time, ok: 0, failed: 0 });
        }
        if let Some(of_trace) = self.traces.last_mut() {
            match span.values.is_failed {
                true => of_trace.failed += 1,
                false => of_trace.ok += 1,
            }
        }
        self.durations.extend(span.values.duration_us.map(ShortMicros::new));
        let tokens = span.values.total_tokens.and_then(|tokens| u64::try_from(tokens).ok());
        self.total_tokens = self.total_tokens.saturating_add(tokens.unwrap_or(0));
        self.cost = self.cost.saturating_add(span.values.cost.unwrap_or_default());
    }

    /// The request times of the oldest and the newest trace.
    pub fn ends(&self) -> Option<(TimestampMs, TimestampMs)> {
        let times = || self.traces.iter().map(|of_trace| of_trace.time);
        times().min().zip(times().max())
    }

    pub fn finish(self, range: Buckets) -> (SpanFigures, Vec<SpanBucket>) {
        let start = |n| SpanBucket { start_ms: range.start_ms(n), ..SpanBucket::default() };
        let mut buckets: Vec<SpanBucket> = (0..range.count).map(start).collect();
        let mut all = SpanBucket::default();
        for OfTrace { time, ok, failed } in &self.traces {
            let bucket = range.index_of(*time).and_then(|n| buckets.get_mut(n));
            for bucket in bucket.into_iter().chain([&mut all]) {
                bucket.ok += u64::from(*ok);
                bucket.error += u64::from(*failed);
            }
        }
        let mut durations: Vec<f64> = self.durations.iter().map(|us| us.as_ms()).collect();
        let [p50_ms, p95_ms, p99_ms] = percentiles(&mut durations);
        let figures = SpanFigures {
            spans: all.ok + all.error,
            traces: self.traces.len() as u64,
            errors: all.error,
            p50_ms,
            p95_ms,
            p99_ms,
            total_tokens: self.total_tokens,
            cost: self.cost.as_dollars(),
        };
        (figures, buckets)
    }
}

#[cfg(test)]
mod tests {
    use kansoku_filter::eval::SpanValues;

    use super::*;

    #[test]
    fn spans_count_in_the_bucket_of_their_trace() {
        let mut fold = SpanSummaryFold::default();
        for (trace_ms, is_first_of_trace, is_failed, duration_us) in [
            (1500, true, false, Some(1500)),
            (1500, false, true, Some(500)),
            (200, true, false, None),
        ] {
            let values = SpanValues {
                name: "call",
                span_type: None,
                model: None,
                provider: None,
                is_failed,
                duration_us,
                total_tokens: Some(10),
                cost: None,
            };
            let trace_time = TimestampMs(trace_ms);
            fold.add(&MatchingSpan { trace_time, is_first_of_trace, values });
        }
        assert_eq!(fold.ends(), Some((TimestampMs(200), TimestampMs(1500))));
        let (figures, buckets) =
            fold.finish(Buckets::between(TimestampMs(0), TimestampMs(1999), 2));
        assert_eq!(
            buckets,
            [
                SpanBucket { start_ms: 0, ok: 1, error: 0 },
                SpanBucket { start_ms: 1000, ok: 1, error: 1 },
            ]
        );
        assert_eq!((figures.spans, figures.traces, figures.errors), (3, 2, 1));
        assert_eq!(figures.p50_ms, Some(1.0));
        assert_eq!(figures.total_tokens, 30);
    }
}
