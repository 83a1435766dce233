//! Lists of traces.
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::{Reply, START_MS, TestServer, without_known_keys};

pub(crate) const LISTS: &str = "/api/3.0/kansoku/experiments";

/// A span of trace `n`, its times in milliseconds after the start of the server.
pub(crate) fn span(n: u64, id: u64, parent: u64, name: &str, from: i64, to: i64) -> Value {
    let ns = |ms: i64| ((START_MS + ms) * 1_000_000).to_string();
    let parent = if parent == 0 { String::new() } else { format!("{parent:016x}") };
    json!({
        "traceId": format!("{n:032x}"), "spanId": format!("{id:016x}"), "parentSpanId": parent,
        "name": name, "startTimeUnixNano": ns(from), "endTimeUnixNano": ns(to),
        "attributes": [], "events": [], "status": {},
    })
}

pub(crate) fn with(mut span: Value, attributes: &[(&str, Value)]) -> Value {
    for (key, value) in attributes {
        let value = match value {
            Value::String(text) => json!({ "stringValue": text }),
            Value::Number(number) => json!({ "intValue": number }),
            other => json!({ "stringValue": other.to_string() }),
        };
        span["attributes"].as_array_mut().unwrap().push(json!({ "key": key, "value": value }));
    }
    span
}

pub(crate) fn failed(mut span: Value, kind: &str, message: &str) -> Value {
    span["status"] = json!({ "code": 2, "message": message });
    let said = |key: &str, text: &str| json!({ "key": key, "value": { "stringValue": text } });
    span["events"] = json!([{ "name": "exception", "timeUnixNano": span["endTimeUnixNano"],
        "attributes": [said("exception.type", kind), said("exception.message", message)] }]);
    span
}

impl TestServer {
    pub(crate) async fn export(
        &self,
        experiment: &str,
        resource: &[(&str, &str)],
        spans: &[Value],
    ) {
        let text =
            |(key, text): &(&str, &str)| json!({ "key": key, "value": { "stringValue": text } });
        let attributes: Vec<Value> = resource.iter().map(text).collect();
        let body = json!({ "resourceSpans": [{
            "resource": { "attributes": attributes },
            "scopeSpans": [{ "spans": spans }] }] });
        let request = axum::http::Request::post("/v1/traces")
            .header("content-type", "application/json")
            .header("x-mlflow-experiment-id", experiment)
            .body(axum::body::Body::from(body.to_string()));
        let reply = self.send(request.unwrap()).await;
        assert_eq!(reply.status, 200, "{reply}");
    }

    pub(crate) async fn list(&self, path: &str) -> Reply {
        self.get(&format!("{LISTS}/{path}")).await
    }
}

/// A trace that was answered after a tool failed, one that failed, and a plain one.
pub(crate) async fn given() -> (TestServer, String) {
    let server = TestServer::start();
    let id = server.experiment("shop").await;
    let chat = json!({ "messages": [{ "role": "user", "content": "Where is **my** order?" }] });
    let usage = json!({ "input_tokens": 100, "output_tokens": 10, "total_tokens": 110 });
    let recovered = [
        with(
            span(1, 1, 0, "ask", 0, 1000),
            &[
                ("mlflow.spanType", json!("AGENT")),
                ("mlflow.spanInputs", chat),
                ("mlflow.spanOutputs", json!({ "answer": "It is on its way." })),
                ("session.id", json!("s-1")),
                ("user.id", json!("u-1")),
            ],
        ),
        failed(
            with(span(1, 2, 1, "lookup", 0, 400), &[("mlflow.spanType", json!("TOOL"))]),
            "app.errors.TimeoutError",
            "the store\ntimed out",
        ),
        with(
            span(1, 3, 1, "call", 500, 1000),
            &[
                ("mlflow.spanType", json!("LLM")),
                ("mlflow.llm.model", json!("gpt-4o-mini")),
                ("mlflow.chat.tokenUsage", usage),
                ("mlflow.llm.cost", json!({ "total_cost": 0.25 })),
            ],
        ),
    ];
    let resource = [("service.version", "1.2"), ("deployment.environment.name", "prod")];
    server.export(&id, &resource, &recovered).await;
    let lost = failed(span(2, 1, 0, "ask", 2000, 2100), "ValueError", "no such order");
    server.export(&id, &[("service.version", "1.3")], &[lost]).await;
    server.export(&id, &[], &[span(3, 1, 0, "other", 3000, 3050)]).await;
    (server, id)
}

