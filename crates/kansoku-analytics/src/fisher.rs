//! Fisher's exact test: the probability that two independent properties are as correlated as
//! observed.
use kansoku_store::CorrelationCounts;

use super::ln_factorials::LnFactorials;

/// The test for samples of up to `total` traces.
pub(crate) struct FisherTest(LnFactorials);

impl FisherTest {
    pub(crate) fn new(total: u64) -> Self {
        Self(LnFactorials::up_to(total))
    }

    /// The probability that at least `both` of the `first` traces are among the `second`, of
    /// `total` traces, if the two properties are independent: the upper tail of the hypergeometric
    /// distribution.
    pub(crate) fn chance(&self, counts: CorrelationCounts) -> f64 {
        let CorrelationCounts { total, first, second, both } = counts;
        let least = both.max((first + second).saturating_sub(total));
        let all = self.0.ln_choose(total, first);
        let term = |k: u64| {
            let chosen = self.0.ln_choose(second, k) + self.0.ln_choose(total - second, first - k);
            (chosen - all).exp()
        };
        (least..=first.min(second)).map(term).sum::<f64>().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance(total: u64, first: u64, second: u64, both: u64) -> f64 {
        FisherTest::new(total).chance(CorrelationCounts { total, first, second, both })
    }

    fn assert_close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-9 * expected.max(1e-3), "{value} is not {expected}");
    }

    #[test]
    fn the_tail_is_that_of_the_hypergeometric_distribution() {
        // Four of four among four of twelve: one of 495 ways.
        assert_close(chance(12, 4, 4, 4), 1.0 / 495.0);
        // The lady tasting tea: three or four of four cups of eight.
        assert_close(chance(8, 4, 4, 3), 17.0 / 70.0);
        assert_close(chance(8, 4, 4, 0), 1.0);
        // The overlap cannot be smaller, so the probability is 1.
        assert_close(chance(10, 8, 7, 5), 1.0);
    }

    #[test]
    fn many_traces_do_not_overflow() {
        let rare = chance(20_000, 500, 500, 400);
        assert!((0.0..1e-100).contains(&rare), "{rare}");
        let common = chance(20_000, 10_000, 10_000, 5000);
        assert!((0.5..0.51).contains(&common), "{common}");
    }
}
