//! Comparison of runs with a baseline: what was won and lost, and whether it is significant.
use std::sync::Arc;

use kansoku_model::{FeedbackRule, FeedbackSettings, Money, Polarity};
use serde::Serialize;
use serde_json::Value;

use super::align::AlignedRow;
use super::case::{Case, Score};
use super::paired::{Interval, TestName, benjamini_hochberg, mcnemar, mean_interval, wilcoxon};
use super::scale::{Change, Scale, ScoreKind};
use super::summary::scales;

/// The fewest pairs that are tested, as in comparisons of two sets of traces on the screen.
const PAIRS_MIN: u64 = 5;
/// The false discovery rate: the expected share of false ones among all significant differences of
/// a comparison.
const FALSE_SHARE: f64 = 0.05;

/// A run in comparison with the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct RunComparison {
    pub run_id: String,
    /// The cases that both runs have.
    pub pairs: u64,
    pub only_baseline: u64,
    pub only_other: u64,
    /// By name.
    pub scorers: Vec<ScoreComparison>,
    /// Whether cases end without an error; `baseline` and `other` are the shares that do.
    pub failures: ScoreComparison,
    pub duration_ms: ScoreComparison,
    /// In US dollars.
    pub cost: ScoreComparison,
}

/// The scores of one scorer, or another measure, in two runs.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ScoreComparison {
    pub name: String,
    pub kind: ScoreKind,
    /// Which end of the scale is good: `positive`, `negative` or `neutral`.
    #[schema(value_type = String)]
    pub polarity: Polarity,
    /// The cases whose scores were compared as pass and fail or as numbers.
    pub pairs: u64,
    /// The cases in which the other run is better.
    pub won: u64,
    pub lost: u64,
    pub same: u64,
    /// The cases with different scores of which neither is better.
    pub changed: u64,
    /// The cases of both runs that only one of them has a score for.
    pub one_sided: u64,
    /// The cases on which the judge failed in one of the runs.
    pub not_judged: u64,
    /// The pass rate or the mean over the pairs; `null` for texts and without pairs.
    pub baseline: Option<f64>,
    pub other: Option<f64>,
    /// `other` minus `baseline`.
    pub difference: Option<f64>,
    /// The 95 % interval of the difference; `null` for fewer than two pairs.
    pub interval: Option<Interval>,
    /// `null` for fewer than five pairs.
    pub test: Option<TestName>,
    /// The probability that a difference at least this large is due to chance, two-sided.
    pub p_value: Option<f64>,
    /// `p_value` adjusted by the procedure of Benjamini and Hochberg for the number of scorers of
    /// this comparison; failures, duration and cost are adjusted for their own number.
    pub adjusted_p_value: Option<f64>,
    /// `null` for texts.
    pub significance: Option<Significance>,
}

/// The words of comparisons on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub enum Significance {
    /// There are fewer than five pairs.
    #[serde(rename = "too few")]
    TooFew,
    #[serde(rename = "may be chance")]
    MayBeChance,
    /// The adjusted probability is at most 5 %.
    #[serde(rename = "significant")]
    Significant,
}

/// The changes of one row in one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowChanges {
    /// The change of each scorer, `None` if neither run has its score. Empty if the case is in one
    /// run only.
    pub scorers: Vec<Option<ScoreChange>>,
    /// The change of whether the case ends without an error.
    pub failure: Option<ScoreChange>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreChange {
    pub change: Change,
    /// By how much the score got worse, relative to the range of all values.
    pub loss: f64,
}

/// The comparison of several runs with the first.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The scorers of all runs, sorted by name.
    pub scorers: Vec<(Arc<str>, Scale)>,
    /// The comparison of each run after the first.
    pub runs: Vec<RunComparison>,
    /// The changes of each row, in each run after the first.
    pub changes: Vec<Vec<RowChanges>>,
}

impl Comparison {
    /// Compares runs; `ids` are their ids.
    pub fn new(
        ids: &[&str],
        runs: &[Vec<Case>],
        rows: &[AlignedRow],
        settings: &FeedbackSettings,
    ) -> Self {
        let scorers = scales(runs.iter().flatten(), settings);
        let mut comparison = Self {
            scorers,
            runs: Vec::new(),
            changes: vec![Vec::with_capacity(runs.len()); rows.len()],
        };
        for (other, id) in ids.iter().enumerate().skip(1) {
            let pairs = Pairs { runs, rows, other };
            let compared = pairs.compare(id, &comparison.scorers, &mut comparison.changes);
            comparison.runs.push(compared);
        }
        comparison
    }
}

