use axum::{
    body::Body,
    http::{HeaderValue, Request, header},
};
use flate2::{Compression, write::GzEncoder};
use insta::assert_snapshot;
use kansoku_sqlite::StoreOptions;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceResponse,
    trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData},
};
use prost::Message;
use serde_json::{Value, json};
use std::io::Write;

use crate::test_server::{Reply, START_MS, TestServer};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn span(trace: &[u8], id: &[u8], name: &str) -> Span {
    Span {
        trace_id: trace.to_vec(),
        span_id: id.to_vec(),
        name: name.to_owned(),
        start_time_unix_nano: START_MS as u64 * 1_000_000,
        end_time_unix_nano: START_MS as u64 * 1_000_000 + 7_000_000,
        ..Span::default()
    }
}

fn export(spans: Vec<Span>) -> Vec<u8> {
    let scope = ScopeSpans { spans, ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    TracesData { resource_spans: vec![resource] }.encode_to_vec()
}

fn json_export() -> Value {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": TRACE, "spanId": "b7ad6b7169203331", "name": "ask",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000007000000",
    }] }] }] })
}

async fn send(server: &TestServer, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
    let mut request = Request::post("/v1/traces");
    for (name, value) in headers {
        request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    server.send(request.body(Body::from(body)).unwrap()).await
}

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json");

async fn location(server: &TestServer, trace: &str) -> Value {
    let reply = server.get(&format!("/api/3.0/mlflow/traces/tr-{trace}")).await.json();
    reply["trace"]["trace_info"]["trace_location"]["mlflow_experiment"]["experiment_id"].clone()
}

#[tokio::test]
async fn protobuf_is_answered_by_an_empty_protobuf() {
    let server = TestServer::start();
    let id = server.experiment("a").await;
    let body = export(vec![span(&[1; 16], &[2; 8], "ask")]);
    let reply = send(&server, &[PROTOBUF, ("x-mlflow-experiment-id", &id)], body).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/x-protobuf");
    assert_eq!(location(&server, &"01".repeat(16)).await, id);
}

#[tokio::test]
async fn json_is_answered_by_json() {
    let server = TestServer::start();
    let reply = send(&server, &[JSON], json_export().to_string().into_bytes()).await;
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/json");
    assert_snapshot!(reply, @"
    200 OK
    {}
    ");
    assert_eq!(location(&server, TRACE).await, "0");
}

#[tokio::test]
async fn compressed_exports_are_read() {
    let server = TestServer::start();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&export(vec![span(&[1; 16], &[2; 8], "ask")])).unwrap();
    let gzip = encoder.finish().unwrap();
    let reply = send(&server, &[PROTOBUF, ("content-encoding", "gzip")], gzip).await;
    assert_eq!(reply.status, 200);
    assert_snapshot!(send(&server, &[PROTOBUF, ("content-encoding", "br")], vec![1]).await, @r#"
    400 Bad Request
    {"detail":"Unsupported Content-Encoding: br","error_code":"INVALID_PARAMETER_VALUE","message":"Unsupported Content-Encoding: br"}
    "#);
    let reply = send(&server, &[PROTOBUF, ("content-encoding", "gzip")], b"x".to_vec()).await;
    assert_eq!(reply.json()["detail"], "Failed to decompress gzip payload");
}

#[tokio::test]
async fn the_experiment_may_be_named_by_id_or_by_name() {
    let server = TestServer::start();
    let id = server.experiment("京都").await;
    let body = || export(vec![span(&[1; 16], &[2; 8], "ask")]);
    let reply = send(&server, &[PROTOBUF, ("x-mlflow-experiment-name", "京都")], body()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(location(&server, &"01".repeat(16)).await, id);
    let unknown = send(&server, &[PROTOBUF, ("x-mlflow-experiment-name", "zzz")], body()).await;
    assert_snapshot!(unknown, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Could not find experiment with name 'zzz'"}
    "#);
    let unknown = send(&server, &[PROTOBUF, ("x-mlflow-experiment-id", "77")], body()).await;
    assert_eq!(unknown.status, 200, "a known trace keeps its experiment");
    let body = export(vec![span(&[3; 16], &[2; 8], "ask")]);
    assert_snapshot!(send(&server, &[PROTOBUF, ("x-mlflow-experiment-id", "77")], body).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=77 exists"}
    "#);
    let reply = send(&server, &[PROTOBUF, ("x-mlflow-experiment-id", "abc")], vec![]).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let server = TestServer::start();
    assert_eq!(
        send(&server, &[("content-type", "text/plain")], vec![]).await.json()["detail"],
        "Invalid Content-Type: text/plain. Expected: application/x-protobuf or application/json"
    );
    assert_eq!(
        send(&server, &[], vec![]).await.json()["detail"],
        "Invalid Content-Type: None. Expected: application/x-protobuf or application/json"
    );
    let parameter = ("content-type", "application/json; charset=utf-8");
    let body = json_export().to_string().into_bytes();
    assert_eq!(send(&server, &[parameter], body).await.status, 200);
}

#[tokio::test]
async fn garbage_and_nothing_are_400() {
    let server = TestServer::start();
    for (form, body) in [(PROTOBUF, b"\xff\xff\xff\xff".to_vec()), (JSON, b"{".to_vec())] {
        let reply = send(&server, &[form], body).await;
        assert_eq!(reply.status, 400);
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("Invalid OpenTelemetry format"), "{detail}");
    }
    for (form, body) in [(PROTOBUF, vec![]), (JSON, b"{}".to_vec())] {
        let reply = send(&server, &[form], body).await;
        assert_eq!(reply.json()["detail"], "Invalid OpenTelemetry format - no spans found");
    }
    assert_eq!(send(&server, &[PROTOBUF], export(vec![])).await.status, 200);
}

#[tokio::test]
async fn a_bad_span_spares_its_neighbours() {
    let server = TestServer::start();
    let spans = || vec![span(&[1; 16], &[2; 8], "good"), span(&[1; 16], &[], "bad")];
    let reply = send(&server, &[PROTOBUF], export(spans())).await;
    assert_eq!(reply.status, 200);
    let answer = ExportTraceServiceResponse::decode(reply.body.clone()).unwrap();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 1);
    assert_snapshot!(partial.error_message, @"span `bad`: it has no span id");
    assert_eq!(location(&server, &"01".repeat(16)).await, "0");

    let mut export = json_export();
    let mut bad = export["resourceSpans"][0]["scopeSpans"][0]["spans"][0].clone();
    bad["spanId"] = "".into();
    export["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().unwrap().push(bad);
    assert_snapshot!(send(&server, &[JSON], export.to_string().into_bytes()).await, @r#"
    200 OK
    {"partialSuccess":{"rejectedSpans":"1","errorMessage":"span `ask`: it has no span id"}}
    "#);
}

#[tokio::test]
async fn an_export_of_bad_spans_alone_is_refused() {
    let server = TestServer::start();
    let bad = (0..5).map(|_| span(&[], &[2; 8], "bad")).collect();
    assert_snapshot!(send(&server, &[PROTOBUF], export(bad)).await, @r#"
    422 Unprocessable Entity
    {"detail":"Cannot convert OpenTelemetry span to MLflow span: span `bad`: it has no trace id; span `bad`: it has no trace id; span `bad`: it has no trace id; and 2 more","error_code":"INVALID_PARAMETER_VALUE","message":"Cannot convert OpenTelemetry span to MLflow span: span `bad`: it has no trace id; span `bad`: it has no trace id; span `bad`: it has no trace id; and 2 more"}
    "#);
}

#[tokio::test]
async fn a_run_gets_the_traces_that_begin_in_the_request() {
    let server = TestServer::start();
    let mut child = span(&[4; 16], &[5; 8], "child");
    child.parent_span_id = vec![6; 8];
    let body = export(vec![span(&[1; 16], &[2; 8], "root"), child]);
    let reply = send(&server, &[PROTOBUF, ("x-mlflow-run-id", "run-a")], body).await;
    assert_eq!(reply.status, 200);
    let search = json!({
        "locations": [{ "type": "MLFLOW_EXPERIMENT",
                        "mlflow_experiment": { "experiment_id": "0" } }],
        "filter": "run_id = 'run-a'",
    });
    let found = server.post("/api/3.0/mlflow/traces/search", search).await.json();
    let traces = found["traces"].as_array().unwrap();
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0]["trace_id"], format!("tr-{}", "01".repeat(16)));
}

#[tokio::test]
async fn a_large_export_is_decoded_in_the_background() {
    let server = TestServer::start();
    let mut large = span(&[1; 16], &[2; 8], "ask");
    large.trace_state = "x".repeat(1 << 20);
    assert_eq!(send(&server, &[PROTOBUF], export(vec![large])).await.status, 200);
    assert_eq!(send(&server, &[PROTOBUF], vec![0xff; 1 << 20]).await.status, 400);
}

#[tokio::test]
async fn sending_the_same_spans_again_changes_nothing() {
    let server = TestServer::start();
    let body = export(vec![span(&[1; 16], &[2; 8], "ask")]);
    send(&server, &[PROTOBUF], body.clone()).await;
    let path = format!("/api/3.0/mlflow/traces/get?trace_id=tr-{}", "01".repeat(16));
    let before = server.get(&path).await.to_string();
    assert_eq!(send(&server, &[PROTOBUF], body).await.status, 200);
    assert_eq!(server.get(&path).await.to_string(), before);
}

#[tokio::test]
async fn a_full_queue_asks_the_exporter_to_come_back() {
    let options = StoreOptions { queue_bytes_max: 2048, ..StoreOptions::default() };
    let server = TestServer::start_with(options);
    let export = |n: u8| send(&server, &[PROTOBUF], export(vec![span(&[n; 16], &[2; 8], "ask")]));
    let replies = futures::future::join_all((1..=50).map(export)).await;
    assert!(replies.iter().all(|reply| reply.status == 200 || reply.status == 429));
    let refused = replies.iter().find(|reply| reply.status == 429).expect("a full queue");
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
    assert_snapshot!(refused, @r#"
    429 Too Many Requests
    {"error_code":"RESOURCE_EXHAUSTED","message":"too many writes are waiting, try again shortly"}
    "#);
}

#[tokio::test]
async fn an_exporter_that_drops_429_hears_503() {
    let options = StoreOptions { queue_bytes_max: 2048, ..StoreOptions::default() };
    let server = TestServer::start_with(options);
    let headers = [PROTOBUF, ("user-agent", "OTel-OTLP-Exporter-Python/1.38.0")];
    let export = |n: u8| send(&server, &headers, export(vec![span(&[n; 16], &[2; 8], "ask")]));
    let replies = futures::future::join_all((1..=50).map(export)).await;
    assert!(replies.iter().all(|reply| reply.status == 200 || reply.status == 503));
    let refused = replies.iter().find(|reply| reply.status == 503).expect("a full queue");
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
}

/// A span that cannot be compressed.
fn bulky(n: u8, bytes: usize) -> Span {
    let mut bulky = span(&[n; 16], &[2; 8], "ask");
    bulky.trace_state = (0..bytes).map(|_| rand::random_range('!'..'~')).collect();
    bulky
}

#[tokio::test]
async fn a_request_larger_than_the_queue_is_written_in_parts() {
    let options = StoreOptions { queue_bytes_max: 64 << 10, ..StoreOptions::default() };
    let server = TestServer::start_with(options);
    let spans = (1..=40).map(|n| bulky(n, 10_000)).collect();
    let reply = send(&server, &[PROTOBUF], export(spans)).await;
    assert_eq!(reply.status, 200, "{reply}");
    let ledger = server.get("/api/3.0/kansoku/ingest").await.json();
    assert_eq!(ledger["totals"]["stored"], 40);
    let audit = server.get("/api/3.0/kansoku/audit").await.json();
    assert_eq!((&audit["traces"], &audit["spans_in_payload"]), (&40.into(), &40.into()));
}

#[tokio::test]
async fn a_trace_that_can_never_wait_in_the_queue_is_told_so() {
    let options = StoreOptions { queue_bytes_max: 64 << 10, ..StoreOptions::default() };
    let server = TestServer::start_with(options);
    let export = export(vec![bulky(1, 1000), bulky(2, 100_000)]);
    let reply = send(&server, &[PROTOBUF], export).await;
    assert_eq!((reply.status.as_u16(), reply.header(header::RETRY_AFTER)), (413, ""));
    let message = reply.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("room for 65536; send less at once"), "{message}");
    // Nothing of the request was stored, and the ledger has the reason.
    let ledger = server.get("/api/3.0/kansoku/ingest").await.json();
    assert_eq!(
        (&ledger["totals"]["stored"], &ledger["totals"]["rejected"]),
        (&0.into(), &2.into())
    );
    assert_eq!(ledger["rejections"][0]["reason"], message);
}

#[tokio::test]
async fn very_many_spans_in_a_request_are_taken_part_by_part() {
    let server = TestServer::start();
    // Two traces, whose spans are in both batches, and an invalid span at each end.
    let numbered = |n: u64| span(&[1 + (n % 2) as u8; 16], &(n + 1).to_be_bytes(), "step");
    let mut spans: Vec<Span> = (0..20_500).map(numbered).collect();
    spans.insert(0, span(&[], &[1; 8], "bad"));
    spans.push(span(&[1; 16], &[0; 8], "bad"));
    let reply = send(&server, &[PROTOBUF], export(spans)).await;
    assert_eq!(reply.status, 200, "{reply}");
    let answer = ExportTraceServiceResponse::decode(reply.body.clone()).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 2);
    let audit = server.get("/api/3.0/kansoku/audit").await.json();
    let told = ["traces", "spans", "spans_in_payload", "difference"].map(|key| audit[key].as_i64());
    assert_eq!(told, [Some(2), Some(20_500), Some(20_500), Some(0)]);
}
