//! Whether the wall clock may decide what is old.
//!
//! A clock that jumps ahead would make everything look old at once, and what
//! retention deletes does not come back. So a jump is given an hour to be
//! noticed and put right.
use std::time::{Duration, Instant};

use kansoku_model::TimestampMs;

/// How much the clock may gain between two looks, beside the time that passed.
const JUMP_MS: i64 = 3_600_000;
const WAIT: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
pub(super) struct SteadyClock {
    last: Option<(TimestampMs, Instant)>,
    doubted_until: Option<Instant>,
}

impl SteadyClock {
    /// Whether ages may be computed from `now`, seen at `at`.
    pub(super) fn look(&mut self, now: TimestampMs, at: Instant) -> bool {
        if let Some((last, last_at)) = self.last.replace((now, at)) {
            let passed = i64::try_from((at - last_at).as_millis()).unwrap_or(i64::MAX);
            let gained = now.0.saturating_sub(last.0).saturating_sub(passed);
            if JUMP_MS < gained {
                self.doubted_until = Some(at + WAIT);
                let hours = gained / 3_600_000;
                tracing::warn!(
                    "the clock jumped {hours} hours ahead to {now}; nothing is deleted for its age for an hour"
                );
            } else if gained < -JUMP_MS && self.doubted_until.take().is_some() {
                tracing::info!("the clock went back to {now}");
            }
        }
        self.doubted_until.is_none_or(|until| until <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// Looks at (what the clock says in hours, the minutes that really passed since the start).
    fn looks(looks: &[(i64, u64)]) -> Vec<bool> {
        let (mut clock, start) = (SteadyClock::default(), Instant::now());
        let look = |(hours, minutes): &(i64, u64)| {
            clock.look(TimestampMs(hours * HOUR), start + Duration::from_secs(minutes * 60))
        };
        looks.iter().map(look).collect()
    }

    #[test]
    fn a_clock_that_goes_on_is_believed() {
        assert_eq!(looks(&[(100, 0), (101, 60), (102, 120), (50, 121), (51, 181)]), [true; 5]);
    }

    #[test]
    fn a_jump_ahead_is_doubted_for_an_hour() {
        assert_eq!(
            looks(&[(100, 0), (900, 1), (900, 2), (901, 60), (901, 61)]),
            [true, false, false, false, true]
        );
    }

    #[test]
    fn a_jump_that_is_put_right_is_forgotten() {
        assert_eq!(looks(&[(100, 0), (900, 1), (100, 2)]), [true, false, true]);
    }

    #[test]
    fn the_ends_of_time_are_times() {
        let (mut clock, at) = (SteadyClock::default(), Instant::now());
        for ms in [i64::MIN, i64::MAX, i64::MIN, i64::MAX] {
            clock.look(TimestampMs(ms), at);
        }
        assert!(!clock.look(TimestampMs(i64::MAX), at));
    }
}
