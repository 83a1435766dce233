//! The rows of a comparison that are shown, their order, and how many pass each filter.
use std::cmp::Reverse;

use serde::Serialize;

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

/// Which rows are shown, and in which order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowQuery {
    pub filter: RowFilter,
    pub order: RowOrder,
    /// The scorer whose changes count; all if absent.
    pub scorer: Option<String>,
}

/// The numbers of rows that pass each filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RowCounts {
    pub all: u64,
    pub lost: u64,
    pub won: u64,
    pub changed: u64,
    pub one_sided: u64,
    pub same: u64,
}

/// The rows that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectedRows {
    /// Their indexes, in order.
    pub rows: Vec<usize>,
    /// Counts of the rows that the scorer and the text select, whatever the filter is.
    pub counts: RowCounts,
}

/// Selects the rows that a query shows, among those with a text.
pub fn select_rows(
    comparison: &Comparison,
    rows: &[AlignedRow],
    query: &RowQuery,
    has_text: impl Fn(usize) -> bool,
) -> SelectedRows {
    let scorer = query.scorer.as_deref();
    let scorer =
        scorer.map(|name| comparison.scorers.iter().position(|(known, _)| **known == *name));
    let changes = (comparison.changes.iter().zip(rows))
        .map(|(changes, row)| ChangeCounts::new(changes, row, scorer));
    let changes: Vec<ChangeCounts> = changes.collect();
    let mut counts = RowCounts::default();
    let mut shown = Vec::new();
    for (row, changes) in changes.iter().enumerate().filter(|(row, _)| has_text(*row)) {
        counts.add(changes);
        if changes.passes(query.filter) {
            shown.push(row);
        }
    }
    if query.order == RowOrder::Regressions {
        shown.sort_by(|a, b| {
            let (a, b) = (&changes[*a], &changes[*b]);
            let rank = |it: &ChangeCounts| (Reverse(it.lost), it.group());
            rank(a).cmp(&rank(b)).then_with(|| b.loss.total_cmp(&a.loss))
        });
    }
    SelectedRows { rows: shown, counts }
}

impl RowCounts {
    fn add(&mut self, changes: &ChangeCounts) {
        for (_, filter) in RowFilter::ALL {
            if changes.passes(filter) {
                *self.count_mut(filter) += 1;
            }
        }
    }

    fn count_mut(&mut self, filter: RowFilter) -> &mut u64 {
        match filter {
            RowFilter::All => &mut self.all,
            RowFilter::Lost => &mut self.lost,
            RowFilter::Won => &mut self.won,
            RowFilter::Changed => &mut self.changed,
            RowFilter::OneSided => &mut self.one_sided,
            RowFilter::Same => &mut self.same,
        }
    }
}

/// The changes of a row in all runs.
#[derive(Default)]
struct ChangeCounts {
    lost: u32,
    won: u32,
    changed: u32,
    is_one_sided: bool,
    loss: f64,
}

impl ChangeCounts {
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

    /// Two runs, the letters of their rows' inputs, and their comparison.
    fn compared() -> (Vec<AlignedRow>, Vec<&'static str>, Comparison) {
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
        let letter = |row: &AlignedRow| match row.cases[..] {
            [Some(at), _] => ["s", "w", "l", "m", "o", "f"][at],
            _ => "p",
        };
        let letters = rows.iter().map(letter).collect();
        (rows, letters, compared)
    }

    /// The letters of the selected rows, and the counts of all rows whose letter is in `text`.
    fn select(
        (filter, order): (RowFilter, RowOrder),
        scorer: Option<&str>,
        text: &str,
    ) -> (String, RowCounts) {
        let (rows, letters, compared) = compared();
        let query = RowQuery { filter, order, scorer: scorer.map(str::to_owned) };
        let found = select_rows(&compared, &rows, &query, |row| text.contains(letters[row]));
        (found.rows.into_iter().map(|row| letters[row]).collect(), found.counts)
    }

    fn selected(filter: RowFilter, order: RowOrder, scorer: Option<&str>) -> String {
        select((filter, order), scorer, "swlmofp").0
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

    /// Whatever the scorer and the text are, each count is the number of rows that its filter shows.
    #[test]
    fn counts_are_those_of_the_rows_that_each_filter_shows() {
        for scorer in [None, Some("correct"), Some("size"), Some("unknown")] {
            for text in ["swlmofp", "swo", "fp", ""] {
                let mut shown = RowCounts::default();
                for (_, filter) in RowFilter::ALL {
                    let (letters, _) = select((filter, RowOrder::Baseline), scorer, text);
                    assert!(letters.chars().all(|letter| text.contains(letter)), "{letters}");
                    *shown.count_mut(filter) = letters.len() as u64;
                }
                for (_, filter) in RowFilter::ALL {
                    let (_, counts) = select((filter, RowOrder::Regressions), scorer, text);
                    assert_eq!(counts, shown, "{scorer:?} {text} {filter:?}");
                }
                assert_eq!(shown.all, text.len() as u64);
            }
        }
    }
}
