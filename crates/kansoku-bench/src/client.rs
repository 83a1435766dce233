//! Calls of MLflow's API that the generator needs.
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use ureq::http::StatusCode;
use ureq::typestate::WithBody;
use ureq::{Agent, RequestBuilder};

use crate::args::Target;

const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// A client with at most one idle connection, which is kept unless `fresh_connections` is set. Each
/// thread has its own client.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Client {
    pub(crate) fn new(target: &Target) -> Self {
        let idle = if target.fresh_connections { 0 } else { 1 };
        let agent = Agent::config_builder()
            .max_idle_connections(idle)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(target.timeout_s)))
            .build()
            .new_agent();
        let authorization = target.token.as_ref().map(|token| format!("Bearer {token}"));
        Self { agent, url: target.url.trim_end_matches('/').to_owned(), authorization }
    }

    /// The id of the experiment with this name, which is created if missing.
    pub(crate) fn experiment(&self, name: &str) -> anyhow::Result<String> {
        let (status, body) =
            self.get("/api/2.0/mlflow/experiments/get-by-name", &[("experiment_name", name)])?;
        let id = if status == StatusCode::OK {
            json_of(&body)?["experiment"]["experiment_id"].take()
        } else {
            self.post("/api/2.0/mlflow/experiments/create", &json!({ "name": name }))?["experiment_id"].take()
        };
        id.as_str().map(str::to_owned).context("the server gave no experiment id")
    }

    pub(crate) fn send_spans(&self, experiment: &str, otlp: &[u8]) -> anyhow::Result<()> {
        let request = self
            .agent
            .post(format!("{}/v1/traces", self.url))
            .header("content-type", "application/x-protobuf")
            .header("x-mlflow-experiment-id", experiment);
        let answer = self.signed(request).send(otlp).context("POST /v1/traces")?;
        let (status, body) = read(answer)?;
        ensure!(status == StatusCode::OK, "POST /v1/traces: {status} {}", text(&body));
        Ok(())
    }

    pub(crate) fn send_spans_json(&self, experiment: &str, spans: &[Value]) -> anyhow::Result<()> {
        let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
        let request = self
            .agent
            .post(format!("{}/v1/traces", self.url))
            .header("content-type", "application/json")
            .header("x-mlflow-experiment-id", experiment);
        let answer = self.signed(request).send(body.to_string()).context("POST /v1/traces")?;
        let (status, body) = read(answer)?;
        ensure!(status == StatusCode::OK, "POST /v1/traces: {status} {}", text(&body));
        Ok(())
    }

    /// Creates a run as `mlflow.genai.evaluate` does, and returns its id.
    pub(crate) fn create_evaluation(&self, experiment: &str, name: &str) -> anyhow::Result<String> {
        let tag = json!({ "key": "mlflow.runType", "value": "genai_evaluate" });
        self.create_run(&json!({ "experiment_id": experiment, "run_name": name, "tags": [tag] }))
    }

    /// Creates a run and returns its id.
    pub(crate) fn create_run(&self, run: &Value) -> anyhow::Result<String> {
        let mut answer = self.post("/api/2.0/mlflow/runs/create", run)?;
        let id = answer["run"]["info"]["run_id"].take();
        id.as_str().map(str::to_owned).context("the server gave no run id")
    }

    pub(crate) fn log_batch(&self, batch: &Value) -> anyhow::Result<()> {
        self.post("/api/2.0/mlflow/runs/log-batch", batch).map(drop)
    }

    pub(crate) fn finish_run(&self, id: &str, end_ms: u64) -> anyhow::Result<()> {
        let update = json!({ "run_id": id, "status": "FINISHED", "end_time": end_ms });
        self.post("/api/2.0/mlflow/runs/update", &update).map(drop)
    }

    /// The newest 100 runs that match `filter`, as the JSON of the response.
    pub(crate) fn search_runs(&self, experiment: &str, filter: &str) -> anyhow::Result<Vec<u8>> {
        let ask = json!({ "experiment_ids": [experiment], "filter": filter, "max_results": 100 });
        self.post_for_bytes("/api/2.0/mlflow/runs/search", &ask)
    }

    pub(crate) fn start_trace(&self, info: &Value) -> anyhow::Result<()> {
        self.post(
            "/api/3.0/mlflow/traces",
            &json!({ "trace": { "trace_info": info, "spans": [] } }),
        )
        .map(drop)
    }

    pub(crate) fn assess(&self, trace_id: &str, assessment: &Value) -> anyhow::Result<()> {
        let path = format!("/api/3.0/mlflow/traces/{trace_id}/assessments");
        self.post(&path, &json!({ "assessment": assessment })).map(drop)
    }

    /// The newest 100 traces that match `filter`, as the JSON of the response.
    pub(crate) fn search(&self, experiment: &str, filter: Option<&str>) -> anyhow::Result<Vec<u8>> {
        let place = json!({ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment } });
        let mut ask = json!({ "locations": [place], "max_results": 100 });
        if let Some(filter) = filter {
            ask["filter"] = filter.into();
        }
        self.post_for_bytes("/api/3.0/mlflow/traces/search", &ask)
    }

    /// The response to a query of metrics, as JSON bytes.
    pub(crate) fn metrics(&self, question: &Value) -> anyhow::Result<Vec<u8>> {
        self.post_for_bytes("/api/3.0/mlflow/traces/metrics", question)
    }

    /// A trace with its spans, as JSON bytes.
    pub(crate) fn trace(&self, trace_id: &str) -> anyhow::Result<Vec<u8>> {
        let (status, body) = self.get("/api/3.0/mlflow/traces/get", &[("trace_id", trace_id)])?;
        ensure!(status == StatusCode::OK, "GET traces/get: {status} {}", text(&body));
        Ok(body)
    }

    /// A trace without its spans.
    pub(crate) fn trace_info(&self, trace_id: &str) -> anyhow::Result<Value> {
        let (status, body) = self.get(&format!("/api/3.0/mlflow/traces/{trace_id}"), &[])?;
        ensure!(status == StatusCode::OK, "GET traces/{trace_id}: {status} {}", text(&body));
        json_of(&body)
    }

    /// The response of a route of Kansoku's analytics, as JSON bytes.
    pub(crate) fn analytics(
        &self,
        experiment: &str,
        path: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Vec<u8>> {
        let path = format!("/api/3.0/kansoku/experiments/{experiment}/{path}");
        let (status, body) = self.get(&path, query)?;
        ensure!(status == StatusCode::OK, "GET {path}: {status} {}", text(&body));
        Ok(body)
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let mut request =
            self.agent.get(format!("{}{path}", self.url)).query_pairs(query.iter().copied());
        if let Some(value) = &self.authorization {
            request = request.header("authorization", value);
        }
        read(request.call().with_context(|| format!("GET {path}"))?)
    }

    fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        json_of(&self.post_for_bytes(path, body)?)
    }

    fn post_for_bytes(&self, path: &str, body: &Value) -> anyhow::Result<Vec<u8>> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json");
        let answer =
            self.signed(request).send(body.to_string()).with_context(|| format!("POST {path}"))?;
        let (status, body) = read(answer)?;
        ensure!(status == StatusCode::OK, "POST {path}: {status} {}", text(&body));
        Ok(body)
    }

    fn signed(&self, request: RequestBuilder<WithBody>) -> RequestBuilder<WithBody> {
        match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        }
    }
}

fn read(answer: ureq::http::Response<ureq::Body>) -> anyhow::Result<(StatusCode, Vec<u8>)> {
    let (head, mut body) = answer.into_parts();
    Ok((head.status, body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?))
}

fn json_of(body: &[u8]) -> anyhow::Result<Value> {
    serde_json::from_slice(body).with_context(|| format!("not JSON: {}", text(body)))
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(300).collect()
}
