//! Fixtures: traces as clients send them.
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::{Value, json};

use crate::test_server::{Reply, TestServer};

pub(crate) const TRACE: &str = "tr-0000000000000000000000000000000a";
pub(crate) const TRACES: &str = "/api/3.0/mlflow/traces";
pub(crate) const DATABRICKS_AGENT: &str = "unknown/0.0.0 databricks-sdk-py/0.156.0 auth/pat";

impl TestServer {
    /// Calls `start_trace` like MLflow's clients; `more` replaces or adds fields.
    pub(crate) async fn start_trace(&self, trace: &str, more: Value) -> Reply {
        self.post(TRACES, json!({ "trace": { "trace_info": trace_info(trace, more) } })).await
    }

    /// Uploads spans as a file, like clients that do not find the tag `TRACKING_STORE`.
    pub(crate) async fn upload_spans(&self, trace: &str, spans: Value) -> Reply {
        let path = format!("0/traces/{trace}/artifacts/traces.json");
        self.put_artifact(&path, json!({ "spans": spans }).to_string()).await
    }

    pub(crate) async fn put_artifact(&self, path: &str, body: impl Into<Body>) -> Reply {
        self.put(&format!("/api/2.0/mlflow-artifacts/artifacts/{path}"), body).await
    }

    pub(crate) async fn get_artifact(&self, path: &str) -> Reply {
        self.get(&format!("/api/2.0/mlflow-artifacts/artifacts/{path}")).await
    }

    pub(crate) async fn get_owned(&self, path: String) -> Reply {
        self.get(&path).await
    }

    pub(crate) async fn put(&self, path: &str, body: impl Into<Body>) -> Reply {
        let request = Request::put(path).header(header::CONTENT_TYPE, "text/plain");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// The same call with the user agent of the Databricks SDK.
    pub(crate) async fn databricks(&self, method: Method, path: &str, body: Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:5000")
            .header(header::USER_AGENT, DATABRICKS_AGENT)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

pub(crate) fn trace_info(trace: &str, more: Value) -> Value {
    let mut info = json!({
        "trace_id": trace,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": "0" },
        },
        "request_time": "2026-11-21T05:04:12.228Z",
        "execution_duration": "0.039s",
        "state": "OK",
    });
    for (key, value) in more.as_object().expect("an object of fields") {
        info[key] = value.clone();
    }
    info
}

/// A span as in `traces.json`; the first one is the root of all others.
pub(crate) fn span(number: u64, name: &str) -> Value {
    let parent = if number == 1 { Value::Null } else { json!("AAAAAAAAAAE=") };
    let start = 1_795_237_452_000_000_000_u64 + number * 1_000_000;
    json!({
        "trace_id": "AAAAAAAAAAAAAAAAAAAACg==",
        "span_id": format!("AAAAAAAAAA{}=", ["A", "E", "I", "M", "Q", "U"][number as usize]),
        "parent_span_id": parent,
        "name": name,
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + 500_000,
        "events": [],
        "status": { "code": "STATUS_CODE_OK", "message": "" },
        "attributes": {
            "mlflow.traceRequestId": "\"another\"",
            "mlflow.spanType": "\"TOOL\"",
            "mlflow.spanInputs": "{\"q\": [1, \"two\"]}",
        },
        "links": [],
    })
}
