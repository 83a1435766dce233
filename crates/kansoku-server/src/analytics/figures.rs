//! What some traces amount to, and what is kept of each to tell.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kansoku_model::{Money, TimestampMs, TokenUsage};
use kansoku_store::{ScannedTrace, percentile};
use serde::Serialize;

use super::outcome::Outcome;

#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct Figures {
    pub(crate) traces: u64,
    pub(crate) errors: u64,
    /// Ended well although a span failed.
    pub(crate) recovered: u64,
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p95_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cached_tokens: u64,
    pub(crate) total_tokens: u64,
    /// US dollars.
    pub(crate) cost: f64,
    pub(crate) sessions: u64,
    pub(crate) users: u64,
}

/// A trace in few bytes: there may be a million at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) time: TimestampMs,
    pub(crate) outcome: Outcome,
    pub(crate) duration_ms: Option<u32>,
    pub(crate) spent: Spent,
    pub(crate) session: Option<i64>,
    pub(crate) user: Option<u32>,
}

/// Tokens and money.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) input: u32,
    pub(crate) output: u32,
    pub(crate) cached: u32,
    pub(crate) total: u32,
    pub(crate) cost: Money,
}

impl Spent {
    pub(crate) fn of(usage: Option<TokenUsage>, cost: Option<Money>) -> Self {
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

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cached: self.cached.saturating_add(other.cached),
            total: self.total.saturating_add(other.total),
            cost: self.cost.saturating_add(other.cost),
        }
    }
}

/// The traces of a question, and the users among them.
#[derive(Default)]
pub(crate) struct Points {
    pub(crate) all: Vec<Point>,
    users: HashMap<Arc<str>, u32>,
}

impl Points {
    pub(crate) fn add(&mut self, scanned: &ScannedTrace) {
        let point = self.point(scanned);
        self.all.push(point);
    }

    /// The trace in few bytes; not kept.
    pub(crate) fn point(&mut self, scanned: &ScannedTrace) -> Point {
        let next = self.users.len() as u32;
        let user = scanned.user.as_ref().map(|user| match self.users.get(user) {
            Some(known) => *known,
            None => *self.users.entry(user.clone()).or_insert(next),
        });
        Point {
            time: scanned.time,
            outcome: Outcome::of(scanned),
            duration_ms: scanned.duration_ms.map(|ms| u32::try_from(ms.max(0)).unwrap_or(u32::MAX)),
            spent: Spent::of(scanned.usage, scanned.cost),
            session: scanned.session_hash,
            user,
        }
    }

    pub(crate) fn figures(&self) -> Figures {
        figures(self.all.iter())
    }

    /// When the oldest and the newest of them began.
    pub(crate) fn ends(&self) -> Option<(TimestampMs, TimestampMs)> {
        let times = || self.all.iter().map(|point| point.time);
        times().min().zip(times().max())
    }
}

pub(crate) fn figures<'a>(points: impl Iterator<Item = &'a Point>) -> Figures {
    let mut sum = Figures::default();
    let mut durations = Vec::new();
    let (mut sessions, mut users) = (HashSet::new(), HashSet::new());
    let mut cost = Money(0);
    for point in points {
        sum.traces += 1;
        sum.errors += u64::from(point.outcome == Outcome::Error);
        sum.recovered += u64::from(point.outcome == Outcome::Recovered);
        durations.extend(point.duration_ms.map(f64::from));
        sum.input_tokens += u64::from(point.spent.input);
        sum.output_tokens += u64::from(point.spent.output);
        sum.cached_tokens += u64::from(point.spent.cached);
        sum.total_tokens += u64::from(point.spent.total);
        cost = cost.saturating_add(point.spent.cost);
        sessions.extend(point.session);
        users.extend(point.user);
    }
    sum.cost = cost.as_dollars();
    (sum.sessions, sum.users) = (sessions.len() as u64, users.len() as u64);
    [sum.p50_ms, sum.p95_ms, sum.p99_ms] = percentiles(&mut durations);
    sum
}

/// P50, P95 and P99.
pub(crate) fn percentiles(values: &mut [f64]) -> [Option<f64>; 3] {
    [50.0, 95.0, 99.0].map(|percent| percentile(values, percent))
}
