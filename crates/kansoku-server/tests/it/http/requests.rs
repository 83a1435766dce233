//! Reading and rejecting requests, independent of routes.
use axum::{
    body::Body,
    http::{Request, header},
};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use insta::assert_snapshot;
use serde_json::json;
use std::io::{Read, Write};

use crate::{
    fixtures::{TRACE, span},
    test_server::{Reply, TestServer},
};

const CREATE: &str = "/api/2.0/mlflow/experiments/create";

async fn create(server: &TestServer, content_type: Option<&str>, body: &[u8]) -> Reply {
    let mut request = Request::post(CREATE);
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    server.send(request.body(Body::from(body.to_vec())).unwrap()).await
}

#[tokio::test]
async fn an_unknown_route_is_a_json_404_that_clients_fall_back_on() {
    let server = TestServer::start();
    assert_snapshot!(server.post("/api/4.0/mlflow/traces/search", json!({})).await, @r#"
    404 Not Found
    {"error_code":"ENDPOINT_NOT_FOUND","message":"there is no `POST /api/4.0/mlflow/traces/search` here"}
    "#);
    for path in ["/nothing", "/v1/profiles", "/api/v1/traces", "/api/2.0/mlflow/nope"] {
        assert_eq!(server.get(path).await.json()["error_code"], "ENDPOINT_NOT_FOUND", "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_json_405() {
    let server = TestServer::start();
    let reply = server.get(CREATE).await;
    assert_eq!(reply.header(header::ALLOW), "POST");
    assert_snapshot!(reply, @r#"
    405 Method Not Allowed
    {"error_code":"BAD_REQUEST","message":"`/api/2.0/mlflow/experiments/create` does not take GET; see the Allow header"}
    "#);
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let server = TestServer::start();
    assert_snapshot!(create(&server, None, b"{}").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Bad Request. Content-Type header is missing."}
    "#);
    assert_snapshot!(create(&server, Some("text/plain"), b"{}").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Bad Request. Content-Type must be one of ['application/json']."}
    "#);
    let reply = create(&server, Some("Application/JSON; charset=utf-8"), br#"{"name":"a"}"#).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn what_is_no_json_object_is_a_400() {
    let server = TestServer::start();
    let deep = [b"{\"a\":".repeat(10_000), b"1".to_vec(), b"}".repeat(10_000)].concat();
    for body in [&b"{"[..], b"[]", b"1", b"\xff\xfe", b"{\"name\":\"\xff\"}", &deep] {
        let reply = create(&server, Some("application/json"), body).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["error_code"], "INVALID_PARAMETER_VALUE");
    }
    assert_snapshot!(create(&server, Some("application/json"), b"{\"name\":").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"the body is not valid JSON: EOF while parsing a value at line 1 column 8"}
    "#);
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let server = TestServer::start();
    assert_snapshot!(create(&server, Some("application/json"), b"").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'name'. See the API docs for more information about request parameters."}
    "#);
}

#[tokio::test]
async fn json_inside_a_json_text_is_read_as_old_clients_send_it() {
    let server = TestServer::start();
    let reply = create(&server, Some("application/json"), br#""{\"name\": \"twice\"}""#).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn bodies_may_be_compressed_and_are_limited() {
    let mut server = TestServer::start();
    server.app.limits.body_bytes_max = 1000;
    server.app.limits.inflated_bytes_max = 2000;
    let gzip = |text: String| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        let body = Body::from(encoder.finish().unwrap());
        let request = Request::post(CREATE).header(header::CONTENT_TYPE, "application/json");
        request.header(header::CONTENT_ENCODING, "gzip").body(body).unwrap()
    };
    assert_eq!(server.send(gzip(json!({ "name": "small" }).to_string())).await.status, 200);
    let bomb = json!({ "name": " ".repeat(100_000) }).to_string();
    assert_eq!(server.send(gzip(bomb)).await.status, 413);
    let large = json!({ "name": "x".repeat(1000) });
    assert_snapshot!(server.post(CREATE, large).await, @r#"
    413 Payload Too Large
    {"error_code":"BAD_REQUEST","message":"the body is larger than 1000 bytes; send less at once"}
    "#);
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_who_asks() {
    let server = TestServer::start();
    for n in 0..40 {
        server.experiment(&format!("experiment {n} {}", "x".repeat(200))).await;
    }
    let request = Request::get("/api/2.0/mlflow/experiments/search?max_results=100");
    let request = request.header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).unwrap();
    let reply = server.send(request).await;
    assert_eq!(reply.header(header::CONTENT_ENCODING), "gzip");
    assert!(reply.body.starts_with(&[0x1f, 0x8b]) && reply.body.len() < 8000);
}

#[tokio::test]
async fn browsers_are_told_to_keep_out_of_our_answers() {
    let server = TestServer::start();
    for path in ["/health", "/nowhere"] {
        let reply = server.get(path).await;
        assert_eq!(reply.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(reply.header(header::X_FRAME_OPTIONS), "SAMEORIGIN");
    }
}

#[tokio::test]
async fn a_page_of_another_site_may_not_write() {
    let server = TestServer::start();
    let from = |site: &str| {
        let request = Request::post(CREATE).header(header::CONTENT_TYPE, "application/json");
        let body = Body::from(json!({ "name": site }).to_string());
        server.send(request.header("sec-fetch-site", site).body(body).unwrap())
    };
    assert_eq!(from("cross-site").await.json()["error_code"], "PERMISSION_DENIED");
    for site in ["same-origin", "none"] {
        assert_eq!(from(site).await.status, 200, "{site}");
    }
}

/// Long responses are created in chunks, and compression must not poll them after their end.
#[tokio::test]
async fn a_long_answer_is_the_same_when_it_is_compressed() {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    let mut large = span(1, "root");
    let text: String = (0..200_000).map(|n| format!("{n} ")).collect();
    large["attributes"]["mlflow.spanInputs"] = json!(json!(text).to_string());
    assert_eq!(server.upload_spans(TRACE, json!([large])).await.status, 200);
    for path in [
        format!("/api/3.0/mlflow/traces/get?trace_id={TRACE}"),
        format!("/api/3.0/mlflow/traces/batchGet?trace_ids={TRACE}"),
        format!("/api/2.0/mlflow-artifacts/artifacts/0/traces/{TRACE}/artifacts/traces.json"),
        format!("/api/3.0/kansoku/traces/{TRACE}/otlp"),
    ] {
        let plain = server.get(&path).await;
        assert!(plain.status == 200 && 1_000_000 < plain.body.len(), "{path}: {}", plain.status);
        let request = Request::get(&path).header(header::ACCEPT_ENCODING, "gzip");
        let packed = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
        assert!(
            plain.body == unpacked,
            "{path}: {} bytes, not {}",
            unpacked.len(),
            plain.body.len()
        );
    }
}
