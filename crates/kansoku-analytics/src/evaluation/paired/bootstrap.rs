//! The interval of a mean difference.
use kansoku_store::percentile;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;

const RESAMPLES: usize = 2000;
/// Above so many pairs the means of resamples are distributed normally, for which they need not be
/// drawn.
const PAIRS_MAX: usize = 1000;
/// Equal differences have equal intervals, in every request.
const SEED: u64 = 0x6b61_6e73_6f6b_7531;
/// The standard normal distribution has 95 % of its mass within this distance.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// A 95 % interval of a mean difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = DifferenceInterval)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
    pub method: IntervalMethod,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// Percentiles of the means of 2,000 resamples.
    Bootstrap,
    /// The normal distribution, for more than 1,000 pairs.
    Normal,
}

/// The interval of the mean of these differences; `None` for fewer than two.
pub(crate) fn mean_interval(differences: &[f64]) -> Option<Interval> {
    match differences.len() {
        0 | 1 => None,
        ..=PAIRS_MAX => bootstrap(differences),
        _ => Some(normal(differences)),
    }
}

fn bootstrap(differences: &[f64]) -> Option<Interval> {
    let mut random = StdRng::seed_from_u64(SEED);
    let count = differences.len();
    let mut mean = || {
        let drawn = (0..count).map(|_| differences[random.random_range(0..count)]);
        drawn.sum::<f64>() / count as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| mean()).collect();
    Some(Interval {
        low: percentile(&mut means, 2.5)?,
        high: percentile(&mut means, 97.5)?,
        method: IntervalMethod::Bootstrap,
    })
}

fn normal(differences: &[f64]) -> Interval {
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|it| (it - mean).powi(2)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    let reach = NORMAL_95 * error;
    Interval { low: mean - reach, high: mean + reach, method: IntervalMethod::Normal }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_methods_agree_where_one_takes_over() {
        // Skewed, as latencies are.
        let differences: Vec<f64> =
            (0..PAIRS_MAX as u32).map(|n| f64::from(n * n % 97).powi(2) / 100.0 - 20.0).collect();
        let (drawn, normal) = (bootstrap(&differences).unwrap(), normal(&differences));
        let width = normal.high - normal.low;
        assert!((drawn.low - normal.low).abs() < width / 20.0, "{drawn:?} {normal:?}");
        assert!((drawn.high - normal.high).abs() < width / 20.0, "{drawn:?} {normal:?}");
        assert_eq!(mean_interval(&differences), Some(drawn));
        let more = [&differences[..], &[1.0]].concat();
        assert_eq!(mean_interval(&more).unwrap().method, IntervalMethod::Normal);
    }

    #[test]
    fn the_normal_interval_is_that_of_the_standard_error() {
        // Mean 1/2, standard error sqrt(1/4 · n/(n − 1) / n) = 1 / sqrt(4 · (n − 1)).
        let interval = normal(&[0.0, 1.0].repeat(1013));
        let reach = 1.959_963_984_540_054 / f64::from(4 * 2025).sqrt();
        assert!((interval.low - (0.5 - reach)).abs() < 1e-12, "{interval:?}");
        assert!((interval.high - (0.5 + reach)).abs() < 1e-12, "{interval:?}");
    }

    #[test]
    fn one_pair_has_no_interval_and_equal_pairs_have_no_width() {
        assert_eq!(mean_interval(&[]), None);
        assert_eq!(mean_interval(&[1.0]), None);
        let same = mean_interval(&[0.25; 7]).unwrap();
        assert_eq!((same.low, same.high), (0.25, 0.25));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_interval_lies_among_the_differences(
            numbers in prop::collection::vec(-1000_i32..1000, 2..40),
        ) {
            let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
            let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let Interval { low, high, .. } = mean_interval(&numbers).unwrap();
            prop_assert!(least - 1e-9 <= low && low <= high && high <= most + 1e-9);
            prop_assert_eq!(mean_interval(&numbers), mean_interval(&numbers));
        }
    }
}
