use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::{START_MS, TestServer};

const API: &str = "/api/2.0/mlflow/runs";

pub(super) async fn post(server: &TestServer, call: &str, body: Value) -> String {
    server.post(&format!("{API}/{call}"), body).await.to_string()
}

/// Creates a run and returns its id.
pub(super) async fn run(server: &TestServer, name: &str) -> String {
    let body = json!({ "experiment_id": "0", "run_name": name, "start_time": START_MS });
    let reply = server.post(&format!("{API}/create"), body).await.json();
    reply["run"]["info"]["run_id"].as_str().unwrap().to_owned()
}

pub(super) async fn get(server: &TestServer, id: &str) -> Value {
    server.get(&format!("{API}/get?run_id={id}&run_uuid={id}")).await.json()["run"].clone()
}

pub(super) async fn found(server: &TestServer, search: Value) -> Vec<String> {
    let reply = server.post(&format!("{API}/search"), search).await.json();
    let list = reply["runs"].as_array().cloned().unwrap_or_default();
    list.iter().map(|run| run["info"]["run_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_run_is_created_read_and_finished_as_the_client_does_it() {
    let server = TestServer::start();
    let body = json!({
        "experiment_id": "0", "user_id": "alice", "run_name": "r1", "start_time": START_MS,
        "tags": [{ "key": "mlflow.user", "value": "alice" }],
    });
    let created = server.post(&format!("{API}/create"), body).await;
    let id = created.json()["run"]["info"]["run_id"].as_str().unwrap().to_owned();
    let shown = |text: String| text.replace(&id, "ID");
    assert_snapshot!(shown(created.to_string()), @r#"
    200 OK
    {"run":{"info":{"run_id":"ID","run_uuid":"ID","experiment_id":"0","run_name":"r1","user_id":"alice","status":"RUNNING","artifact_uri":"mlflow-artifacts:/0/ID/artifacts","lifecycle_stage":"active","start_time":1700000000000},"data":{"tags":[{"key":"mlflow.runName","value":"r1"},{"key":"mlflow.user","value":"alice"}]},"inputs":{},"outputs":{}}}
    "#);
    let end = json!({ "run_id": id, "status": "FINISHED", "end_time": START_MS + 5 });
    assert_snapshot!(shown(post(&server, "update", end).await), @r#"
    200 OK
    {"run_info":{"run_id":"ID","run_uuid":"ID","experiment_id":"0","run_name":"r1","user_id":"alice","status":"FINISHED","artifact_uri":"mlflow-artifacts:/0/ID/artifacts","lifecycle_stage":"active","start_time":1700000000000,"end_time":1700000000005}}
    "#);
}

#[tokio::test]
async fn a_run_without_a_name_gets_one() {
    let server = TestServer::start();
    let reply = server.post(&format!("{API}/create"), json!({ "experiment_id": "0" })).await.json();
    let name = reply["run"]["info"]["run_name"].as_str().unwrap();
    assert_eq!(name.split('-').count(), 3, "{name}");
    assert_eq!(reply["run"]["data"]["tags"][0], json!({ "key": "mlflow.runName", "value": name }));
}

#[tokio::test]
async fn the_name_and_its_tag_are_one() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    post(&server, "update", json!({ "run_id": id, "run_name": "second" })).await;
    assert_eq!(get(&server, &id).await["data"]["tags"][0]["value"], "second");
    let tag = json!({ "run_id": id, "key": "mlflow.runName", "value": "third" });
    post(&server, "set-tag", tag).await;
    assert_eq!(get(&server, &id).await["info"]["run_name"], "third");
    let tags = json!([{ "key": "mlflow.runName", "value": "other" }]);
    let body = json!({ "experiment_id": "0", "run_name": "one", "tags": tags });
    assert!(post(&server, "create", body).await.starts_with("400"));
}

#[tokio::test]
async fn a_missing_run_or_experiment_is_named() {
    let server = TestServer::start();
    assert_snapshot!(server.get(&format!("{API}/get?run_id=nope")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=nope not found"}
    "#);
    assert_snapshot!(server.get(&format!("{API}/get")).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'run_id'. See the API docs for more information about request parameters."}
    "#);
    assert_snapshot!(post(&server, "create", json!({ "experiment_id": "77" })).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=77 exists"}
    "#);
}

#[tokio::test]
async fn what_is_logged_is_read_back() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let metric = |value: Value, timestamp: i64, step: i64| json!({ "run_id": id, "key": "m", "value": value, "timestamp": timestamp, "step": step });
    for body in [metric(json!(0.5), 1, 0), metric(json!("Infinity"), 3, 2), metric(json!(2), 2, 1)]
    {
        assert_eq!(post(&server, "log-metric", body).await, "200 OK\n{}");
    }
    let param = json!({ "run_id": id, "key": "p", "value": "1" });
    assert_eq!(post(&server, "log-parameter", param.clone()).await, "200 OK\n{}");
    assert_eq!(post(&server, "log-parameter", param).await, "200 OK\n{}");
    let tag = json!({ "run_id": id, "key": "t", "value": "v" });
    assert_eq!(post(&server, "set-tag", tag).await, "200 OK\n{}");
    let data = get(&server, &id).await["data"].to_string();
    assert_snapshot!(data, @r#"{"metrics":[{"key":"m","value":"Infinity","timestamp":3,"step":2}],"params":[{"key":"p","value":"1"}],"tags":[{"key":"mlflow.runName","value":"r"},{"key":"t","value":"v"}]}"#);

    let history = format!("/api/2.0/mlflow/metrics/get-history?run_id={id}&metric_key=m");
    assert_snapshot!(server.get(&history).await, @r#"
    200 OK
    {"metrics":[{"key":"m","value":0.5,"timestamp":1,"step":0},{"key":"m","value":2.0,"timestamp":2,"step":1},{"key":"m","value":"Infinity","timestamp":3,"step":2}]}
    "#);
    let page = server.get(&format!("{history}&max_results=2")).await.json();
    assert_eq!(page["metrics"].as_array().unwrap().len(), 2);
    let token = page["next_page_token"].as_str().unwrap();
    let rest = server.get(&format!("{history}&max_results=2&page_token={token}")).await.json();
    assert_eq!(rest["metrics"].as_array().unwrap().len(), 1);
    assert_eq!(rest.get("next_page_token"), None);
}

#[tokio::test]
async fn a_metric_may_be_no_number() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let metric = json!({ "run_id": id, "key": "m", "value": "NaN", "timestamp": 1, "step": 0 });
    for _ in 0..2 {
        assert_eq!(post(&server, "log-metric", metric.clone()).await, "200 OK\n{}");
    }
    let metrics = get(&server, &id).await["data"]["metrics"].clone();
    assert_eq!(metrics, json!([{ "key": "m", "value": "NaN", "timestamp": 1, "step": 0 }]));
}

#[tokio::test]
async fn a_parameter_never_changes() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let param = |value: &str| json!({ "run_id": id, "key": "p", "value": value });
    post(&server, "log-parameter", param("1")).await;
    let refused = post(&server, "log-parameter", param("2")).await.replace(&id, "ID");
    assert_snapshot!(refused, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='ID'. Attempted logging new value '2'."}
    "#);
}

#[tokio::test]
async fn a_batch_is_all_or_nothing_and_limited() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let batch = |metrics: usize, params: usize| {
        let metric = |n| json!({ "key": format!("m{n}"), "value": 1, "timestamp": 1, "step": 0 });
        let param = |n| json!({ "key": format!("p{n}"), "value": "1" });
        json!({
            "run_id": id,
            "metrics": (0..metrics).map(metric).collect::<Vec<_>>(),
            "params": (0..params).map(param).collect::<Vec<_>>(),
        })
    };
    assert_eq!(post(&server, "log-batch", batch(900, 100)).await, "200 OK\n{}");
    assert_snapshot!(post(&server, "log-batch", batch(1001, 0)).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"A batch logging request can contain at most 1000 metrics. Got 1001; split it up."}
    "#);
    assert!(post(&server, "log-batch", batch(0, 101)).await.contains("100 params"));
    assert!(post(&server, "log-batch", batch(901, 100)).await.contains("together"));

    let mut mixed = batch(0, 0);
    mixed["tags"] = json!([{ "key": "new", "value": "v" }]);
    mixed["params"] = json!([{ "key": "p0", "value": "other" }]);
    assert!(post(&server, "log-batch", mixed).await.starts_with("400"));
    assert!(!get(&server, &id).await.to_string().contains("new"));
}

#[tokio::test]
async fn tags_are_deleted_once() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    post(&server, "set-tag", json!({ "run_id": id, "key": "t", "value": "v" })).await;
    let key = json!({ "run_id": id, "key": "t" });
    assert_eq!(post(&server, "delete-tag", key.clone()).await, "200 OK\n{}");
    assert_snapshot!(post(&server, "delete-tag", key).await.replace(&id, "ID"), @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No tag with name: t in run with id ID"}
    "#);
}

#[tokio::test]
async fn a_deleted_run_refuses_writes_until_it_is_restored() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let search = json!({ "experiment_ids": ["0"] });
    assert_eq!(post(&server, "delete", json!({ "run_id": id })).await, "200 OK\n{}");
    assert!(found(&server, search.clone()).await.is_empty());
    let tag = json!({ "run_id": id, "key": "t", "value": "v" });
    assert!(post(&server, "set-tag", tag.clone()).await.starts_with("400"));
    assert_eq!(post(&server, "restore", json!({ "run_id": id })).await, "200 OK\n{}");
    assert_eq!(post(&server, "set-tag", tag).await, "200 OK\n{}");
    assert_eq!(found(&server, search).await, ["r"]);
}

#[tokio::test]
async fn a_search_filters_orders_and_pages() {
    let server = TestServer::start();
    for (name, value) in [("a", 1.0), ("b", 3.0), ("c", 2.0)] {
        let id = run(&server, name).await;
        let metric = json!({ "run_id": id, "key": "m", "value": value, "timestamp": 1, "step": 0 });
        post(&server, "log-metric", metric).await;
        post(&server, "set-tag", json!({ "run_id": id, "key": "name", "value": name })).await;
    }
    let by_metric = json!({ "experiment_ids": ["0"], "order_by": ["metrics.m DESC"] });
    assert_eq!(found(&server, by_metric).await, ["b", "c", "a"]);
    let above = json!({ "experiment_ids": ["0"], "filter": "metrics.m > 1.5 AND tags.name = 'c'" });
    assert_eq!(found(&server, above).await, ["c"]);
    assert!(found(&server, json!({ "experiment_ids": ["5"] })).await.is_empty());
    assert!(found(&server, json!({})).await.is_empty());

    let page = json!({ "experiment_ids": ["0"], "max_results": 2, "order_by": ["metrics.m"] });
    let first = server.post(&format!("{API}/search"), page.clone()).await.json();
    let mut next = page;
    next["page_token"] = first["next_page_token"].clone();
    assert_eq!(found(&server, next).await, ["b"]);
    assert!(post(&server, "search", json!({ "max_results": 50_001 })).await.starts_with("400"));
    assert!(post(&server, "search", json!({ "filter": "x y z" })).await.starts_with("400"));
}

#[tokio::test]
async fn a_metric_gives_back_the_model_and_dataset_it_names() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let model = server.post("/api/2.0/mlflow/logged-models", json!({ "experiment_id": "0" })).await;
    let model = model.json()["model"]["info"]["model_id"].as_str().unwrap().to_owned();
    let metric = json!({
        "run_id": id, "key": "m", "value": 1, "timestamp": 5, "step": 0,
        "model_id": model, "dataset_name": "golden", "dataset_digest": "abc",
    });
    post(&server, "log-metric", metric).await;
    let batch = json!([{ "key": "n", "value": 2, "timestamp": 5, "dataset_name": "golden" }]);
    post(&server, "log-batch", json!({ "run_id": id, "metrics": batch })).await;
    let metrics = get(&server, &id).await["data"]["metrics"].to_string();
    assert_snapshot!(metrics.replace(&model, "MODEL"), @r#"[{"key":"m","value":1.0,"timestamp":5,"step":0,"dataset_name":"golden","dataset_digest":"abc","model_id":"MODEL"},{"key":"n","value":2.0,"timestamp":5,"step":0,"dataset_name":"golden"}]"#);
    let history = format!("/api/2.0/mlflow/metrics/get-history?run_id={id}&metric_key=m");
    assert_eq!(server.get(&history).await.json()["metrics"][0]["model_id"], model.as_str());
    let digest = json!({ "run_id": id, "key": "m", "value": 1, "timestamp": 5, "dataset_digest": "x".repeat(37) });
    assert_snapshot!(post(&server, "log-metric", digest).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"'dataset_digest' exceeds the maximum length of 36 characters"}
    "#);
    let early = json!({ "run_id": id, "key": "m", "value": 1, "timestamp": -1 });
    assert_snapshot!(post(&server, "log-metric", early).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid value -1 for parameter 'timestamp' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."}
    "#);
}

#[tokio::test]
async fn a_batch_has_each_parameter_once() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let param = |key: &str, value: &str| json!({ "key": key, "value": value });
    let refused = async |second: &str| {
        let params = json!([param("p", "1"), param("q", "1"), param("p", second)]);
        post(&server, "log-batch", json!({ "run_id": id, "params": params })).await
    };
    assert_eq!(refused("1").await, refused("2").await);
    assert_snapshot!(refused("1").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Duplicate parameter keys have been submitted: 'p' is there more than once; send one value for each key."}
    "#);
    assert_eq!(get(&server, &id).await["data"].get("params"), None);
}
