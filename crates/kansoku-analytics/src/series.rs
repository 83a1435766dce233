//! Traces over time: a point for each bucket, for all traces and for groups of them.
use kansoku_model::{Money, TimestampMs};
use serde::Serialize;

use super::buckets::Buckets;
use super::figures::{Figures, Point, figures, percentiles};

/// The traces that began in one bucket. Times are in milliseconds, costs in US dollars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OverviewPoint {
    start_ms: i64,
    /// Traces without a failed span, and traces that have not ended.
    ok: u64,
    error: u64,
    recovered: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    input_tokens: u64,
    output_tokens: u64,
    cached_tokens: u64,
    cost: f64,
}

pub fn series(points: &[Point], buckets: Buckets) -> Vec<OverviewPoint> {
    let point = |(n, points): (usize, Vec<&Point>)| {
        let sum = figures(points.into_iter());
        OverviewPoint {
            start_ms: buckets.start_ms(n),
            ok: sum.traces - sum.errors - sum.recovered,
            error: sum.errors,
            recovered: sum.recovered,
            p50_ms: sum.p50_ms,
            p95_ms: sum.p95_ms,
            p99_ms: sum.p99_ms,
            input_tokens: sum.input_tokens,
            output_tokens: sum.output_tokens,
            cached_tokens: sum.cached_tokens,
            cost: sum.cost,
        }
    };
    by_bucket(points.iter(), buckets).into_iter().enumerate().map(point).collect()
}

/// The figures of a group, and its numbers in each bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OverviewGroup {
    /// The value of the field; `null` for traces without one.
    pub value: Option<String>,
    /// A filter for the traces of this group.
    pub filter: String,
    /// For a model or provider, the percentiles are those of its calls, and tokens and cost those
    /// of its spans; all other figures count traces.
    pub figures: Figures,
    pub traces: Vec<u64>,
    pub cost: Vec<f64>,
    pub tokens: Vec<u64>,
    pub p95_ms: Vec<Option<f64>>,
}

pub fn group(
    value: Option<String>,
    filter: String,
    points: &[Point],
    buckets: Buckets,
) -> OverviewGroup {
    let mut group = OverviewGroup { value, filter, ..OverviewGroup::default() };
    group.figures = figures(points.iter());
    for points in by_bucket(points.iter(), buckets) {
        let mut durations: Vec<f64> =
            points.iter().filter_map(|point| point.duration_ms.map(f64::from)).collect();
        let cost =
            points.iter().fold(Money(0), |sum, point| sum.saturating_add(point.consumption.cost));
        group.traces.push(points.len() as u64);
        group.cost.push(cost.as_dollars());
        group.tokens.push(points.iter().map(|point| u64::from(point.consumption.total)).sum());
        group.p95_ms.push(percentiles(&mut durations)[1]);
    }
    group
}

/// A call of a model in a trace that began at `time`.
pub struct Call {
    pub time: TimestampMs,
    pub duration_ms: f64,
}

impl OverviewGroup {
    /// Replaces the durations of the traces by those of these calls.
    pub fn set_durations(&mut self, calls: &[Call], buckets: Buckets) {
        let mut by_bucket = vec![Vec::new(); buckets.count];
        for call in calls {
            let durations = buckets.index_of(call.time).and_then(|n| by_bucket.get_mut(n));
            if let Some(durations) = durations {
                durations.push(call.duration_ms);
            }
        }
        let mut all: Vec<f64> = calls.iter().map(|call| call.duration_ms).collect();
        let [p50, p95, p99] = percentiles(&mut all);
        (self.figures.p50_ms, self.figures.p95_ms, self.figures.p99_ms) = (p50, p95, p99);
        self.p95_ms = by_bucket.iter_mut().map(|durations| percentiles(durations)[1]).collect();
    }
}

fn by_bucket<'a>(points: impl Iterator<Item = &'a Point>, buckets: Buckets) -> Vec<Vec<&'a Point>> {
    let mut lists = vec![Vec::new(); buckets.count];
    for point in points {
        if let Some(list) = buckets.index_of(point.time).and_then(|n| lists.get_mut(n)) {
            list.push(point);
        }
    }
    lists
}
