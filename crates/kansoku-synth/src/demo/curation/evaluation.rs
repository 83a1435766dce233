//! Evaluations of two versions of the support agent with the dataset.
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message as _;
use serde_json::json;

use super::{
    CurationSpec, DemoRequest, agent_versions::model_of, dataset, scores::Scores,
    trace_requests::TraceSummary,
};
use crate::demo::{
    make::mix,
    support::{VERSIONS, Version},
    trace::Trace,
};

const NS_PER_S: u64 = 1_000_000_000;
const TROUBLE: f64 = 0.5;
const SPAN_ATTRIBUTES: [(&str, &str); 2] =
    [("service.name", "support-agent"), ("deployment.environment.name", "evaluation")];

/// The evaluated versions, by index, each with the number of hours before now.
const RUNS: [(usize, u64); 2] = [(0, 20), (2, 3)];

pub(super) fn requests(spec: &CurationSpec) -> Vec<DemoRequest> {
    let runs = RUNS.into_iter().map(|(version, hours_ago)| {
        let start_ns = spec.now_ns - hours_ago * 3600 * NS_PER_S;
        Evaluation { spec, version: &VERSIONS[version], start_ns }.requests()
    });
    runs.flatten().collect()
}

struct Evaluation<'a> {
    spec: &'a CurationSpec,
    version: &'static Version,
    start_ns: u64,
}

impl Evaluation<'_> {
    fn requests(&self) -> Vec<DemoRequest> {
        let run = format!("run-{}", self.version.name);
        let run_id = format!("${{{run}}}");
        let model = format!("${{{}}}", model_of(self.version.name));
        let mut requests = self.begin(&run, &run_id, &model);
        let mut traces = Vec::new();
        let mut assessments = Vec::new();
        let mut scores = Scores::default();
        let mut end_ns = self.start_ns;
        for (number, case) in dataset::cases().enumerate() {
            let number = number as u64 + 1;
            let seed = mix(number ^ mix(self.spec.now_ns - self.start_ns));
            let id = mix(self.spec.key ^ seed);
            let mut trace = Trace::new(
                u128::from(seed) << 64 | u128::from(id),
                seed,
                self.start_ns + number * NS_PER_S,
            );
            let turn = case.answered_by(&mut trace, self.version, TROUBLE);
            end_ns = end_ns.max(trace.now_ns);
            let summary = TraceSummary {
                id: trace.id(),
                start_ns: trace.start_ns(),
                duration_ms: trace.duration_ms(),
                failed: turn.failed,
            };
            let metadata = json!({ "mlflow.sourceRun": run_id, "mlflow.modelId": model });
            requests.push(summary.add_metadata(self.spec, metadata));
            assessments.extend(scores.add(&trace, &turn, case, &run_id));
            traces.push(trace.export(&SPAN_ATTRIBUTES));
        }
        requests.push(DemoRequest::otlp(TracesData { resource_spans: traces }.encode_to_vec()));
        requests.extend(assessments);
        let at_ms = end_ns / 1_000_000;
        let metrics = scores.means().map(|(name, mean)| {
            json!({ "key": format!("{name}/mean"), "value": mean, "timestamp": at_ms, "step": 0 })
        });
        let batch = json!({ "run_id": run_id, "metrics": metrics });
        requests.push(DemoRequest::post("/api/2.0/mlflow/runs/log-batch", batch));
        let finished = json!({ "run_id": run_id, "status": "FINISHED", "end_time": at_ms });
        requests.push(DemoRequest::post("/api/2.0/mlflow/runs/update", finished));
        requests
    }

    /// Creates the run, with the dataset and the model as inputs.
    fn begin(&self, run: &str, run_id: &str, model: &str) -> Vec<DemoRequest> {
        let tag = |key: &str, value: &str| json!({ "key": key, "value": value });
        let create = json!({
            "experiment_id": self.spec.experiment_id,
            "run_name": format!("support-agent {}", self.version.name),
            "start_time": self.start_ns / 1_000_000,
            "tags": [
                tag("mlflow.user", "dana"), tag("mlflow.runType", "genai_evaluate"),
                tag("mlflow.source.name", "evaluate.py"), tag("mlflow.source.type", "LOCAL"),
            ],
        });
        let inputs = json!({
            "run_id": run_id,
            "datasets": [{ "dataset": {
                "name": dataset::NAME, "digest": "${dataset-digest}",
                "source_type": "mlflow_evaluation_dataset",
                "source": r#"{"dataset_id": "${dataset}"}"#,
            } }],
            "models": [{ "model_id": model }],
        });
        vec![
            DemoRequest::post("/api/2.0/mlflow/runs/create", create).keep(run, "/run/info/run_id"),
            DemoRequest::post("/api/2.0/mlflow/runs/log-inputs", inputs),
        ]
    }
}
