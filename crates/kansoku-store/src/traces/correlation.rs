//! The correlation of two filters: the counts that it is computed from, and NPMI.
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::ExperimentId;

#[derive(Clone, Debug)]
pub struct CorrelationQuery {
    pub experiments: Vec<ExperimentId>,
    /// The traces that are counted.
    pub among: Filter,
    pub first: Filter,
    pub second: Filter,
    pub deadline: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CorrelationCounts {
    pub total: u64,
    pub first: u64,
    pub second: u64,
    pub both: u64,
}

/// Jeffreys' prior: half a trace in each of the four cells.
const PRIOR: f64 = 0.5;

impl CorrelationCounts {
    /// Normalized pointwise mutual information (NPMI), from -1 (never together) over 0
    /// (independent) to 1 (always together); `None` if one of the two filters matches no trace.
    pub fn npmi(self) -> Option<f64> {
        if self.both == 0 { self.cells().map(|_| -1.0) } else { npmi(self.cells()?, 0.0) }
    }

    /// NPMI with Jeffreys' prior, which reduces the effect of small counts.
    pub fn npmi_smoothed(self) -> Option<f64> {
        npmi(self.cells()?, PRIOR)
    }

    /// The numbers of traces that match both filters, only the first, only the second, or neither.
    fn cells(self) -> Option<[f64; 4]> {
        if self.first == 0 || self.second == 0 {
            return None;
        }
        let first_alone = self.first.checked_sub(self.both)?;
        let second_alone = self.second.checked_sub(self.both)?;
        let neither = self.total.checked_sub(self.first)?.checked_sub(second_alone)?;
        Some([self.both, first_alone, second_alone, neither].map(|count| count as f64))
    }
}

fn npmi([both, first_alone, second_alone, neither]: [f64; 4], prior: f64) -> Option<f64> {
    if first_alone == 0.0 && second_alone == 0.0 && neither == 0.0 {
        // All traces match both filters, so there is no uncertainty to normalize by.
        return Some(1.0);
    }
    let total = both + first_alone + second_alone + neither + 4.0 * prior;
    let first = both + first_alone + 2.0 * prior;
    let second = both + second_alone + 2.0 * prior;
    let both = both + prior;
    // Logarithms are added, because products of counts may exceed what a double represents exactly.
    let mutual_information = (both.ln() + total.ln()) - (first.ln() + second.ln());
    let surprise = total.ln() - both.ln();
    Some((mutual_information / surprise).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(total: u64, first: u64, second: u64, both: u64) -> CorrelationCounts {
        CorrelationCounts { total, first, second, both }
    }

    fn close(value: Option<f64>, expected: f64) {
        let value = value.expect("it is defined");
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn what_happens_together_is_positive_and_what_does_not_is_negative() {
        close(counts(100, 50, 40, 20).npmi(), 0.0);
        close(counts(4, 2, 2, 2).npmi(), 1.0);
        close(counts(4, 2, 2, 0).npmi(), -1.0);
        // ln(10·100 / (20·15)) / ln(100 / 10)
        close(counts(100, 20, 15, 10).npmi(), (10.0_f64 / 3.0).ln() / 10.0_f64.ln());
    }

    #[test]
    fn smoothing_keeps_few_traces_from_proving_much() {
        // With the prior, the cells are 1.5, 0.5, 0.5 and 2.5 traces, 5 in total.
        let expected = (1.5 * 5.0 / (2.0 * 2.0_f64)).ln() / (5.0 / 1.5_f64).ln();
        close(counts(3, 1, 1, 1).npmi_smoothed(), expected);
        assert_eq!(counts(3, 1, 1, 1).npmi(), Some(1.0));
        assert!(counts(4, 2, 2, 0).npmi_smoothed().is_some_and(|npmi| -1.0 < npmi && npmi < 0.0));
    }

    #[test]
    fn without_traces_on_one_side_nothing_is_known() {
        for undefined in [counts(0, 0, 0, 0), counts(9, 0, 3, 0), counts(9, 3, 0, 0)] {
            assert_eq!((undefined.npmi(), undefined.npmi_smoothed()), (None, None));
        }
        let always = counts(3, 3, 3, 3);
        assert_eq!((always.npmi(), always.npmi_smoothed()), (Some(1.0), Some(1.0)));
    }
}
