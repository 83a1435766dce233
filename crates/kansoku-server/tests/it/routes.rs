//! Every route of the table is documented, and withstands invalid requests.
use std::collections::BTreeSet;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use kansoku_server::{RouteRow, Support, route_table, router};

use crate::test_server::{TestServer, send_to};

const DOC: &str = include_str!("../../../../docs/mlflow-api.md");

/// `(method, path, support)` of each row of the document's tables.
fn documented() -> BTreeSet<(String, String, String)> {
    let row = |line: &str| {
        let cells: Vec<_> = line.strip_prefix("| ")?.split(" | ").map(str::trim).collect();
        let [method, path, support, ..] = cells[..] else { return None };
        let path = path.strip_prefix('`')?.strip_suffix('`')?;
        Some((method.to_owned(), path.to_owned(), support.trim_end_matches(" |").to_owned()))
    };
    DOC.lines().filter_map(row).collect()
}

/// The rows that the document must have, without routes under `/ajax-api` that duplicate one under
/// `/api`.
fn declared() -> BTreeSet<(String, String, String)> {
    let rows = route_table();
    let paths: BTreeSet<String> = rows.iter().map(|row| row.path.clone()).collect();
    let is_twin = |row: &RouteRow| {
        let rest = row.path.strip_prefix("/ajax-api/");
        rest.is_some_and(|rest| paths.contains(&format!("/api/{rest}")))
    };
    let listed = rows.iter().filter(|row| !is_twin(row));
    listed
        .map(|row| {
            let support = match row.support {
                Support::Full => "supported",
                Support::Partial => "partial",
                Support::Refused => "refused",
            };
            (row.method.to_string(), row.path.clone(), support.to_owned())
        })
        .collect()
}