pub(crate) fn ids(reply: &Value) -> String {
    let traces = reply["traces"].as_array().unwrap_or_else(|| panic!("{reply}"));
    let number = |row: &Value| row["trace_id"].as_str().unwrap()[34..].to_owned();
    traces.iter().map(number).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_row_says_what_a_trace_was() {
    let (server, id) = given().await;
    let reply = server.list(&format!("{id}/traces")).await.json();
    assert_eq!(ids(&reply), "3 2 1");
    assert_eq!(reply["next_page_token"], Value::Null);
    let mut row = reply["traces"][2].clone();
    assert_eq!(row["experiment_id"], id);
    row["experiment_id"] = json!("…");
    // The numbers depend on the fields of the filter language.
    row.as_object_mut().unwrap().remove("numbers");
    assert_snapshot!(row, @r#"{"trace_id":"tr-00000000000000000000000000000001","experiment_id":"…","client_request_id":null,"name":"ask","state":"OK","recovered":true,"request_time_ms":1700000000000,"duration_ms":1000,"span_count":3,"failed_spans":1,"input":"Where is my order?","output":"It is on its way.","error":{"span_id":"0000000000000002","span":"lookup","message":"TimeoutError: the store timed out"},"shape":[{"start":0,"end":400,"type":"TOOL","failed":true},{"start":500,"end":1000,"type":"LLM","failed":false}],"input_tokens":100,"output_tokens":10,"total_tokens":110,"cached_tokens":null,"cost":0.25,"is_archived":false,"session":"s-1","user":"u-1","version":"1.2","environment":"prod","run_ids":[],"source":null,"tags":{"deployment.environment.name":"prod","service.version":"1.2"},"metadata":{},"assessments":[]}"#);
    let lost = &reply["traces"][1];
    assert_eq!((&lost["state"], &lost["recovered"]), (&json!("ERROR"), &json!(false)));
    assert_eq!(lost["error"]["message"], "ValueError: no such order");
    assert_eq!(lost["input"], Value::Null);
}

#[tokio::test]
async fn a_list_is_filtered_ordered_and_paged() {
    let (server, id) = given().await;
    for (query, expected) in [
        ("q=status%20%3D%20%27ERROR%27", "2"),
        ("order_by=execution_time", "3 2 1"),
        ("order_by=tokens%20DESC&q=tokens%20%3E%200", "1"),
        ("order_by=cost", "1 3 2"),
        (&format!("from={}&to={}", START_MS + 2000, START_MS + 2999), "2"),
        (&format!("from={}", START_MS + 2000), "3 2"),
        (&format!("to={}&order_by=timestamp", START_MS + 2000), "1 2"),
        ("q=cost%20%3E%200.2", "1"),
    ] {
        let reply = server.list(&format!("{id}/traces?{query}")).await.json();
        assert_eq!(ids(&reply), expected, "{query}");
    }
    let first = server.list(&format!("{id}/traces?max_results=2")).await.json();
    assert_eq!(ids(&first), "3 2");
    let token = first["next_page_token"].as_str().unwrap();
    let rest = server.list(&format!("{id}/traces?max_results=2&page_token={token}")).await.json();
    assert_eq!(ids(&rest), "1");
    // The experiment may be given by its name or its id.
    assert_eq!(ids(&server.list("shop/traces").await.json()), "3 2 1");
}

#[tokio::test]
async fn rows_come_by_their_ids() {
    let (server, _) = given().await;
    let trace = |n: u64| format!("tr-{n:032x}");
    let path = format!("/api/3.0/kansoku/traces/rows?ids={},tr-none,{}", trace(1), trace(3));
    assert_eq!(ids(&server.get(&path).await.json()), "1 3");
    let path = format!("/api/3.0/kansoku/traces/rows?ids={}&ids={}", trace(2), trace(1));
    assert_eq!(ids(&server.get(&path).await.json()), "2 1");
    let many = vec!["x"; 501].join(",");
    assert_eq!(server.get(&format!("/api/3.0/kansoku/traces/rows?ids={many}")).await.status, 400);
    assert_eq!(server.get("/api/3.0/kansoku/traces/rows").await.status, 400);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_by_name() {
    let (server, id) = given().await;
    let mut refused = Vec::new();
    for path in [
        "999/traces".to_owned(),
        "nothing/traces".to_owned(),
        format!("{id}/traces?max_results=501"),
        format!("{id}/traces?from=yesterday"),
        format!("{id}/traces?from=5&to=4"),
        format!("{id}/traces?order_by=colour"),
        format!("{id}/traces?page_token=x"),
    ] {
        let reply = server.list(&path).await;
        let message = reply.json()["message"].as_str().unwrap().replace("\n", " | ");
        refused.push(format!("{} {}", reply.status.as_u16(), without_known_keys(&message)));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    404 No Experiment with id=999 exists
    404 Could not find experiment with name 'nothing'
    400 Invalid value 501 for parameter 'max_results' supplied. It must be at most 500
    400 Invalid value "yesterday" for parameter 'from' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.
    400 `to` is before `from`
    400 Invalid attribute key 'colour' specified. Valid keys are … |   colour |   ^^^^^^
    400 Invalid page token: repeat the search without it, or with the filter and order_by it was given for
    "#);
    let reply = server.list(&format!("{id}/traces?q=name%20%3D%20chat")).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["details"]["from"], 7);
    assert_eq!(reply.json()["details"]["to"], 11);
}

/// Two traces with values in their roots, and one without.
pub(crate) async fn with_values() -> (TestServer, String) {
    let server = TestServer::start();
    let id = server.experiment("values").await;
    for (n, customer, score) in [
        (1, json!({ "id": "c-7", "tier": 3 }), json!({ "score": 0.25 })),
        (2, json!({ "id": "c-8", "tier": 1 }), json!([1, { "a": "b" }])),
    ] {
        let root = with(
            span(n, 1, 0, "ask", 0, 10),
            &[
                ("mlflow.spanInputs", json!({ "customer": customer, "text": "é".repeat(400) })),
                ("mlflow.spanOutputs", json!({ "answer": score })),
                ("app.tenant", json!("t-1")),
            ],
        );
        let child = with(
            span(n, 2, 1, "call", 1, 9),
            &[("mlflow.spanInputs", json!({ "customer": { "id": "other" } }))],
        );
        server.export(&id, &[], &[root, child]).await;
    }
    server.export(&id, &[], &[span(3, 1, 0, "bare", 5, 6)]).await;
    (server, id)
}

#[tokio::test]
async fn rows_have_the_values_that_are_asked_for() {
    let (server, id) = with_values().await;
    let columns = "inputs.customer.id,inputs.customer.tier,outputs.answer.score,outputs.answer,span.attributes.app.tenant";
    let reply = server.list(&format!("{id}/traces?columns={columns}")).await.json();
    let rows = reply["traces"].as_array().unwrap();
    let values: Vec<Value> = rows.iter().map(|row| row["values"].clone()).collect();
    let of = |n: u64| {
        let at = rows.iter().position(|row| row["trace_id"] == format!("tr-{n:032x}")).unwrap();
        values[at].clone()
    };
    assert_eq!(
        of(1),
        json!({ "inputs.customer.id": "c-7", "inputs.customer.tier": 3, "outputs.answer.score": 0.25,
            "outputs.answer": "{\"score\":0.25}", "span.attributes.app.tenant": "t-1" })
    );
    assert_eq!(of(2)["outputs.answer"], "[1,{\"a\":\"b\"}]");
    assert_eq!(of(2).get("outputs.answer.score"), None);
    assert_eq!(of(3), json!({}));
    let ids = format!("tr-{:032x}", 2);
    let path = format!("/api/3.0/kansoku/traces/rows?ids={ids}&columns=inputs.text");
    let row = server.get(&path).await.json()["traces"][0].clone();
    assert_eq!(row["values"]["inputs.text"].as_str().unwrap().chars().count(), 301);
    let plain = server.list(&format!("{id}/traces")).await.json();
    assert_eq!(plain["traces"][0].get("values"), None);
}

#[tokio::test]
async fn columns_that_are_no_values_of_a_root_are_refused() {
    let (server, id) = with_values().await;
    let many = (0..21).map(|n| format!("inputs.k{n}")).collect::<Vec<_>>().join(",");
    let long = format!("inputs.{}", "a".repeat(300));
    for columns in ["status", "inputs.a..b", "tags.env", "nope.x", &many, &long] {
        let reply = server.list(&format!("{id}/traces?columns={columns}")).await;
        assert_eq!(reply.status, 400, "{columns}");
        assert!(reply.json()["message"].as_str().unwrap().contains("`columns`"), "{columns}");
    }
}
