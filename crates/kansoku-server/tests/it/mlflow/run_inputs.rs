use insta::assert_snapshot;
use serde_json::{Value, json};

use super::runs::{found, get, post, run};
use crate::test_server::TestServer;

#[tokio::test]
async fn inputs_and_outputs_come_back_as_they_were_sent() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let dataset = json!({
        "tags": [{ "key": "mlflow.data.context", "value": "eval" }],
        "dataset": {
            "name": "d", "digest": "1", "source_type": "local", "source": "{}",
            "schema": "{\"a\": 1}", "profile": "{\"num_rows\": 3}",
        },
    });
    let inputs = json!({ "run_id": id, "datasets": [dataset], "models": [{ "model_id": "m-1" }] });
    assert_eq!(post(&server, "log-inputs", inputs).await, "200 OK\n{}");
    let outputs = json!({ "run_id": id, "models": [{ "model_id": "m-2", "step": 0 }] });
    assert_eq!(post(&server, "outputs", outputs).await, "200 OK\n{}");
    let run = get(&server, &id).await;
    assert_eq!(run["inputs"]["dataset_inputs"], json!([dataset]));
    assert_eq!(run["inputs"]["model_inputs"], json!([{ "model_id": "m-1" }]));
    assert_eq!(run["outputs"]["model_outputs"], json!([{ "model_id": "m-2", "step": 0 }]));
}

#[tokio::test]
async fn datasets_of_an_experiment_are_listed_and_searched_by() {
    let server = TestServer::start();
    for (name, dataset, context) in
        [("a", "golden", Some("eval")), ("b", "golden", None), ("c", "other", None)]
    {
        let id = run(&server, name).await;
        let tags = context.map(|value| json!([{ "key": "mlflow.data.context", "value": value }]));
        let dataset =
            json!({ "name": dataset, "digest": "d", "source_type": "local", "source": "{}" });
        let input = json!({ "dataset": dataset, "tags": tags.unwrap_or(json!([])) });
        post(&server, "log-inputs", json!({ "run_id": id, "datasets": [input] })).await;
    }
    let search = async |body: Value| {
        server.post("/api/2.0/mlflow/experiments/search-datasets", body).await.to_string()
    };
    assert_snapshot!(search(json!({ "experiment_ids": ["0"] })).await, @r#"
    200 OK
    {"dataset_summaries":[{"experiment_id":"0","name":"golden","digest":"d"},{"experiment_id":"0","name":"golden","digest":"d","context":"eval"},{"experiment_id":"0","name":"other","digest":"d"}]}
    "#);
    assert_snapshot!(search(json!({ "experiment_ids": ["7"] })).await, @"
    200 OK
    {}
    ");
    assert_snapshot!(search(json!({ "experiment_ids": [] })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters."}
    "#);
    let many = |count| json!({ "experiment_ids": vec!["0"; count] });
    assert!(search(many(21)).await.starts_with("400"));
    assert!(search(many(20)).await.starts_with("200"));
    let by = |filter: &str| json!({ "experiment_ids": ["0"], "filter": filter, "order_by": ["run_name"] });
    assert_eq!(found(&server, by("dataset.name = 'golden'")).await, ["a", "b"]);
    assert_eq!(found(&server, by("datasets.context IN ('eval', 'test')")).await, ["a"]);
    let refused = json!({ "experiment_ids": ["0"], "order_by": ["dataset.name"] });
    assert_snapshot!(post(&server, "search", refused).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Runs cannot be ordered by their datasets; use attributes, tags, params or metrics\n  dataset.name\n  ^^^^^^^^^^^^"}
    "#);
}

#[tokio::test]
async fn datasets_and_their_tags_are_limited() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let log = async |field: &str, length: usize| {
        let mut dataset = json!({ "name": "d", "digest": "d", "source_type": "s", "source": "{}" });
        dataset[field] = "x".repeat(length).into();
        let body = json!({ "run_id": id, "datasets": [{ "dataset": dataset }] });
        post(&server, "log-inputs", body).await
    };
    for (field, length_max) in
        [("name", 500), ("digest", 36), ("source", 65_535), ("schema", 1_048_575)]
    {
        assert_eq!(log(field, length_max).await, "200 OK\n{}", "{field}");
        let refused = log(field, length_max + 1).await;
        assert!(refused.starts_with("400") && refused.contains(field), "{refused}");
    }
    let dataset = json!({ "name": "d", "digest": "d" });
    for (key, value, status) in [(255, 500, "200"), (256, 500, "400"), (255, 501, "400")] {
        let tag = json!({ "key": "k".repeat(key), "value": "v".repeat(value) });
        let input = json!({ "dataset": dataset, "tags": [tag] });
        let body = json!({ "run_id": id, "datasets": [input] });
        assert!(post(&server, "log-inputs", body).await.starts_with(status), "{key} {value}");
    }
    let many =
        |count| json!({ "run_id": id, "datasets": vec![json!({ "dataset": dataset }); count] });
    assert!(post(&server, "log-inputs", many(1001)).await.starts_with("400"));
    assert_eq!(post(&server, "log-inputs", many(1000)).await, "200 OK\n{}");
    assert_snapshot!(post(&server, "log-inputs", json!({ "run_id": id, "datasets": [{}] })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'datasets[0].dataset'. See the API docs for more information about request parameters."}
    "#);
    assert_snapshot!(post(&server, "outputs", json!({ "run_id": id, "models": [{}] })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'models[0].model_id'. See the API docs for more information about request parameters."}
    "#);
}

#[tokio::test]
async fn models_that_are_files_of_a_run_are_listed_in_its_tags() {
    let server = TestServer::start();
    let id = run(&server, "r").await;
    let model = json!({ "artifact_path": "model", "flavors": {}, "utc_time_created": "2026-01-01", "run_id": id });
    for _ in 0..2 {
        let body = json!({ "run_id": id, "model_json": model.to_string() });
        assert_eq!(post(&server, "log-model", body).await, "200 OK\n{}");
    }
    let run = get(&server, &id).await;
    let tag = run["data"]["tags"]
        .as_array()
        .unwrap()
        .iter()
        .find(|tag| tag["key"] == "mlflow.log-model.history");
    let listed: Value = serde_json::from_str(tag.unwrap()["value"].as_str().unwrap()).unwrap();
    assert_eq!(listed, json!([model, model]));
    let of = |text: &str| json!({ "run_id": id, "model_json": text });
    assert_snapshot!(post(&server, "log-model", of("[")).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"`model_json` is not the JSON of an object"}
    "#);
    assert_snapshot!(post(&server, "log-model", of("{\"flavors\": {}}")).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"`model_json` has no field 'artifact_path'"}
    "#);
}
