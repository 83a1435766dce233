//! The spans of a trace, page by page.
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    fixtures::{TRACE, TRACES, span},
    test_server::TestServer,
};

fn spans(more: &str) -> String {
    format!("/api/3.0/kansoku/traces/{TRACE}/spans{more}")
}

/// A root, a model call as its child, and a tool as the child of the call.
async fn given() -> TestServer {
    let server = TestServer::start();
    let mut call = span(2, "call");
    call["attributes"]["mlflow.spanType"] = json!("\"LLM\"");
    call["attributes"]["mlflow.llm.model"] = json!("\"gpt-4o-mini\"");
    call["attributes"]["mlflow.chat.tokenUsage"] =
        json!(r#"{"input_tokens": 1000, "output_tokens": 10, "total_tokens": 1010}"#);
    let mut tool = span(3, "tool");
    tool["parent_span_id"] = json!("AAAAAAAAAAI=");
    tool["status"] = json!({ "code": "STATUS_CODE_ERROR", "message": "no" });
    tool["end_time_unix_nano"] = Value::Null;
    server.start_trace(TRACE, json!({})).await;
    let reply = server.upload_spans(TRACE, json!([span(1, "root"), call, tool])).await;
    assert_eq!(reply.status, 200, "{reply}");
    server
}

async fn names(server: &TestServer, query: &str) -> String {
    let reply = server.get(&spans(query)).await.json();
    let names = reply["spans"].as_array().unwrap().iter();
    let mut names: Vec<&str> = names.map(|span| span["name"].as_str().unwrap()).collect();
    names.extend(reply["next_page_token"].as_str());
    names.join(" ")
}

#[tokio::test]
async fn spans_are_listed_without_their_payload() {
    let server = given().await;
    let reply = server.get(&spans("")).await.json();
    assert_eq!(reply["next_page_token"], Value::Null);
    let mut call = reply["spans"][1].clone();
    for cost in ["input_cost", "output_cost", "total_cost"] {
        assert!(call["cost"][cost].as_f64().is_some_and(|dollars| 0.0 < dollars), "{call}");
    }
    call["cost"] = json!("…");
    assert_snapshot!(call, @r#"{"span_id":"0000000000000002","parent_span_id":"0000000000000001","name":"call","type":"LLM","status":"OK","start_time_unix_nano":1795237452002000000,"end_time_unix_nano":1795237452002500000,"first_token_time_unix_nano":null,"model":"gpt-4o-mini","provider":null,"service_tier":null,"usage":{"input_tokens":1000,"output_tokens":10,"total_tokens":1010},"cost":"…","children":1}"#);
    assert_snapshot!(reply["spans"][2], @r#"{"span_id":"0000000000000003","parent_span_id":"0000000000000002","name":"tool","type":"TOOL","status":"ERROR","start_time_unix_nano":1795237452003000000,"end_time_unix_nano":null,"first_token_time_unix_nano":null,"model":null,"provider":null,"service_tier":null,"usage":null,"cost":null,"children":0}"#);
}

#[tokio::test]
async fn spans_are_listed_level_by_level_and_page_by_page() {
    let server = given().await;
    assert_eq!(names(&server, "?parent=root").await, "root");
    assert_eq!(names(&server, "?parent=").await, "root");
    assert_eq!(names(&server, "?parent=0000000000000001").await, "call");
    assert_eq!(names(&server, "?parent=00000000000000ff").await, "");
    let page = names(&server, "?max_results=2").await;
    let token = page.strip_prefix("root call 1795237452002000000-0000000000000002").unwrap();
    let token = format!("1795237452002000000-0000000000000002{token}");
    assert_eq!(names(&server, &format!("?max_results=2&page_token={token}")).await, "tool");
    // A token is valid only for its own list.
    for query in [
        format!("?parent=root&page_token={token}"),
        "?page_token=1795237452002000000-0000000000000002".to_owned(),
    ] {
        assert_eq!(server.get(&spans(&query)).await.status, 400, "{query}");
    }
    assert_eq!(names(&server, "?max_results=10000").await, "root call tool");
}

#[tokio::test]
async fn what_cannot_be_listed_is_said() {
    let server = given().await;
    let mut refused = Vec::new();
    for query in [
        "?parent=1",
        "?parent=0000000000000000",
        "?page_token=x",
        "?max_results=0",
        "?max_results=10001",
        "/000000000000000a",
        "/xyz",
    ] {
        let reply = server.get(&spans(query)).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    let unknown = server.get("/api/3.0/kansoku/traces/tr-1/spans").await;
    refused.push(format!("{} {}", unknown.status.as_u16(), unknown.json()["message"]));
    assert_snapshot!(refused.join("\n"), @r#"
    400 "`parent` is neither `root` nor a span id: a span id has 16 hex digits that are not all 0"
    400 "`parent` is neither `root` nor a span id: a span id has 16 hex digits that are not all 0"
    400 "Invalid page token: ask for the first page without one, or for the spans it was given for"
    400 "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"
    400 "Invalid value 10001 for parameter 'max_results' supplied. It must be at most 10000"
    404 "trace `tr-0000000000000000000000000000000a` has no span `000000000000000a`"
    400 "`span_id`: a span id has 16 hex digits that are not all 0"
    404 "Trace with ID 'tr-1' not found."
    "#);
}

#[tokio::test]
async fn one_span_is_as_in_its_whole_trace() {
    let server = given().await;
    let whole = server.get(&format!("{TRACES}/get?trace_id={TRACE}")).await.json();
    let whole = whole["trace"]["spans"].as_array().unwrap().clone();
    assert_eq!(whole.len(), 3);
    for (n, span) in whole.iter().enumerate() {
        let one = server.get(&spans(&format!("/{:016x}", n + 1))).await.json();
        assert_eq!(one["span"], *span);
    }
}

/// Requests for a trace that is too large for one response name the route that returns it page by
/// page.
#[tokio::test]
async fn a_trace_beyond_the_limit_is_read_in_parts() {
    let mut server = given().await;
    let whole_trace = [
        format!("{TRACES}/get?trace_id={TRACE}"),
        format!("/ajax-api/3.0/mlflow/get-trace-artifact?request_id={TRACE}"),
        format!("/api/2.0/mlflow-artifacts/artifacts/0/traces/{TRACE}/artifacts/traces.json"),
    ];
    let several = format!("{TRACES}/batchGet?trace_ids={TRACE}");
    let bytes = server.app.traces.span_bytes(&[TRACE.to_owned().try_into().unwrap()]).await;
    let bytes = bytes.unwrap();
    server.app.limits.trace_bytes_max = bytes;
    for path in whole_trace.iter().chain([&several]) {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    server.app.limits.trace_bytes_max = bytes - 1;
    for path in whole_trace.iter().chain([&several]) {
        let reply = server.get(path).await;
        assert_eq!(reply.status, 400, "{path}");
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("trace_mib_max"), "{message}");
    }
    assert_eq!(names(&server, "").await, "root call tool");
    assert_eq!(server.get(&spans("/0000000000000001")).await.status, 200);
    let otlp = server.get(&format!("/api/3.0/kansoku/traces/{TRACE}/otlp")).await;
    assert_eq!(otlp.status, 200);
    assert!(bytes <= otlp.body.len() as u64);
}
