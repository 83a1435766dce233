use insta::assert_snapshot;
use serde_json::{Value, json};

use super::runs;
use crate::test_server::TestServer;

const API: &str = "/api/2.0/mlflow/logged-models";

/// Makes a model and answers its id.
async fn model(server: &TestServer, name: &str) -> String {
    let reply = server.post(API, json!({ "experiment_id": "0", "name": name })).await.json();
    reply["model"]["info"]["model_id"].as_str().unwrap().to_owned()
}

async fn get(server: &TestServer, id: &str) -> Value {
    server.get(&format!("{API}/{id}")).await.json()["model"].clone()
}

async fn search(server: &TestServer, body: Value) -> Vec<String> {
    let reply = server.post(&format!("{API}/search"), body).await.json();
    let list = reply["models"].as_array().cloned().unwrap_or_default();
    list.iter().map(|model| model["info"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_model_is_created_read_and_finalized_as_the_client_does_it() {
    let server = TestServer::start();
    let body = json!({
        "experiment_id": "0", "name": "my-agent-v1",
        "tags": [
            { "key": "mlflow.user", "value": "alice" },
            { "key": "mlflow.model.isExternal", "value": "true" },
        ],
    });
    let created = server.post(API, body).await;
    let id = created.json()["model"]["info"]["model_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("m-") && id.len() == 34, "{id}");
    let shown = |text: String| text.replace(&id, "ID");
    assert_snapshot!(shown(created.to_string()), @r#"
    200 OK
    {"model":{"info":{"model_id":"ID","experiment_id":"0","name":"my-agent-v1","creation_timestamp_ms":1700000000000,"last_updated_timestamp_ms":1700000000000,"artifact_uri":"mlflow-artifacts:/0/models/ID/artifacts","status":"LOGGED_MODEL_PENDING","model_type":"","source_run_id":"","tags":[{"key":"mlflow.model.isExternal","value":"true"},{"key":"mlflow.user","value":"alice"}]},"data":{}}}
    "#);
    server.clock.advance_ms(5);
    let ready = json!({ "model_id": id, "status": "LOGGED_MODEL_READY" });
    let finalized = server.patch(&format!("{API}/{id}"), ready).await;
    assert_snapshot!(shown(finalized.to_string()), @r#"
    200 OK
    {"model":{"info":{"model_id":"ID","experiment_id":"0","name":"my-agent-v1","creation_timestamp_ms":1700000000000,"last_updated_timestamp_ms":1700000000005,"artifact_uri":"mlflow-artifacts:/0/models/ID/artifacts","status":"LOGGED_MODEL_READY","model_type":"","source_run_id":"","tags":[{"key":"mlflow.model.isExternal","value":"true"},{"key":"mlflow.user","value":"alice"}]},"data":{}}}
    "#);
    assert_eq!(get(&server, &id).await, finalized.json()["model"]);
    let by_number = json!({ "model_id": id, "status": 3 });
    let failed = server.patch(&format!("{API}/{id}"), by_number).await.json();
    assert_eq!(failed["model"]["info"]["status"], "LOGGED_MODEL_UPLOAD_FAILED");
    let unknown = json!({ "model_id": id, "status": "READY" });
    assert_eq!(server.patch(&format!("{API}/{id}"), unknown).await.status, 400);
}

#[tokio::test]
async fn params_and_tags_of_a_model_are_kept() {
    let server = TestServer::start();
    let id = model(&server, "a").await;
    let params =
        |value: &str| json!({ "model_id": id, "params": [{ "key": "lr", "value": value }] });
    let url = format!("{API}/{id}/params");
    for _ in 0..2 {
        assert_eq!(server.post(&url, params("1")).await.to_string(), "200 OK\n{}");
    }
    assert_snapshot!(server.post(&url, params("2")).await.to_string().replace(&id, "ID"), @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Changing param values is not allowed. Param 'lr' of model 'ID' is '1' and cannot become '2'."}
    "#);
    let twice = json!({ "params": [{ "key": "p", "value": "1" }, { "key": "p", "value": "1" }] });
    assert_eq!(server.post(&url, twice).await.status, 400);

    let tags = json!({ "tags": [{ "key": "a b", "value": "1" }, { "key": "a b", "value": "2" }] });
    let url = format!("{API}/{id}/tags");
    assert_eq!(server.patch(&url, tags).await.to_string(), "200 OK\n{}");
    let seen = get(&server, &id).await;
    assert_eq!(seen["info"]["tags"], json!([{ "key": "a b", "value": "2" }]));
    assert_eq!(seen["data"]["params"], json!([{ "key": "lr", "value": "1" }]));
    let url = format!("{API}/{id}/tags/a%20b");
    assert_eq!(server.delete(&url, Value::Null).await.to_string(), "200 OK\n{}");
    let again = server.delete(&url, Value::Null).await.to_string();
    assert_snapshot!(again.replace(&id, "ID"), @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No tag with key 'a b' found for model with ID 'ID'."}
    "#);
}

#[tokio::test]
async fn a_model_that_is_missing_or_deleted_is_named() {
    let server = TestServer::start();
    assert_snapshot!(server.get(&format!("{API}/m-nope")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Logged model with ID 'm-nope' not found."}
    "#);
    assert_eq!(server.delete(&format!("{API}/m-nope"), Value::Null).await.status, 404);
    let id = model(&server, "a").await;
    for _ in 0..2 {
        let deleted = server.delete(&format!("{API}/{id}"), json!({ "model_id": id })).await;
        assert_eq!(deleted.to_string(), "200 OK\n{}");
    }
    assert_eq!(server.get(&format!("{API}/{id}")).await.status, 404);
    assert_eq!(server.get(&format!("{API}/{id}/artifacts/directories")).await.status, 404);
    assert_eq!(server.get(&format!("{API}/{id}?allow_deleted=true")).await.status, 200);
    assert!(search(&server, json!({ "experiment_ids": ["0"] })).await.is_empty());
}

#[tokio::test]
async fn names_and_lengths_of_a_model_are_limited() {
    let server = TestServer::start();
    let create = async |fields: Value| {
        let mut body = json!({ "experiment_id": "0" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        server.post(API, body).await
    };
    for name in ["a/b", "a:b", "a.b", "a%b", "a\"b", "a'b"] {
        assert_eq!(create(json!({ "name": name })).await.status, 400, "{name}");
    }
    assert_snapshot!(create(json!({ "name": "a/b" })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"`name` is 'a/b'; the name of a model has none of / : . % \" '"}
    "#);
    let unnamed = create(json!({})).await.json();
    assert_eq!(unnamed["model"]["info"]["name"].as_str().unwrap().split('-').count(), 3);
    for (field, length_max) in [("name", 500), ("model_type", 500), ("source_run_id", 32)] {
        assert_eq!(create(json!({ field: "é".repeat(length_max) })).await.status, 200, "{field}");
        assert_eq!(
            create(json!({ field: "é".repeat(length_max + 1) })).await.status,
            400,
            "{field}"
        );
    }
    let tags = |key: usize, count: usize| {
        let tag = |n: usize| json!({ "key": format!("{n:0>key$}"), "value": "v" });
        json!({ "tags": (0..count).map(tag).collect::<Vec<_>>() })
    };
    for (key, count, status) in [(255, 1, 200), (256, 1, 400), (5, 1000, 200), (5, 1001, 400)] {
        assert_eq!(create(tags(key, count)).await.status, status, "{key} {count}");
    }
    assert_eq!(server.post(API, json!({ "name": "a" })).await.status, 400);
    assert_eq!(server.post(API, json!({ "experiment_id": "77" })).await.status, 404);
}

#[tokio::test]
async fn a_metric_that_names_a_model_is_one_of_its_metrics() {
    let server = TestServer::start();
    let id = model(&server, "a").await;
    let run = runs::run(&server, "r").await;
    let metric = |model: &str, value: Value| {
        json!({
            "run_id": run, "key": "acc", "value": value, "timestamp": 5, "step": 2,
            "model_id": model, "dataset_name": "golden", "dataset_digest": "abc",
        })
    };
    for _ in 0..2 {
        let logged = runs::post(&server, "log-metric", metric(&id, json!("NaN"))).await;
        assert_eq!(logged, "200 OK\n{}");
    }
    let shown = get(&server, &id).await["data"].to_string();
    assert_snapshot!(shown.replace(&id, "ID").replace(&run, "RUN"), @r#"{"metrics":[{"key":"acc","value":"NaN","timestamp":5,"step":2,"dataset_name":"golden","dataset_digest":"abc","model_id":"ID","run_id":"RUN"}]}"#);
    let refused = runs::post(&server, "log-metric", metric("m-nope", json!(1))).await;
    assert_snapshot!(refused, @r#"
    400 Bad Request
    {"error_code":"BAD_REQUEST","message":"a metric names the model `m-nope`, which does not exist"}
    "#);
    let batch = json!({ "run_id": run, "metrics": [metric("m-nope", json!(1))] });
    assert!(runs::post(&server, "log-batch", batch).await.starts_with("400"));
}

#[tokio::test]
async fn models_are_searched_by_filter_dataset_and_order() {
    let server = TestServer::start();
    let run = runs::run(&server, "r").await;
    for (name, value, dataset) in [("a", 0.1, "golden"), ("b", 0.9, "golden"), ("c", 0.5, "test")] {
        let id = model(&server, name).await;
        let metric = json!({
            "run_id": run, "key": "acc", "value": value, "timestamp": 1, "model_id": id,
            "dataset_name": dataset, "dataset_digest": "d",
        });
        runs::post(&server, "log-metric", metric).await;
        server.clock.advance_ms(1);
    }
    let asked = |more: Value| {
        let mut body = json!({ "experiment_ids": ["0"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let found = async |more: Value| search(&server, asked(more)).await.join(" ");
    assert_eq!(found(json!({ "filter": "name='b'", "max_results": 2 })).await, "b");
    assert_eq!(found(json!({ "filter": "metrics.acc > 0.4" })).await, "c b");
    assert_eq!(found(json!({ "datasets": [{ "dataset_name": "golden" }] })).await, "b a");
    let order =
        json!([{ "field_name": "metrics.acc", "ascending": false, "dataset_name": "golden" }]);
    assert_eq!(found(json!({ "order_by": order })).await, "b a c");
    assert_eq!(found(json!({ "order_by": [{ "field_name": "creation_time" }] })).await, "a b c");

    let first =
        server.post(&format!("{API}/search"), asked(json!({ "max_results": 2 }))).await.json();
    let token = &first["next_page_token"];
    assert_eq!(found(json!({ "max_results": 2, "page_token": token })).await, "a");
    let refused = async |more: Value| server.post(&format!("{API}/search"), asked(more)).await;
    let other = json!({ "max_results": 2, "page_token": token, "filter": "name = 'b'" });
    assert_eq!(refused(other).await.status, 400);
    assert_snapshot!(refused(json!({ "filter": "color = 'b'" })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid attribute key 'color' specified. Valid keys are 'name', 'model_id', 'model_type', 'status', 'source_run_id', 'experiment_id', 'creation_timestamp', 'last_updated_timestamp'\n  color = 'b'\n  ^^^^^"}
    "#);
    assert_snapshot!(refused(json!({ "filter": "name > 'b'" })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid comparator '>' not one of '{'=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'}'\n  name > 'b'\n       ^"}
    "#);
    assert_snapshot!(refused(json!({ "order_by": [{ "field_name": "params.x" }] })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid order by field name: Models are ordered by attributes and metrics alone\n  params.x\n  ^^^^^^^^"}
    "#);
    assert_snapshot!(refused(json!({ "datasets": [{ "dataset_digest": "d" }] })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'datasets[0].dataset_name'. See the API docs for more information about request parameters."}
    "#);
    assert_eq!(refused(json!({ "max_results": 50_001 })).await.status, 400);
    assert_eq!(refused(json!({ "max_results": 50_000 })).await.status, 200);
    let datasets = |count| json!({ "datasets": vec![json!({ "dataset_name": "d" }); count] });
    assert_eq!(refused(datasets(101)).await.status, 400);
    assert_eq!(refused(datasets(100)).await.status, 200);
    let keys = |count| json!({ "order_by": vec![json!({ "field_name": "name" }); count] });
    assert_eq!(refused(keys(17)).await.status, 400);
    assert_eq!(server.post(&format!("{API}/search"), json!({})).await.status, 400);
}

#[tokio::test]
async fn the_files_of_a_model_are_listed_and_read() {
    let server = TestServer::start();
    let id = model(&server, "a").await;
    for file in ["MLmodel", "code/a b.py"] {
        let path = format!("0/models/{id}/artifacts/{}", file.replace(' ', "%20"));
        assert_eq!(server.put_artifact(&path, "12345").await.status, 200);
    }
    let list = async |query: &str| {
        let url = format!("{API}/{id}/artifacts/directories{query}");
        server.get(&url).await.to_string().replace(&id, "ID")
    };
    assert_snapshot!(list("").await, @r#"
    200 OK
    {"files":[{"path":"MLmodel","is_dir":false,"file_size":5},{"path":"code","is_dir":true}],"root_uri":"mlflow-artifacts:/0/models/ID/artifacts"}
    "#);
    assert_snapshot!(list("?artifact_directory_path=code").await, @r#"
    200 OK
    {"files":[{"path":"code/a b.py","is_dir":false,"file_size":5}],"root_uri":"mlflow-artifacts:/0/models/ID/artifacts"}
    "#);
    assert!(list("?artifact_directory_path=..").await.starts_with("400"));
    let read = async |path: &str| {
        let url = format!("/ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files");
        server.get(&format!("{url}?artifact_file_path={path}")).await
    };
    assert_eq!(read("code/a%20b.py").await.body, "12345");
    assert_eq!(read("nope").await.status, 404);
    assert_eq!(read("../x").await.status, 400);
    assert_eq!(read("").await.status, 400);
}
