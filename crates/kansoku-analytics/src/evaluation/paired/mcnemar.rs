//! McNemar's exact test: whether as many cases were won as lost.
use crate::ln_factorials::LnFactorials;

/// The probability of a difference at least this large in either direction, if each changed case
/// were won or lost by the toss of a coin. Cases that did not change do not matter.
pub(crate) fn mcnemar(won: u64, lost: u64) -> f64 {
    let changed = won + lost;
    let ln_factorials = LnFactorials::up_to(changed);
    let all = changed as f64 * std::f64::consts::LN_2;
    let tail = 0..=won.min(lost);
    let tail: f64 = tail.map(|k| (ln_factorials.ln_choose(changed, k) - all).exp()).sum();
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are sums of binomial coefficients over powers of two.
    #[test]
    fn the_probability_is_that_of_tossed_coins() {
        for (won, lost, expected) in [
            (0, 0, 1.0),
            (1, 1, 1.0),
            (0, 5, 2.0 / 32.0),
            (0, 6, 2.0 / 64.0),
            // 2 · (1 + 10) / 2^10
            (1, 9, 22.0 / 1024.0),
            // 2 · (1 + 17 + 136 + 680 + 2380 + 6188) / 2^17
            (5, 12, 18_804.0 / 131_072.0),
        ] {
            let found = mcnemar(won, lost);
            assert!((found - expected).abs() < 1e-12, "{won} {lost}: {found} is not {expected}");
            assert_eq!(found.to_bits(), mcnemar(lost, won).to_bits());
        }
    }

    #[test]
    fn many_cases_do_not_overflow() {
        // scipy.stats.binomtest(4900, 10000).pvalue
        let found = mcnemar(4900, 5100);
        assert!((found - 0.046_585_527_704_946_45).abs() < 1e-9, "{found}");
        assert!(mcnemar(10_000, 90_000) < 1e-300);
        assert_eq!(mcnemar(50_000, 50_000), 1.0);
    }
}
