//! Distribution of traces over time: more by day than by night, fewer at weekends, and with one
//! application version after another.
use rand::{RngExt, rngs::StdRng};

use super::support::{VERSIONS, Version};

const NS_PER_S: u64 = 1_000_000_000;
const DAY_S: u64 = 86_400;
/// Time before now that is kept free for the duration of the newest traces, in seconds.
pub(super) const NEWEST_BEFORE_NOW_S: u64 = 600;

#[derive(Clone, Copy, Debug)]
pub(super) struct TrafficPattern {
    pub now_ns: u64,
    pub days: u64,
}

impl TrafficPattern {
    fn start_ns(self) -> u64 {
        self.now_ns.saturating_sub(self.days * DAY_S * NS_PER_S)
    }

    /// A random time within the period.
    pub(super) fn moment(self, dice: &mut StdRng) -> u64 {
        let last = self.now_ns - NEWEST_BEFORE_NOW_S * NS_PER_S;
        loop {
            let at = dice.random_range(self.start_ns()..last);
            if dice.random_bool(busyness(at)) {
                return at;
            }
        }
    }

    /// The version that serves a request at this time. A new version is rolled out gradually.
    pub(super) fn version(self, at_ns: u64, dice: &mut StdRng) -> &'static Version {
        let passed = (at_ns - self.start_ns()) as f64 / (self.now_ns - self.start_ns()) as f64;
        let newest = ((passed - 0.6) / 0.3).clamp(0.0, 0.85);
        let middle = ((passed - 0.2) / 0.2).clamp(0.0, 0.9);
        if dice.random_bool(newest) {
            &VERSIONS[2]
        } else if dice.random_bool(middle) {
            &VERSIONS[1]
        } else {
            &VERSIONS[0]
        }
    }

    /// Factor of error probabilities: 6 between 30 and 26 hours before now, otherwise 1.
    pub(super) fn trouble(self, at_ns: u64) -> f64 {
        let before_now_h = (self.now_ns - at_ns) / NS_PER_S / 3600;
        if (26..30).contains(&before_now_h) { 6.0 } else { 1.0 }
    }
}

/// Relative traffic from 0 to 1, highest in the early afternoon of Europe.
fn busyness(at_ns: u64) -> f64 {
    let seconds = at_ns / NS_PER_S;
    let hour = (seconds % DAY_S) as f64 / 3600.0;
    let day = (seconds / DAY_S + 4) % 7;
    let by_day = (-((hour - 13.0) / 4.5).powi(2)).exp();
    let weekend = if day == 0 || day == 6 { 0.45 } else { 1.0 };
    (0.07 + 0.93 * by_day) * weekend
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn days_are_busier_than_nights_and_weekends() {
        // 2026-11-18 was a Wednesday.
        let wednesday = 1_795_219_200_u64 - 1_795_219_200 % DAY_S;
        let at = |day: u64, hour: u64| busyness((wednesday + day * DAY_S + hour * 3600) * NS_PER_S);
        assert!(at(0, 3) < at(0, 13) && at(0, 13) <= 1.0);
        let mut by_day: Vec<f64> = (0..7).map(|day| at(day, 13)).collect();
        by_day.sort_by(f64::total_cmp);
        assert!(by_day[1] < by_day[2] && by_day[2] == by_day[6]);
    }

    #[test]
    fn versions_follow_one_another() {
        let pattern = TrafficPattern { now_ns: 1_795_219_200 * NS_PER_S, days: 10 };
        let mut dice = StdRng::seed_from_u64(1);
        let mut served = |day: u64| {
            let at = pattern.start_ns() + day * DAY_S * NS_PER_S;
            let mut counts = [0; 3];
            for _ in 0..200 {
                let version = pattern.version(at, &mut dice);
                counts[VERSIONS.iter().position(|it| it.name == version.name).unwrap()] += 1;
            }
            counts
        };
        assert_eq!(served(0), [200, 0, 0]);
        let (middle, end) = (served(5), served(10));
        assert!(100 < middle[1] && middle[2] == 0, "{middle:?}");
        assert!(100 < end[2], "{end:?}");
        for _ in 0..100 {
            let at = pattern.moment(&mut dice);
            assert!((pattern.start_ns()..pattern.now_ns).contains(&at));
        }
    }
}
