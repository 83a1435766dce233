//! Files of runs and logged models that Databricks clients upload in parts.
use axum::{
    body::Body,
    http::{Method, Request},
};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{
    artifact_locations::{get, path_of, run_at},
    runs::run,
};
use crate::test_server::{Reply, TestServer};

async fn create(server: &TestServer, body: Value) -> Reply {
    let path = "/api/2.0/mlflow/artifacts/create-multipart-upload";
    server.databricks(Method::POST, path, body).await
}

async fn complete(server: &TestServer, body: Value) -> Reply {
    let path = "/api/2.0/mlflow/artifacts/complete-multipart-upload";
    server.databricks(Method::POST, path, body).await
}

/// A request for a new URL of a part.
async fn renew(server: &TestServer, run: &str, upload: &Value, part: i64) -> Reply {
    let path = "/api/2.0/mlflow/artifacts/get-presigned-upload-part-url";
    let upload = upload.as_str().unwrap();
    let query = format!("run_id={run}&path=m/a.bin&upload_id={upload}&part_number={part}");
    server.databricks(Method::GET, &format!("{path}?{query}"), Value::Null).await
}

/// Uploads a part, and returns its entry in the list of parts.
async fn put(server: &TestServer, credential: &Value, part: i64, text: &str) -> Value {
    let reply = server.put(&path_of(credential), text.to_owned()).await;
    assert_eq!(reply.status, 200, "{reply}");
    json!({ "part_number": part, "etag": reply.header("etag") })
}

async fn delete(server: &TestServer, credential: &Value) -> Reply {
    server.send(Request::delete(path_of(credential)).body(Body::empty()).unwrap()).await
}

