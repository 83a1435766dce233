//! Requests about one trace that several parts of the demonstration make.
use serde_json::{Value, json};

use super::{CurationSpec, DemoRequest, timestamp};

/// A trace as its info describes it.
pub(super) struct TraceSummary {
    pub(super) id: String,
    pub(super) start_ns: u64,
    pub(super) duration_ms: f64,
    pub(super) failed: bool,
}

impl TraceSummary {
    /// Sends the trace's info with more metadata, as MLflow's clients do.
    pub(super) fn add_metadata(&self, spec: &CurationSpec, metadata: Value) -> DemoRequest {
        let info = json!({
            "trace_id": self.id,
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": { "experiment_id": spec.experiment_id },
            },
            "request_time": timestamp(self.start_ns),
            "execution_duration": format!("{:.3}s", self.duration_ms / 1000.0),
            "state": if self.failed { "ERROR" } else { "OK" },
            "trace_metadata": metadata,
        });
        DemoRequest::post("/api/3.0/mlflow/traces", json!({ "trace": { "trace_info": info } }))
    }
}

/// The source of an assessment: a person, a judge or code.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    kind: &'static str,
    id: &'a str,
}

impl<'a> Source<'a> {
    pub(super) const fn person(id: &'a str) -> Self {
        Self { kind: "HUMAN", id }
    }

    pub(super) const fn judge(id: &'a str) -> Self {
        Self { kind: "LLM_JUDGE", id }
    }

    pub(super) const fn code(id: &'a str) -> Self {
        Self { kind: "CODE", id }
    }
}

/// Adds an assessment to a trace. `fields` has its value and all fields but name, trace and source.
pub(super) fn assess(
    trace_id: &str,
    name: &str,
    source: Source<'_>,
    mut fields: Value,
) -> DemoRequest {
    fields["assessment_name"] = json!(name);
    fields["trace_id"] = json!(trace_id);
    fields["source"] = json!({ "source_type": source.kind, "source_id": source.id });
    let path = format!("/api/3.0/mlflow/traces/{trace_id}/assessments");
    DemoRequest::post(&path, json!({ "assessment": fields }))
}
