//! Demo data that the server makes by itself.
use std::{ops::ControlFlow, sync::Arc, time::Duration};

use axum::http::Method;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use kansoku_otlp::TracesData;
use kansoku_server::{Demo, DemoBatch, DemoSource};
use prost::Message as _;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const DEMO: &str = "/api/3.0/kansoku/demo";
const BATCHES: u64 = 3;

/// Three batches of one trace each; the second may be no OTLP.
struct Source {
    broken: bool,
}

impl DemoSource for Source {
    fn traces(&self) -> u64 {
        BATCHES
    }

    fn generate(
        &self,
        now: TimestampMs,
        _: ExperimentId,
        take: &mut dyn FnMut(DemoBatch) -> ControlFlow<()>,
    ) {
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
                return;
            }
        }
    }
}

fn server(broken: bool) -> TestServer {
    let mut server = TestServer::start();
    server.app.demo = Demo::new(Arc::new(Source { broken }));
    server
}

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
    let server = server(false);
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
    let again = server.post(DEMO, json!({})).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["error_code"]),
        (400, &json!("RESOURCE_ALREADY_EXISTS"))
    );
    assert_eq!(server.get(DEMO).await.json()["state"], "done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_told() {
    let server = server(true);
    assert_eq!(server.post(DEMO, json!({})).await.status, 200);
    let after = end(&server).await;
    assert_eq!((&after["state"], &after["stored"]), (&json!("failed"), &json!(1)));
    assert!(!after["error"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn a_server_without_demo_data_says_so() {
    let server = TestServer::start();
    assert_eq!(server.get(DEMO).await.json()["available"], false);
    assert_eq!(server.post(DEMO, json!({})).await.status, 404);
}

#[tokio::test]
async fn only_who_may_write_everywhere_can_fill_it() {
    let server = server(false);
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