fn open_uploads(server: &TestServer) -> usize {
    std::fs::read_dir(server.folder().join("artifacts/uploads")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_large_file_of_a_run_is_uploaded_in_parts() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let file = json!({ "run_id": id, "path": "m/a.bin", "num_parts": 2 });
    let created = create(&server, file).await.json();
    let parts = &created["upload_credential_infos"];
    assert_eq!(parts.as_array().unwrap().len(), 2);
    assert_eq!((&parts[1]["run_id"], &parts[1]["path"]), (&json!(id), &json!("m/a.bin")));
    assert_eq!(parts[1]["type"], "AWS_PRESIGNED_URL");

    // The URL of a part is renewed when it has expired.
    server.clock.advance_ms(16 * 60 * 1000);
    assert_eq!(server.put(&path_of(&parts[1]), "late").await.status, 403);
    let mut etags = Vec::new();
    for (part, text) in [(2, "world"), (1, "hello ")] {
        let renewed = renew(&server, &id, &created["upload_id"], part).await.json();
        etags.push(put(&server, &renewed["upload_credential_info"], part, text).await);
    }
    let done = json!({
        "run_id": id, "path": "m/a.bin", "upload_id": created["upload_id"], "part_etags": etags,
    });
    for (field, value, complaint) in [
        ("path", json!("m/b.bin"), "is for another file"),
        ("path", json!("../a.bin"), "Invalid path"),
        ("part_etags", json!([]), "part_etags"),
        ("part_etags", json!([{ "part_number": 3, "etag": "x" }]), "part 3 was not uploaded"),
        ("part_etags", json!([{ "part_number": 1, "etag": "x" }]), "part 1 is not as last"),
    ] {
        let mut wrong = done.clone();
        wrong[field] = value;
        let reply = complete(&server, wrong).await;
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(reply.status == 400 && message.contains(complaint), "{reply}");
    }
    assert_eq!(complete(&server, done.clone()).await.json(), json!({}));
    assert_eq!(get(&server, &json!({ "run_id": id }), "m/a.bin").await.body, "hello world");
    assert_eq!(open_uploads(&server), 0);
    assert_eq!(complete(&server, done).await.status, 404);
}

#[tokio::test]
async fn a_large_file_of_a_model_is_uploaded_in_parts_under_the_id_of_the_model() {
    let server = TestServer::start();
    let models = "/api/2.0/mlflow/logged-models";
    let model = json!({ "experiment_id": "0", "name": "m" });
    let model = server.databricks(Method::POST, models, model).await.json();
    let id = model["model"]["info"]["model_id"].as_str().unwrap();
    let created = create(&server, json!({ "run_id": id, "path": "data/a.bin" })).await.json();
    let etag = put(&server, &created["upload_credential_infos"][0], 1, "12345").await;
    let upload = &created["upload_id"];
    let done =
        json!({ "run_id": id, "path": "data/a.bin", "upload_id": upload, "part_etags": [etag] });
    assert_eq!(complete(&server, done).await.status, 200);
    let files = format!("{models}/{id}/artifacts/directories?artifact_directory_path=data");
    let listed = server.get(&files).await.json();
    assert_eq!(listed["files"], json!([{ "path": "data/a.bin", "is_dir": false, "file_size": 5 }]));
    let none = create(&server, json!({ "run_id": "m-none", "path": "a" })).await;
    assert_snapshot!(none, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Logged model with ID 'm-none' not found."}
    "#);
}

#[tokio::test]
async fn an_aborted_upload_of_a_run_leaves_nothing() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let created = create(&server, json!({ "run_id": id, "path": "m/a.bin" })).await.json();
    let (part, abort) = (&created["upload_credential_infos"][0], &created["abort_credential_info"]);
    let etag = put(&server, part, 1, "12345").await;
    // A URL allows one thing only.
    assert_eq!(delete(&server, part).await.status, 403);
    assert_eq!(server.put(&path_of(abort), "x").await.status, 403);
    assert_eq!(server.get(&path_of(abort)).await.status, 403);
    assert_eq!(open_uploads(&server), 1);
    for _ in 0..2 {
        assert_eq!(delete(&server, abort).await.status, 200);
        assert_eq!(open_uploads(&server), 0);
    }
    assert_eq!(server.put(&path_of(part), "late").await.status, 404);
    let upload = &created["upload_id"];
    assert_eq!(renew(&server, &id, upload, 1).await.status, 404);
    let done =
        json!({ "run_id": id, "path": "m/a.bin", "upload_id": upload, "part_etags": [etag] });
    assert_eq!(complete(&server, done).await.status, 404);
    assert_eq!(get(&server, &json!({ "run_id": id }), "m/a.bin").await.status, 404);
}

#[tokio::test]
async fn an_upload_that_cannot_become_a_file_is_not_started() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let elsewhere = run_at(&server, "elsewhere", Some("file:///mnt/elsewhere")).await;
    for (wrong, status, complaint) in [
        (json!({ "run_id": id }), 400, "path"),
        (json!({ "run_id": id, "path": "" }), 400, "path"),
        (json!({ "run_id": id, "path": "../a" }), 400, "Invalid path"),
        (json!({ "path": "a" }), 400, "run_id"),
        (json!({ "run_id": "none", "path": "a" }), 404, "none"),
        (json!({ "run_id": elsewhere["run_id"], "path": "a" }), 400, "/mnt/elsewhere"),
        (json!({ "run_id": id, "path": "a", "num_parts": 0 }), 400, "num_parts"),
        (json!({ "run_id": id, "path": "a", "num_parts": 10_001 }), 400, "num_parts"),
    ] {
        let reply = create(&server, wrong).await;
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(reply.status == status && message.contains(complaint), "{reply}");
    }
    assert_eq!(open_uploads(&server), 0);
    let created = create(&server, json!({ "run_id": id, "path": "m/a.bin" })).await.json();
    for part in [0, -1, 10_001] {
        let reply = renew(&server, &id, &created["upload_id"], part).await;
        assert!(reply.status == 400 && reply.to_string().contains("part_number"), "{reply}");
    }
}

#[tokio::test]
async fn the_urls_of_an_upload_end_with_the_rights_of_their_token() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let token = server.token("writer", "write", None).await;
    let path = "/api/2.0/mlflow/artifacts/create-multipart-upload";
    let file = json!({ "run_id": id, "path": "a.bin" });
    let created = server.ask_as("writer", Method::POST, path, file.clone()).await.json();
    server.admin_token("boss", "boss").await;
    server.token("sender", "ingest", None).await;
    assert_eq!(server.ask_as("sender", Method::POST, path, file).await.status, 403);
    kansoku_store::AccessStore::delete_token(&*server.access, token).await.unwrap();
    let part = &created["upload_credential_infos"][0];
    assert_eq!(server.put(&path_of(part), "x").await.status, 403);
    assert_eq!(delete(&server, &created["abort_credential_info"]).await.status, 403);
    assert_eq!(open_uploads(&server), 1);
}
