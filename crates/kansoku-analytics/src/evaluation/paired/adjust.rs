//! Probabilities adjusted for the number of tests, by the procedure of Benjamini and Hochberg.

/// The smallest false discovery rate at which each test would be significant, in the given order.
pub(crate) fn benjamini_hochberg(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]));
    let mut adjusted = vec![1.0; chances.len()];
    let mut least: f64 = 1.0;
    for (n, at) in order.into_iter().enumerate() {
        let rank = (chances.len() - n) as f64;
        least = least.min(chances[at] * (chances.len() as f64 / rank));
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The expected values are those of R's `p.adjust(p, "BH")`.
    #[test]
    fn a_probability_grows_with_the_number_of_tests() {
        let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(benjamini_hochberg(&[0.2]), [0.2]);
        assert_eq!(benjamini_hochberg(&[]), [0.0; 0]);
    }

    proptest! {
        #[test]
        fn no_probability_shrinks_and_the_order_stays(
            chances in prop::collection::vec(0.0_f64..=1.0, 1..20),
        ) {
            let adjusted = benjamini_hochberg(&chances);
            for (a, x) in adjusted.iter().zip(&chances) {
                prop_assert!(*x <= *a && *a <= 1.0);
                for (b, y) in adjusted.iter().zip(&chances) {
                    prop_assert!(y < x || a <= b);
                }
            }
        }
    }
}
