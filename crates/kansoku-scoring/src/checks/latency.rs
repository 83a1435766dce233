use serde::{Deserialize, Serialize};

use super::catalog::{CheckInfo, FieldInfo, FieldType};
use super::outcome::judge_quantity;
use super::values::Amount;
use crate::{ScoredTrace, ScorerFeedback};

pub(super) const INFO: CheckInfo = CheckInfo {
    name: "latency",
    title: "Latency",
    description: "Passes if a trace took no longer than a limit; without a limit it gives the \
                  milliseconds.",
    fields: &[FieldInfo {
        name: "max_ms",
        field_type: FieldType::Amount,
        default: Some("null"),
        description: "The limit in milliseconds.",
    }],
    example: r#"{"type": "latency", "max_ms": 5000}"#,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyCheck {
    max_ms: Option<Amount>,
}

impl LatencyCheck {
    /// The duration of the root or, for a trace without one, that of its record.
    pub(super) fn score(&self, trace: &ScoredTrace) -> Option<ScorerFeedback> {
        let root_us = trace.root().and_then(|root| root.row.duration_us());
        let ms = match root_us {
            Some(us) => us as f64 / 1000.0,
            None => trace.info.execution_duration?.0 as f64,
        };
        let max = self.max_ms.map(|max| max.0);
        Some(judge_quantity(format!("The trace took {ms} ms"), ms, max, |max| format!("{max} ms")))
    }
}

#[cfg(test)]
mod tests {
    use kansoku_model::DurationMs;
    use serde_json::json;

    use crate::checks::tests::{error_of, score};
    use crate::scored_trace::tests::{span, trace_of};

    #[test]
    fn the_duration_of_the_root_is_judged() {
        let trace = trace_of(vec![span(1, None, "agent", (5, 1_500_005))]);
        let within = score(json!({"type": "latency", "max_ms": 1.5}), &trace).unwrap();
        assert_eq!(within.value, "yes");
        assert_eq!(within.rationale.unwrap(), "The trace took 1.5 ms, within the limit of 1.5 ms.");
        let over = score(json!({"type": "latency", "max_ms": 1}), &trace).unwrap();
        assert_eq!(over.value, "no");
        assert_eq!(score(json!({"type": "latency"}), &trace).unwrap().value, 1.5);
    }

    #[test]
    fn a_trace_without_a_finished_root_has_the_duration_of_its_record() {
        let mut trace = trace_of(vec![span(1, Some(9), "orphan", (0, 1))]);
        assert_eq!(score(json!({"type": "latency"}), &trace), None);
        trace.info.execution_duration = Some(DurationMs(20));
        assert_eq!(score(json!({"type": "latency"}), &trace).unwrap().value, 20.0);
    }

    #[test]
    fn a_negative_limit_is_refused() {
        let error = error_of(json!({"type": "latency", "max_ms": -5}));
        let field = "the check `latency` has an invalid field `max_ms`";
        assert_eq!(error, format!("{field}: expected a number of 0 or more, not `-5`"));
    }
}
