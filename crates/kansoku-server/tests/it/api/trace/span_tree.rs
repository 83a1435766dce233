//! The span tree of a trace.
use axum::{
    body::Body,
    http::{Request, header},
};
use insta::assert_json_snapshot;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use crate::test_server::TestServer;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const START_NS: u64 = 1_795_237_452_000_000_001;

fn span_tree(query: &str) -> String {
    format!("/api/3.0/kansoku/traces/tr-{TRACE}/spans/tree{query}")
}

fn span(id: u64, parent: u64, from_us: u64, to_us: Option<u64>, more: Value) -> Value {
    let at = |us: u64| json!((START_NS + us * 1000).to_string());
    let mut span = json!({
        "traceId": TRACE, "spanId": format!("{id:016x}"), "name": "step",
        "startTimeUnixNano": at(from_us), "endTimeUnixNano": to_us.map_or(json!("0"), at),
    });
    if parent != 0 {
        span["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    for (key, value) in more.as_object().unwrap() {
        span[key] = value.clone();
    }
    span
}

async fn send(server: &TestServer, spans: Vec<Value>) {
    let sent = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    let reply = server.post("/v1/traces", sent).await;
    assert_eq!(reply.status, 200, "{reply}");
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

/// A root with a session, a model call with a cost, an open tool, and a span whose parent is
/// missing.
async fn given() -> TestServer {
    let server = TestServer::start();
    let session = json!({ "name": "ask", "attributes": [text("session.id", "s-1")] });
    let call = json!({ "name": "chat", "attributes": [
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.request.model", "gpt-4o-mini"),
        number("gen_ai.usage.input_tokens", 1000),
        number("gen_ai.usage.output_tokens", 10),
    ]});
    let failed = json!({ "status": { "code": 2, "message": "no" } });
    send(
        &server,
        vec![
            span(7, 99, 900, Some(950), failed),
            span(3, 1, 500, None, json!({})),
            span(2, 1, 100, Some(400), call),
            span(1, 0, 0, Some(1000), session),
        ],
    )
    .await;
    server
}

#[tokio::test]
async fn spans_are_columns_in_the_order_of_reading() {
    let server = given().await;
    let reply = server.get(&span_tree("")).await;
    assert_eq!(reply.status, 200, "{reply}");
    let mut drawn = reply.json();
    // The row is the same as in the list.
    let row = format!("/api/3.0/kansoku/traces/rows?ids=tr-{TRACE}");
    assert_eq!(drawn["trace"], server.get(&row).await.json()["traces"][0]);
    drawn["trace"] = json!("…");
    assert_json_snapshot!(drawn);
}

#[tokio::test]
async fn a_large_trace_comes_in_parts() {
    let server = given().await;
    let reply = server.get(&span_tree("?max_results=3")).await.json();
    assert_eq!((&reply["first"], &reply["next"]), (&json!(0), &json!(3)));
    let reply = server.get(&span_tree("?max_results=3&after=3")).await.json();
    assert_eq!((&reply["first"], &reply["next"]), (&json!(3), &Value::Null));
    assert_eq!((&reply["id"], &reply["orphan"]), (&json!(["0000000000000007"]), &json!([3])));
    let reply = server.get(&span_tree("?after=4")).await.json();
    assert_eq!((&reply["id"], &reply["spans_total"]), (&json!([]), &json!(4)));
}

#[tokio::test]
async fn a_trace_without_spans_has_a_span_tree() {
    let server = TestServer::start();
    let trace = format!("tr-{TRACE}");
    server.start_trace(&trace, json!({})).await;
    let reply = server.get(&span_tree("")).await.json();
    assert_eq!(reply["start_ns"], json!("1795237452228000000"));
    assert_eq!((&reply["duration_us"], &reply["id"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn parents_that_form_a_circle_are_drawn() {
    let server = TestServer::start();
    let round = |id, parent| span(id, parent, id, Some(10), json!({}));
    send(&server, vec![round(1, 3), round(2, 1), round(3, 2), round(4, 4)]).await;
    let reply = server.get(&span_tree("")).await.json();
    assert_eq!(reply["parent"], json!([-1, -1, 1, 2]));
    assert_eq!(reply["orphan"], json!([]));
}

#[tokio::test]
async fn ten_thousand_spans_are_small() {
    let server = TestServer::start();
    let mut random = StdRng::seed_from_u64(7);
    let mut ids = vec![0];
    let spans = (0..10_000_u64).map(|at| {
        let parent = match at {
            0 => 0,
            _ => ids[random.random_range(1.max(ids.len().saturating_sub(40))..ids.len())],
        };
        let id: u64 = random.random();
        ids.push(id);
        let (start, length) =
            (at * 731 + random.random_range(0..700), random.random_range(1..90_000));
        let name = format!("step {}", random.random_range(0..40));
        let more = json!({ "name": name, "attributes": match at % 4 {
            0 => json!([
                text("gen_ai.request.model", "gpt-4o-mini"),
                number("gen_ai.usage.input_tokens", random.random_range(100..9000)),
                number("gen_ai.usage.output_tokens", random.random_range(1..900)),
            ]),
            _ => json!([text("mlflow.spanType", "TOOL")]),
        }});
        span(id, parent, start, Some(start + length), more)
    });
    send(&server, spans.collect()).await;
    let request = Request::get(span_tree("")).header(header::ACCEPT_ENCODING, "gzip");
    let reply = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.header(header::CONTENT_ENCODING), "gzip");
    assert!(reply.body.len() <= 250_000, "{} bytes", reply.body.len());
}

#[tokio::test]
async fn what_cannot_be_drawn_is_said() {
    let server = given().await;
    let mut refused = Vec::new();
    for query in ["?after=-1", "?after=x", "?max_results=0", "?max_results=50001"] {
        refused.push(server.get(&span_tree(query)).await.to_string());
    }
    refused.push(server.get("/api/3.0/kansoku/traces/tr-0/spans/tree").await.to_string());
    insta::assert_snapshot!(refused.join("\n"));
}