/// The rows as pairs of the baseline and another run.
struct Pairs<'a> {
    runs: &'a [Vec<Case>],
    rows: &'a [AlignedRow],
    other: usize,
}

impl<'a> Pairs<'a> {
    fn sides(&self, row: &AlignedRow) -> (Option<&'a Case>, Option<&'a Case>) {
        let case = |run: usize| row.cases[run].map(|at| &self.runs[run][at]);
        (case(0), case(self.other))
    }

    fn compare(
        &self,
        id: &str,
        scorers: &[(Arc<str>, Scale)],
        changes: &mut [Vec<RowChanges>],
    ) -> RunComparison {
        let mut tallies: Vec<Tally> =
            scorers.iter().map(|(name, scale)| Tally::new(name, scale.clone())).collect();
        let mut figures = Figures::default();
        let (mut pairs, mut only_baseline, mut only_other) = (0, 0, 0);
        for (row, changes) in self.rows.iter().zip(changes) {
            let mut row_changes = RowChanges::default();
            match self.sides(row) {
                (Some(before), Some(now)) => {
                    pairs += 1;
                    for tally in &mut tallies {
                        let (before, now) = (before.score(&tally.name), now.score(&tally.name));
                        row_changes.scorers.push(tally.add(before, now));
                    }
                    row_changes.failure = figures.add(before, now);
                }
                (Some(_), None) => only_baseline += 1,
                (None, Some(_)) => only_other += 1,
                (None, None) => {}
            }
            changes.push(row_changes);
        }
        let [failures, duration_ms, cost] = figures.finish();
        let mut scorers: Vec<ScoreComparison> = tallies.into_iter().map(Tally::finish).collect();
        adjust(scorers.iter_mut().collect());
        RunComparison {
            run_id: id.to_owned(),
            pairs,
            only_baseline,
            only_other,
            scorers,
            failures,
            duration_ms,
            cost,
        }
    }
}

/// The measures of cases that need no scorer.
struct Figures {
    failures: Tally,
    duration: Tally,
    cost: Tally,
}

impl Default for Figures {
    fn default() -> Self {
        let passing = FeedbackRule::default();
        let less = FeedbackRule { polarity: Polarity::Negative, ..FeedbackRule::default() };
        let verdict = [Value::Bool(true)];
        let number = [Value::from(0.5)];
        Self {
            failures: Tally::new("failures", Scale::new(passing, verdict.iter())),
            duration: Tally::new("duration_ms", Scale::new(less.clone(), number.iter())),
            cost: Tally::new("cost", Scale::new(less, number.iter())),
        }
    }
}

impl Figures {
    /// The change of the error of the case.
    fn add(&mut self, before: &Case, now: &Case) -> Option<ScoreChange> {
        let score = |value: Value| Some(Score::Value(value));
        let of_both = |tally: &mut Tally, read: &dyn Fn(&Case) -> Option<Score>| {
            tally.add(read(before).as_ref(), read(now).as_ref())
        };
        of_both(&mut self.duration, &|case| case.duration_ms.and_then(|ms| score(ms.into())));
        of_both(&mut self.cost, &|case| {
            case.cost.map(Money::as_dollars).and_then(|dollars| score(dollars.into()))
        });
        of_both(&mut self.failures, &|case| score((!case.failed).into()))
    }

    fn finish(self) -> [ScoreComparison; 3] {
        let mut figures = [self.failures, self.duration, self.cost].map(Tally::finish);
        adjust(figures.iter_mut().collect());
        figures
    }
}

/// Counts the changes of one scorer.
struct Tally {
    name: Arc<str>,
    scale: Scale,
    counts: [u64; 6],
    before: Vec<f64>,
    now: Vec<f64>,
}

impl Tally {
    fn new(name: &str, scale: Scale) -> Self {
        Self { name: name.into(), scale, counts: [0; 6], before: Vec::new(), now: Vec::new() }
    }

