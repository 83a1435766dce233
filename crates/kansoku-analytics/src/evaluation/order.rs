//! Filters and orders of the cases of one run.
use std::cmp::Ordering;
use std::sync::Arc;

use kansoku_model::Verdict;

use super::case::{Case, Score, compare_times};
use super::scale::Scale;

/// The verdict on a case's score that a filter keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScoreVerdict {
    Good,
    Bad,
    Neutral,
    /// The judge failed.
    NotJudged,
    /// The scorer gave none.
    Missing,
}

impl ScoreVerdict {
    pub const ALL: [(&str, Self); 5] = [
        ("good", Self::Good),
        ("bad", Self::Bad),
        ("neutral", Self::Neutral),
        ("not_judged", Self::NotJudged),
        ("missing", Self::Missing),
    ];

    pub fn new(score: Option<&Score>, scale: &Scale) -> Self {
        match score {
            None => Self::Missing,
            Some(Score::NotJudged) => Self::NotJudged,
            Some(Score::Value(value)) => match scale.verdict(value) {
                Some(Verdict::Good) => Self::Good,
                Some(Verdict::Bad) => Self::Bad,
                None => Self::Neutral,
            },
        }
    }
}

/// The key by which cases are sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CaseKey {
    /// Cases that failed, then those with the most bad scores, then those that judges failed on.
    Failures,
    /// The scores of one scorer, worst first; cases without a verdict or number last.
    Scorer(String),
    Duration,
    Cost,
    Tokens,
    Time,
}

/// Sorts the indexes of cases. Cases without a value are last in both directions; ties are in the
/// order of time.
pub fn sort_cases(
    shown: &mut [usize],
    cases: &[Case],
    scales: &[(Arc<str>, Scale)],
    key: &CaseKey,
    is_descending: bool,
) {
    let keys: Vec<Option<f64>> = cases.iter().map(|case| value(case, scales, key)).collect();
    let directed = |order: Ordering| if is_descending { order.reverse() } else { order };
    shown.sort_by(|a, b| {
        let by_key = match (keys[*a], keys[*b]) {
            (Some(x), Some(y)) => directed(x.total_cmp(&y)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_key.then_with(|| compare_times(&cases[*a], &cases[*b]))
    });
}

fn value(case: &Case, scales: &[(Arc<str>, Scale)], key: &CaseKey) -> Option<f64> {
    match key {
        CaseKey::Failures => Some(-severity(case, scales)),
        CaseKey::Scorer(name) => {
            let (_, scale) = scales.iter().find(|(known, _)| **known == **name)?;
            scale.merit(case.score(name)?.value()?)
        }
        CaseKey::Duration => case.duration_ms.map(|ms| ms as f64),
        CaseKey::Cost => case.cost.map(|cost| cost.as_dollars()),
        CaseKey::Tokens => case.total_tokens.map(|tokens| tokens as f64),
        CaseKey::Time => Some(case.time.0 as f64),
    }
}

/// A number that grows with failures, then with bad scores, then with scores that judges could not
/// give.
fn severity(case: &Case, scales: &[(Arc<str>, Scale)]) -> f64 {
    /// More than the scorers of any case.
    const NEXT: f64 = 1e6;
    let verdicts = scales.iter().map(|(name, scale)| ScoreVerdict::new(case.score(name), scale));
    let (mut bad, mut not_judged) = (0.0, 0.0);
    for verdict in verdicts {
        match verdict {
            ScoreVerdict::Bad => bad += 1.0,
            ScoreVerdict::NotJudged => not_judged += 1.0,
            ScoreVerdict::Good | ScoreVerdict::Neutral | ScoreVerdict::Missing => {}
        }
    }
    (f64::from(u8::from(case.failed)) * NEXT + bad) * NEXT + not_judged
}

#[cfg(test)]
mod tests {
    use kansoku_model::FeedbackSettings;
    use serde_json::json;

    use super::*;
    use crate::evaluation::build::{case, not_judged, scored};
    use crate::evaluation::summary::scales;

    fn sorted(key: CaseKey, is_descending: bool) -> Vec<usize> {
        let mut cases = vec![
            scored(case(1, "a"), "ok", json!(true)),
            scored(case(2, "b"), "ok", json!(false)),
            not_judged(case(3, "c"), "ok"),
            case(4, "d"),
            scored(scored(case(5, "e"), "ok", json!(false)), "also", json!("no")),
            scored(case(6, "f"), "ok", json!(true)),
        ];
        cases[5].failed = true;
        cases[3].duration_ms = None;
        let scales = scales(cases.iter(), &FeedbackSettings::default());
        let mut shown: Vec<usize> = (0..cases.len()).collect();
        sort_cases(&mut shown, &cases, &scales, &key, is_descending);
        shown
    }

    #[test]
    fn failures_come_first_and_missing_values_last() {
        assert_eq!(sorted(CaseKey::Failures, false), [5, 4, 1, 2, 0, 3]);
        assert_eq!(sorted(CaseKey::Scorer("ok".to_owned()), false), [1, 4, 0, 5, 2, 3]);
        assert_eq!(sorted(CaseKey::Scorer("ok".to_owned()), true), [0, 5, 1, 4, 2, 3]);
        assert_eq!(sorted(CaseKey::Scorer("unknown".to_owned()), true), [0, 1, 2, 3, 4, 5]);
        assert_eq!(sorted(CaseKey::Duration, true), [5, 4, 2, 1, 0, 3]);
        assert_eq!(sorted(CaseKey::Duration, false), [0, 1, 2, 4, 5, 3]);
        assert_eq!(sorted(CaseKey::Time, true), [5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn a_verdict_is_known_for_every_score() {
        let cases = [scored(case(1, "a"), "ok", json!(1)), not_judged(case(2, "b"), "ok")];
        let scales = scales(cases.iter(), &FeedbackSettings::default());
        let verdict = |score: Option<&Score>| ScoreVerdict::new(score, &scales[0].1);
        assert_eq!(verdict(cases[0].score("ok")), ScoreVerdict::Good);
        assert_eq!(verdict(cases[1].score("ok")), ScoreVerdict::NotJudged);
        assert_eq!(verdict(None), ScoreVerdict::Missing);
        assert_eq!(verdict(Some(&Score::Value(json!("maybe")))), ScoreVerdict::Neutral);
    }
}
