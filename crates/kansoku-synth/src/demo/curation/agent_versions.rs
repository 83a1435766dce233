//! Versions of the support agent as logged models, and their newest traces.
use serde_json::json;

use super::{CurationSpec, DemoRequest, PickedTraces, picked::PickedTrace};
use crate::demo::support::VERSIONS;

/// Each version has its newest traces linked, up to this number.
const TRACES_MAX: usize = 150;

pub(super) fn requests(spec: &CurationSpec, picked: &PickedTraces) -> Vec<DemoRequest> {
    let mut requests = Vec::new();
    for (number, version) in VERSIONS.iter().enumerate() {
        let body = json!({
            "experiment_id": spec.experiment_id,
            // Names of models have no dots.
            "name": format!("support-agent-{}", version.name.replace('.', "-")),
            "model_type": "agent",
            "params": [
                { "key": "model", "value": version.model.name },
                { "key": "retriever.top_k", "value": version.documents.to_string() },
                { "key": "checks_sources", "value": version.checks.to_string() },
            ],
            "tags": [
                { "key": "mlflow.model.isExternal", "value": "true" },
                { "key": "mlflow.source.git.branch", "value": "main" },
                { "key": "mlflow.source.git.commit", "value": commit(number as u64) },
            ],
        });
        let name = model_of(version.name);
        let create = DemoRequest::post("/api/2.0/mlflow/logged-models", body);
        requests.push(create.keep(&name, "/model/info/model_id"));
        let path = format!("/api/2.0/mlflow/logged-models/${{{name}}}");
        let ready = json!({ "model_id": format!("${{{name}}}"), "status": "LOGGED_MODEL_READY" });
        requests.push(DemoRequest::patch(&path, ready));
        let newest = picked.newest(TRACES_MAX, |trace| trace.version == version.name);
        let metadata = json!({ "mlflow.modelId": format!("${{{name}}}") });
        let link = |trace: &PickedTrace| trace.summary.add_metadata(spec, metadata.clone());
        requests.extend(newest.into_iter().map(link));
    }
    requests
}

/// The name under which the id of a version's logged model is kept.
pub(super) fn model_of(version: &str) -> String {
    format!("model-{version}")
}

/// A made-up Git commit.
fn commit(number: u64) -> String {
    let hashed = (1..=3).map(|part| (number * 3 + part).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let hex: String = hashed.map(|part| format!("{part:016x}")).collect();
    hex[..40].to_owned()
}
