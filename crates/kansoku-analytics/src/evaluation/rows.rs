//! The rows of a comparison that are shown, and their order.
use std::cmp::Reverse;

use super::align::AlignedRow;
use super::compare::{Comparison, RowChanges, ScoreChange};
use super::scale::Change;

/// Which rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowFilter {
    All,
    /// A scorer lost in some run, or the case fails only in that run.
    Lost,
    Won,
    /// Lost, won, or different although neither is better.
    Changed,
    /// The case is not in all runs.
    OneSided,
    /// The case is in all runs and nothing changed.
    Same,
}

impl RowFilter {
    pub const ALL: [(&str, Self); 6] = [
        ("all", Self::All),
        ("lost", Self::Lost),
        ("won", Self::Won),
        ("changed", Self::Changed),
        ("one-sided", Self::OneSided),
        ("same", Self::Same),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowOrder {
    /// Rows with the most losses first.
    Regressions,
    /// The order of the baseline's cases.
    Baseline,
}

impl RowOrder {
    pub const ALL: [(&str, Self); 2] =
        [("regressions", Self::Regressions), ("baseline", Self::Baseline)];
}

/// The indexes of the rows that pass the filter, in order. With a scorer only its changes count.
pub fn select_rows(
    comparison: &Comparison,
    rows: &[AlignedRow],
    scorer: Option<&str>,
    filter: RowFilter,
    order: RowOrder,
) -> Vec<usize> {
    let scorer =
        scorer.map(|name| comparison.scorers.iter().position(|(known, _)| **known == *name));
    let counts = (comparison.changes.iter().zip(rows))
        .map(|(changes, row)| Counts::new(changes, row, scorer));
    let counts: Vec<Counts> = counts.collect();
    let mut shown: Vec<usize> = (0..rows.len()).filter(|row| counts[*row].passes(filter)).collect();
    if order == RowOrder::Regressions {
        shown.sort_by(|a, b| {
            let (a, b) = (&counts[*a], &counts[*b]);
            let rank = |it: &Counts| (Reverse(it.lost), it.group());
            rank(a).cmp(&rank(b)).then_with(|| b.loss.total_cmp(&a.loss))
        });
    }
    shown
}

/// The changes of a row in all runs.
#[derive(Default)]
struct Counts {
    lost: u32,
    won: u32,
    changed: u32,
    is_one_sided: bool,
    loss: f64,
}

impl Counts {
    /// `scorer` is `Some(None)` for a scorer that no run has.
    fn new(changes: &[RowChanges], row: &AlignedRow, scorer: Option<Option<usize>>) -> Self {
        let is_one_sided = row.cases.iter().any(Option::is_none);
        let mut counts = Self { is_one_sided, ..Self::default() };
        for run in changes {
            let of_scorers = match scorer {
                None => run.scorers.as_slice(),
                Some(at) => at.and_then(|at| run.scorers.get(at..=at)).unwrap_or_default(),
            };
            let failure = run.failure.filter(|_| scorer.is_none());
            for ScoreChange { change, loss } in
                of_scorers.iter().copied().chain([failure]).flatten()
            {
                counts.loss += loss;
                match change {
                    Change::Lost => counts.lost += 1,
                    Change::Won => counts.won += 1,
                    Change::Changed => counts.changed += 1,
                    Change::Same | Change::OneSided | Change::NotJudged => {}
                }
            }
        }
        counts
    }

    fn passes(&self, filter: RowFilter) -> bool {
        let is_changed = 0 < self.lost + self.won + self.changed;
        match filter {
            RowFilter::All => true,
            RowFilter::Lost => 0 < self.lost,
            RowFilter::Won => 0 < self.won,
            RowFilter::Changed => is_changed,
            RowFilter::OneSided => self.is_one_sided,
            RowFilter::Same => !is_changed && !self.is_one_sided,
        }
    }

    /// Among rows with equally many losses: changed ones first, and those that only won last.
    fn group(&self) -> u8 {
        match self {
            _ if 0 < self.changed => 0,
            _ if self.is_one_sided => 1,
            _ if self.won == 0 => 2,
            _ => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use kansoku_model::FeedbackSettings;
    use serde_json::json;

    use super::*;
    use crate::evaluation::align::align;
    use crate::evaluation::build::{case, scored};

    /// The inputs of the rows, which are their letters.
    fn selected(filter: RowFilter, order: RowOrder, scorer: Option<&str>) -> String {
        let both = |n, letter: &str, correct: bool, size: f64| {
            scored(scored(case(n, letter), "correct", json!(correct)), "size", json!(size))
        };
        let a = vec![
            both(1, "s", true, 0.5),
            both(2, "w", false, 0.5),
            both(3, "l", true, 0.5),
            both(4, "m", true, 0.9),
            case(5, "o"),
            case(6, "f"),
        ];
        let mut failed = case(16, "f");
        failed.failed = true;
        let b = vec![
            both(11, "s", true, 0.5),
            both(12, "w", true, 0.5),
            both(13, "l", true, 0.4),
            both(14, "m", false, 0.2),
            failed,
            case(17, "p"),
        ];
        let runs = [a, b];
        let rows = align(&runs, &HashMap::new()).rows;
        let compared = Comparison::new(&["a", "b"], &runs, &rows, &FeedbackSettings::default());
        let shown = select_rows(&compared, &rows, scorer, filter, order);
        let letter = |row: usize| match rows[row].cases[..] {
            [Some(at), _] => ["s", "w", "l", "m", "o", "f"][at],
            _ => "p",
        };
        shown.into_iter().map(letter).collect()
    }

    #[test]
    fn regressions_come_first_and_gains_last() {
        let of = |filter| selected(filter, RowOrder::Regressions, None);
        assert_eq!(of(RowFilter::All), "mflopsw");
        assert_eq!(of(RowFilter::Lost), "mfl");
        assert_eq!(of(RowFilter::Won), "w");
        assert_eq!(of(RowFilter::Changed), "mflw");
        assert_eq!(of(RowFilter::OneSided), "op");
        assert_eq!(of(RowFilter::Same), "s");
        assert_eq!(selected(RowFilter::All, RowOrder::Baseline, None), "swlmofp");
    }

    #[test]
    fn one_scorer_can_count_alone() {
        let of = |scorer| selected(RowFilter::Lost, RowOrder::Regressions, Some(scorer));
        assert_eq!(of("correct"), "m");
        assert_eq!(of("size"), "ml");
        assert_eq!(of("unknown"), "");
        let same = selected(RowFilter::Same, RowOrder::Baseline, Some("correct"));
        assert_eq!(same, "slf");
    }
}
