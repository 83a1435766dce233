//! Export of traces as a file.
use axum::http::header;
use kansoku_filter::listed_numbers;
use serde_json::Value;

use crate::{
    api::{
        filters::encoded,
        traces::list::{given, span, with, with_values},
    },
    fixtures::TRACES,
    test_server::{Reply, TestServer},
};

fn trace(n: u64) -> String {
    format!("tr-{n:032x}")
}

async fn export(server: &TestServer, id: &str, query: &str) -> Reply {
    let reply = server.list(&format!("{id}/traces/export?{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {reply}");
    reply
}

fn lines(reply: &Reply) -> Vec<Value> {
    let text = std::str::from_utf8(&reply.body).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_line_is_a_trace_as_mlflow_shows_it() {
    let (server, id) = given().await;
    let reply = export(&server, &id, "format=jsonl").await;
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/x-ndjson");
    let disposition = format!("attachment; filename=\"traces-{id}.jsonl\"");
    assert_eq!(reply.header(header::CONTENT_DISPOSITION), disposition);
    let lines = lines(&reply);
    assert_eq!(lines.len(), 3);
    for (line, n) in lines.iter().zip([3, 2, 1]) {
        let shown = server.get(&format!("{TRACES}/get?trace_id={}", trace(n))).await.json();
        assert_eq!(*line, shown["trace"]);
    }
}

/// An export can be sent to an empty server, and results in the same traces.
#[tokio::test]
async fn lines_of_otlp_are_taken_by_any_server() {
    let (server, id) = given().await;
    let exported = lines(&export(&server, &id, "format=otlp").await);
    assert_eq!(exported.len(), 3);
    let other = TestServer::start();
    for line in &exported {
        let request = axum::http::Request::post("/v1/traces")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(line.to_string()));
        assert_eq!(other.send(request.unwrap()).await.status, 200);
    }
    let there = other.list("0/traces").await.json();
    let here = server.list(&format!("{id}/traces")).await.json();
    for (mut there, mut here) in rows(&there).zip(rows(&here)) {
        (there["experiment_id"], here["experiment_id"]) = (Value::Null, Value::Null);
        assert_eq!(there, here);
    }
    assert_eq!(rows(&there).count(), 3);
}

fn rows(reply: &Value) -> impl Iterator<Item = Value> {
    reply["traces"].as_array().unwrap().clone().into_iter()
}

#[tokio::test]
async fn a_table_has_a_row_a_trace_and_no_formulas() {
    let (server, id) = given().await;
    let evil =
        with(span(4, 1, 0, "=cmd()", 9000, 9001), &[("mlflow.spanInputs", "+1, \"x\"".into())]);
    server.export(&id, &[], &[evil]).await;
    let reply = export(&server, &id, "format=csv").await;
    assert_eq!(reply.header(header::CONTENT_TYPE), "text/csv; charset=utf-8");
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let rows: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(rows.len(), 6, "{text}");
    assert!(rows[0].starts_with("trace_id,request_time,state,recovered,name,duration_ms,input"));
    let evil = format!("{},2023-11-14T22:13:29Z,OK,false,'=cmd(),1,\"'+1, \"\"x\"\"\",", trace(4));
    assert!(rows[1].starts_with(&evil), "{}", rows[1]);
    // The fixed columns are followed by the listed numbers.
    let added = listed_numbers().count();
    let columns = rows[0].split(',').count() - added;
    let row = rows[3].rsplitn(1 + added, ',').last().unwrap();
    insta::assert_snapshot!(row, @r#"tr-00000000000000000000000000000002,2023-11-14T22:13:22Z,ERROR,false,ask,100,,,ask,ValueError: no such order,1,1,,,,,,,,1.3,,,,,"{""service.version"":""1.3""}",{},{}"#);
    assert_eq!((columns, row.split(',').count()), (27, 27));
}

#[tokio::test]
async fn a_file_has_the_traces_asked_for_however_many() {
    let (server, id) = given().await;
    let some: Vec<Value> =
        (100..350).map(|n| span(n, 1, 0, "many", n as i64, n as i64 + 1)).collect();
    server.export(&id, &[], &some).await;
    for format in ["jsonl", "otlp"] {
        let many = encoded("name = 'many'");
        let all = lines(&export(&server, &id, &format!("format={format}&q={many}")).await);
        let mut distinct: Vec<String> = all.iter().map(Value::to_string).collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!((all.len(), distinct.len()), (250, 250), "{format}");
    }
    let count = async |query: &str| {
        let reply = export(&server, &id, &format!("format=csv&{query}")).await;
        String::from_utf8_lossy(&reply.body).matches("\r\n").count() - 1
    };
    assert_eq!(count("").await, 253);
    assert_eq!(count("q=status%3D%27ERROR%27").await, 1);
    assert_eq!(count(&format!("ids={},{},tr-none", trace(1), trace(100))).await, 2);
    assert_eq!(count("q=name%3D%27nothing%27").await, 0);
    let named = export(&server, &id, &format!("format=jsonl&ids={}", trace(2))).await;
    assert_eq!(lines(&named)[0]["trace_info"]["trace_id"], trace(2));
    // The trace belongs to another experiment than the one in the path.
    let elsewhere = export(&server, "0", &format!("format=jsonl&ids={}", trace(2))).await;
    assert_eq!(lines(&elsewhere).len(), 0);
    for query in ["", "format=xml", "format=csv&q=x", "format=csv&from=x"] {
        let reply = server.list(&format!("{id}/traces/export?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_trace_that_is_too_large_says_so_on_its_line() {
    let (mut server, id) = given().await;
    server.app.limits.trace_bytes_max = 1;
    let lines = lines(&export(&server, &id, "format=jsonl").await);
    assert_eq!(lines.len(), 3);
    let reason = lines[0]["spans_left_out"].as_str().unwrap();
    assert!(reason.contains("trace_mib_max"), "{reason}");
    assert_eq!(lines[0]["trace_info"]["trace_id"], trace(3));
}

#[tokio::test]
async fn a_table_has_the_requested_values() {
    let (server, id) = with_values().await;
    let columns = "inputs.customer.tier,span.attributes.app.tenant";
    for query in ["", "&ids=tr-00000000000000000000000000000001"] {
        let reply = export(&server, &id, &format!("format=csv&columns={columns}{query}")).await;
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        let rows: Vec<&str> = text.split("\r\n").collect();
        assert!(rows[0].ends_with(&format!(",{columns}")), "{}", rows[0]);
        let first = rows.iter().find(|row| row.starts_with(&trace(1))).unwrap();
        assert!(first.ends_with(",3,t-1"), "{first}");
    }
    let refused = server.list(&format!("{id}/traces/export?format=csv&columns=status")).await;
    assert_eq!(refused.status, 400, "{refused}");
}
