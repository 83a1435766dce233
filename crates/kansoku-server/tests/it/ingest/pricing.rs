//! The costs of traces, computed at ingest.
use axum::{
    body::Body,
    http::{Request, header},
};
use kansoku_pricing::PriceList;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::test_server::TestServer;

const TRACE: &str = "tr-0af7651916cd43dd8448eb211c80319c";

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// A root with a call of `model` as its child, with these numbers of input and output tokens.
fn export(root: &[Value], model: &str, input: u64, output: u64) -> Value {
    let span = |id: &str, parent: &str, attributes: Value| {
        json!({
            "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "parentSpanId": parent,
            "name": "s", "startTimeUnixNano": "1768478400000000000",
            "endTimeUnixNano": "1768478401000000000", "attributes": attributes,
        })
    };
    let usage = json!({ "input_tokens": input, "output_tokens": output,
                        "total_tokens": input + output });
    let call = json!([
        attribute("mlflow.llm.model", model),
        attribute("mlflow.llm.provider", "openai"),
        attribute("mlflow.chat.tokenUsage", &usage.to_string()),
    ]);
    let spans = [
        span("b7ad6b7169203331", "", json!(root)),
        span("b7ad6b7169203332", "b7ad6b7169203331", call),
    ];
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] })
}

async fn send(server: &TestServer, export: &Value) {
    let request = Request::post("/v1/traces").header(header::CONTENT_TYPE, "application/json");
    let reply = server.send(request.body(Body::from(export.to_string())).unwrap()).await;
    assert_eq!(reply.status, 200, "{reply}");
}

async fn cost(server: &TestServer) -> Value {
    let reply = server.get(&format!("/api/3.0/mlflow/traces/{TRACE}")).await.json();
    reply["trace"]["trace_info"]["trace_metadata"]["mlflow.trace.cost"].clone()
}

#[tokio::test]
async fn a_trace_costs_what_its_calls_cost() {
    let server = TestServer::start();
    // gpt-4o-mini: 1000 × 0.15 + 100 × 0.60 = 150 + 60 millionths.
    send(&server, &export(&[], "gpt-4o-mini-2024-07-18", 1000, 100)).await;
    assert_eq!(
        cost(&server).await,
        r#"{"input_cost": 0.00015, "output_cost": 0.00006, "total_cost": 0.00021}"#
    );
}

#[tokio::test]
async fn a_parent_that_repeats_its_childrens_tokens_costs_nothing_more() {
    let server = TestServer::start();
    let usage = json!({ "input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100 });
    let root = [
        attribute("mlflow.llm.model", "gpt-4o-mini"),
        attribute("mlflow.chat.tokenUsage", &usage.to_string()),
    ];
    send(&server, &export(&root, "gpt-4o-mini", 1000, 100)).await;
    let cost = cost(&server).await;
    assert!(cost.as_str().unwrap().contains("\"total_cost\": 0.00021}"), "{cost}");
}

#[tokio::test]
async fn a_model_without_a_price_costs_nothing_that_could_be_said() {
    let server = TestServer::start();
    send(&server, &export(&[], "our-own-model", 1000, 100)).await;
    assert_eq!(cost(&server).await, Value::Null);
}

#[tokio::test]
async fn uploaded_spans_are_priced_by_the_persons_own_list() {
    let mut server = TestServer::start();
    let list = r#"
        [[model]]
        names = ["our-own-model"]
        prices = [{ input = "1", output = "2" }]
    "#;
    server.app.prices = Arc::new(PriceList::with_file(list).unwrap());
    let info = json!({ "trace": { "trace_info": {
        "trace_id": TRACE, "state": "OK", "request_time": "2026-01-15T12:00:00Z",
        "trace_location": { "type": "MLFLOW_EXPERIMENT",
                            "mlflow_experiment": { "experiment_id": "0" } },
    }}});
    assert_eq!(server.post("/api/3.0/mlflow/traces", info).await.status, 200);
    let usage = json!({ "input_tokens": 5, "output_tokens": 10, "total_tokens": 15 });
    let spans = json!({ "spans": [{
        "trace_id": "CvdlGRbNQ92ESOshHIAxnA==", "span_id": "t61rcWkgMzE=",
        "parent_span_id": null, "name": "call",
        "start_time_unix_nano": 1_768_478_400_000_000_000_u64,
        "end_time_unix_nano": 1_768_478_401_000_000_000_u64,
        "attributes": { "mlflow.llm.model": "\"our-own-model\"",
                        "mlflow.chat.tokenUsage": usage.to_string() },
    }]});
    let path =
        format!("/api/2.0/mlflow-artifacts/artifacts/0/traces/{TRACE}/artifacts/traces.json");
    let upload = Request::put(path).body(Body::from(spans.to_string())).unwrap();
    let reply = server.send(upload).await;
    assert_eq!(reply.status, 200, "{reply}");
    // 5 × 1 + 10 × 2 = 25 millionths.
    let cost = cost(&server).await;
    assert!(cost.as_str().unwrap().contains("\"total_cost\": 0.000025}"), "{cost}");
}

const REPRICE: &str = "/api/3.0/kansoku/reprice";

#[tokio::test]
async fn history_gets_the_prices_of_now() {
    let server = TestServer::start();
    send(&server, &export(&[], "our-own-model", 1000, 100)).await;
    let prices =
        "[[model]]\nnames = [\"our-own-model\"]\nprices = [{ input = \"1\", output = \"2\" }]";
    let ask = |dry_run: bool| json!({ "since": "2026-01-01T00:00:00Z", "dry_run": dry_run, "prices": prices });
    // 1000 × 1 + 100 × 2 = 1200 millionths.
    let expected = json!({
        "traces": 1, "changed_traces": 1, "changed_spans": 1,
        "cost": { "before": 0.0, "after": 0.0012, "difference": 0.0012 },
        "models": [{ "model": "our-own-model", "changed_spans": 1, "unpriced_spans": 0,
                     "before": 0.0, "after": 0.0012, "difference": 0.0012 }],
    });
    assert_eq!(server.post(REPRICE, ask(true)).await.json(), expected);
    assert_eq!(cost(&server).await, Value::Null);
    assert_eq!(server.post(REPRICE, ask(false)).await.json(), expected);
    let cost = cost(&server).await;
    assert!(cost.as_str().unwrap().contains("\"total_cost\": 0.0012}"), "{cost}");
    assert_eq!(server.post(REPRICE, ask(false)).await.json()["changed_spans"], 0);
}

#[tokio::test]
async fn a_repricing_that_makes_no_sense_is_refused_by_the_field() {
    let server = TestServer::start();
    let since = "2026-01-01T00:00:00Z";
    for (body, status, named) in [
        (json!({}), 400, "since"),
        (json!({ "since": "yesterday" }), 400, "`since`: `yesterday`"),
        (json!({ "since": since, "until": "30d" }), 400, "`until`"),
        (json!({ "since": since, "dry_run": "perhaps" }), 400, "perhaps"),
        (json!({ "since": since, "experiment_id": "77" }), 404, "77"),
        (json!({ "since": since, "page_token": "x" }), 400, "`x`"),
        (json!({ "since": since, "prices": "[[model]]\nname = 1" }), 400, "`prices`: line 2"),
    ] {
        let reply = server.post(REPRICE, body).await;
        assert_eq!(reply.status, status, "{reply}");
        assert!(reply.json()["message"].as_str().unwrap().contains(named), "{named}: {reply}");
    }
}
