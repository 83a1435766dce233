//! The figures of one run, and the distribution of the values of each scorer.
use std::collections::BTreeMap;
use std::sync::Arc;

use kansoku_model::{FeedbackSettings, Money, Polarity, Verdict};
use kansoku_store::percentile;
use serde::Serialize;
use serde_json::Value;

use super::case::{Case, Score};
use super::scale::{Scale, ScoreKind};
use crate::feedback::{FeedbackStat, Judgements};

const BUCKETS: usize = 10;

/// The figures of the cases of a run.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct CaseFigures {
    pub cases: u64,
    /// The cases whose trace ended with an error.
    pub failed_cases: u64,
    /// By name.
    pub scorers: Vec<FeedbackStat>,
    /// In US dollars; `null` if no case has a cost.
    pub cost: Option<f64>,
    pub total_tokens: Option<u64>,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
}

impl CaseFigures {
    pub fn new(cases: &[Case], settings: &FeedbackSettings) -> Self {
        let mut scorers: BTreeMap<Arc<str>, Judgements> = BTreeMap::new();
        for (name, score) in cases.iter().flat_map(|case| &case.scores) {
            match scorers.get_mut(name) {
                Some(judgements) => judgements.add(score.value()),
                None => scorers.entry(name.clone()).or_default().add(score.value()),
            }
        }
        let stat = |(name, it): (Arc<str>, Judgements)| it.finish(&name, &settings.rule(&name));
        let mut durations: Vec<f64> =
            cases.iter().filter_map(|case| case.duration_ms).map(|ms| ms as f64).collect();
        let cost = cases.iter().filter_map(|case| case.cost).reduce(Money::saturating_add);
        Self {
            cases: cases.len() as u64,
            failed_cases: cases.iter().filter(|case| case.failed).count() as u64,
            scorers: scorers.into_iter().map(stat).collect(),
            cost: cost.map(Money::as_dollars),
            total_tokens: (cases.iter())
                .filter_map(|case| case.total_tokens)
                .reduce(u64::saturating_add),
            p50_ms: percentile(&mut durations, 50.0),
            p95_ms: percentile(&mut durations, 95.0),
        }
    }
}

/// The scorers of some cases with their scales, sorted by name.
pub fn scales<'a>(
    cases: impl Iterator<Item = &'a Case> + Clone,
    settings: &FeedbackSettings,
) -> Vec<(Arc<str>, Scale)> {
    let mut values: BTreeMap<&Arc<str>, Vec<&Value>> = BTreeMap::new();
    for (name, score) in cases.flat_map(|case| &case.scores) {
        values.entry(name).or_default().extend(score.value());
    }
    let scale = |(name, values): (&Arc<str>, Vec<&Value>)| {
        (name.clone(), Scale::new(settings.rule(name), values.iter().copied()))
    };
    values.into_iter().map(scale).collect()
}

/// The values of one scorer over the cases of a run.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ScoreDistribution {
    pub name: String,
    pub kind: ScoreKind,
    #[schema(value_type = String)]
    pub polarity: Polarity,
    pub good: u64,
    pub bad: u64,
    /// Values that are neither good nor bad.
    pub neutral: u64,
    /// Cases on which the judge failed.
    pub not_judged: u64,
    /// Cases without a score.
    pub missing: u64,
    /// Ten buckets of equal width from the smallest to the largest number; empty unless the values
    /// are numbers. The last one includes its end.
    pub buckets: Vec<ScoreBucket>,
}

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ScoreBucket {
    pub from: f64,
    pub to: f64,
    pub count: u64,
}

