//! Whether a model may be called now: its concurrency, its rate limit, and a circuit breaker.
use std::collections::VecDeque;

use kansoku_model::{DurationMs, TimestampMs};

use crate::models::EndpointSettings;

/// The number of calls of one model that run at once, whatever its settings allow.
pub(super) const MODEL_RUNNING_MAX: usize = 64;
/// Failed calls in a row after which the model is left alone for a while.
const FAILURES_MAX: u32 = 5;
/// The pause after that many failures; each further one doubles it.
const FIRST_PAUSE_MS: i64 = 5_000;
const PAUSE_MAX_MS: i64 = 300_000;
const MINUTE_MS: i64 = 60_000;

#[derive(Clone, Copy, Debug)]
pub(super) struct GateLimits {
    pub(super) concurrent_max: usize,
    pub(super) calls_per_minute_max: Option<usize>,
}

impl GateLimits {
    pub(super) fn of_endpoint(settings: &EndpointSettings) -> Self {
        let calls_per_minute_max = settings.requests_per_minute.map(|max| max as usize);
        let concurrent_max = MODEL_RUNNING_MAX.min(settings.max_concurrent as usize);
        Self { concurrent_max, calls_per_minute_max }
    }
}

#[derive(Debug)]
pub(super) struct Gate {
    limits: GateLimits,
    in_flight: usize,
    failures_in_a_row: u32,
    closed_until: TimestampMs,
    /// When the calls of the last minute were started; empty without a rate limit.
    started: VecDeque<TimestampMs>,
}

impl Gate {
    pub(super) fn new(limits: GateLimits) -> Self {
        Self {
            limits,
            in_flight: 0,
            failures_in_a_row: 0,
            closed_until: TimestampMs(i64::MIN),
            started: VecDeque::new(),
        }
    }

    /// The earliest time of the next call; `None` while as many run as may.
    pub(super) fn next_call(&self, now: TimestampMs) -> Option<TimestampMs> {
        // After failures, one call at a time finds out whether the model answers again.
        let concurrent_max = match FAILURES_MAX <= self.failures_in_a_row {
            true => 1,
            false => self.limits.concurrent_max,
        };
        if concurrent_max <= self.in_flight {
            return None;
        }
        let by_rate = self.limits.calls_per_minute_max.and_then(|max| {
            let before = self.started.len().checked_sub(max)?;
            Some(TimestampMs(self.started.get(before)?.0.saturating_add(MINUTE_MS)))
        });
        Some(by_rate.unwrap_or(now).max(self.closed_until).max(now))
    }

    /// Whether a call may start now or as soon as another ends.
    pub(super) fn takes_more(&self, now: TimestampMs) -> bool {
        match self.next_call(now) {
            Some(at) => at == now,
            None => self.failures_in_a_row < FAILURES_MAX,
        }
    }

    /// Whether it may be called for a backfill: a quarter of its concurrency is left to live traces.
    pub(super) fn is_open_for_backfill(&self, now: TimestampMs) -> bool {
        let max = self.limits.concurrent_max;
        self.in_flight < max - max / 4 && self.next_call(now) == Some(now)
    }

    pub(super) fn start(&mut self, now: TimestampMs) {
        self.in_flight += 1;
        if self.limits.calls_per_minute_max.is_some() {
            let minute_ago = TimestampMs(now.0.saturating_sub(MINUTE_MS));
            while self.started.front().is_some_and(|at| *at <= minute_ago) {
                self.started.pop_front();
            }
            self.started.push_back(now);
        }
    }

    /// The model answered, if only to reject the request.
    pub(super) fn answered(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.failures_in_a_row = 0;
    }

    /// The model did not answer, or asked for a pause.
    pub(super) fn failed(&mut self, now: TimestampMs, retry_after: Option<DurationMs>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        let doublings = self.failures_in_a_row.checked_sub(FAILURES_MAX);
        let pause = doublings.map_or(0, |doublings| FIRST_PAUSE_MS << doublings.min(10));
        let pause = pause.max(retry_after.map_or(0, |pause| pause.0)).min(PAUSE_MAX_MS);
        self.closed_until = self.closed_until.max(TimestampMs(now.0.saturating_add(pause)));
    }
}

