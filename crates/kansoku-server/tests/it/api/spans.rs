//! Spans as rows. The traces are those of the lists: one that recovered (`ask` 0 to 1000 ms, `lookup`
//! failed from 0 to 400, `call` 500 to 1000), one that failed, and a plain one.
use axum::http::header;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    api::{
        filters::encoded,
        traces::list::{given, span, with, with_values},
    },
    test_server::{START_MS, TestServer},
};

async fn spans(server: &TestServer, id: &str, query: &str) -> Value {
    let reply = server.list(&format!("{id}/spans{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {reply}");
    reply.json()
}

fn names(page: &Value) -> Vec<&str> {
    page["spans"].as_array().unwrap().iter().map(|span| span["name"].as_str().unwrap()).collect()
}

async fn found(server: &TestServer, id: &str, filter: &str) -> Vec<String> {
    let page = spans(server, id, &format!("?q={}", encoded(filter))).await;
    names(&page).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_row_tells_a_span_and_its_trace() {
    let (server, id) = given().await;
    let page = spans(&server, &id, "").await;
    assert_eq!(names(&page), ["other", "ask", "call", "ask", "lookup"]);
    assert_eq!((&page["next_page_token"], &page["ended_early"]), (&Value::Null, &json!(false)));
    assert_snapshot!(page["spans"][2], @r#"{"trace_id":"tr-00000000000000000000000000000001","span_id":"0000000000000003","parent_span_id":"0000000000000001","name":"call","type":"LLM","status":"UNSET","error":null,"start_time_ms":1700000000500,"duration_ms":500.0,"first_token_ms":null,"model":"gpt-4o-mini","provider":null,"input_tokens":100,"output_tokens":10,"total_tokens":110,"cached_tokens":null,"cost":0.25,"trace_name":"ask","trace_state":"OK","request_time_ms":1700000000000,"session":"s-1","user":"u-1","version":"1.2","environment":"prod"}"#);
    let lookup = &page["spans"][4];
    assert_eq!(lookup["error"], "TimeoutError: the store timed out");
    assert_eq!((&lookup["status"], &lookup["trace_state"]), (&json!("ERROR"), &json!("OK")));
}

#[tokio::test]
async fn a_filter_is_asked_of_each_span_by_itself() {
    let (server, id) = given().await;
    for (filter, expected) in [
        ("span.name = 'ask'", vec!["ask", "ask"]),
        ("(span.name = 'ask') AND (span.status = 'ERROR')", vec!["ask"]),
        ("status = 'OK' AND span.status = 'ERROR'", vec!["lookup"]),
        ("NOT span.type = 'LLM' AND user = 'u-1'", vec!["ask", "lookup"]),
        ("error CONTAINS 'timed out'", vec!["lookup"]),
        ("error IS NULL AND version = '1.2'", vec!["call", "ask"]),
        ("span.duration >= 500", vec!["call", "ask"]),
        ("span.cost > 0.2 AND span.tokens = 110", vec!["call"]),
        ("span.model LIKE 'gpt%' OR name = 'other'", vec!["other", "call"]),
        ("\"on its way\"", vec!["ask"]),
        ("span.attributes.session.id = 's-1'", vec!["ask"]),
        ("retriever.count = 0 AND span.name = 'other'", vec!["other"]),
        ("span.name = 'nobody'", vec![]),
    ] {
        assert_eq!(found(&server, &id, filter).await, expected, "{filter}");
        let path = format!("{id}/spans/summary?q={}", encoded(filter));
        let summary = server.list(&path).await.json();
        assert_eq!(summary["spans"], expected.len(), "{filter}");
        assert_eq!(summary["complete"], true, "{filter}");
    }
}

#[tokio::test]
async fn pages_are_the_whole_list() {
    let (server, id) = given().await;
    let whole = spans(&server, &id, "").await;
    for size in 1..=5 {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let query = format!("?max_results={size}&page_token={}", encoded(&token));
            let page = spans(&server, &id, &query).await;
            all.extend(page["spans"].as_array().unwrap().clone());
            match page["next_page_token"].as_str() {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(Value::Array(all), whole["spans"], "{size} at a time");
    }
}

#[tokio::test]
async fn figures_and_a_histogram_stand_above_a_list() {
    let (server, id) = given().await;
    let mut summary = server.list(&format!("{id}/spans/summary?buckets=4")).await.json();
    // Percentiles lie between two durations.
    let [p95_ms, p99_ms] = ["p95_ms", "p99_ms"].map(|name| summary[name].take().as_f64().unwrap());
    assert_eq!((p95_ms.round(), p99_ms.round()), (900.0, 980.0));
    assert_eq!(
        summary,
        json!({
            "from_ms": START_MS, "to_ms": START_MS + 3000, "bucket_ms": 1000,
            "buckets": [
                { "start_ms": START_MS, "ok": 2, "error": 1 },
                { "start_ms": START_MS + 1000, "ok": 0, "error": 0 },
                { "start_ms": START_MS + 2000, "ok": 0, "error": 1 },
                { "start_ms": START_MS + 3000, "ok": 1, "error": 0 },
            ],
            "spans": 5, "traces": 3, "errors": 2,
            "p50_ms": 400.0, "p95_ms": null, "p99_ms": null,
            "total_tokens": 110, "cost": 0.25,
            "newest_ms": START_MS + 3000, "oldest_ms": START_MS,
            "complete": true, "covered_from_ms": null,
        })
    );
    let some = format!("{id}/spans/summary?from={}&q=span.name%3D'ask'", START_MS + 1);
    assert_eq!(server.list(&some).await.json()["spans"], 1);
}

#[tokio::test]
async fn spans_are_saved_as_lines_and_as_a_table() {
    let (server, id) = given().await;
    let evil = with(span(4, 1, 0, "=cmd()", 9000, 9001), &[]);
    server.export(&id, &[], &[evil]).await;
    let reply = server.list(&format!("{id}/spans/export?format=jsonl")).await;
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/x-ndjson");
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::Array(lines), spans(&server, &id, "").await["spans"]);
    let reply = server.list(&format!("{id}/spans/export?format=csv")).await;
    let disposition = format!("attachment; filename=\"spans-{id}.csv\"");
    assert_eq!(reply.header(header::CONTENT_DISPOSITION), disposition);
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let rows: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(rows.len(), 8, "{text}");
    assert_eq!(rows[0].split(',').count(), rows[3].split(',').count());
    assert!(
        rows[0].starts_with("trace_id,span_id,parent_span_id,start_time,name,type,status,error")
    );
    assert!(rows[1].contains(",'=cmd(),"), "{}", rows[1]);
    let some = server.list(&format!("{id}/spans/export?format=csv&q=span.type%3D'LLM'")).await;
    assert_eq!(String::from_utf8_lossy(&some.body).matches("\r\n").count(), 2);
}

#[tokio::test]
async fn a_file_has_all_spans_however_many() {
    let (server, id) = given().await;
    let many: Vec<Value> = (1..=1200).map(|n| span(9, n, 0, "many", n as i64, n as i64)).collect();
    server.export(&id, &[], &many).await;
    let path = format!("{id}/spans/export?format=jsonl&q=span.name%3D'many'");
    let reply = server.list(&path).await;
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let mut ids: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["span_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1200);
    // The latest first.
    assert!(ids.is_sorted_by(|a, b| a > b));
    ids.dedup();
    assert_eq!(ids.len(), 1200);
}

#[tokio::test]
async fn what_cannot_be_asked_of_spans_is_said() {
    let (server, id) = given().await;
    for (query, message) in [
        ("spans?max_results=501", "Invalid value 501 for parameter 'max_results'"),
        ("spans?q=nope", "`q`: Invalid clause(s) in filter string"),
        ("spans?page_token=x", "Invalid page token"),
        ("spans/summary?buckets=201", "`buckets` must lie between 1 and 200, got 201"),
        ("spans/export?format=otlp", "`format`"),
        ("spans?columns=status", "`columns`"),
        ("spans/export?format=csv&columns=inputs.a..b", "`columns`"),
        ("fields?rows=sessions", "`rows`"),
    ] {
        let reply = server.list(&format!("{id}/{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {reply}");
        let said = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(said.contains(message), "{query}: {said}");
    }
}

#[tokio::test]
async fn rows_have_values_of_the_span_itself() {
    let (server, id) = with_values().await;
    let columns = "inputs.customer.id,outputs.answer,span.attributes.app.tenant";
    let page = spans(&server, &id, &format!("?columns={columns}")).await;
    assert_eq!(names(&page), ["bare", "call", "ask", "call", "ask"]);
    let values: Vec<&Value> =
        page["spans"].as_array().unwrap().iter().map(|span| &span["values"]).collect();
    let root = |customer: &str, answer: &str| {
        json!({ "inputs.customer.id": customer, "outputs.answer": answer,
            "span.attributes.app.tenant": "t-1" })
    };
    let call = json!({ "inputs.customer.id": "other" });
    let (first, second) = (root("c-7", "{\"score\":0.25}"), root("c-8", "[1,{\"a\":\"b\"}]"));
    assert_eq!(values, [&json!({}), &call, &first, &call, &second]);
    assert_eq!(spans(&server, &id, "").await["spans"][0].get("values"), None);

    let export = async |query: &str| {
        let reply = server.list(&format!("{id}/spans/export?{query}&columns={columns}")).await;
        String::from_utf8(reply.body.to_vec()).unwrap()
    };
    let csv = export("format=csv&q=span.name%3D'call'").await;
    let rows: Vec<&str> = csv.split("\r\n").collect();
    assert!(rows[0].ends_with(&format!(",environment,{columns}")), "{}", rows[0]);
    assert!(rows[1].ends_with(",other,,"), "{}", rows[1]);
    let lines = export("format=jsonl").await;
    let second: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second, page["spans"][1]);
}

#[tokio::test]
async fn fields_are_suggested_from_the_spans_themselves() {
    let (server, id) = with_values().await;
    let lookup =
        with(span(4, 1, 0, "ask", 20, 30), &[("mlflow.spanInputs", json!({ "question": "?" }))]);
    let child =
        with(span(4, 2, 1, "lookup", 21, 29), &[("mlflow.spanInputs", json!({ "city": "Kyoto" }))]);
    server.export(&id, &[], &[lookup, child]).await;
    let columns = async |query: &str| {
        let fields = server.list(&format!("{id}/fields{query}")).await.json();
        let fields = fields["fields"].as_array().unwrap().iter();
        let columns = fields.filter(|field| field["column"] == true);
        columns.map(|field| field["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let has = |fields: &[String], field: &str| fields.iter().any(|known| known == field);
    let (of_traces, of_spans) = (columns("").await, columns("?rows=spans").await);
    assert!(has(&of_traces, "inputs.question") && !has(&of_traces, "inputs.city"), "{of_traces:?}");
    assert!(has(&of_spans, "inputs.question") && has(&of_spans, "inputs.city"), "{of_spans:?}");
}
