//! Questions to reviewers, and a queue of traces that two of them have begun to work through.
use serde_json::{Value, json};

use super::{
    CurationSpec, DemoRequest, PickedTraces, timestamp,
    trace_requests::{Source, assess},
};

const QUEUES: &str = "/api/3.0/mlflow/review-queues";
const ITEMS: usize = 16;
/// Items that both reviewers have completed.
const COMPLETE: usize = 6;

const SCHEMAS: [&str; 3] = ["schema-correct", "schema-tone", "schema-answer"];

pub(super) fn requests(spec: &CurationSpec, picked: &PickedTraces) -> Vec<DemoRequest> {
    let mut requests = schemas(spec);
    let body = json!({
        "experiment_id": spec.experiment_id, "name": "Answers that were disliked",
        "queue_type": "CUSTOM", "users": ["ana", "ben"], "created_by": "dana",
        "schema_ids": SCHEMAS.map(|name| format!("${{{name}}}")),
    });
    let create = DemoRequest::post(&format!("{QUEUES}/create"), body);
    requests.push(create.keep("queue", "/review_queue/queue_id"));
    let items = picked.newest(ITEMS, |trace| trace.is_bad && !trace.summary.failed);
    if items.is_empty() {
        return requests;
    }
    let ids: Vec<&str> = items.iter().map(|trace| trace.summary.id.as_str()).collect();
    let add = json!({ "queue_id": "${queue}", "item_type": "TRACE", "item_ids": ids });
    requests.push(DemoRequest::post(&format!("{QUEUES}/items/add"), add));
    let at = timestamp(spec.now_ns);
    for (number, trace) in ids.iter().take(COMPLETE).enumerate() {
        // The reviewers disagree about one of the answers.
        let by_ana = (number % 3 == 1, "friendly");
        let by_ben =
            (number % 3 == 1 || number == 2, if number == 4 { "cold" } else { "friendly" });
        for (reviewer, (correct, tone)) in [("ana", by_ana), ("ben", by_ben)] {
            for (name, value) in [("answer_is_correct", json!(correct)), ("tone", json!(tone))] {
                let fields = json!({
                    "feedback": { "value": value }, "create_time": at, "last_update_time": at,
                });
                requests.push(assess(trace, name, Source::person(reviewer), fields));
            }
        }
        let done = json!({
            "queue_id": "${queue}", "item_id": trace, "status": "COMPLETE",
            "completed_by": if number % 2 == 0 { "ana" } else { "ben" },
        });
        requests.push(DemoRequest::post(&format!("{QUEUES}/items/set-status"), done));
    }
    requests
}

fn schemas(spec: &CurationSpec) -> Vec<DemoRequest> {
    let schema = |name: &str, kind: &str, instruction: &str, input: Value| {
        let body = json!({
            "experiment_id": spec.experiment_id, "name": name, "type": kind,
            "instruction": instruction, "enable_comment": true, "input": input,
        });
        DemoRequest::post("/api/3.0/mlflow/label-schemas/create", body)
    };
    let pass_fail =
        json!({ "pass_fail": { "positive_label": "Correct", "negative_label": "Wrong" } });
    let tones = json!({ "categorical": { "options": ["friendly", "neutral", "cold"] } });
    let requests = [
        schema("answer_is_correct", "FEEDBACK", "Compare the answer with the pages.", pass_fail),
        schema("tone", "FEEDBACK", "How does the answer sound to the customer?", tones),
        schema(
            "expected_answer",
            "EXPECTATION",
            "Write the answer that you would give.",
            json!({ "text": {} }),
        ),
    ];
    let keep = |(request, name): (DemoRequest, &str)| request.keep(name, "/label_schema/schema_id");
    requests.into_iter().zip(SCHEMAS).map(keep).collect()
}
