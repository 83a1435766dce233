//! Two issues with the traces that show them.
use serde_json::{Value, json};

use super::{
    CurationSpec, DemoRequest, PickedTraces,
    picked::PickedTrace,
    trace_requests::{Source, assess},
};

/// Traces that are linked to an issue at most.
const TRACES_MAX: usize = 12;

pub(super) fn requests(spec: &CurationSpec, picked: &PickedTraces) -> Vec<DemoRequest> {
    let promises = json!({
        "name": "Promises that no page makes", "severity": "high", "status": "pending",
        "description": "The agent promises refunds, dates or replacements that the handbook does not \
                        mention, mostly in version 2.0.0-rc1 with three retrieved pages.",
        "root_causes": ["Too few retrieved pages"], "categories": ["groundedness"],
    });
    let timeouts = json!({
        "name": "The vector search times out", "severity": "medium", "status": "pending",
        "description": "The vector store does not answer within 5 s; the agent then fails, or answers \
                        without pages.",
        "root_causes": ["Vector store overloaded"], "categories": ["latency"],
    });
    [
        issue(spec, "issue-promises", promises, &picked.newest(TRACES_MAX, |trace| trace.is_bad)),
        issue(
            spec,
            "issue-timeouts",
            timeouts,
            &picked.newest(TRACES_MAX, |it| it.search_timed_out),
        ),
    ]
    .concat()
}

fn issue(
    spec: &CurationSpec,
    id: &str,
    mut issue: Value,
    traces: &[&PickedTrace],
) -> Vec<DemoRequest> {
    issue["experiment_id"] = json!(spec.experiment_id);
    issue["created_by"] = json!("dana");
    let name = issue["name"].clone();
    let create = DemoRequest::post("/api/3.0/mlflow/issues", issue);
    let link = |trace: &&PickedTrace| {
        let fields = json!({ "issue": { "issue_name": name } });
        assess(&trace.summary.id, &format!("${{{id}}}"), Source::person("dana"), fields)
    };
    let create = create.keep(id, "/issue/issue_id");
    std::iter::once(create).chain(traces.iter().map(link)).collect()
}
