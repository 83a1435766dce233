//! Equal time intervals for histograms, with lengths that are usual for people.
use kansoku_model::TimestampMs;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const LENGTHS: [i64; 32] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
];

/// Consecutive intervals in milliseconds. They begin at multiples of their length since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    pub first_ms: i64,
    pub length_ms: i64,
    pub count: usize,
}

impl Buckets {
    /// The buckets from the one that contains `from` to the one that contains `to`, at most
    /// `count_max`.
    pub fn between(from: TimestampMs, to: TimestampMs, count_max: usize) -> Self {
        // Times far outside the range of real traces are clamped.
        let (from, to) = (from.0.clamp(-FAR, FAR), to.0.clamp(-FAR, FAR));
        let count = |length: i64| to.div_euclid(length) - from.div_euclid(length) + 1;
        let fits = |length: &i64| count(*length) <= count_max.max(1) as i64;
        let longest = LENGTHS[LENGTHS.len() - 1];
        let long = (1..=20).map(|doublings| longest << doublings);
        let Some(length_ms) = LENGTHS.into_iter().chain(long).find(fits) else {
            // No interval from a multiple of its length contains times both before and after 1970.
            return Self { first_ms: from, length_ms: (to - from).max(0) + 1, count: 1 };
        };
        let first_ms = from.div_euclid(length_ms) * length_ms;
        Self { first_ms, length_ms, count: count(length_ms).max(0) as usize }
    }

    /// The index of the bucket that contains a time; `None` if it is outside of all buckets.
    pub fn index_of(self, time: TimestampMs) -> Option<usize> {
        let after = time.0.checked_sub(self.first_ms)?;
        let bucket = usize::try_from(after.div_euclid(self.length_ms)).ok()?;
        (bucket < self.count).then_some(bucket)
    }

    pub fn start_ms(self, bucket: usize) -> i64 {
        self.first_ms + bucket as i64 * self.length_ms
    }
}

/// The end of the year 9999, in milliseconds.
const FAR: i64 = 253_402_300_799_999;

#[cfg(test)]
mod tests {
    use super::*;

    fn between(from: i64, to: i64, count_max: usize) -> Buckets {
        Buckets::between(TimestampMs(from), TimestampMs(to), count_max)
    }

    #[test]
    fn lengths_are_those_that_people_count_in() {
        let hour = between(0, HOUR - 1, 60);
        assert_eq!((hour.length_ms, hour.count), (MINUTE, 60));
        let day = between(5 * HOUR + 1, 29 * HOUR, 60);
        assert_eq!((day.first_ms, day.length_ms, day.count), (5 * HOUR, 30 * MINUTE, 49));
        assert_eq!(between(7, 7, 60), Buckets { first_ms: 7, length_ms: 1, count: 1 });
    }

    #[test]
    fn every_time_of_the_range_is_in_one_and_none_beside_it() {
        for (from, to) in [(0, 0), (-5, 12_345), (1_700_000_000_123, 1_731_234_567_890)] {
            for count_max in [1, 7, 200] {
                let buckets = between(from, to, count_max);
                assert!(1 <= buckets.count && buckets.count <= count_max, "{buckets:?}");
                assert_eq!(buckets.index_of(TimestampMs(from)), Some(0));
                assert_eq!(buckets.index_of(TimestampMs(to)), Some(buckets.count - 1));
                assert_eq!(buckets.index_of(TimestampMs(buckets.first_ms - 1)), None);
            }
        }
    }

    #[test]
    fn any_range_has_buckets() {
        let all = between(i64::MIN, i64::MAX, 60);
        assert!(1 <= all.count && all.count <= 60, "{all:?}");
        assert_eq!(all.index_of(TimestampMs(i64::MIN)), None);
        assert!(between(i64::MIN, i64::MAX, 1).count == 1);
    }
}
