//! What is said of many traces at once.
use insta::assert_snapshot;
use serde_json::json;

use crate::{
    lists::given,
    server::{START_MS, TestServer},
};

#[tokio::test]
async fn a_summary_counts_each_trace_once_and_when_it_began() {
    let (server, id) = given().await;
    let mut reply = server.list(&format!("{id}/traces/summary?buckets=4")).await.json();
    let buckets = reply["buckets"].take();
    assert_snapshot!(reply, @r#"{"from_ms":1700000000000,"to_ms":1700000003000,"bucket_ms":1000,"buckets":null,"traces":3,"errors":1,"recovered":1,"in_progress":0,"p50_ms":100.0,"p95_ms":909.9999999999999,"p99_ms":982.0,"input_tokens":100,"output_tokens":10,"cached_tokens":0,"total_tokens":110,"cost":0.25,"newest_ms":1700000003000,"oldest_ms":1700000000000,"complete":true,"covered_from_ms":null}"#);
    let starts: Vec<_> =
        buckets.as_array().unwrap().iter().map(|b| b["start_ms"].as_i64()).collect();
    assert_eq!(starts, [0, 1000, 2000, 3000].map(|ms| Some(START_MS + ms)));
    assert_snapshot!(buckets[0], @r#"{"start_ms":1700000000000,"ok":0,"error":0,"recovered":1,"in_progress":0}"#);
    let sum = |what: &str| -> i64 {
        buckets.as_array().unwrap().iter().map(|b| b[what].as_i64().unwrap()).sum()
    };
    assert_eq!(["ok", "error", "recovered", "in_progress"].map(sum), [1, 1, 1, 0]);
}

#[tokio::test]
async fn a_summary_is_of_what_is_asked_for() {
    let (server, id) = given().await;
    let ask = async |query: &str| server.list(&format!("{id}/traces/summary?{query}")).await.json();
    let errors = ask("q=status%3D%27ERROR%27").await;
    assert_eq!((&errors["traces"], &errors["errors"]), (&json!(1), &json!(1)));
    assert_eq!(errors["oldest_ms"], START_MS + 2000);
    let later = ask(&format!("from={}&to={}&buckets=60", START_MS + 1000, START_MS + 60_999)).await;
    assert_eq!((&later["traces"], &later["bucket_ms"]), (&json!(2), &json!(1000)));
    assert_eq!(later["buckets"].as_array().unwrap().len(), 60);
    let none = ask("q=name%3D%27nothing%27").await;
    assert_eq!((&none["traces"], &none["p50_ms"]), (&json!(0), &json!(null)));
    assert_eq!(none["complete"], true);
    for query in ["buckets=0", "buckets=201", "buckets=x", "q=x", "from=2&to=1"] {
        let reply = server.list(&format!("{id}/traces/summary?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
    }
    assert_eq!(TestServer::start().list("nothing/traces/summary").await.status, 404);
}
