//! When work that failed is tried again.
use kansoku_model::{DurationMs, TimestampMs};

/// The pause before the second attempt; each later one doubles it.
const FIRST_PAUSE_MS: i64 = 1_000;
/// The longest pause, also if the other side asks for more.
const PAUSE_MAX_MS: i64 = 3_600_000;
/// The age at which work is given up.
const AGE_MAX_MS: i64 = 24 * 3_600_000;

/// When work is tried again after so many attempts; `None` if it is given up. `jitter` is from 0 to 1.
pub fn next_attempt(
    created: TimestampMs,
    attempts: u32,
    now: TimestampMs,
    retry_after: Option<DurationMs>,
    jitter: f64,
) -> Option<TimestampMs> {
    let doublings = attempts.saturating_sub(1).min(20);
    let pause = (FIRST_PAUSE_MS << doublings).min(PAUSE_MAX_MS);
    // Attempts that failed at the same time are spread.
    let pause = (pause as f64 * (0.5 + jitter)) as i64;
    let requested = retry_after.map_or(0, |pause| pause.0);
    let at = now.0.saturating_add(pause.max(requested).min(PAUSE_MAX_MS));
    (at <= created.0.saturating_add(AGE_MAX_MS)).then_some(TimestampMs(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: TimestampMs = TimestampMs(1_700_000_000_000);

    fn pause_after(attempts: u32, retry_after: Option<i64>, jitter: f64) -> i64 {
        let retry_after = retry_after.map(DurationMs);
        next_attempt(CREATED, attempts, CREATED, retry_after, jitter).unwrap().0 - CREATED.0
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_are_spread() {
        let pauses: Vec<i64> = (1..=5).map(|attempts| pause_after(attempts, None, 0.5)).collect();
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000]);
        assert_eq!((pause_after(1, None, 0.0), pause_after(1, None, 0.999)), (500, 1_499));
        assert_eq!(
            (pause_after(13, None, 0.5), pause_after(1_000, None, 0.5)),
            (3_600_000, 3_600_000)
        );
        assert_eq!(pause_after(60, None, 1.0), 3_600_000);
    }

    #[test]
    fn the_other_side_may_ask_for_a_longer_pause_up_to_an_hour() {
        assert_eq!(pause_after(1, Some(30_000), 0.5), 30_000);
        assert_eq!(pause_after(3, Some(1), 0.5), 4_000);
        assert_eq!(pause_after(1, Some(i64::MAX), 0.5), 3_600_000);
    }

    #[test]
    fn work_is_given_up_after_a_day() {
        let at = |age_ms: i64| {
            let now = TimestampMs(CREATED.0 + age_ms);
            next_attempt(CREATED, 1, now, None, 0.5)
        };
        assert!(at(24 * 3_600_000 - 1_000).is_some());
        assert_eq!(at(24 * 3_600_000 - 999), None);
    }
}
