//! The ingest ledger and the audit.
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::test_server::TestServer;

fn body(spans: usize) -> Value {
    let span = |n: usize| {
        json!({
            "traceId": format!("{:032x}", 7), "spanId": format!("{:016x}", n + 1), "name": "s",
            "startTimeUnixNano": "1795237452000000000", "endTimeUnixNano": "1795237452000000001",
        })
    };
    let mut spans: Vec<Value> = (0..spans).map(span).collect();
    spans.push(json!({ "traceId": "00", "spanId": "1", "name": "bad" }));
    json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeSpans": [{ "spans": spans }],
    }] })
}

fn export(content_type: &str, body: String) -> Request<Body> {
    Request::post("/v1/traces")
        .header(header::CONTENT_TYPE, content_type)
        .header(header::USER_AGENT, "exporter/1")
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn the_ledger_tells_what_became_of_what_came() {
    let server = TestServer::start();
    for spans in [3, 4] {
        let answer = server.send(export("application/json", body(spans).to_string())).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let garbage = server.send(export("text/plain", "?".to_owned())).await;
    assert_eq!(garbage.status, StatusCode::BAD_REQUEST);

    let ledger = server.get("/api/3.0/kansoku/ingest").await.json();
    let source =
        ledger["sources"].as_array().unwrap().iter().find(|s| s["service_name"] == "shop").unwrap();
    assert_eq!(
        [&source["received"], &source["stored"], &source["duplicate"], &source["rejected"]],
        [9, 4, 3, 2]
    );
    assert_eq!([&source["client"], &source["protocol"]], ["exporter/1", "otlp-http"]);
    assert_eq!(ledger["totals"]["rejected_requests"], 1);
    let reasons: Vec<&str> = ledger["rejections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["reason"].as_str().unwrap())
        .collect();
    assert!(reasons[0].contains("Content-Type"), "{reasons:?}");
    assert!(reasons[1].contains("trace id"), "{reasons:?}");

    let audit = server.get("/api/3.0/kansoku/audit").await.json();
    assert_eq!(
        audit,
        json!({ "traces": 1, "spans": 4, "expected_spans": 4, "spans_in_payload": 4, "difference": 0, "problems": [] })
    );
}
