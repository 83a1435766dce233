//! The cases of a run: its traces, each with the newest score of every scorer.
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use kansoku_model::{ModelId, Money, RunId, TimestampMs, TraceId, TraceState, metadata_key};
use kansoku_store::{ScanProjection, ScannedAssessment, ScannedInputs, ScannedTrace};
use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Case {
    pub trace_id: TraceId,
    pub time: TimestampMs,
    /// Whether the trace ended with an error.
    pub failed: bool,
    pub duration_ms: Option<i64>,
    pub total_tokens: Option<u64>,
    pub cost: Option<Money>,
    pub inputs: ScannedInputs,
    /// Sorted by the name of the scorer, which occurs once.
    pub scores: Vec<(Arc<str>, Score)>,
}

/// The score of one scorer for a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Score {
    Value(Value),
    /// The judge failed.
    NotJudged,
}

impl Case {
    /// The score of this scorer; `None` if it gave none.
    pub fn score(&self, scorer: &str) -> Option<&Score> {
        let at = self.scores.binary_search_by(|(name, _)| (**name).cmp(scorer)).ok()?;
        Some(&self.scores[at].1)
    }
}

impl Score {
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::NotJudged => None,
        }
    }
}

/// The parts of a trace that [`CaseFold::add`] reads. The inputs are needed to align the cases of
/// several runs.
pub fn projection(inputs: bool) -> ScanProjection {
    ScanProjection {
        trace_id: true,
        metadata: vec![metadata_key::MODEL_ID.to_owned()],
        assessments: true,
        inputs,
        ..ScanProjection::default()
    }
}

/// Collects the cases of a run.
pub struct CaseFold {
    run: RunId,
    cases: Vec<Case>,
    /// The number of traces by the logged model that they name.
    models: BTreeMap<Arc<str>, u64>,
}

impl CaseFold {
    pub fn new(run: RunId) -> Self {
        Self { run, cases: Vec::new(), models: BTreeMap::new() }
    }

    /// The logged model that most of the traces name.
    pub fn model(&self) -> Option<ModelId> {
        let most = self.models.iter().rev().max_by_key(|(_, count)| **count)?;
        Some(ModelId(most.0.to_string()))
    }

    pub fn add(&mut self, scanned: &ScannedTrace) {
        let Some(trace_id) = scanned.trace_id.clone() else { return };
        if let Some(model) = scanned.metadata.first().cloned().flatten() {
            *self.models.entry(model).or_default() += 1;
        }
        self.cases.push(Case {
            trace_id,
            time: scanned.time,
            failed: scanned.state == TraceState::Error,
            duration_ms: scanned.duration_ms,
            total_tokens: scanned.usage.map(|usage| usage.total_tokens),
            cost: scanned.cost,
            inputs: scanned.inputs.unwrap_or_default(),
            scores: scores(&self.run, &scanned.assessments),
        });
    }

    /// The cases in the order in which their traces began.
    pub fn finish(mut self) -> Vec<Case> {
        self.cases.sort_by(compare_times);
        self.cases
    }
}

/// Oldest first; ties are broken by trace id.
pub fn compare_times(a: &Case, b: &Case) -> Ordering {
    (a.time, &a.trace_id).cmp(&(b.time, &b.trace_id))
}

/// Whether an assessment counts for the cases of a run. A trace can be in several runs; feedback
/// that another run gave does not count.
pub fn is_of_run(run: &RunId, source_run: Option<&str>) -> bool {
    source_run.is_none_or(|of| of == run.as_str())
}

/// Orders the assessments of one name: the last one counts. The value decides between equal times, so
/// that the order in which they are read does not matter.
pub fn recency(time: TimestampMs, value: Option<&str>) -> impl Ord {
    (time, value)
}

/// The newest score of each scorer.
fn scores(run: &RunId, assessments: &[ScannedAssessment]) -> Vec<(Arc<str>, Score)> {
    let counts = |it: &&ScannedAssessment| {
        &*it.kind == "feedback" && is_of_run(run, it.source_run.as_deref())
    };
    let mut found: Vec<&ScannedAssessment> = assessments.iter().filter(counts).collect();
    found.sort_by(|a, b| {
        let [of_a, of_b] = [a, b].map(|it| recency(it.time, it.value.as_deref()));
        a.name.cmp(&b.name).then_with(|| of_b.cmp(&of_a))
    });
    found.dedup_by(|later, kept| later.name == kept.name);
    found.into_iter().map(|it| (it.name.clone(), score(it))).collect()
}

fn score(assessment: &ScannedAssessment) -> Score {
    let text = assessment.value.as_deref().filter(|_| !assessment.has_error);
    let value = text.and_then(|text| serde_json::from_str(text).ok());
    value.filter(|value: &Value| !value.is_null()).map_or(Score::NotJudged, Score::Value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn feedback(name: &str, value: Option<&str>, run: Option<&str>, at: i64) -> ScannedAssessment {
        ScannedAssessment {
            name: name.into(),
            kind: "feedback".into(),
            value: value.map(str::to_owned),
            number: None,
            has_error: value.is_none(),
            scorer_version: None,
            source_run: run.map(Into::into),
            time: TimestampMs(at),
        }
    }

    #[test]
    fn the_newest_score_of_the_run_counts() {
        let run = RunId("r1".to_owned());
        let mut expected = feedback("correct", Some("true"), Some("r1"), 9);
        expected.kind = "expectation".into();
        let assessments = [
            feedback("tone", Some("\"kind\""), None, 5),
            feedback("correct", Some("true"), Some("r1"), 2),
            feedback("correct", Some("false"), Some("r1"), 3),
            feedback("correct", Some("true"), Some("r2"), 4),
            feedback("judge", None, Some("r1"), 1),
            feedback("empty", Some("null"), Some("r1"), 1),
            feedback("elsewhere", Some("1"), Some("r2"), 1),
            expected,
        ];
        let found = scores(&run, &assessments);
        let found: Vec<_> = found.iter().map(|(name, score)| (&**name, score.value())).collect();
        assert_eq!(
            found,
            [
                ("correct", Some(&json!(false))),
                ("empty", None),
                ("judge", None),
                ("tone", Some(&json!("kind"))),
            ]
        );
    }
}
