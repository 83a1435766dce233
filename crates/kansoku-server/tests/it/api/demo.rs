//! Demo data that the server makes by itself.
use std::{ops::ControlFlow, sync::Arc, time::Duration};

use axum::http::Method;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use kansoku_otlp::TracesData;
use kansoku_server::{Demo, DemoBatch, DemoCall, DemoCalls, DemoSource};
use prost::Message as _;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const DEMO: &str = "/api/3.0/kansoku/demo";
const BATCHES: u64 = 3;

/// Three batches of one trace each, then a dataset with a tag. The second batch may be no OTLP, and
/// the last request may have no route.
struct Source {
    broken: bool,
    lost: bool,
}

struct Calls {
    made: usize,
    lost: bool,
    experiment: ExperimentId,
}

impl DemoCalls for Calls {
    fn next(&mut self, response: &Value) -> Result<Option<DemoCall>, String> {
        self.made += 1;
        let call = |method, path: &str, body: Value| {
            let body = body.to_string().into_bytes();
            Some(DemoCall { method, path: path.to_owned(), content_type: "application/json", body })
        };
        const DATASETS: &str = "/api/3.0/mlflow/datasets";
        Ok(match self.made {
            1 => {
                let body =
                    json!({ "name": "golden", "experiment_ids": [self.experiment.to_string()] });
                call("POST", &format!("{DATASETS}/create"), body)
            }
            2 => {
                let id = response["dataset"]["dataset_id"].as_str().ok_or("no dataset")?;
                let rest = if self.lost { "nowhere" } else { "tags" };
                let tags = json!({ "tags": json!({ "made": "up" }).to_string() });
                call("PATCH", &format!("{DATASETS}/{id}/{rest}"), tags)
            }
            _ => None,
        })
    }
}

impl DemoSource for Source {
    fn traces(&self) -> u64 {
        BATCHES
    }

    fn generate(
        &self,
        now: TimestampMs,
        experiment: ExperimentId,
        name: &str,
        take: &mut dyn FnMut(DemoBatch) -> ControlFlow<()>,
    ) -> Box<dyn DemoCalls> {
        assert_eq!(name, "demo");
        for n in 1..=BATCHES {
            let trace = TraceId::from_otel(u128::from(n).to_be_bytes());
            let otlp = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
                "traceId": format!("{n:032x}"), "spanId": "00000000000000a1", "name": "made up",
                "startTimeUnixNano": (now.0 * 1_000_000).to_string(),
                "endTimeUnixNano": (now.0 * 1_000_000 + 5).to_string(),
            }] }] }] });
            let data: TracesData = kansoku_otlp::decode_json(otlp.to_string().as_bytes()).unwrap();
            let broken = self.broken && n == 2;
            let said = json!({ "assessment_name": "good", "feedback": { "value": true },
                "source": { "source_type": "HUMAN", "source_id": "ana" } });
            let batch = DemoBatch {
                traces: 1,
                otlp: if broken { vec![0xff; 9] } else { data.encode_to_vec() },
                assessments: vec![(trace, said)],
            };
            if take(batch).is_break() {
                break;
            }
        }
        Box::new(Calls { made: 0, lost: self.lost, experiment })
    }
}

fn server(source: Source) -> TestServer {
    let mut server = TestServer::start();
    server.app.demo = Demo::new(Arc::new(source));
    server
}

const GOOD: Source = Source { broken: false, lost: false };

/// The status once nothing is under way any more.
async fn end(server: &TestServer) -> Value {
    loop {
        let status = server.get(DEMO).await.json();
        if status["state"] != "running" {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_experiment_is_filled_once() {
    let server = server(GOOD);
    let before = server.get(DEMO).await.json();
    assert_eq!(
        before,
        json!({ "available": true, "state": "idle", "stored": 0, "traces": 3,
            "experiment_id": null, "error": null })
    );
    let started = server.post(DEMO, json!({})).await;
    assert_eq!(started.status, 200, "{started}");
    let id = started.json()["experiment_id"].as_str().unwrap().to_owned();
    let after = end(&server).await;
    assert_eq!((&after["state"], &after["stored"]), (&json!("done"), &json!(3)));
    let list = server.get("/api/3.0/kansoku/experiments/demo/traces").await.json();
    let traces = list["traces"].as_array().unwrap();
    assert_eq!(traces.len(), 3);
    assert!(traces.iter().all(|trace| trace["experiment_id"] == id.as_str()));
    assert!(traces.iter().all(|trace| trace["assessments"][0]["name"] == "good"));
    let found = server.get("/api/3.0/mlflow/datasets/search").await.json();
    assert_eq!(
        (&found["datasets"][0]["name"], &found["datasets"][0]["tags"]),
        (&json!("golden"), &json!(r#"{"made":"up"}"#))
    );
    let again = server.post(DEMO, json!({})).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["error_code"]),
        (400, &json!("RESOURCE_ALREADY_EXISTS"))
    );
    assert_eq!(server.get(DEMO).await.json()["state"], "done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_told() {
    let server = server(Source { broken: true, ..GOOD });
    assert_eq!(server.post(DEMO, json!({})).await.status, 200);
    let after = end(&server).await;
    assert_eq!((&after["state"], &after["stored"]), (&json!("failed"), &json!(1)));
    assert!(!after["error"].as_str().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_fails_is_told() {
    let server = server(Source { lost: true, ..GOOD });
    server.post(DEMO, json!({})).await;
    let after = end(&server).await;
    assert_eq!((&after["state"], &after["stored"]), (&json!("failed"), &json!(3)));
    let error = after["error"].as_str().unwrap();
    assert!(error.starts_with("PATCH /api/3.0/mlflow/datasets/d-"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_requests_have_the_permissions_of_their_client() {
    let server = server(GOOD);
    server.admin_token("boss", "boss").await;
    let started = server.ask_as("boss", Method::POST, DEMO, json!({})).await;
    assert_eq!(started.status, 200, "{started}");
    let state = loop {
        let status = server.ask_as("boss", Method::GET, DEMO, Value::Null).await.json();
        if status["state"] != "running" {
            break status["state"].clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(state, "done");
}

#[tokio::test]
async fn a_server_without_demo_data_says_so() {
    let server = TestServer::start();
    assert_eq!(server.get(DEMO).await.json()["available"], false);
    assert_eq!(server.post(DEMO, json!({})).await.status, 404);
}

#[tokio::test]
async fn only_who_may_write_everywhere_can_fill_it() {
    let server = server(GOOD);
    server.admin_token("boss", "boss").await;
    server.token("reader", "read", None).await;
    server.token("own", "write", Some("/own")).await;
    for token in ["reader", "own"] {
        let reply = server.ask_as(token, Method::POST, DEMO, json!({})).await;
        assert_eq!(reply.status, 403, "{token}: {reply}");
    }
    let experiments =
        server.ask_as("boss", Method::GET, "/api/3.0/kansoku/experiments", Value::Null);
    let names = experiments.await.json().to_string();
    assert!(!names.contains("\"demo\""), "{names}");
}