    /// The change; `None` if neither run has a score.
    fn add(&mut self, before: Option<&Score>, now: Option<&Score>) -> Option<ScoreChange> {
        let mut loss = 0.0;
        let change = match (before, now) {
            (None, None) => return None,
            (None, Some(_)) | (Some(_), None) => Change::OneSided,
            (Some(Score::Value(before)), Some(Score::Value(now))) => {
                if let (Some(a), Some(b)) = (self.scale.number(before), self.scale.number(now)) {
                    self.before.push(a);
                    self.now.push(b);
                    loss = self.scale.loss(before, now);
                }
                self.scale.change(before, now)
            }
            (Some(_), Some(_)) => Change::NotJudged,
        };
        self.counts[change as usize] += 1;
        Some(ScoreChange { change, loss })
    }

    fn finish(self) -> ScoreComparison {
        let count = |change: Change| self.counts[change as usize];
        let (won, lost) = (count(Change::Won), count(Change::Lost));
        let pairs = self.before.len() as u64;
        let differences: Vec<f64> =
            self.before.iter().zip(&self.now).map(|(before, now)| now - before).collect();
        let mean = |numbers: &[f64]| {
            (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
        };
        let is_tested = PAIRS_MIN <= pairs;
        let tested = match self.scale.kind {
            ScoreKind::PassFail => Some((TestName::Mcnemar, mcnemar(won, lost))),
            ScoreKind::Number => Some((TestName::Wilcoxon, wilcoxon(&differences))),
            ScoreKind::Text => None,
        };
        let tested = tested.filter(|_| is_tested);
        ScoreComparison {
            name: self.name.to_string(),
            kind: self.scale.kind,
            polarity: self.scale.polarity(),
            pairs,
            won,
            lost,
            same: count(Change::Same),
            changed: count(Change::Changed),
            one_sided: count(Change::OneSided),
            not_judged: count(Change::NotJudged),
            baseline: mean(&self.before),
            other: mean(&self.now),
            difference: mean(&differences),
            interval: mean_interval(&differences),
            test: tested.map(|(test, _)| test),
            p_value: tested.map(|(_, chance)| chance),
            adjusted_p_value: None,
            significance: (self.scale.kind != ScoreKind::Text).then_some(Significance::TooFew),
        }
    }
}

/// Adjusts the probabilities of all tests for their number, and judges them.
fn adjust(mut comparisons: Vec<&mut ScoreComparison>) {
    let chances: Vec<f64> = comparisons.iter().filter_map(|it| it.p_value).collect();
    let tested = comparisons.iter_mut().filter(|it| it.p_value.is_some());
    for (comparison, adjusted) in tested.zip(benjamini_hochberg(&chances)) {
        comparison.adjusted_p_value = Some(adjusted);
        comparison.significance = Some(match adjusted <= FALSE_SHARE {
            true => Significance::Significant,
            false => Significance::MayBeChance,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;
    use crate::evaluation::align::align;
    use crate::evaluation::build::{case, not_judged, scored};

    fn compare(runs: &[Vec<Case>]) -> Comparison {
        let rows = align(runs, &HashMap::new()).rows;
        let ids: Vec<&str> = ["a", "b", "c", "d"].into_iter().take(runs.len()).collect();
        Comparison::new(&ids, runs, &rows, &FeedbackSettings::default())
    }

    /// Cases 1 to 20, of which those in `bad` fail the scorer.
    fn run(from: u64, bad: impl Fn(u64) -> bool) -> Vec<Case> {
        let scored_case =
            |n: u64| scored(case(from + n, &format!("q{n}")), "correct", json!(!bad(n)));
        (1..=20).map(scored_case).collect()
    }

    #[test]
    fn what_was_won_and_lost_is_counted_and_tested() {
        let compared = compare(&[run(0, |n| n == 1), run(100, |n| (2..=10).contains(&n))]);
        let [b] = &compared.runs[..] else { panic!("one comparison") };
        assert_eq!((b.run_id.as_str(), b.pairs, b.only_baseline, b.only_other), ("b", 20, 0, 0));
        let [correct] = &b.scorers[..] else { panic!("one scorer") };
        assert_eq!((correct.won, correct.lost, correct.same), (1, 9, 10));
        assert_eq!((correct.baseline, correct.other), (Some(0.95), Some(0.55)));
        assert!((correct.difference.unwrap() + 0.4).abs() < 1e-12);
        // 2 · (1 + 10) / 2^10
        assert!((correct.p_value.unwrap() - 22.0 / 1024.0).abs() < 1e-12);
        assert_eq!(correct.test, Some(TestName::Mcnemar));
        assert_eq!(correct.significance, Some(Significance::Significant));
        let interval = correct.interval.unwrap();
        assert!(interval.low < -0.4 && -0.4 < interval.high && interval.high < 0.0);
        assert_eq!(b.duration_ms.lost, 20);
        assert_eq!(b.duration_ms.significance, Some(Significance::Significant));
        assert_eq!((b.failures.same, b.failures.p_value), (20, Some(1.0)));
        assert_eq!(b.cost.significance, Some(Significance::TooFew));
        let change = |row: &Vec<RowChanges>| row[0].scorers[0].map(|it| it.change);
        let changes: Vec<_> = compared.changes.iter().map(change).collect();
        assert_eq!(changes[0], Some(Change::Won));
        assert_eq!(changes[1], Some(Change::Lost));
        assert_eq!(changes[19], Some(Change::Same));
    }

    #[test]
    fn scores_that_cannot_be_compared_are_counted_apart() {
        let a = vec![
            scored(case(1, "x"), "tone", json!("kind")),
            scored(case(2, "y"), "tone", json!("kind")),
            not_judged(case(3, "z"), "tone"),
            case(4, "none"),
            case(5, "only a"),
        ];
        let b = vec![
            scored(case(11, "x"), "tone", json!("rude")),
            case(12, "y"),
            scored(case(13, "z"), "tone", json!("kind")),
            case(14, "none"),
        ];
        let compared = compare(&[a, b]);
        let run = &compared.runs[0];
        assert_eq!((run.pairs, run.only_baseline, run.only_other), (4, 1, 0));
        let tone = &run.scorers[0];
        assert_eq!((tone.changed, tone.one_sided, tone.not_judged, tone.pairs), (1, 1, 1, 0));
        assert_eq!((tone.test, tone.significance, tone.interval), (None, None, None));
        assert_eq!(compared.changes[3][0].scorers, [None]);
        assert_eq!(compared.changes[4][0], RowChanges::default());
    }

    #[test]
    fn few_pairs_are_not_tested_and_many_scorers_make_chance_likelier() {
        let mut runs = [run(0, |_| false), run(100, |n| n <= 6)];
        for (n, case) in runs.iter_mut().flatten().enumerate() {
            for scorer in ["s1", "s2", "s3"] {
                case.scores.push((scorer.into(), Score::Value(json!(n % 2 == 0))));
            }
        }
        let compared = compare(&runs);
        let correct = &compared.runs[0].scorers[0];
        assert!((correct.p_value.unwrap() - 2.0 / 64.0).abs() < 1e-12);
        // Four tests, of which this one has the lowest probability.
        assert!((correct.adjusted_p_value.unwrap() - 8.0 / 64.0).abs() < 1e-12);
        assert_eq!(correct.significance, Some(Significance::MayBeChance));
        let few = compare(&[run(0, |_| false)[..4].to_vec(), run(100, |_| true)[..4].to_vec()]);
        let correct = &few.runs[0].scorers[0];
        assert_eq!((correct.pairs, correct.test), (4, None));
        assert_eq!(correct.significance, Some(Significance::TooFew));
        assert!(correct.interval.is_some());
    }

    #[test]
    fn a_run_equal_to_the_baseline_changes_nothing() {
        let same = || run(0, |n| n % 3 == 0);
        let compared = compare(&[same(), same(), same()]);
        assert_eq!(compared.runs.len(), 2);
        for run in &compared.runs {
            for it in run.scorers.iter().chain([&run.failures, &run.duration_ms]) {
                assert_eq!((it.won, it.lost, it.changed, it.same), (0, 0, 0, 20), "{}", it.name);
                assert_eq!(it.significance, Some(Significance::MayBeChance), "{}", it.name);
            }
        }
    }
}
