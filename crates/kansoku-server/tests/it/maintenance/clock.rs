//! A clock that jumps: stored spans remain, are found, and are counted correctly.
use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use kansoku_sqlite::StoreOptions;
use serde_json::json;

use crate::test_server::TestServer;

const DAY_MS: i64 = 86_400_000;

async fn send(server: &TestServer, trace: u32, span: u32) {
    let parent = if span == 1 { String::new() } else { format!("{:016x}", 1) };
    let span = json!({
        "traceId": format!("{trace:032x}"), "spanId": format!("{span:016x}"), "name": "s",
        "parentSpanId": parent,
        "startTimeUnixNano": "1795237452000000000", "endTimeUnixNano": "1795237452000000001",
    });
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] });
    let request = Request::post("/v1/traces")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    assert_eq!(server.send(request).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_way_the_clock_jumps_everything_is_there() {
    let options =
        StoreOptions { compact_after: Duration::from_millis(1), ..StoreOptions::default() };
    let server = TestServer::start_with(options);
    let jumps = [0, -DAY_MS, 3650 * DAY_MS, -3650 * DAY_MS, -20_000 * DAY_MS, 40_000 * DAY_MS];
    for (jump, trace) in jumps.into_iter().zip(1..) {
        server.clock.advance_ms(jump);
        send(&server, trace, 2).await;
        // Meanwhile the trace is compacted, unless the clock makes it appear to be in the future.
        tokio::time::sleep(Duration::from_millis(150)).await;
        send(&server, trace, 1).await;
        send(&server, 1, trace + 10).await;
    }
    let audit = server.get("/api/3.0/kansoku/audit").await.json();
    assert_eq!([&audit["traces"], &audit["spans"], &audit["difference"]], [6, 18, 0], "{audit}");
    assert_eq!(audit["problems"], json!([]));
    let location =
        json!({ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": "0" } });
    let search = json!({ "locations": [location] });
    let found = server.post("/api/3.0/mlflow/traces/search", search).await.json();
    assert_eq!(found["traces"].as_array().unwrap().len(), 6);
}
