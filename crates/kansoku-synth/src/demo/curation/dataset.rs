//! A dataset of customers' questions with the answers that the handbook supports.
use serde_json::{Value, json};

use super::{CurationSpec, DemoRequest};
use crate::demo::{support::Case, texts::TOPICS};

const DATASETS: &str = "/api/3.0/mlflow/datasets";
/// Records of the first version of the dataset; a second one adds the others.
const FIRST_RECORDS: usize = 12;

pub(super) const NAME: &str = "support-golden";

/// All cases: each question of each topic.
pub(super) fn cases() -> impl Iterator<Item = Case> {
    TOPICS.iter().flat_map(|topic| (0..=topic.more.len()).map(move |turn| Case { topic, turn }))
}

pub(super) fn requests(spec: &CurationSpec) -> Vec<DemoRequest> {
    let tags = json!({ "mlflow.user": "dana", "source": "handbook" });
    let create = json!({
        "name": NAME, "experiment_ids": [spec.experiment_id], "tags": tags.to_string(),
    });
    let records: Vec<Value> = cases().map(record).collect();
    let (first, others) = records.split_at(FIRST_RECORDS);
    let add = |records: &[Value]| {
        let body = json!({ "records": json!(records).to_string() });
        DemoRequest::post(&format!("{DATASETS}/${{dataset}}/records"), body)
    };
    vec![
        DemoRequest::post(&format!("{DATASETS}/create"), create)
            .keep("dataset", "/dataset/dataset_id"),
        add(first),
        add(others),
        DemoRequest::get(&format!("{DATASETS}/${{dataset}}"))
            .keep("dataset-digest", "/dataset/digest"),
    ]
}

fn record(case: Case) -> Value {
    json!({
        "inputs": { "messages": case.messages() },
        "expectations": { "expected_response": case.answer() },
        "source": { "source_type": "HUMAN", "source_data": { "user_name": "dana" } },
        "tags": { "mlflow.user": "dana", "topic": case.topic.pages[0].0 },
    })
}
