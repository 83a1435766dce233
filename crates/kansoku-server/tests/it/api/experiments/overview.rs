//! The figures of an experiment. The traces are those of `traces::list`: one that recovered (0 to
//! 1000 ms, version 1.2), one that failed (2000 to 2100, version 1.3), and a plain one (3000 to
//! 3050).
use serde_json::{Value, json};

use crate::{
    api::traces::list::{given, span, with},
    fixtures::TRACES,
    test_server::{START_MS, TestServer},
};

pub(crate) async fn judge(server: &TestServer, n: u64, name: &str, value: Value) {
    let assessment = json!({ "assessment": {
        "assessment_name": name,
        "source": { "source_type": "HUMAN", "source_id": "me" },
        "feedback": { "value": value },
    }});
    let reply = server.post(&format!("{TRACES}/tr-{n:032x}/assessments"), assessment).await;
    assert_eq!(reply.status, 200, "{reply}");
}

async fn overview(server: &TestServer, id: &str, query: &str) -> Value {
    let reply = server.list(&format!("{id}/overview?{query}")).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()
}

/// The values of a field of each item.
fn column(list: &Value, field: &str) -> Vec<Value> {
    let items = list.as_array().unwrap_or_else(|| panic!("{list}"));
    items.iter().map(|item| item[field].clone()).collect()
}

#[tokio::test]
async fn figures_and_series_are_of_all_traces() {
    let (server, id) = given().await;
    let mut answer = overview(&server, &id, "buckets=3").await;
    let p95 = answer["figures"]["p95_ms"].take().as_f64().unwrap();
    assert!((p95 - 910.0).abs() < 1e-9, "{p95}");
    let expected = json!({
        "traces": 3, "errors": 1, "recovered": 1,
        // The percentiles of 50, 100 and 1000 ms.
        "p50_ms": 100.0, "p95_ms": null, "p99_ms": 982.0,
        "input_tokens": 100, "output_tokens": 10, "cached_tokens": 0, "total_tokens": 110,
        "cost": 0.25, "sessions": 1, "users": 1,
    });
    assert_eq!(answer["figures"], expected);
    assert_eq!(answer["previous"]["traces"], 0);
    assert_eq!(answer["previous"]["p50_ms"], Value::Null);
    assert_eq!((&answer["from_ms"], &answer["to_ms"]), (&json!(START_MS), &json!(START_MS + 3000)));
    assert_eq!(answer["bucket_ms"], 2000);
    let first = json!({
        "start_ms": START_MS, "ok": 0, "error": 0, "recovered": 1,
        "p50_ms": 1000.0, "p95_ms": 1000.0, "p99_ms": 1000.0,
        "input_tokens": 100, "output_tokens": 10, "cached_tokens": 0, "cost": 0.25,
    });
    let second = json!({
        "start_ms": START_MS + 2000, "ok": 1, "error": 1, "recovered": 0,
        "p50_ms": 75.0, "p95_ms": 97.5, "p99_ms": 99.5,
        "input_tokens": 0, "output_tokens": 0, "cached_tokens": 0, "cost": 0.0,
    });
    assert_eq!(answer["series"], json!([first, second]));
    assert_eq!((&answer["by"], &answer["complete"]), (&json!([]), &json!(true)));
    assert_eq!(answer["covered_from_ms"], Value::Null);
}

#[tokio::test]
async fn the_time_before_is_as_long_as_the_time_asked_for() {
    let (server, id) = given().await;
    let range = format!("from={}&to={}", START_MS + 2000, START_MS + 3999);
    let answer = overview(&server, &id, &range).await;
    assert_eq!(answer["figures"]["traces"], 2);
    assert_eq!(answer["figures"]["users"], 0);
    assert_eq!(answer["previous"]["traces"], 1);
    assert_eq!(answer["previous"]["recovered"], 1);
    assert_eq!(answer["previous"]["users"], 1);
    let just_before = format!("from={}&to={}&q=status%3D'OK'", START_MS + 1, START_MS + 1);
    let answer = overview(&server, &id, &just_before).await;
    assert_eq!(answer["figures"]["traces"], 0);
    assert_eq!(answer["previous"]["traces"], 1);
}

