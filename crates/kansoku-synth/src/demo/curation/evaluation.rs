//! Evaluations of two versions of the support agent with the dataset.
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message as _;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::{CurationSpec, DemoRequest, agent_versions::model_of, dataset, timestamp};
use crate::demo::{
    make::mix,
    support::{Case, Turn, VERSIONS, Version},
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
        let mut judged = Vec::new();
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
            requests.push(self.info(&trace, &turn, &run_id, &model));
            judged.extend(scores.judge(&trace, &turn, case, &run_id));
            traces.push(trace.export(&SPAN_ATTRIBUTES));
        }
        requests.push(DemoRequest::otlp(TracesData { resource_spans: traces }.encode_to_vec()));
        requests.extend(judged);
        let at_ms = end_ns / 1_000_000;
        let metrics: Vec<Value> = scores.means().map(|(name, mean)| {
            json!({ "key": format!("{name}/mean"), "value": mean, "timestamp": at_ms, "step": 0 })
        }).collect();
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

    fn info(&self, trace: &Trace, turn: &Turn, run_id: &str, model: &str) -> DemoRequest {
        let info = json!({
            "trace_id": trace.id(),
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": { "experiment_id": self.spec.experiment_id },
            },
            "request_time": timestamp(trace.start_ns()),
            "execution_duration": format!("{:.3}s", trace.duration_ms() / 1000.0),
            "state": if turn.failed { "ERROR" } else { "OK" },
            "trace_metadata": { "mlflow.sourceRun": run_id, "mlflow.modelId": model },
        });
        DemoRequest::post("/api/3.0/mlflow/traces", json!({ "trace": { "trace_info": info } }))
    }
}

/// The scores of a run so far.
#[derive(Default)]
struct Scores {
    grounded: Vec<f64>,
    relevance: Vec<f64>,
    short: Vec<f64>,
}

impl Scores {
    /// Assessments of one case: the expectation, and the feedback of three scorers.
    fn judge(&mut self, trace: &Trace, turn: &Turn, case: Case, run_id: &str) -> Vec<DemoRequest> {
        let mut dice = StdRng::seed_from_u64(trace.start_ns());
        let at = timestamp(trace.now_ns + NS_PER_S);
        let assess = |name: &str, source: (&str, &str), said: Value| {
            let mut assessment = json!({
                "assessment_name": name, "trace_id": trace.id(),
                "source": { "source_type": source.0, "source_id": source.1 },
                "create_time": at, "last_update_time": at,
                "metadata": { "mlflow.assessment.sourceRunId": run_id },
            });
            for (key, value) in said.as_object().into_iter().flatten() {
                assessment[key] = value.clone();
            }
            let path = format!("/api/3.0/mlflow/traces/{}/assessments", trace.id());
            DemoRequest::post(&path, json!({ "assessment": assessment }))
        };
        let expected = json!({ "expectation": { "value": case.answer() } });
        let mut requests = vec![assess("expected_response", ("HUMAN", "dana"), expected)];
        if turn.failed {
            return requests;
        }
        let judge = ("LLM_JUDGE", "openai:/gpt-5-mini");
        let (value, why) = match turn.grounded {
            true => ("yes", "Every statement is supported by a page in the context."),
            false => ("no", "The answer promises something that no page in the context says."),
        };
        let said = json!({ "feedback": { "value": value }, "rationale": why });
        requests.push(assess("retrieval_groundedness", judge, said));
        let (low, high) = if turn.grounded { (0.7, 1.0) } else { (0.15, 0.65) };
        let relevance = (dice.random_range(low..high) * 100.0_f64).round() / 100.0;
        requests.push(assess("relevance", judge, json!({ "feedback": { "value": relevance } })));
        let short = turn.answer.len() <= 320;
        let said = json!({ "feedback": { "value": short } });
        requests.push(assess("is_short", ("CODE", "is_short"), said));
        self.grounded.push(f64::from(u8::from(turn.grounded)));
        self.relevance.push(relevance);
        self.short.push(f64::from(u8::from(short)));
        requests
    }

    fn means(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
        [
            ("retrieval_groundedness", mean(&self.grounded)),
            ("relevance", mean(&self.relevance)),
            ("is_short", mean(&self.short)),
        ]
        .into_iter()
    }
}
