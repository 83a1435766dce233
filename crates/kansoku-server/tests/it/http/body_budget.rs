//! The memory limit for the bodies of all requests.
use std::io::Write as _;

use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};
use futures::channel::mpsc;
use http_body_util::BodyExt;
use kansoku_server::{Artifacts, BodyBudget, Limits, router};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;
use tower::ServiceExt;

use crate::{fixtures::TRACE, test_server::TestServer};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// An export of one span with a name of this length.
fn spans(trace: u8, name_bytes: usize) -> Vec<u8> {
    let span = Span {
        trace_id: vec![trace; 16],
        span_id: vec![1; 8],
        name: "n".repeat(name_bytes),
        start_time_unix_nano: 1_795_237_452_000_000_000,
        end_time_unix_nano: 1_795_237_453_000_000_000,
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn export(body: impl Into<Body>) -> Request<Body> {
    Request::post("/v1/traces")
        .header(header::CONTENT_TYPE, "application/x-protobuf")
        .body(body.into())
        .unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn small(bytes_max: usize) -> TestServer {
    let mut server = TestServer::start();
    server.app.bodies = BodyBudget::new(bytes_max);
    server
}

/// A request that sends `first` and then pauses; returns its response, and a channel for the rest.
fn paused(
    server: &TestServer,
    first: &[u8],
) -> (tokio::task::JoinHandle<StatusCode>, mpsc::UnboundedSender<Result<Bytes, std::io::Error>>) {
    let (send, pieces) = mpsc::unbounded();
    send.unbounded_send(Ok(Bytes::copy_from_slice(first))).unwrap();
    let request = export(Body::from_stream(pieces));
    let router = router(server.app.clone());
    let answer = tokio::spawn(async move { router.oneshot(request).await.unwrap().status() });
    (answer, send)
}

/// The result over gRPC: the code, the message, and whether to retry.
async fn grpc(server: &TestServer, message: &[u8], compressed: bool) -> (String, String, bool) {
    let packed = if compressed { gzip(message) } else { message.to_vec() };
    let mut body = vec![u8::from(compressed)];
    body.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
    body.extend(packed);
    grpc_call(server, body, if compressed { "gzip" } else { "identity" }).await
}

async fn grpc_call(server: &TestServer, body: Vec<u8>, encoding: &str) -> (String, String, bool) {
    let request = Request::post(EXPORT)
        .header(header::CONTENT_TYPE, "application/grpc")
        .header("grpc-encoding", encoding)
        .body(Body::from(body))
        .unwrap();
    let answer = router(server.app.clone()).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap();
    let told = if parts.headers.contains_key("grpc-status") {
        parts.headers
    } else {
        body.trailers().cloned().unwrap()
    };
    let text = |name| told.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let retry = told.contains_key("grpc-status-details-bin");
    (text("grpc-status"), text("grpc-message"), retry)
}

#[tokio::test]
async fn what_does_not_fit_beside_others_is_to_come_again_later() {
    let server = small(1_100_000);
    let first = spans(1, 200_000);
    let (answer, rest) = paused(&server, &first[..150_000]);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;

    let refused = server.send(export(spans(2, 200_000))).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["error_code"], "RESOURCE_EXHAUSTED");
    let name = "e".repeat(700_000);
    let refused = server
        .post("/api/2.0/mlflow/experiments/create", serde_json::json!({ "name": name }))
        .await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(server.send(export(spans(2, 10_000))).await.status, StatusCode::OK, "this one fits");

    rest.unbounded_send(Ok(Bytes::copy_from_slice(&first[150_000..]))).unwrap();
    drop(rest);
    assert_eq!(answer.await.unwrap(), StatusCode::OK);
    assert_eq!(server.send(export(spans(3, 200_000))).await.status, StatusCode::OK);
    let ledger = server.get("/api/3.0/kansoku/ingest").await.json();
    assert_eq!(ledger["totals"]["rejected_requests"], 1);
    let reason = ledger["rejections"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("fill the memory"), "{reason}");
}

#[tokio::test]
async fn a_client_that_leaves_gives_back_what_it_held() {
    let server = small(1_100_000);
    let (answer, rest) = paused(&server, &spans(1, 200_000));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(server.send(export(spans(2, 200_000))).await.status, StatusCode::TOO_MANY_REQUESTS);
    answer.abort();
    let _ = answer.await;
    drop(rest);
    assert_eq!(server.send(export(spans(2, 200_000))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_counts_as_what_it_becomes() {
    let server = small(600_000);
    let (_answer, _rest) = paused(&server, &spans(1, 100_000));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let bomb = spans(2, 250_000);
    let mut request = export(gzip(&bomb));
    request.headers_mut().insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
    assert_eq!(server.send(request).await.status, StatusCode::TOO_MANY_REQUESTS);

    for compressed in [true, false] {
        let (code, message, retry) = grpc(&server, &bomb, compressed).await;
        assert_eq!((code.as_str(), retry), ("8", true), "{message}");
        assert!(message.contains("memory"), "{message}");
    }
    let (code, message, _) = grpc(&server, &spans(2, 15_000), true).await;
    assert_eq!(code, "0", "{message}");
}

#[tokio::test]
async fn grpc_messages_are_read_whatever_their_form_and_refused_by_their_size() {
    let mut server = TestServer::start();
    server.app.limits = Limits { inflated_bytes_max: 5000, ..Limits::default() };
    for (trace, compressed) in [(1, false), (2, true)] {
        let (code, message, _) = grpc(&server, &spans(trace, 3000), compressed).await;
        assert_eq!(code, "0", "{message}");
        let path = format!("/api/3.0/mlflow/traces/tr-{}", format!("{trace:02x}").repeat(16));
        assert_eq!(server.get(&path).await.status, StatusCode::OK);
        let (code, message, retry) = grpc(&server, &spans(trace, 6000), compressed).await;
        assert_eq!((code.as_str(), retry), ("3", false), "{message}");
        assert!(message.contains("larger%20than") || message.contains("larger than"), "{message}");
    }
    let (code, message, _) = grpc(&server, b"\xff\xff\xff", false).await;
    assert_eq!(code, "3", "{message}");
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_and_nothing_of_it_stays() {
    let mut server = TestServer::start();
    let artifacts = Artifacts::open(&server.folder().join("artifacts")).unwrap();
    server.app.artifacts = std::sync::Arc::new(artifacts.with_file_bytes_max(10));
    assert_eq!(server.put_artifact("0/a.txt", "ten bytes.").await.status, StatusCode::OK);
    server.start_trace(TRACE, serde_json::json!({})).await;
    let attachment = "attachments/9f2c1f44-5d1e-4b5e-8f6a-0c8f9b1d2e3f";
    for path in ["0/b.txt".to_owned(), format!("0/traces/{TRACE}/artifacts/{attachment}")] {
        let refused = server.put_artifact(&path, "eleven byte").await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{refused}");
        assert!(refused.json()["message"].as_str().unwrap().contains("larger than 10 bytes"));
        assert_eq!(server.get_artifact(&path).await.status, StatusCode::NOT_FOUND);
    }
    let left = std::fs::read_dir(server.folder().join("artifacts/tmp")).unwrap().count();
    assert_eq!(left, 0);
}

/// A server with two tokens.
async fn with_tokens(bytes_max: usize) -> TestServer {
    let server = small(bytes_max);
    for token in ["one", "two"] {
        server.admin_token(token, token).await;
    }
    server
}

fn sent_by(token: &str, mut request: Request<Body>) -> Request<Body> {
    let value = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

#[tokio::test]
async fn one_sender_cannot_keep_others_out() {
    let server = with_tokens(1_000_000).await;
    let mut paused = Vec::new();
    for _ in 0..5 {
        let (send, pieces) = mpsc::unbounded::<Result<Bytes, std::io::Error>>();
        send.unbounded_send(Ok(Bytes::from(vec![0; 200_000]))).unwrap();
        let request = sent_by("one", export(Body::from_stream(pieces)));
        let router = router(server.app.clone());
        let answer = tokio::spawn(async move { router.oneshot(request).await.unwrap().status() });
        paused.push((answer, send));
    }
    let waited = tokio::time::Duration::from_millis(100);
    tokio::time::sleep(waited).await;
    let refused = server.send(sent_by("one", export(spans(2, 40_000)))).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{refused}");
    let stored = server.send(sent_by("two", export(spans(2, 40_000)))).await;
    assert_eq!(stored.status, StatusCode::OK, "{stored}");
}

#[tokio::test]
async fn nothing_is_reserved_before_the_token_is_checked() {
    let server = with_tokens(1000).await;
    // Unauthenticated requests get 401, however large their body is.
    for token in ["three", ""] {
        let refused = server.send(sent_by(token, export(spans(1, 100_000)))).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused}");
    }
}

#[tokio::test]
async fn a_grpc_call_has_one_message() {
    let server = TestServer::start();
    let message = spans(1, 10);
    let framed = |message: &[u8]| {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[0], &length[..], message].concat()
    };
    for (body, code) in [
        (framed(&message), "0"),
        ([framed(&message), framed(&message)].concat(), "12"),
        ([framed(&message), vec![0]].concat(), "12"),
        (Vec::new(), "12"),
        (framed(&message)[..20].to_vec(), "3"),
    ] {
        let (given, text, _) = grpc_call(&server, body, "identity").await;
        assert_eq!(given, code, "{text}");
    }
    let (code, text, _) = grpc_call(&server, framed(&message), "snappy").await;
    assert_eq!(code, "12", "{text}");
}

#[tokio::test]
async fn json_routes_take_little() {
    let server = TestServer::start();
    let create = "/api/2.0/mlflow/experiments/create";
    let large = server.post(create, serde_json::json!({ "name": "x".repeat(4 << 20) })).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let message = large.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("json_mib_max"), "{message}");

    let lists = format!(r#"{{"name":"a","x":[{}0]}}"#, "[0],".repeat(500_000));
    let request = Request::post(create).header(header::CONTENT_TYPE, "application/json");
    let dense = server.send(request.body(Body::from(lists)).unwrap()).await;
    assert_eq!(dense.status, StatusCode::PAYLOAD_TOO_LARGE, "{dense}");
    let message = dense.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("times its size"), "{message}");

    // The largest request of MLflow's clients has 1,000 metrics, parameters and tags.
    let metric = |n| serde_json::json!({ "key": format!("metric {n}"), "value": 0.5, "timestamp": n, "step": n });
    let pair = |n| serde_json::json!({ "key": format!("key {n}"), "value": "v".repeat(500) });
    let run = server
        .post("/api/2.0/mlflow/runs/create", serde_json::json!({ "experiment_id": "0" }))
        .await
        .json();
    let batch = serde_json::json!({
        "run_id": run["run"]["info"]["run_id"],
        "metrics": (0..800).map(metric).collect::<Vec<_>>(),
        "params": (0..100).map(pair).collect::<Vec<_>>(),
        "tags": (0..100).map(pair).collect::<Vec<_>>(),
    });
    let logged = server.post("/api/2.0/mlflow/runs/log-batch", batch).await;
    assert_eq!(logged.status, StatusCode::OK, "{logged}");
}
