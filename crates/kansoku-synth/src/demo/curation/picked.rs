//! Traces of the demonstration that people work with.
use serde_json::{Value, json};

use super::{super::make::SyntheticTrace, trace_requests::TraceSummary};

/// Traces of the support agent, collected while they are generated.
#[derive(Default)]
pub struct PickedTraces {
    pub(super) support: Vec<PickedTrace>,
}

pub(super) struct PickedTrace {
    pub(super) summary: TraceSummary,
    pub(super) version: &'static str,
    /// Whether the vector search timed out.
    pub(super) search_timed_out: bool,
    /// Whether a person or a judge was not satisfied.
    pub(super) is_bad: bool,
}

impl PickedTraces {
    pub fn add(&mut self, trace: &SyntheticTrace) {
        if trace.app != "support-agent" || trace.open {
            return;
        }
        let has_feedback = |name: &str, value: &Value| {
            let mut all = trace.assessments.iter();
            all.any(|it| it["assessment_name"] == name && it["feedback"]["value"] == *value)
        };
        let spans = trace.otlp.scope_spans.iter().flat_map(|scope| &scope.spans);
        let mut messages = spans.filter_map(|span| span.status.as_ref());
        self.support.push(PickedTrace {
            summary: TraceSummary {
                id: trace.id.clone(),
                start_ns: trace.start_ns,
                duration_ms: trace.duration_ms,
                failed: trace.failed,
            },
            version: trace.version,
            search_timed_out: messages.any(|status| status.message.contains("vector store")),
            is_bad: has_feedback("user_feedback", &json!(false))
                || has_feedback("groundedness", &json!("no")),
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
        found.sort_by_key(|trace| std::cmp::Reverse(trace.summary.start_ns));
        found.truncate(max);
        found
    }
}
