//! Cohen's κ of two raters who put the same items into categories.
use serde::Serialize;

/// The quantile of the normal distribution for a two-sided interval of 95 %.
const Z_95: f64 = 1.959_963_984_540_054;
/// Smaller standard errors are 0, but for rounding.
const ERROR_MIN: f64 = 1e-7;

/// Agreement beyond chance: 1 is perfect, 0 is what chance gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Kappa {
    pub value: f64,
    /// The 95 % interval, by the standard error for large samples of Fleiss, Cohen and Everitt
    /// (1969). `null` where that is 0, as for raters who agree fully or of whom one always says the
    /// same: the sample does not tell how sure the value is.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Whether near categories count as partial agreement, by linear weights, because the
    /// categories are ordered.
    pub is_weighted: bool,
}

/// How much agreement a pair of different categories counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// None.
    Equal,
    /// The less, the further they are apart (Cicchetti and Allison).
    Linear,
}

impl Weights {
    fn weight(self, a: usize, b: usize, categories: usize) -> f64 {
        match self {
            _ if a == b => 1.0,
            Self::Equal => 0.0,
            Self::Linear => 1.0 - a.abs_diff(b) as f64 / (categories - 1) as f64,
        }
    }
}

/// κ of a square table, `table[a][b]` items that the first rater put into `a` and the second into
/// `b`. `None` if both raters used one and the same category only, which chance explains fully.
pub fn kappa(table: &[Vec<u64>], weights: Weights) -> Option<Kappa> {
    let size = table.len();
    let total: u64 = table.iter().flatten().sum();
    let share = |count: u64| count as f64 / total as f64;
    let rows: Vec<f64> = table.iter().map(|row| share(row.iter().sum())).collect();
    let columns: Vec<f64> =
        (0..size).map(|b| share(table.iter().map(|row| row[b]).sum())).collect();
    let weight = |a, b| weights.weight(a, b, size);
    let cells = || (0..size).flat_map(|a| (0..size).map(move |b| (a, b)));
    let observed: f64 = cells().map(|(a, b)| weight(a, b) * share(table[a][b])).sum();
    let expected: f64 = cells().map(|(a, b)| weight(a, b) * rows[a] * columns[b]).sum();
    let is_by_chance_only = cells().all(|(a, b)| a == b || rows[a] * columns[b] == 0.0);
    if total == 0 || is_by_chance_only {
        return None;
    }
    let value = (observed - expected) / (1.0 - expected);
    let mean_of_row = |a: usize| -> f64 { (0..size).map(|b| columns[b] * weight(a, b)).sum() };
    let mean_of_column = |b: usize| -> f64 { (0..size).map(|a| rows[a] * weight(a, b)).sum() };
    let (row_means, column_means): (Vec<f64>, Vec<f64>) =
        (0..size).map(|n| (mean_of_row(n), mean_of_column(n))).unzip();
    let squares: f64 = cells()
        .map(|(a, b)| {
            let means = (row_means[a] + column_means[b]) * (1.0 - value);
            share(table[a][b]) * (weight(a, b) - means).powi(2)
        })
        .sum();
    let spread = squares - (value - expected * (1.0 - value)).powi(2);
    // Rounding may make it slightly negative.
    let error = spread.max(0.0).sqrt() / ((total as f64).sqrt() * (1.0 - expected));
    let end = |end: f64| (ERROR_MIN < error).then_some(end.clamp(-1.0, 1.0));
    let (low, high) = (end(value - Z_95 * error), end(value + Z_95 * error));
    Some(Kappa { value, low, high, is_weighted: weights == Weights::Linear })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table<const N: usize>(rows: [[u64; N]; N]) -> Vec<Vec<u64>> {
        rows.into_iter().map(Vec::from).collect()
    }

    /// In ten-thousandths.
    fn rounded(kappa: Option<Kappa>) -> [i64; 3] {
        let Kappa { value, low, high, .. } = kappa.expect("more than one category");
        [value, low.unwrap(), high.unwrap()].map(|number| (number * 1e4).round() as i64)
    }

    fn without_interval(kappa: Option<Kappa>) -> f64 {
        let Kappa { value, low, high, .. } = kappa.expect("more than one category");
        assert_eq!((low, high), (None, None));
        value
    }

    /// Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), table 18.1:
    /// κ 0.676, standard error 0.088.
    #[test]
    fn two_psychiatrists_agree_as_published() {
        let diagnoses = table([[75, 1, 4], [5, 4, 1], [0, 0, 10]]);
        let [value, low, high] = rounded(kappa(&diagnoses, Weights::Equal));
        let error = (high - low) as f64 / 2.0 / Z_95 / 1e4;
        assert_eq!((value, (error * 1e3).round() as i64), (6765, 88));
    }

    /// The example "Agreement Study" of PROC FREQ in the SAS/STAT user's guide.
    #[test]
    fn two_dermatologists_agree_as_published() {
        let ratings = table([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]);
        assert_eq!(rounded(kappa(&ratings, Weights::Equal)), [3449, 2030, 4868]);
        assert_eq!(rounded(kappa(&ratings, Weights::Linear)), [5082, 3798, 6366]);
    }

    #[test]
    fn one_category_says_nothing_and_full_agreement_is_one() {
        assert_eq!(kappa(&[], Weights::Equal), None);
        assert_eq!(kappa(&table([[0, 0], [0, 0]]), Weights::Equal), None);
        assert_eq!(kappa(&table([[9, 0], [0, 0]]), Weights::Linear), None);
        assert_eq!(without_interval(kappa(&table([[5, 0], [0, 4]]), Weights::Equal)), 1.0);
        assert_eq!(without_interval(kappa(&table([[0, 5], [5, 0]]), Weights::Equal)), -1.0);
        // One rater always says the same: as good as chance.
        assert_eq!(without_interval(kappa(&table([[5, 4], [0, 0]]), Weights::Equal)), 0.0);
    }

    proptest! {
        #[test]
        fn any_table_has_a_value_within_its_interval(
            cells in proptest::collection::vec(0..1000_u64, 16),
            is_linear: bool,
        ) {
            let weights = if is_linear { Weights::Linear } else { Weights::Equal };
            let rows: Vec<Vec<u64>> = cells.chunks(4).map(<[u64]>::to_vec).collect();
            if let Some(kappa) = kappa(&rows, weights) {
                prop_assert!(kappa.low.is_none_or(|low| low <= kappa.value));
                prop_assert!(kappa.high.is_none_or(|high| kappa.value <= high));
                prop_assert!(-1.0 - 1e-9 <= kappa.value && kappa.value <= 1.0 + 1e-9);
            }
        }
    }
}
