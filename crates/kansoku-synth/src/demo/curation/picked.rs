//! Traces of the demonstration that people work with.
use serde_json::{Value, json};

use super::super::make::SyntheticTrace;

/// Traces of the support agent, collected while they are generated.
#[derive(Default)]
pub struct PickedTraces {
    pub(super) support: Vec<PickedTrace>,
}

pub(super) struct PickedTrace {
    pub(super) id: String,
    pub(super) version: &'static str,
    pub(super) start_ns: u64,
    pub(super) duration_ms: f64,
    pub(super) failed: bool,
    /// Whether the vector search timed out.
    pub(super) search_timed_out: bool,
    /// Whether a person or a judge was not satisfied.
    pub(super) is_bad: bool,
}

impl PickedTraces {
    pub fn add(&mut self, made: &SyntheticTrace) {
        if made.app != "support-agent" || made.open {
            return;
        }
        let said = |name: &str, value: &Value| {
            let mut all = made.assessments.iter();
            all.any(|it| it["assessment_name"] == name && it["feedback"]["value"] == *value)
        };
        let spans = made.otlp.scope_spans.iter().flat_map(|scope| &scope.spans);
        let mut messages = spans.filter_map(|span| span.status.as_ref());
        self.support.push(PickedTrace {
            id: made.id.clone(),
            version: made.version,
            start_ns: made.start_ns,
            duration_ms: made.duration_ms,
            failed: made.failed,
            search_timed_out: messages.any(|status| status.message.contains("vector store")),
            is_bad: said("user_feedback", &json!(false)) || said("groundedness", &json!("no")),
        });
    }

    /// The newest traces that pass a test, newest first.
    pub(super) fn newest(
        &self,
        max: usize,
        test: impl Fn(&PickedTrace) -> bool,
    ) -> Vec<&PickedTrace> {
        let mut found: Vec<&PickedTrace> =
            self.support.iter().filter(|trace| test(trace)).collect();
        found.sort_by_key(|trace| std::cmp::Reverse(trace.start_ns));
        found.truncate(max);
        found
    }
}
