//! Text search in a trace.
use std::time::Duration;

use serde_json::{Value, json};

use crate::test_server::{Reply, TestServer};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

async fn find(server: &TestServer, query: &str) -> Reply {
    server.get(&format!("/api/3.0/kansoku/traces/tr-{TRACE}/find{query}")).await
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn span(id: u64, attributes: Value) -> Value {
    json!({
        "traceId": TRACE, "spanId": format!("{id:016x}"), "name": format!("step {id}"),
        "startTimeUnixNano": (1_700_000_000_000_000_000 + id).to_string(),
        "endTimeUnixNano": "1700000001000000000", "attributes": attributes,
    })
}

async fn send(server: &TestServer, spans: Vec<Value>) {
    let sent = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    let reply = server.post("/v1/traces", sent).await;
    assert_eq!(reply.status, 200, "{reply}");
}

/// The second span contains the word in its inputs, the first in a log record that arrived later.
async fn given() -> TestServer {
    let server = TestServer::start();
    let inputs = json!({ "question": "Where is the Refund?" }).to_string();
    send(&server, vec![span(2, json!([text("mlflow.spanInputs", &inputs)]))]).await;
    send(&server, vec![span(1, json!([])), span(3, json!([text("note", "nothing here")]))]).await;
    let record = json!({
        "traceId": TRACE, "spanId": "0000000000000001", "timeUnixNano": "1700000000500000000",
        "eventName": "gen_ai.user.message",
        "attributes": [text("gen_ai.system", "openai")],
        "body": { "kvlistValue": { "values": [text("content", "my refund is late")] } },
    });
    let sent = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] });
    let reply = server.post("/v1/logs", sent).await;
    assert_eq!(reply.status, 200, "{reply}");
    server
}

fn told(reply: &Reply) -> Vec<String> {
    let hits = reply.json()["hits"].as_array().unwrap().clone();
    let text = |hit: &Value, key: &str| hit[key].as_str().unwrap().to_owned();
    let show = |hit: &Value| {
        let id = text(hit, "span_id").trim_start_matches('0').to_owned();
        let [field, before, found, after] =
            ["field", "before", "match", "after"].map(|key| text(hit, key));
        format!("{id} {field}: {before}[{found}]{after}")
    };
    hits.iter().map(show).collect()
}

#[tokio::test]
async fn words_are_found_in_spans_and_in_their_log_records() {
    let server = given().await;
    let reply = find(&server, "?q=refund").await;
    assert_eq!(reply.json()["complete"], json!(true));
    insta::assert_snapshot!(told(&reply).join("\n"));
    assert_eq!(told(&find(&server, "?q=step").await).len(), 3);
    let none = find(&server, "?q=osaka").await.json();
    assert_eq!(none, json!({ "hits": [], "complete": true }));
}

#[tokio::test]
async fn what_does_not_fit_is_said() {
    let server = given().await;
    let reply = find(&server, "?q=step&max_results=2").await;
    assert_eq!((told(&reply).len(), &reply.json()["complete"]), (2, &json!(false)));
    let reply = find(&server, "?q=step&max_results=3").await;
    assert_eq!((told(&reply).len(), &reply.json()["complete"]), (3, &json!(true)));
}

#[tokio::test]
async fn a_large_trace_is_looked_through_piece_by_piece() {
    let server = TestServer::start();
    let filler = "lorem ipsum ".repeat(20_000);
    for id in 1..=12 {
        let said = if id == 9 { format!("{filler}needle") } else { filler.clone() };
        send(&server, vec![span(id, json!([text("note", &said)]))]).await;
    }
    let reply = find(&server, "?q=NEEDLE").await;
    assert_eq!(told(&reply).len(), 1);
    assert!(told(&reply)[0].starts_with("9 attributes.note: "), "{reply}");
}

#[tokio::test]
async fn when_time_is_up_what_was_found_is_answered() {
    let mut server = given().await;
    server.app.limits.search_deadline = Duration::ZERO;
    let reply = find(&server, "?q=nothing").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["complete"]), (200, &json!(false)));
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_said() {
    let server = given().await;
    let mut refused = Vec::new();
    let long = format!("?q={}", "a".repeat(1001));
    for query in ["", "?q=", "?q=a&max_results=1001", &long] {
        refused.push(find(&server, query).await.to_string());
    }
    refused.push(server.get("/api/3.0/kansoku/traces/tr-0/find?q=a").await.to_string());
    insta::assert_snapshot!(refused.join("\n"));
}
