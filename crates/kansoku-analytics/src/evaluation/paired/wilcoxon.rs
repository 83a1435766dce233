//! Wilcoxon's signed-rank test: whether paired differences are symmetric around zero.
//!
//! Differences of zero are dropped, and equal ones share the mean of their ranks. Up to
//! [`EXACT_MAX`] differences the distribution of the rank sum is counted, ties included; above, it
//! is approximated by a normal distribution with the corrections for ties and for continuity.
/// The most differences whose distribution is counted.
const EXACT_MAX: usize = 25;

/// The two-sided probability of a rank sum at least as extreme; 1 if no difference is left.
pub(crate) fn wilcoxon(differences: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = differences.iter().copied().filter(|it| *it != 0.0).collect();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    if sorted.is_empty() {
        return 1.0;
    }
    let ranked = Ranked::new(&sorted);
    match sorted.len() {
        ..=EXACT_MAX => ranked.exact(),
        _ => ranked.approximate(),
    }
}

/// Ranks times two, which are whole numbers even where they are shared.
struct Ranked {
    doubled: Vec<u64>,
    /// The sum of the doubled ranks of positive differences.
    positive: u64,
    /// The sum of `t³ − t` over the numbers `t` of equal differences.
    ties: f64,
}

impl Ranked {
    /// The differences are sorted by size.
    fn new(sorted: &[f64]) -> Self {
        let mut ranked = Self { doubled: Vec::new(), positive: 0, ties: 0.0 };
        for equal in sorted.chunk_by(|a, b| a.abs() == b.abs()) {
            let (first, count) = (ranked.doubled.len() as u64 + 1, equal.len() as u64);
            // Twice the mean of the ranks from `first` to `first + count - 1`.
            let doubled = 2 * first + count - 1;
            let positive = equal.iter().filter(|it| 0.0 < **it).count() as u64;
            ranked.positive += doubled * positive;
            ranked.doubled.extend(equal.iter().map(|_| doubled));
            ranked.ties += (count as f64).powi(3) - count as f64;
        }
        ranked
    }

    /// Counts the choices of signs by the sums that they lead to.
    fn exact(&self) -> f64 {
        let total: u64 = self.doubled.iter().sum();
        let mut ways = vec![0.0; total as usize + 1];
        ways[0] = 1.0;
        for rank in &self.doubled {
            let rank = *rank as usize;
            for sum in (rank..ways.len()).rev() {
                ways[sum] += ways[sum - rank];
            }
        }
        let tail = self.positive.min(total - self.positive) as usize;
        let all = 2_f64.powi(self.doubled.len() as i32);
        (2.0 * ways[..=tail].iter().sum::<f64>() / all).min(1.0)
    }

    fn approximate(&self) -> f64 {
        let n = self.doubled.len() as f64;
        let mean = n * (n + 1.0) / 4.0;
        let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - self.ties / 48.0;
        let distance = (self.positive as f64 / 2.0 - mean).abs();
        let score = (distance - 0.5).max(0.0) / variance.sqrt();
        // Both tails of the standard normal distribution.
        libm::erfc(score / std::f64::consts::SQRT_2)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    /// Tries all signs of the ranks, as the definition says.
    fn by_enumeration(differences: &[f64]) -> f64 {
        let mut sorted: Vec<f64> = differences.iter().copied().filter(|it| *it != 0.0).collect();
        sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let ranks = Ranked::new(&sorted);
        let total: u64 = ranks.doubled.iter().sum();
        let distance = |sum: u64| (2 * sum).abs_diff(total);
        let choices = 1_u32 << ranks.doubled.len();
        let sum_of = |signs: u32| {
            let chosen = ranks.doubled.iter().enumerate().filter(|(n, _)| signs >> n & 1 == 1);
            chosen.map(|(_, rank)| rank).sum::<u64>()
        };
        let extreme =
            (0..choices).filter(|signs| distance(ranks.positive) <= distance(sum_of(*signs)));
        extreme.count() as f64 / f64::from(choices)
    }

    #[test]
    fn small_samples_are_counted() {
        // Five differences in one direction: 2 of 32 choices of signs are as extreme.
        assert_close(wilcoxon(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 32.0);
        // scipy.stats.wilcoxon([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75])
        let darwin = [
            6.0, 8.0, 14.0, 16.0, 23.0, 24.0, 28.0, 29.0, 41.0, -48.0, 49.0, 56.0, 60.0, -67.0,
            75.0,
        ];
        assert_close(wilcoxon(&darwin), 0.041_259_765_625);
        assert_close(wilcoxon(&[]), 1.0);
        assert_close(wilcoxon(&[0.0, 0.0]), 1.0);
        assert_close(wilcoxon(&[0.0, 1.0, -1.0]), 1.0);
    }

    /// The expected value is of `scipy.stats.wilcoxon(d, correction=True, method="approx")`.
    #[test]
    fn large_samples_are_approximated_with_ties_and_continuity() {
        let differences: Vec<f64> = (0..40).map(|n| f64::from(n * 7 % 11 - 4)).collect();
        assert_close(wilcoxon(&differences), 0.052_554_976_717_808_07);
        let distinct: Vec<f64> =
            (1..=30).map(|n| if n % 3 == 0 { -f64::from(n) } else { f64::from(n) }).collect();
        assert_close(wilcoxon(&distinct), 0.168_178_979_723_352_5);
    }

    proptest! {
        #[test]
        fn counting_agrees_with_the_definition(
            differences in prop::collection::vec((-4_i32..=4).prop_map(f64::from), 1..10),
        ) {
            prop_assume!(differences.iter().any(|it| *it != 0.0));
            let (found, expected) = (wilcoxon(&differences), by_enumeration(&differences));
            prop_assert!((found - expected).abs() < 1e-12, "{} is not {}", found, expected);
        }

        #[test]
        fn the_direction_does_not_matter(
            differences in prop::collection::vec(-100_i32..100, 1..80),
        ) {
            let numbers: Vec<f64> = differences.iter().map(|it| f64::from(*it)).collect();
            let negated: Vec<f64> = numbers.iter().map(|it| -it).collect();
            let (a, b) = (wilcoxon(&numbers), wilcoxon(&negated));
            prop_assert!((a - b).abs() < 1e-12 && (0.0..=1.0).contains(&a), "{} {}", a, b);
        }
    }
}
