//! No request takes much more memory than its body, for any content and endpoint.
//!
//! This is a separate binary with an allocator that counts. It generates bodies that become many
//! times their size when they are decoded, and sends them to each endpoint that reads bodies.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod bombs;
#[path = "../it/fixtures.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod fixtures;
#[path = "../it/test_server.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod test_server;

use std::{convert::Infallible, io::Write as _};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};
use futures::stream;
use kansoku_server::router;
use peak_alloc::PeakAlloc;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;

use bombs::Bomb;
use fixtures::{DATABRICKS_AGENT, TRACE};
use test_server::{TestServer, send_to};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most memory of a request, as a multiple of its inflated body.
const TIMES_MAX: usize = 8;
/// The fixed memory in addition: a batch of minimal size, a window, the queue and caches.
const FIXED_BYTES: usize = 10 << 20;

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";
const CREATE: &str = "/api/2.0/mlflow/experiments/create";

/// Sends a request; returns its status and the peak of memory meanwhile.
async fn send(server: &TestServer, request: Request<Body>) -> (StatusCode, usize) {
    let router = router(server.app.clone());
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let status = send_to(router, request).await.status;
    (status, MEMORY.peak_usage().saturating_sub(before))
}

async fn check(server: &TestServer, what: &str, inflated: usize, request: Request<Body>) {
    let (status, peak) = send(server, request).await;
    let allowed = TIMES_MAX * inflated + FIXED_BYTES;
    let times = peak as f64 / inflated as f64;
    println!("{what}: {inflated} bytes, {status}, {peak} bytes of memory ({times:.1} times)");
    assert!(peak <= allowed, "{what}: {inflated} bytes took {peak}, more than {allowed}");
    assert!(!status.is_server_error(), "{what}: {status}");
}

fn post(path: &str, content_type: &str, body: Vec<u8>) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, content_type).body(Body::from(body)).unwrap()
}

fn packed(mut request: Request<Body>, encoding: &'static str) -> Request<Body> {
    request.headers_mut().insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
    request
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// A single message, compressed as `encoding` says.
fn grpc(service: &str, message: &[u8], encoding: &str) -> Request<Body> {
    let message = match encoding {
        "gzip" => gzip(message),
        "zstd" => zstd(message),
        _ => message.to_vec(),
    };
    let mut body = vec![u8::from(encoding != "identity")];
    body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend(message);
    Request::post(format!("/opentelemetry.proto.collector.{service}/Export"))
        .header(header::CONTENT_TYPE, "application/grpc")
        .header("grpc-encoding", encoding)
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn a_request_takes_at_most_eight_times_its_body() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    // Data that is created once must exist before memory is measured.
    server.send(post("/v1/traces", PROTOBUF, bombs::tiny_spans(1000))).await;

    for Bomb { name, body } in bombs::traces(&mut random) {
        let size = body.len();
        let check = |endpoint: &'static str, request| {
            let (server, what) = (&server, format!("{name} by {endpoint}"));
            async move { check(server, &what, size, request).await }
        };
        match random.random_range(0..6) {
            0 => check("HTTP", post("/v1/traces", PROTOBUF, body)).await,
            1 => {
                let request = post("/v1/traces", PROTOBUF, gzip(&body));
                check("HTTP with gzip", packed(request, "gzip")).await;
            }
            2 => {
                let request = post("/v1/traces", PROTOBUF, zstd(&body));
                check("HTTP with zstd", packed(request, "zstd")).await;
            }
            3 => check("gRPC", grpc("trace.v1.TraceService", &body, "identity")).await,
            4 => check("gRPC with gzip", grpc("trace.v1.TraceService", &body, "gzip")).await,
            _ => check("gRPC with zstd", grpc("trace.v1.TraceService", &body, "zstd")).await,
        }
    }
    for Bomb { name, body } in bombs::logs(&mut random) {
        let what = format!("{name} as logs");
        let request = match random.random_bool(0.5) {
            true => post("/v1/logs", PROTOBUF, body.clone()),
            false => grpc("logs.v1.LogsService", &body, "gzip"),
        };
        check(&server, &what, body.len(), request).await;
    }
    for Bomb { name, body } in bombs::otlp_json() {
        let request = packed(post("/v1/traces", JSON, gzip(&body)), "gzip");
        check(&server, &format!("{name} as OTLP/JSON"), body.len(), request).await;
        let logs = String::from_utf8(body).unwrap().replace("Spans", "Logs");
        let logs = logs.replace("\"spans\"", "\"logRecords\"");
        let (size, request) = (logs.len(), post("/v1/logs", JSON, logs.into_bytes()));
        check(&server, &format!("{name} as logs in JSON"), size, request).await;
    }

    let credentials = format!("/api/2.0/mlflow/traces/{TRACE}/credentials-for-data-upload");
    let request = Request::get(credentials).header(header::USER_AGENT, DATABRICKS_AGENT);
    let request = request.header(header::HOST, "127.0.0.1:5000").body(Body::empty()).unwrap();
    let signed = server.send(request).await.json();
    let signed = signed["credential_info"]["signed_uri"].as_str().unwrap();
    let signed = signed.strip_prefix("http://127.0.0.1:5000").unwrap().to_owned();
    let artifact =
        format!("/api/2.0/mlflow-artifacts/artifacts/0/traces/{TRACE}/artifacts/traces.json");
    for Bomb { name, body } in bombs::traces_json() {
        for path in [&artifact, &signed] {
            let request = Request::put(path).body(Body::from(body.clone())).unwrap();
            check(&server, &format!("{name} to {}", &path[..9]), body.len(), request).await;
        }
    }

    for Bomb { name, body } in bombs::json() {
        let complete = "/api/2.0/mlflow-artifacts/mpu/complete/0/run/artifacts";
        for path in [CREATE, "/api/3.0/mlflow/traces", complete] {
            let request = post(path, JSON, body.clone());
            check(&server, &format!("{name} to {path}"), body.len(), request).await;
            let request = packed(post(path, JSON, zstd(&body)), "zstd");
            check(&server, &format!("{name} to {path} with zstd"), body.len(), request).await;
        }
    }
}

