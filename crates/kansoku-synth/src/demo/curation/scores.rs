//! The scores that three scorers give the cases of an evaluation.
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    DemoRequest, timestamp,
    trace_requests::{Source, assess},
};
use crate::demo::{
    support::{Case, Turn},
    trace::Trace,
};

const NS_PER_S: u64 = 1_000_000_000;
const PERSON: Source<'_> = Source::person("dana");
const JUDGE: Source<'_> = Source::judge("openai:/gpt-5-mini");
const CODE: Source<'_> = Source::code("is_short");
/// The longest answer that `is_short` accepts, in bytes.
const SHORT_BYTES_MAX: usize = 320;

/// The scores of a run so far.
#[derive(Default)]
pub(super) struct Scores {
    grounded: Vec<f64>,
    relevance: Vec<f64>,
    short: Vec<f64>,
}

impl Scores {
    /// Adds the scores of one case, and returns its assessments: the expectation, and the feedback of
    /// the scorers if the agent answered.
    pub(super) fn add(
        &mut self,
        trace: &Trace,
        turn: &Turn,
        case: Case,
        run_id: &str,
    ) -> Vec<DemoRequest> {
        let mut dice = StdRng::seed_from_u64(trace.start_ns());
        let at = timestamp(trace.now_ns + NS_PER_S);
        let assess = |name: &str, source: Source<'_>, mut fields: Value| {
            fields["create_time"] = json!(at);
            fields["last_update_time"] = json!(at);
            fields["metadata"] = json!({ "mlflow.assessment.sourceRunId": run_id });
            assess(&trace.id(), name, source, fields)
        };
        let expected = json!({ "expectation": { "value": case.answer() } });
        let mut requests = vec![assess("expected_response", PERSON, expected)];
        if turn.failed {
            return requests;
        }
        let (value, rationale) = match turn.grounded {
            true => ("yes", "Every statement is supported by a page in the context."),
            false => ("no", "The answer promises something that no page in the context says."),
        };
        let grounded = json!({ "feedback": { "value": value }, "rationale": rationale });
        let (low, high) = if turn.grounded { (0.7, 1.0) } else { (0.15, 0.65) };
        let relevance = (dice.random_range(low..high) * 100.0_f64).round() / 100.0;
        let short = turn.answer.len() <= SHORT_BYTES_MAX;
        let feedback = |value: Value| json!({ "feedback": { "value": value } });
        requests.extend([
            assess("retrieval_groundedness", JUDGE, grounded),
            assess("relevance", JUDGE, feedback(json!(relevance))),
            assess("is_short", CODE, feedback(json!(short))),
        ]);
        self.grounded.push(f64::from(u8::from(turn.grounded)));
        self.relevance.push(relevance);
        self.short.push(f64::from(u8::from(short)));
        requests
    }

    /// The mean of each scorer over the cases that have a score.
    pub(super) fn means(&self) -> [(&'static str, f64); 3] {
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        [
            ("retrieval_groundedness", mean(&self.grounded)),
            ("relevance", mean(&self.relevance)),
            ("is_short", mean(&self.short)),
        ]
    }
}