impl ScoreDistribution {
    pub fn new(name: &str, scale: &Scale, cases: &[Case]) -> Self {
        let mut distribution = Self {
            name: name.to_owned(),
            kind: scale.kind,
            polarity: scale.polarity(),
            good: 0,
            bad: 0,
            neutral: 0,
            not_judged: 0,
            missing: 0,
            buckets: Vec::new(),
        };
        let mut numbers = Vec::new();
        for case in cases {
            let count = match case.score(name) {
                None => &mut distribution.missing,
                Some(Score::NotJudged) => &mut distribution.not_judged,
                Some(Score::Value(value)) => {
                    numbers.extend(value.as_f64().filter(|_| scale.kind == ScoreKind::Number));
                    match scale.verdict(value) {
                        Some(Verdict::Good) => &mut distribution.good,
                        Some(Verdict::Bad) => &mut distribution.bad,
                        None => &mut distribution.neutral,
                    }
                }
            };
            *count += 1;
        }
        distribution.buckets = buckets(&numbers);
        distribution
    }
}

fn buckets(numbers: &[f64]) -> Vec<ScoreBucket> {
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if numbers.is_empty() {
        return Vec::new();
    }
    if least == most {
        return vec![ScoreBucket { from: least, to: most, count: numbers.len() as u64 }];
    }
    // Halves first: the width of the range may be more than a float can represent.
    let bound = |n: usize| {
        let share = n as f64 / BUCKETS as f64;
        least * (1.0 - share) + most * share
    };
    let mut counts = [0; BUCKETS];
    for number in numbers {
        let at = (1..BUCKETS).take_while(|n| bound(*n) <= *number).count();
        counts[at] += 1;
    }
    let bucket = |(n, count)| ScoreBucket {
        from: bound(n),
        to: if n + 1 == BUCKETS { most } else { bound(n + 1) },
        count,
    };
    counts.into_iter().enumerate().map(bucket).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::evaluation::build::{case, not_judged, scored};

    #[test]
    fn a_run_is_summed_up() {
        let mut cases: Vec<Case> = (1..=4)
            .map(|n| scored(case(n, "q"), "correct", json!(if n == 1 { "no" } else { "yes" })))
            .collect();
        cases[3] = not_judged(case(4, "q"), "correct");
        cases[0].failed = true;
        cases[1].cost = Some(Money::from_dollars(0.25));
        cases[2].cost = Some(Money::from_dollars(0.5));
        cases[2].total_tokens = Some(12);
        let figures = CaseFigures::new(&cases, &FeedbackSettings::default());
        assert_eq!((figures.cases, figures.failed_cases), (4, 1));
        assert_eq!((figures.cost, figures.total_tokens), (Some(0.75), Some(12)));
        assert_eq!((figures.p50_ms, figures.p95_ms), (Some(25.0), Some(38.5)));
        let [correct] = &figures.scorers[..] else { panic!("one scorer") };
        assert_eq!((correct.pass_rate, correct.not_judged), (Some(2.0 / 3.0), 1));
        let none = CaseFigures::new(&[], &FeedbackSettings::default());
        assert_eq!((none.cost, none.total_tokens, none.p50_ms), (None, None, None));
    }

    #[test]
    fn values_are_counted_by_verdict_and_size() {
        let numbers = [0.0, 0.05, 0.1, 0.95, 1.0];
        let mut cases: Vec<Case> = (numbers.iter().enumerate())
            .map(|(n, number)| scored(case(n as u64, "q"), "score", json!(number)))
            .collect();
        cases.push(case(9, "q"));
        cases.push(not_judged(case(10, "q"), "score"));
        let scales = scales(cases.iter(), &FeedbackSettings::default());
        let [(name, scale)] = &scales[..] else { panic!("one scorer") };
        let found = ScoreDistribution::new(name, scale, &cases);
        assert_eq!((found.kind, found.neutral, found.missing), (ScoreKind::Number, 5, 1));
        assert_eq!((found.good, found.bad, found.not_judged), (0, 0, 1));
        let counts: Vec<u64> = found.buckets.iter().map(|bucket| bucket.count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    }

    proptest! {
        #[test]
        fn every_number_is_in_one_bucket(numbers in prop::collection::vec(prop::num::f64::NORMAL, 1..50)) {
            let found = buckets(&numbers);
            prop_assert_eq!(found.iter().map(|it| it.count).sum::<u64>(), numbers.len() as u64);
            prop_assert!(found.iter().all(|it| it.from <= it.to && it.from.is_finite()));
        }
    }
}