#[tokio::test]
async fn models_tools_and_retrievers_are_told_apart() {
    let (server, id) = given().await;
    let search = |n, from| {
        with(span(n, 9, 1, "search", from, from + 10), &[("mlflow.spanType", json!("RETRIEVER"))])
    };
    server.export(&id, &[], &[search(3, 3010)]).await;
    let answer = overview(&server, &id, "buckets=3").await;
    let [model] = answer["models"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!(model["model"], "gpt-4o-mini");
    assert_eq!((&model["calls"], &model["errors"]), (&json!(1), &json!(0)));
    assert_eq!((&model["p50_ms"], &model["p95_ms"]), (&json!(500.0), &json!(500.0)));
    assert_eq!(model["first_token_p50_ms"], Value::Null);
    assert_eq!((&model["input_tokens"], &model["output_tokens"]), (&json!(100), &json!(10)));
    assert_eq!(model["cost"], 0.25);
    let lookup = json!({
        "name": "lookup", "filter": "span.type = 'TOOL' AND span.name = 'lookup'",
        "calls": 1, "errors": 1, "traces": 1, "p50_ms": 400.0, "p95_ms": 400.0,
        "series": [1, 0], "error_series": [1, 0],
    });
    assert_eq!(answer["tools"], json!([lookup]));
    assert_eq!(column(&answer["retrievers"], "name"), ["search"]);
    assert_eq!(answer["retrievers"][0]["series"], json!([0, 1]));
}

#[tokio::test]
async fn groups_have_their_own_figures_and_series() {
    let (server, id) = given().await;
    let answer = overview(&server, &id, "buckets=3&by=version").await;
    assert_eq!(column(&answer["by"], "value"), [Value::Null, json!("1.2"), json!("1.3")]);
    let group = &answer["by"][1];
    assert_eq!(group["filter"], "version = '1.2'");
    assert_eq!(group["figures"]["recovered"], 1);
    assert_eq!((&group["traces"], &group["cost"]), (&json!([1, 0]), &json!([0.25, 0.0])));
    assert_eq!((&group["tokens"], &group["p95_ms"]), (&json!([110, 0]), &json!([1000.0, null])));
    for (by, values) in [
        ("name", [json!("ask"), json!("other")]),
        ("user", [Value::Null, json!("u-1")]),
        ("session", [Value::Null, json!("s-1")]),
        ("environment", [Value::Null, json!("prod")]),
        ("model", [Value::Null, json!("gpt-4o-mini")]),
        ("tag:service.version", [Value::Null, json!("1.2")]),
    ] {
        let answer = overview(&server, &id, &format!("by={by}")).await;
        assert_eq!(column(&answer["by"], "value")[..2], values, "{by}");
        let traces: u64 = answer["by"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["figures"]["traces"].as_u64().unwrap())
            .sum();
        assert_eq!(traces, 3, "{by}");
    }
}

#[tokio::test]
async fn a_model_is_as_slow_as_its_calls() {
    let (server, id) = given().await;
    let answer = overview(&server, &id, "buckets=3&by=model").await;
    let [none, model] = answer["by"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    // The call took 500 ms in a trace of 1000 ms.
    assert_eq!(model["value"], "gpt-4o-mini");
    assert_eq!(model["figures"]["p50_ms"], 500.0);
    assert_eq!(model["p95_ms"], json!([500.0, null]));
    // The group without a model has the traces without a model call.
    assert_eq!((&none["value"], &none["figures"]["p50_ms"]), (&Value::Null, &json!(75.0)));
}

#[tokio::test]
async fn feedback_is_followed_over_time() {
    let (server, id) = given().await;
    for (n, name, value) in
        [(1, "good", json!("yes")), (2, "good", json!("no")), (3, "score", json!(4))]
    {
        judge(&server, n, name, value).await;
    }
    let answer = overview(&server, &id, "buckets=3").await;
    let [good, score] = answer["feedback"].as_array().unwrap().as_slice() else {
        panic!("{answer}")
    };
    assert_eq!(good["filter"], "feedback.good IS NOT NULL");
    assert_eq!((&good["stat"]["count"], &good["stat"]["pass_rate"]), (&json!(2), &json!(0.5)));
    let series = json!([
        { "start_ms": START_MS, "count": 1, "pass_rate": 1.0, "mean": null },
        { "start_ms": START_MS + 2000, "count": 1, "pass_rate": 0.0, "mean": null },
    ]);
    assert_eq!(good["series"], series);
    assert_eq!((&score["stat"]["mean"], &score["stat"]["p90"]), (&json!(4.0), &json!(4.0)));
    assert_eq!(score["series"][0]["mean"], Value::Null);
    assert_eq!(score["series"][1]["mean"], 4.0);
}

#[tokio::test]
async fn latency_tokens_and_cost_are_spread_over_shared_edges() {
    let (server, id) = given().await;
    judge(&server, 1, "good", json!("yes")).await;
    let answer = server.list(&format!("{id}/distributions")).await.json();
    assert_eq!(answer["figures"]["users"], 1);
    // The durations are 50, 100 and 1000 ms.
    let edges = json!([39.8, 63.1, 100.0, 158.0, 251.0, 398.0, 631.0, 1000.0, 1580.0]);
    assert_eq!(answer["latency_ms"]["edges"], edges);
    assert_eq!(answer["latency_ms"]["counts"], json!([1, 0, 1, 0, 0, 0, 0, 1]));
    assert_eq!(answer["latency_ms"]["p50"], 100.0);
    assert_eq!(answer["latency_ms"]["p90"], 820.0);
    assert_eq!(answer["tokens"]["counts"], json!([1]));
    assert_eq!(answer["tokens"]["edges"], json!([100.0, 158.0]));
    assert_eq!(answer["cost"]["edges"], json!([0.158, 0.251]));
    assert_eq!(answer["feedback"][0]["count"], 1);
    assert_eq!(answer["complete"], true);
    let none = server.list(&format!("{id}/distributions?q=name%3D'nobody'")).await.json();
    let empty = json!({ "edges": [], "counts": [], "p50": null, "p90": null, "p99": null });
    assert_eq!(none["latency_ms"], empty);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let (server, id) = given().await;
    for (query, message) in [
        ("overview?by=colour", "`by` is `colour`; it takes status, name, error, retriever.count,"),
        ("overview?by=tag:", "`by` is `tag:`; it takes"),
        ("overview?buckets=0", "`buckets` must lie between 1 and 200, got 0"),
        ("overview?from=5&to=4", "`to` is before `from`"),
        ("overview?q=nope", "`q`: Invalid clause(s) in filter string"),
        ("distributions?from=x", "Invalid value \"x\" for parameter 'from'"),
    ] {
        let reply = server.list(&format!("{id}/{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {reply}");
        let said = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(said.starts_with(message), "{query}: {said}");
    }
    let empty = TestServer::start();
    let answer = overview(&empty, "0", "by=user").await;
    assert_eq!((&answer["figures"]["traces"], &answer["by"]), (&json!(0), &json!([])));
    assert_eq!(answer["series"].as_array().unwrap().len(), 1);
    assert_eq!(empty.list("4711/overview").await.status, 404);
}