#[test]
fn the_docs_list_every_route_and_no_other() {
    let (documented, declared) = (documented(), declared());
    let show = |rows: BTreeSet<&(String, String, String)>| {
        let lines = rows.into_iter().map(|(m, p, s)| format!("| {m} | `{p}` | {s} | |"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let missing = show(declared.difference(&documented).collect());
    let stale = show(documented.difference(&declared).collect());
    assert!(missing.is_empty(), "docs/mlflow-api.md lacks:\n{missing}");
    assert!(stale.is_empty(), "docs/mlflow-api.md lists what is no route:\n{stale}");
}

#[test]
fn browsers_have_every_route_that_clients_have() {
    let rows = route_table();
    let of = |prefix: &str| -> BTreeSet<String> {
        let with = rows
            .iter()
            .filter_map(|row| Some(format!("{} {}", row.method, row.path.strip_prefix(prefix)?)));
        with.collect()
    };
    let only_for_browsers: Vec<_> = of("/ajax-api/").difference(&of("/api/")).cloned().collect();
    assert_eq!(of("/api/").difference(&of("/ajax-api/")).count(), 0);
    insta::assert_debug_snapshot!(only_for_browsers, @r#"
    [
        "GET 2.0/mlflow/gateway-proxy",
        "GET 2.0/mlflow/get-trace-artifact",
        "GET 2.0/mlflow/logged-models/{model_id}/artifacts/files",
        "GET 3.0/mlflow/assistant/config",
        "GET 3.0/mlflow/assistant/providers",
        "GET 3.0/mlflow/get-trace-artifact",
        "GET 3.0/mlflow/ui-telemetry",
        "POST 2.0/mlflow/upload-artifact",
        "POST 3.0/mlflow/ui-telemetry",
    ]
    "#);
}

/// Invalid bodies and queries.
fn hostile_bodies() -> Vec<Vec<u8>> {
    let names = [
        "experiment_id",
        "experiment_ids",
        "name",
        "key",
        "value",
        "run_id",
        "trace_id",
        "trace_ids",
        "request_id",
        "request_ids",
        "filter",
        "order_by",
        "max_results",
        "page_token",
        "locations",
        "trace",
        "assessment",
        "update_mask",
        "tags",
        "metrics",
        "params",
        "timestamp",
        "timestamp_ms",
        "max_timestamp_millis",
        "prompt_versions",
        "datasets",
        "models",
        "path",
        "status",
        "end_time",
        "new_name",
        "metric_key",
        "model_id",
        "dataset_name",
        "dataset_digest",
        "model_json",
        "query",
        "variables",
        "operation_name",
        "run_ids",
        "allow_deleted",
        "description",
        "severity",
        "root_causes",
        "categories",
        "filter_string",
        "include_trace_count",
        "start_step",
        "end_step",
        "since",
        "until",
        "dry_run",
        "prices",
        "description",
        "version",
        "alias",
        "source",
        "stages",
        "records",
        "dataset_record_ids",
        "filter_string",
        "before",
        "schema_id",
        "queue_id",
        "input",
        "users",
        "item_ids",
        "item_id",
        "completed_by",
        "runs",
        "scorer",
        "verdict",
        "sort_scorer",
        "only",
        "order",
    ];
    let values = [
        "null",
        "1",
        "-1",
        "1e308",
        "18446744073709551615",
        "-9223372036854775808",
        "true",
        "\"\"",
        "\"x\"",
        "\"0\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "[]",
        "[1]",
        "[null]",
        "[{}]",
        "[[]]",
        "[\"x\"]",
        "{}",
        "{\"trace_info\":{}}",
        "{\"value\":{\"value\":[]}}",
        "\"' OR 1=1 --\"",
        "\"((((((((\"",
        "\"%00../..\"",
    ];
    let all = |value: &str| {
        let fields: Vec<_> = names.iter().map(|name| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    };
    let mut bodies: Vec<Vec<u8>> = values.iter().map(|value| all(value)).collect();
    bodies.extend([
        Vec::new(),
        b"{".to_vec(),
        b"[]".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        b"\"\\\"\\\"\"".to_vec(),
        b"[".repeat(100_000),
        b"{\"a\":".repeat(100_000),
        format!("{{\"name\":\"{}\"}}", "x".repeat(100_000)).into_bytes(),
    ]);
    bodies
}

fn hostile_queries() -> [&'static str; 10] {
    [
        "?q=((((&from=x&to=-9223372036854775808&ids=%00,,x&order_by=cost%20up&buckets=-1&by=tag:&format=x&field=tags.",
        "?q=%22&from=9223372036854775807&to=9223372036854775807&ids=x&buckets=99999&by=%ff&format=csv&field=%60&prefix=%00",
        "",
        "?experiment_id=%ff&trace_id=%00&run_id=..&path=../../etc/passwd",
        "?max_results=-1&page_token=%F0%9F&filter=%27&trace_ids=",
        "?max_results=99999999999999999999&experiment_ids=x&experiment_ids=y&path=%2fetc",
        "?experiment_id=9223372036854775807&run_id=x&metric_key=m&trace_id=x&request_id=x&run_ids=x&start_step=-9223372036854775808&end_step=9223372036854775807",
        "?experiment_id=1&experiment_id=2&name=a&name=b&allow_partial=maybe&trace_ids=x",
        "?parent=x&signal=x&page_token=1-1&experiment_ids=0&filter=((((&order_by=x%20y%20z&path=a%00b",
        "?experiment_name=%27%3B--&max_results=1&page_token=eyJvZmZzZXQiOiAtMX0=&path=.",
    ]
}

#[tokio::test]
async fn no_request_whatsoever_is_our_fault() {
    let server = TestServer::start();
    // Otherwise a stream of events would not end.
    server.app.event_streams.stop();
    let router = router(server.app.clone());
    let segments = ["0", "x", "tr-1", "%00", "%ff", "..%2f..%2fetc", "%F0%9F%98%80"];
    let bodies = hostile_bodies();
    // The duplicates under `/ajax-api` have the same handlers.
    for row in route_table().iter().filter(|row| !row.path.starts_with("/ajax-api/")) {
        for (n, segment) in segments.iter().enumerate() {
            let path = fill(&row.path, segment);
            // The first segment is combined with every body, the others with some.
            let every = if n == 0 && row.support != Support::Refused { 1 } else { 7 };
            if row.method == Method::GET {
                for query in hostile_queries() {
                    attack(&router, row, &format!("{path}{query}"), &[]).await;
                }
            } else {
                for body in bodies.iter().skip(n).step_by(every) {
                    attack(&router, row, &path, body).await;
                }
            }
            if !row.path.contains('{') {
                break;
            }
        }
    }
}

/// Sends an invalid request, and checks that the response does not report an internal error.
async fn attack(router: &Router, row: &RouteRow, uri: &str, body: &[u8]) {
    let content_types: &[&str] = match row.path.as_str() {
        "/v1/traces" => &["application/x-protobuf", "application/json"],
        _ => &["application/json"],
    };
    for content_type in content_types {
        let request = Request::builder()
            .method(row.method.clone())
            .uri(uri)
            .header(header::CONTENT_TYPE, *content_type)
            .body(Body::from(body.to_vec()));
        let reply = send_to(router.clone(), request.unwrap()).await;
        let status = reply.status.as_u16();
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]);
        let what = format!("{} {uri} {shown}\n{reply}", row.method);
        assert!(status < 500 || status == 501, "{what}");
        assert!(row.support != Support::Refused || status == 501, "{what}");
        if 400 <= status {
            assert!(reply.json()["error_code"].is_string(), "{what}");
        }
    }
}

/// The path with every `{name}` replaced by `segment`.
fn fill(pattern: &str, segment: &str) -> String {
    let fill = |part: &str| match part.starts_with('{') {
        true => segment.to_owned(),
        false => part.to_owned(),
    };
    pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
}