/// When the first of the gates opens that are closed by time.
pub(super) fn next_opening<'a>(
    gates: impl Iterator<Item = &'a Gate>,
    now: TimestampMs,
) -> Option<TimestampMs> {
    gates.filter_map(|gate| gate.next_call(now)).filter(|at| now < *at).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: TimestampMs = TimestampMs(1_000_000);

    fn later(ms: i64) -> TimestampMs {
        TimestampMs(NOW.0 + ms)
    }

    fn gate(concurrent_max: usize, calls_per_minute_max: Option<usize>) -> Gate {
        Gate::new(GateLimits { concurrent_max, calls_per_minute_max })
    }

    #[test]
    fn so_many_calls_run_at_once() {
        let mut gate = gate(2, None);
        gate.start(NOW);
        assert_eq!(gate.next_call(NOW), Some(NOW));
        gate.start(NOW);
        assert_eq!(gate.next_call(NOW), None);
        assert!(gate.takes_more(NOW));
        gate.answered();
        assert_eq!(gate.next_call(NOW), Some(NOW));
    }

    #[test]
    fn a_backfill_leaves_calls_to_live_traces() {
        let mut busy = gate(4, None);
        for _ in 0..3 {
            assert!(busy.is_open_for_backfill(NOW));
            busy.start(NOW);
        }
        assert!(!busy.is_open_for_backfill(NOW));
        assert_eq!(busy.next_call(NOW), Some(NOW));
        let mut single = gate(1, None);
        assert!(single.is_open_for_backfill(NOW));
        single.start(NOW);
        assert!(!single.is_open_for_backfill(NOW));
    }

    #[test]
    fn so_many_calls_start_in_a_minute() {
        let mut gate = gate(9, Some(2));
        for ms in [0, 10_000] {
            assert_eq!(gate.next_call(later(ms)), Some(later(ms)));
            gate.start(later(ms));
        }
        assert_eq!(gate.next_call(later(20_000)), Some(later(60_000)));
        gate.start(later(60_000));
        assert_eq!(gate.next_call(later(60_000)), Some(later(70_000)));
    }

    #[test]
    fn a_model_that_fails_is_left_alone_and_then_tried_by_one_call() {
        let mut gate = gate(9, None);
        for _ in 0..FAILURES_MAX - 1 {
            gate.start(NOW);
            gate.failed(NOW, None);
            assert_eq!(gate.next_call(NOW), Some(NOW));
        }
        gate.start(NOW);
        gate.failed(NOW, None);
        assert_eq!(gate.next_call(NOW), Some(later(FIRST_PAUSE_MS)));
        assert!(!gate.takes_more(NOW));
        gate.start(later(FIRST_PAUSE_MS));
        assert_eq!(gate.next_call(later(FIRST_PAUSE_MS)), None);
        assert!(!gate.takes_more(later(FIRST_PAUSE_MS)));
        gate.failed(later(FIRST_PAUSE_MS), None);
        assert_eq!(gate.next_call(NOW), Some(later(3 * FIRST_PAUSE_MS)));
        gate.start(later(3 * FIRST_PAUSE_MS));
        gate.answered();
        gate.start(later(3 * FIRST_PAUSE_MS));
        assert_eq!(gate.next_call(later(3 * FIRST_PAUSE_MS)), Some(later(3 * FIRST_PAUSE_MS)));
    }

    #[test]
    fn the_first_gate_that_opens_is_found() {
        let mut gates = [gate(1, None), gate(1, None), gate(1, None), gate(1, None)];
        assert_eq!(next_opening(gates.iter(), NOW), None);
        gates[0].start(NOW);
        for (gate, pause) in [(1, 7_000), (2, 6_000)] {
            gates[gate].start(NOW);
            gates[gate].failed(NOW, Some(DurationMs(pause)));
        }
        assert_eq!(next_opening(gates.iter(), NOW), Some(later(6_000)));
        assert_eq!(next_opening(gates.iter(), later(6_000)), Some(later(7_000)));
    }

    #[test]
    fn a_model_that_asks_for_a_pause_has_it_up_to_a_maximum() {
        let mut gate = gate(9, None);
        gate.start(NOW);
        gate.failed(NOW, Some(DurationMs(7_000)));
        assert_eq!(gate.next_call(NOW), Some(later(7_000)));
        gate.start(NOW);
        gate.failed(NOW, Some(DurationMs(i64::MAX)));
        assert_eq!(gate.next_call(NOW), Some(later(PAUSE_MAX_MS)));
    }
}
