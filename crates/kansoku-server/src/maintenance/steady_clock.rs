//! Decides whether the wall clock can be trusted for retention by age.
//!
//! A clock that is ahead makes all traces look old, and deleted traces cannot be restored. So the
//! clock is compared with its last time, which is stored over restarts. After a jump that would
//! delete much, retention by age waits for a day of the server's running time, or until somebody
//! confirms the clock.
use std::time::{Duration, Instant};

use kansoku_model::{DurationMs, TimestampMs};
use kansoku_store::{ClockMarks, RetentionWait};

/// The most that the clock may gain between two checks, in addition to the elapsed time, in ms.
const JUMP_MS: i64 = 3_600_000;
/// The time that the server runs until it accepts a jump.
pub(super) const WAIT: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SteadyClock {
    last: Option<(TimestampMs, Instant)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It advanced with the elapsed time.
    Steady,
    /// It is far ahead; `believed` is the time that it should show.
    Jumped { believed: TimestampMs },
    /// It jumped before, and is not accepted yet.
    Doubted(RetentionWait),
    /// It jumped before, and went back.
    PutRight,
    /// It jumped before, and has stayed ahead long enough.
    Accepted,
}

impl SteadyClock {
    /// Judges the clock's time `now`, which was read at `at`, by its previous times.
    pub(super) fn judge(&mut self, now: TimestampMs, at: Instant, marks: ClockMarks) -> Judgement {
        let last = self.last.replace((now, at));
        let passed = last.map_or(0, |(_, last_at)| {
            i64::try_from(at.saturating_duration_since(last_at).as_millis()).unwrap_or(i64::MAX)
        });
        let later = |time: TimestampMs| TimestampMs(time.0.saturating_add(passed));
        let is_ahead_of = |time: TimestampMs| JUMP_MS < now.0.saturating_sub(time.0);
        if let Some(RetentionWait { believed, left }) = marks.wait {
            let believed = later(believed);
            let left = DurationMs(left.0.saturating_sub(passed));
            return match (is_ahead_of(believed), 0 < left.0) {
                (false, _) => Judgement::PutRight,
                (true, false) => Judgement::Accepted,
                (true, true) => Judgement::Doubted(RetentionWait { believed, left }),
            };
        }
        match last.map(|(last, _)| later(last)).or(marks.last_seen) {
            Some(believed) if is_ahead_of(believed) => Judgement::Jumped { believed },
            _ => Judgement::Steady,
        }
    }
}

/// The wait that starts with a jump.
pub(super) fn wait_from(believed: TimestampMs) -> RetentionWait {
    let left = i64::try_from(WAIT.as_millis()).unwrap_or(i64::MAX);
    RetentionWait { believed, left: DurationMs(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// A clock and its stored marks. Every jump starts a wait, whatever retention would delete.
    struct Remembered {
        clock: SteadyClock,
        marks: ClockMarks,
        start: Instant,
    }

    impl Remembered {
        fn new(last_seen_hours: Option<i64>) -> Self {
            let last_seen = last_seen_hours.map(|hours| TimestampMs(hours * HOUR));
            let marks = ClockMarks { last_seen, wait: None };
            Self { clock: SteadyClock::default(), marks, start: Instant::now() }
        }

        /// Whether retention by age applies, if the clock shows `hours` when `minutes` have passed.
        fn look(&mut self, (hours, minutes): (i64, u64)) -> bool {
            let at = self.start + Duration::from_secs(minutes * 60);
            let judgement = self.clock.judge(TimestampMs(hours * HOUR), at, self.marks);
            self.marks.wait = match judgement {
                Judgement::Jumped { believed } => Some(wait_from(believed)),
                Judgement::Doubted(wait) => Some(wait),
                _ => None,
            };
            self.marks.wait.is_none()
        }
    }

    #[test]
    fn a_clock_that_goes_on_is_believed() {
        let mut clock = Remembered::new(Some(100));
        let looks = [(100, 0), (101, 60), (102, 120), (50, 121), (51, 181)];
        assert!(looks.into_iter().all(|look| clock.look(look)));
        assert!(Remembered::new(None).look((100, 0)), "nothing is known of it");
    }

    #[test]
    fn a_jump_is_doubted_for_a_day_that_the_server_runs() {
        let mut clock = Remembered::new(None);
        assert!(clock.look((100, 0)));
        for (hours, minutes) in [(900, 1), (900, 2), (901, 60), (923, 24 * 60)] {
            assert!(!clock.look((hours, minutes)), "{hours}");
        }
        assert!(clock.look((924, 24 * 60 + 2)));
        assert!(clock.look((924, 24 * 60 + 3)));
    }

    #[test]
    fn a_clock_that_is_ahead_at_the_start_is_doubted_over_restarts() {
        let mut clock = Remembered::new(Some(100));
        assert!(!clock.look((900, 0)));
        assert!(!clock.look((910, 600)));
        let left = clock.marks.wait.unwrap().left;
        assert_eq!(left, DurationMs(14 * HOUR));
        let mut again = Remembered { clock: SteadyClock::default(), ..clock };
        assert!(!again.look((990, 700)));
        assert_eq!(again.marks.wait.unwrap().left, left, "only what the server runs counts");
        assert!(!again.look((990, 701)));
        assert!(again.look((1005, 700 + 15 * 60)));
    }

    #[test]
    fn a_jump_that_is_put_right_is_forgotten() {
        let mut clock = Remembered::new(None);
        assert!(clock.look((100, 0)) && !clock.look((900, 1)));
        assert!(clock.look((100, 2)) && clock.look((100, 3)));
    }

    #[test]
    fn a_wait_that_somebody_ends_is_over() {
        let mut clock = Remembered::new(None);
        assert!(clock.look((100, 0)) && !clock.look((900, 1)));
        clock.marks.wait = None;
        assert!(clock.look((900, 2)));
    }

    #[test]
    fn the_ends_of_time_are_times() {
        let mut clock = Remembered::new(None);
        for hours in [i64::MIN / HOUR, i64::MAX / HOUR, i64::MIN / HOUR, i64::MAX / HOUR] {
            clock.look((hours, 0));
        }
        assert!(!clock.look((i64::MAX / HOUR, 0)));
    }
}
