use axum::{
    body::Body,
    http::{Request, header},
};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::test_server::TestServer;

const API: &str = "/api/2.0/mlflow/experiments";

async fn post(server: &TestServer, call: &str, body: Value) -> String {
    server.post(&format!("{API}/{call}"), body).await.to_string()
}

async fn get(server: &TestServer, call: &str) -> String {
    server.get(&format!("{API}/{call}")).await.to_string()
}

async fn names(server: &TestServer, search: Value) -> Vec<String> {
    let reply = server.post(&format!("{API}/search"), search).await.json();
    let list = reply["experiments"].as_array().cloned().unwrap_or_default();
    list.iter().map(|experiment| experiment["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_new_server_has_the_default_experiment() {
    let server = TestServer::start();
    assert_snapshot!(get(&server, "get?experiment_id=0").await, @r#"
    200 OK
    {"experiment":{"experiment_id":"0","name":"Default","artifact_location":"mlflow-artifacts:/0","lifecycle_stage":"active","last_update_time":1700000000000,"creation_time":1700000000000,"workspace":"default"}}
    "#);
}

#[tokio::test]
async fn a_created_experiment_is_found_by_id_and_by_name() {
    let server = TestServer::start();
    let body = json!({ "name": "/Shared/agent", "tags": [{ "key": "team", "value": "x" }] });
    assert_snapshot!(post(&server, "create", body).await, @r#"
    200 OK
    {"experiment_id":"1"}
    "#);
    let by_name = get(&server, "get-by-name?experiment_name=%2FShared%2Fagent").await;
    assert_snapshot!(by_name, @r#"
    200 OK
    {"experiment":{"experiment_id":"1","name":"/Shared/agent","artifact_location":"mlflow-artifacts:/1","lifecycle_stage":"active","last_update_time":1700000000000,"creation_time":1700000000000,"workspace":"default","tags":[{"key":"team","value":"x"}]}}
    "#);
    assert_eq!(get(&server, "get?experiment_id=1").await, by_name);
}

#[tokio::test]
async fn a_missing_experiment_is_a_404_that_clients_create_on() {
    let server = TestServer::start();
    assert_snapshot!(get(&server, "get-by-name?experiment_name=zzz").await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Could not find experiment with name 'zzz'"}
    "#);
    assert_snapshot!(get(&server, "get?experiment_id=99999").await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=99999 exists"}
    "#);
    assert_snapshot!(get(&server, "get?experiment_id=abc").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid experiment ID 'abc'. Experiment ID must be a valid integer."}
    "#);
}

#[tokio::test]
async fn a_name_is_taken_once_even_by_a_deleted_experiment() {
    let server = TestServer::start();
    let id = server.experiment("taken").await;
    let refused = post(&server, "create", json!({ "name": "taken" })).await;
    assert_snapshot!(refused, @r#"
    400 Bad Request
    {"error_code":"RESOURCE_ALREADY_EXISTS","message":"Experiment 'taken' already exists."}
    "#);
    post(&server, "delete", json!({ "experiment_id": id })).await;
    assert_eq!(post(&server, "create", json!({ "name": "taken" })).await, refused);
}

#[tokio::test]
async fn names_and_locations_have_limits() {
    let server = TestServer::start();
    let create = |name: String| post(&server, "create", json!({ "name": name }));
    assert!(create("ä".repeat(500)).await.starts_with("200"));
    assert_snapshot!(create("ä".repeat(501)).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"'name' exceeds the maximum length of 500 characters"}
    "#);
    let body = json!({ "name": "a", "artifact_location": "s3://bucket/x?y#z" });
    assert_snapshot!(post(&server, "create", body).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"'artifact_location' URL can't include fragments or params."}
    "#);
    let body = json!({ "name": "b", "artifact_location": "s3://bucket/x" });
    post(&server, "create", body).await;
    let found = get(&server, "get-by-name?experiment_name=b").await;
    assert!(found.contains(r#""artifact_location":"s3://bucket/x""#), "{found}");
}

#[tokio::test]
async fn a_databricks_client_sees_the_location_its_client_knows() {
    let server = TestServer::start();
    let request = Request::get(format!("{API}/get?experiment_id=0"))
        .header(header::USER_AGENT, "unknown/0.0.0 databricks-sdk-py/0.156.0 auth/pat")
        .body(Body::empty());
    let reply = server.send(request.unwrap()).await.json();
    assert_eq!(reply["experiment"]["artifact_location"], "dbfs:/databricks/mlflow-tracking/0");
}

#[tokio::test]
async fn deletion_is_soft_and_can_be_undone() {
    let server = TestServer::start();
    let id = json!({ "experiment_id": server.experiment("a").await });
    assert_snapshot!(post(&server, "delete", id.clone()).await, @"
    200 OK
    {}
    ");
    assert!(post(&server, "delete", id.clone()).await.starts_with("404"));
    assert!(get(&server, "get-by-name?experiment_name=a").await.contains("deleted"));
    assert_eq!(names(&server, json!({ "max_results": 10 })).await, ["Default"]);
    let deleted = json!({ "max_results": 10, "view_type": "DELETED_ONLY" });
    assert_eq!(names(&server, deleted).await, ["a"]);

    let tag = json!({ "experiment_id": "1", "key": "k", "value": "v" });
    assert_snapshot!(post(&server, "set-experiment-tag", tag).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"The experiment 1 must be in the 'active' state. Current state is deleted."}
    "#);
    assert_eq!(post(&server, "restore", id.clone()).await, "200 OK\n{}");
    assert!(post(&server, "restore", id).await.starts_with("404"));
    assert_eq!(names(&server, json!({ "max_results": 10 })).await.len(), 2);
}

#[tokio::test]
async fn an_experiment_can_be_renamed_while_it_is_active() {
    let server = TestServer::start();
    let id = server.experiment("a").await;
    server.experiment("b").await;
    let rename =
        |name: &str| post(&server, "update", json!({ "experiment_id": id, "new_name": name }));
    assert_eq!(rename("c").await, "200 OK\n{}");
    assert!(get(&server, "get-by-name?experiment_name=c").await.starts_with("200"));
    assert_snapshot!(rename("b").await, @r#"
    400 Bad Request
    {"error_code":"RESOURCE_ALREADY_EXISTS","message":"Experiment 'b' already exists."}
    "#);
    post(&server, "delete", json!({ "experiment_id": id })).await;
    assert_snapshot!(rename("d").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_STATE","message":"Cannot rename a non-active experiment."}
    "#);
}

#[tokio::test]
async fn tags_are_set_replaced_and_deleted() {
    let server = TestServer::start();
    let id = server.experiment("a").await;
    for value in ["1", "2"] {
        let tag = json!({ "experiment_id": id, "key": "k", "value": value });
        assert_eq!(post(&server, "set-experiment-tag", tag).await, "200 OK\n{}");
    }
    let found = get(&server, "get?experiment_id=1").await;
    assert!(found.contains(r#""tags":[{"key":"k","value":"2"}]"#), "{found}");
    let key = json!({ "experiment_id": id, "key": "k" });
    assert_eq!(post(&server, "delete-experiment-tag", key.clone()).await, "200 OK\n{}");
    assert_snapshot!(post(&server, "delete-experiment-tag", key).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No tag with name: k in experiment with id 1"}
    "#);
}

#[tokio::test]
async fn a_search_filters_orders_and_pages() {
    let server = TestServer::start();
    for name in ["a", "b", "c"] {
        server.clock.advance_ms(1000);
        server.experiment(name).await;
    }
    let search = |extra: Value| {
        let mut search = json!({ "max_results": 2 });
        search.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        search
    };
    assert_eq!(names(&server, search(json!({}))).await, ["c", "b"]);
    let first = server.post(&format!("{API}/search"), search(json!({}))).await.json();
    let token = first["next_page_token"].as_str().unwrap();
    assert_eq!(names(&server, search(json!({ "page_token": token }))).await, ["a", "Default"]);
    let last = search(json!({ "page_token": token }));
    let last = server.post(&format!("{API}/search"), last).await.json();
    assert_eq!(last.get("next_page_token"), None);

    assert_eq!(names(&server, search(json!({ "order_by": ["name ASC"] }))).await, ["Default", "a"]);
    assert_eq!(names(&server, search(json!({ "filter": "name LIKE 'D%'" }))).await, ["Default"]);
    let by_query = get(&server, "search?max_results=1&filter=name%20%3D%20%27b%27").await;
    assert!(by_query.contains(r#""name":"b""#), "{by_query}");
}

#[tokio::test]
async fn a_search_must_say_how_many_it_wants() {
    let server = TestServer::start();
    assert_snapshot!(post(&server, "search", json!({})).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"}
    "#);
    assert_snapshot!(post(&server, "search", json!({ "max_results": 50_001 })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"}
    "#);
    let bad = json!({ "max_results": 1, "filter": "name RLIKE 'x'" });
    assert!(post(&server, "search", bad).await.starts_with("400"));
    let bad = json!({ "max_results": 1, "order_by": ["tags.k"] });
    assert!(post(&server, "search", bad).await.starts_with("400"));
}

#[tokio::test]
async fn a_name_is_one_line_of_text() {
    let server = TestServer::start();
    for name in ["a\nb", "a\u{0}", "\u{1b}[31mred", "a\tb", "\u{85}"] {
        let reply =
            server.post("/api/2.0/mlflow/experiments/create", json!({ "name": name })).await;
        assert_eq!(reply.status, 400, "{name:?}: {reply}");
        assert!(reply.json()["message"].as_str().unwrap().starts_with("`name` has"), "{reply}");
    }
    let experiment = server.experiment("名前 – one").await;
    let rename = json!({ "experiment_id": experiment, "new_name": "a\rb" });
    let reply = server.post("/api/2.0/mlflow/experiments/update", rename).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["message"].as_str().unwrap().starts_with("`new_name` has"), "{reply}");
}
