//! Builders of cases for tests.
use kansoku_model::{TimestampMs, TraceId};
use kansoku_store::core::input_hash;
use serde_json::Value;

use super::case::{Case, Score};

/// Case `n`, which took 10 ms times `n`, with these inputs in its metadata.
pub(super) fn case(n: u64, inputs: &str) -> Case {
    Case {
        trace_id: TraceId::from_otel(u128::from(n).to_be_bytes()),
        time: TimestampMs(n as i64),
        failed: false,
        duration_ms: Some(10 * n as i64),
        total_tokens: None,
        cost: None,
        inputs: input_hash::scanned(Some(&Value::from(inputs).to_string()), Some(inputs)),
        scores: Vec::new(),
    }
}

pub(super) fn scored(case: Case, scorer: &str, value: Value) -> Case {
    with_score(case, scorer, Score::Value(value))
}

pub(super) fn not_judged(case: Case, scorer: &str) -> Case {
    with_score(case, scorer, Score::NotJudged)
}

fn with_score(mut case: Case, scorer: &str, score: Score) -> Case {
    case.scores.push((scorer.into(), score));
    case.scores.sort_by(|(a, _), (b, _)| a.cmp(b));
    case
}
