//! Figures of a set of traces, and the points from which they are computed.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kansoku_model::{Money, TimestampMs, TokenUsage};
use kansoku_store::{ScannedTrace, percentile};
use serde::Serialize;

use super::outcome::Outcome;

#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Figures {
    pub traces: u64,
    pub errors: u64,
    /// Traces that ended well although a span failed.
    pub recovered: u64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cached_tokens: u64,
    pub total_tokens: u64,
    /// In US dollars.
    pub cost: f64,
    pub sessions: u64,
    pub users: u64,
}

/// The part of a trace that figures need. It is small, because there may be a million points at a
/// time.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub time: TimestampMs,
    pub outcome: Outcome,
    pub duration_ms: Option<u32>,
    pub consumption: Consumption,
    pub session: Option<i64>,
    pub user: Option<u32>,
}

/// Tokens and cost of a trace or of some of its spans.
#[derive(Clone, Copy, Debug, Default)]
pub struct Consumption {
    pub input: u32,
    pub output: u32,
    pub cached: u32,
    pub total: u32,
    pub cost: Money,
}

impl Consumption {
    pub fn new(usage: Option<TokenUsage>, cost: Option<Money>) -> Self {
        let few = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let cost = cost.unwrap_or_default();
        usage.map_or(Self { cost, ..Self::default() }, |usage| Self {
            input: few(usage.input_tokens),
            output: few(usage.output_tokens),
            cached: few(usage.cache_read_input_tokens.unwrap_or(0)),
            total: few(usage.total_tokens),
            cost,
        })
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cached: self.cached.saturating_add(other.cached),
            total: self.total.saturating_add(other.total),
            cost: self.cost.saturating_add(other.cost),
        }
    }
}

/// Collects points of traces, and numbers their users.
#[derive(Default)]
pub struct PointFold {
    pub all: Vec<Point>,
    users: HashMap<Arc<str>, u32>,
}

impl PointFold {
    pub fn add(&mut self, scanned: &ScannedTrace) {
        let point = self.point(scanned);
        self.all.push(point);
    }

    /// The point of a trace, which is not added to `all`.
    pub fn point(&mut self, scanned: &ScannedTrace) -> Point {
        let next = self.users.len() as u32;
        let user = scanned.user.as_ref().map(|user| match self.users.get(user) {
            Some(known) => *known,
            None => *self.users.entry(user.clone()).or_insert(next),
        });
        Point {
            time: scanned.time,
            outcome: Outcome::from_scanned(scanned),
            duration_ms: scanned.duration_ms.map(|ms| u32::try_from(ms.max(0)).unwrap_or(u32::MAX)),
            consumption: Consumption::new(scanned.usage, scanned.cost),
            session: scanned.session_hash,
            user,
        }
    }

    pub fn figures(&self) -> Figures {
        figures(self.all.iter())
    }

    /// The start times of the oldest and the newest trace.
    pub fn ends(&self) -> Option<(TimestampMs, TimestampMs)> {
        let times = || self.all.iter().map(|point| point.time);
        times().min().zip(times().max())
    }
}

pub fn figures<'a>(points: impl Iterator<Item = &'a Point>) -> Figures {
    let mut sum = Figures::default();
    let mut durations = Vec::new();
    let (mut sessions, mut users) = (HashSet::new(), HashSet::new());
    let mut cost = Money(0);
    for point in points {
        sum.traces += 1;
        sum.errors += u64::from(point.outcome == Outcome::Error);
        sum.recovered += u64::from(point.outcome == Outcome::Recovered);
        durations.extend(point.duration_ms.map(f64::from));
        sum.input_tokens += u64::from(point.consumption.input);
        sum.output_tokens += u64::from(point.consumption.output);
        sum.cached_tokens += u64::from(point.consumption.cached);
        sum.total_tokens += u64::from(point.consumption.total);
        cost = cost.saturating_add(point.consumption.cost);
        sessions.extend(point.session);
        users.extend(point.user);
    }
    sum.cost = cost.as_dollars();
    (sum.sessions, sum.users) = (sessions.len() as u64, users.len() as u64);
    [sum.p50_ms, sum.p95_ms, sum.p99_ms] = percentiles(&mut durations);
    sum
}

/// The percentiles P50, P95 and P99.
pub fn percentiles(values: &mut [f64]) -> [Option<f64>; 3] {
    [50.0, 95.0, 99.0].map(|percent| percentile(values, percent))
}