/// Nothing of a body is kept before its token is checked.
#[tokio::test]
async fn a_stranger_takes_no_memory() {
    const LITTLE_BYTES: usize = 512 << 10;
    let server = TestServer::start();
    server.admin_token("ci", "kan_1").await;
    let bomb = bombs::json().remove(0).body;
    let token = bombs::sign_in(&"x".repeat(bomb.len()));
    server.get("/health").await;
    let requests = [
        ("sign-in", post("/api/3.0/kansoku/session", JSON, bomb.clone()), 413),
        ("a long token", post("/api/3.0/kansoku/session", JSON, token), 413),
        (
            "sign-in, packed",
            packed(post("/api/3.0/kansoku/session", JSON, gzip(&bomb)), "gzip"),
            400,
        ),
        ("a JSON route", post(CREATE, JSON, bomb.clone()), 401),
        ("OTLP/JSON", post("/v1/traces", JSON, bomb.clone()), 401),
        ("no route", post("/nowhere", JSON, bomb.clone()), 401),
        ("no method", post("/health", JSON, bomb.clone()), 405),
        ("gRPC", grpc("trace.v1.TraceService", &bomb, "identity"), 200),
        ("a bad grant", Request::put("/_signed/eA").body(Body::from(bomb.clone())).unwrap(), 403),
    ];
    for (what, request, status) in requests {
        let (answered, peak) = send(&server, request).await;
        println!("{what}: {answered}, {peak} bytes of memory");
        assert_eq!(answered, status, "{what}");
        assert!(peak <= LITTLE_BYTES, "{what} took {peak} bytes");
    }
    // gRPC's health check needs no token either. The prefix of the message announces 4 MiB.
    let chunk =
        |n| Ok::<_, Infallible>(if n == 0 { vec![0, 0, 64, 0, 0] } else { vec![0; 16 << 10] });
    let chunks = stream::iter((0..257).map(chunk));
    let health = Request::post("/grpc.health.v1.Health/Check")
        .header(header::CONTENT_TYPE, "application/grpc")
        .body(Body::from_stream(chunks))
        .unwrap();
    let (_, peak) = send(&server, health).await;
    assert!(peak <= LITTLE_BYTES, "{peak}");
}
