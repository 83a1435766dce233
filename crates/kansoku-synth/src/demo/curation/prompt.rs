//! The system prompt of the support agent in three versions, and the traces that used them.
use serde_json::{Value, json};

use super::{CurationSpec, DemoRequest, PickedTraces};
use crate::demo::support::VERSIONS;

/// Each version of the agent has its newest traces linked to its prompt, up to this number.
const TRACES_MAX: usize = 60;

const FIRST: &str = "\
You are the support assistant of {{ shop }}, a bicycle shop. Answer the customer's question from the \
pages below.

{{ pages }}

Question: {{ question }}";

const SECOND: &str = "\
You are the support assistant of {{ shop }}, a bicycle shop. Answer the customer's question in the \
customer's language, in at most four sentences, and only from the pages below; name the page you used.

{{ pages }}

Question: {{ question }}";

const THIRD: &str = "\
You are the support assistant of {{ shop }}, a bicycle shop. Answer the customer's question in the \
customer's language, in at most four sentences, and only from the pages below; name the page you used. \
If the pages do not say it, say that you do not know and offer to ask a colleague. Never promise \
refunds, dates or discounts that no page promises.

{{ pages }}

Question: {{ question }}";

/// Text and commit message of each version.
const TEXTS: [(&str, &str); 3] = [
    (FIRST, "First version"),
    (SECOND, "Answer in the customer's language, and name the page"),
    (THIRD, "Admit what the pages do not say"),
];

pub(super) fn requests(spec: &CurationSpec, picked: &PickedTraces) -> Vec<DemoRequest> {
    let name = name(spec);
    let is_prompt = tag("mlflow.prompt.is_prompt", "true");
    let experiments = tag("_mlflow_experiment_ids", &format!(",{},", spec.experiment_id));
    let create = json!({
        "name": name, "description": "Instructions of the support agent",
        "tags": [is_prompt, experiments, tag("team", "support")],
    });
    let mut requests = vec![DemoRequest::post("/api/2.0/mlflow/registered-models/create", create)];
    for (text, message) in TEXTS {
        let body = json!({
            "name": name, "source": "prompt-template", "description": message,
            "tags": [
                is_prompt, tag("_mlflow_prompt_type", "text"), tag("mlflow.prompt.text", text),
                tag("mlflow.user", "dana"),
            ],
        });
        requests.push(DemoRequest::post("/api/2.0/mlflow/model-versions/create", body));
    }
    for (alias, version) in [("production", "2"), ("candidate", "3")] {
        let body = json!({ "name": name, "alias": alias, "version": version });
        requests.push(DemoRequest::post("/api/2.0/mlflow/registered-models/alias", body));
    }
    for (number, version) in VERSIONS.iter().enumerate() {
        let prompt = json!([{ "name": name, "version": (number + 1).to_string() }]);
        for trace in picked.newest(TRACES_MAX, |trace| trace.version == version.name) {
            let body = json!({ "trace_id": trace.summary.id, "prompt_versions": prompt });
            requests.push(DemoRequest::post("/api/2.0/mlflow/traces/link-prompts", body));
        }
    }
    requests
}

/// A name with the characters that names of prompts may have.
fn name(spec: &CurationSpec) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let experiment: String =
        spec.experiment_name.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    format!("{experiment}-support-agent")
}

fn tag(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": value })
}
