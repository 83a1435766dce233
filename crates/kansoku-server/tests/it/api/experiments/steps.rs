//! Steps of an experiment. The traces are those of `traces::list`: one that recovered (`ask` 0 to
//! 1000 ms, `lookup` failed from 0 to 400, `call` 500 to 1000), one that failed, and a plain one.
use serde_json::{Value, json};

use crate::{
    api::traces::list::given,
    test_server::{START_MS, TestServer},
};

async fn steps(server: &TestServer, id: &str, query: &str) -> Value {
    let reply = server.list(&format!("{id}/steps{query}")).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_step_has_its_calls_times_and_costs() {
    let (server, id) = given().await;
    let answer = steps(&server, &id, "?buckets=4").await;
    assert_eq!((&answer["traces"], &answer["complete"]), (&json!(3), &json!(true)));
    assert_eq!((&answer["from_ms"], &answer["to_ms"]), (&json!(START_MS), &json!(START_MS + 3000)));
    assert_eq!((&answer["bucket_ms"], &answer["path_ms"]), (&json!(1000), &json!(1150.0)));
    assert_eq!(names(&answer["steps"]), ["call", "lookup", "ask", "ask", "other"]);
    let one = |mean: f64| json!({ "count": 1, "mean": mean, "deviation": 0.0 });
    let mut call = answer["steps"][0].clone();
    let per_trace = call["calls_per_trace"].take();
    assert_eq!(per_trace["count"], 3);
    assert_eq!(
        call,
        json!({
            "name": "call", "span_type": "LLM", "value": null,
            "filter": "span.name = 'call' AND span.type = 'LLM'",
            "calls": 1, "traces": 1, "errors": 0,
            "p50_ms": 500.0, "p95_ms": 500.0, "p99_ms": 500.0,
            "self_ms": 500.0, "path_ms": 500.0, "path_share": 500.0 / 1150.0,
            "first_token_p50_ms": null, "total_tokens": 110, "cost": 0.25,
            "duration_ms": one(500.0), "cost_per_call": one(0.25), "calls_per_trace": null,
            "series": [1, 0, 0, 0], "error_series": [0, 0, 0, 0],
            "mean_ms_series": [500.0, null, null, null],
        })
    );
    assert_eq!(
        (&answer["steps"][1]["errors"], &answer["steps"][1]["path_ms"]),
        (&json!(1), &json!(400.0))
    );
    assert_eq!(answer["steps"][1]["error_series"], json!([1, 0, 0, 0]));
    // The filter of a step matches at least the traces of the step.
    for step in answer["steps"].as_array().unwrap() {
        let filter: String =
            form_urlencoded::byte_serialize(step["filter"].as_str().unwrap().as_bytes()).collect();
        let found = server.list(&format!("{id}/traces?q={filter}")).await.json();
        assert!(step["traces"].as_u64() <= Some(found["traces"].as_array().unwrap().len() as u64));
    }
}

#[tokio::test]
async fn steps_are_of_the_traces_asked_for_and_split_by_a_field() {
    let (server, id) = given().await;
    let answer = steps(&server, &id, "?q=span.name%3D'lookup'").await;
    assert_eq!((names(&answer["steps"]).len(), &answer["traces"]), (3, &json!(1)));
    let answer = steps(&server, &id, &format!("?from={}", START_MS + 2500)).await;
    assert_eq!(names(&answer["steps"]), ["other"]);
    let answer = steps(&server, &id, "?by=version").await;
    let of = |name: &str| -> Vec<Value> {
        let steps = answer["steps"].as_array().unwrap().iter();
        steps.filter(|step| step["name"] == name).map(|step| step["value"].clone()).collect()
    };
    assert_eq!((of("lookup"), of("other")), (vec![json!("1.2")], vec![Value::Null]));
    let answer = steps(&server, &id, "?by=model&max_results=1").await;
    assert_eq!(answer["steps"][0]["value"], "gpt-4o-mini");
    assert_eq!((names(&answer["steps"]).len(), &answer["steps_total"]), (1, &json!(5)));
    let none = steps(&server, &id, "?q=name%3D'nobody'").await;
    assert_eq!((&none["steps"], &none["traces"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn the_graph_has_calls_and_what_followed() {
    let (server, id) = given().await;
    let answer = steps(&server, &id, "/graph?q=span.name%3D'lookup'").await;
    assert_eq!(names(&answer["nodes"]), ["ask", "call", "lookup"]);
    let edges = json!([
        { "from": 0, "to": 1, "kind": "calls", "calls": 1, "errors": 0 },
        { "from": 0, "to": 2, "kind": "calls", "calls": 1, "errors": 1 },
        { "from": 2, "to": 1, "kind": "followed_by", "calls": 1, "errors": 0 },
    ]);
    assert_eq!((&answer["edges"], &answer["traces"]), (&edges, &json!(1)));
    let answer = steps(&server, &id, "/graph?max_results=1").await;
    assert_eq!((names(&answer["nodes"]).len(), &answer["nodes_total"]), (1, &json!(5)));
}

#[tokio::test]
async fn what_cannot_be_asked_of_steps_is_said() {
    let (server, id) = given().await;
    for (query, message) in [
        ("steps?by=colour", "`by` is `colour`; it takes status, name, error,"),
        ("steps?buckets=201", "`buckets` must lie between 1 and 200, got 201"),
        ("steps?max_results=1001", "Invalid value 1001 for parameter 'max_results'"),
        ("steps/graph?q=nope", "`q`: Invalid clause(s) in filter string"),
    ] {
        let reply = server.list(&format!("{id}/{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {reply}");
        let said = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(said.starts_with(message), "{query}: {said}");
    }
}
