//! Artifacts at the locations of their experiments: below a root of the server, or elsewhere.
use std::{path::Path, sync::Arc};

use axum::http::Method;
use insta::assert_snapshot;
use kansoku_s3::S3Settings;
use kansoku_server::Artifacts;
use kansoku_sqlite::StoreOptions;
use kansoku_store::AccessStore as _;
use serde_json::{Value, json};

use super::runs::run;
use crate::test_server::{Reply, TestServer};

/// A server whose new experiments have their artifacts below this folder.
fn start_with_root(shared: &Path) -> TestServer {
    let root = format!("file://{}", shared.display());
    let options = StoreOptions { artifact_root: Some(root.clone()), ..StoreOptions::default() };
    let mut server = TestServer::start_with(options);
    let artifacts = Artifacts::open(&server.folder().join("artifacts")).unwrap();
    let s3 = S3Settings::new([]);
    server.app.artifacts = Arc::new(artifacts.with_root(&root.parse().unwrap(), &s3).unwrap());
    server
}

pub(super) async fn run_at(server: &TestServer, name: &str, location: Option<&str>) -> Value {
    let body = json!({ "name": name, "artifact_location": location });
    let made = server.post("/api/2.0/mlflow/experiments/create", body).await.json();
    let body = json!({ "experiment_id": made["experiment_id"] });
    let run = server.post("/api/2.0/mlflow/runs/create", body).await.json();
    run["run"]["info"].clone()
}

pub(super) async fn list(server: &TestServer, run: &Value, path: &str) -> Reply {
    let id = run["run_id"].as_str().unwrap();
    server.get(&format!("/api/2.0/mlflow/artifacts/list?run_id={id}&path={path}")).await
}

pub(super) async fn get(server: &TestServer, run: &Value, path: &str) -> Reply {
    let id = run["run_id"].as_str().unwrap();
    server.get(&format!("/get-artifact?run_uuid={id}&path={path}")).await
}

fn write(folder: &str, name: &str, text: &str) {
    let file = Path::new(folder.strip_prefix("file://").unwrap()).join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

#[tokio::test]
async fn new_experiments_are_below_the_root_and_the_server_reads_it() {
    let shared = tempfile::tempdir().unwrap();
    let server = start_with_root(shared.path());
    let run = run_at(&server, "new", None).await;
    let uri = run["artifact_uri"].as_str().unwrap();
    let root = format!("file://{}", shared.path().display());
    assert_eq!(uri, format!("{root}/1/{}/artifacts", run["run_id"].as_str().unwrap()));
    let default = server.get("/api/2.0/mlflow/experiments/get?experiment_id=0").await.json();
    assert_eq!(default["experiment"]["artifact_location"], format!("{root}/0"));

    assert_eq!(list(&server, &run, "").await.json(), json!({ "root_uri": uri }));
    write(uri, "notes/a b.txt", "four");
    assert_eq!(list(&server, &run, "").await.json()["files"][0]["path"], "notes");
    let files = list(&server, &run, "notes").await.json()["files"].clone();
    assert_eq!(files, json!([{ "path": "notes/a b.txt", "is_dir": false, "file_size": 4 }]));
    assert_eq!(get(&server, &run, "notes/a%20b.txt").await.body, "four");
    assert_eq!(get(&server, &run, "notes/none").await.status, 404);
    assert_eq!(get(&server, &run, "../../../x").await.status, 400);
    assert_eq!(get(&server, &run, "").await.status, 400);

    let upload = format!(
        "/ajax-api/2.0/mlflow/upload-artifact?run_uuid={}&path=x.txt",
        run["run_id"].as_str().unwrap()
    );
    assert_eq!(server.post(&upload, json!({})).await.status, 400);
}

#[tokio::test]
async fn a_link_out_of_the_root_is_not_followed() {
    let shared = tempfile::tempdir().unwrap();
    let server = start_with_root(shared.path());
    let run = run_at(&server, "new", None).await;
    let uri = run["artifact_uri"].as_str().unwrap();
    write(uri, "plain", "x");
    let folder = Path::new(uri.strip_prefix("file://").unwrap());
    let secret = tempfile::tempdir().unwrap();
    std::fs::write(secret.path().join("key"), "secret").unwrap();
    std::os::unix::fs::symlink(secret.path(), folder.join("link")).unwrap();
    std::os::unix::fs::symlink(secret.path().join("key"), folder.join("key")).unwrap();
    let files = list(&server, &run, "").await.json()["files"].clone();
    assert_eq!(files, json!([{ "path": "plain", "is_dir": false, "file_size": 1 }]));
    for path in ["key", "link/key"] {
        let reply = get(&server, &run, path).await;
        assert!(reply.status.is_client_error(), "{path}: {reply}");
    }
}

#[tokio::test]
async fn artifacts_that_the_server_cannot_reach_are_refused_with_their_location() {
    let shared = tempfile::tempdir().unwrap();
    let server = start_with_root(shared.path());
    let outside = format!("file://{}x", shared.path().display());
    for (name, location) in [("bucket", "s3://bucket/a"), ("outside", &outside), ("etc", "/etc")] {
        let run = run_at(&server, name, Some(location)).await;
        let uri = run["artifact_uri"].as_str().unwrap();
        assert!(uri.starts_with(location));
        for reply in [list(&server, &run, "").await, get(&server, &run, "passwd").await] {
            assert_eq!(reply.status, 400, "{reply}");
            let message = reply.json()["message"].as_str().unwrap().to_owned();
            assert!(
                message.contains(uri) && message.contains("default_artifact_root"),
                "{message}"
            );
        }
    }
    let escape = format!("file://{}/../x", shared.path().display());
    let run = run_at(&server, "escape", Some(&escape)).await;
    assert_eq!(list(&server, &run, "").await.status, 400);
}

#[tokio::test]
async fn an_own_location_of_an_experiment_on_this_server_is_read_there() {
    let server = TestServer::start();
    let run = run_at(&server, "own", Some("mlflow-artifacts:/team/a")).await;
    let id = run["run_id"].as_str().unwrap();
    server.put_artifact(&format!("team/a/{id}/artifacts/x.txt"), "four").await;
    let listed = list(&server, &run, "").await.json();
    assert_eq!(listed["files"][0]["path"], "x.txt");
    assert_eq!(listed["root_uri"], format!("mlflow-artifacts:/team/a/{id}/artifacts"));
    assert_eq!(get(&server, &run, "x.txt").await.body, "four");
}

#[tokio::test]
async fn a_token_does_not_read_the_artifacts_of_others_by_a_location_of_its_own() {
    let shared = tempfile::tempdir().unwrap();
    let server = start_with_root(shared.path());
    let other = run_at(&server, "other", None).await;
    write(other["artifact_uri"].as_str().unwrap(), "secret.txt", "secret");
    let others_location = format!("file://{}/1", shared.path().display());
    let body = json!({ "name": "mine/a", "artifact_location": others_location });
    server.token("writer", "write", Some("mine/")).await;
    let ask = async |path: &str, body: Value| {
        server.ask_as("writer", Method::POST, path, body).await.json()
    };
    let made = ask("/api/2.0/mlflow/experiments/create", body).await;
    let experiment = json!({ "experiment_id": made["experiment_id"] });
    let run = ask("/api/2.0/mlflow/runs/create", experiment).await["run"]["info"].clone();
    let path =
        format!("/api/2.0/mlflow/artifacts/list?run_id={}&path=", run["run_id"].as_str().unwrap());
    let reply = server.ask_as("writer", Method::GET, &path, Value::Null).await;
    assert_eq!(reply.status, 403, "{reply}");
}

/// The path of a signed URL, without the host.
pub(super) fn path_of(credential: &Value) -> String {
    let url = credential["signed_uri"].as_str().expect("a signed URL");
    format!("/_signed/{}", url.split_once("/_signed/").unwrap().1)
}

#[tokio::test]
async fn databricks_clients_get_signed_urls_for_the_files_of_a_run() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let credentials = async |way: &str, body: Value| {
        let path = format!("/api/2.0/mlflow/artifacts/credentials-for-{way}");
        server.databricks(Method::POST, &path, body).await
    };
    let body = json!({ "run_id": id, "path": ["a.txt", "dir/b c.txt"] });
    let made = credentials("write", body.clone()).await.json()["credential_infos"].clone();
    assert_eq!(made.as_array().unwrap().len(), 2);
    assert_eq!(made[1]["path"], "dir/b c.txt");
    assert_eq!((&made[1]["run_id"], &made[1]["type"]), (&json!(id), &json!("AWS_PRESIGNED_URL")));
    assert_eq!(server.put(&path_of(&made[1]), "four").await.status, 200);
    assert_eq!(get(&server, &json!({ "run_id": id }), "dir/b%20c.txt").await.body, "four");
    let read = credentials("read", body).await.json()["credential_infos"].clone();
    assert_eq!(server.get(&path_of(&read[1])).await.body, "four");
    assert_eq!(server.get(&path_of(&read[0])).await.status, 404);
    // A URL allows one thing only.
    assert_eq!(server.get(&path_of(&made[1])).await.status, 403);
    assert_eq!(server.put(&path_of(&read[1]), "x").await.status, 403);

    for path in ["", "../x", "a//b"] {
        let reply = credentials("write", json!({ "run_id": id, "path": [path] })).await;
        assert_eq!(reply.status, 400, "{path}: {reply}");
    }
    assert_eq!(credentials("read", json!({ "run_id": "nope", "path": ["a"] })).await.status, 404);
    let many = |count| json!({ "run_id": id, "path": vec!["a"; count] });
    assert_eq!(credentials("read", many(2000)).await.status, 200);
    assert_eq!(credentials("read", many(2001)).await.status, 400);
    assert_eq!(server.get("/api/2.0/fs/directories/WorkspaceInternal/x").await.status, 501);
}

#[tokio::test]
async fn databricks_clients_get_signed_urls_for_the_files_of_a_model() {
    let server = TestServer::start();
    let models = "/api/2.0/mlflow/logged-models";
    let body = json!({ "experiment_id": "0", "name": "m" });
    let made = server.databricks(Method::POST, models, body).await.json();
    let info = &made["model"]["info"];
    let id = info["model_id"].as_str().unwrap();
    let uri = info["artifact_uri"].as_str().unwrap();
    assert_snapshot!(uri.replace(id, "ID"), @"dbfs:/databricks/mlflow-tracking/0/logged_models/ID/artifacts");
    let credential = async |way: &str| {
        let path = format!("{models}/{id}/artifacts/credentials-for-{way}");
        let body = json!({ "paths": ["code/MLmodel"] });
        server.databricks(Method::POST, &path, body).await.json()["credentials"][0].clone()
    };
    let upload = path_of(&credential("upload").await["credential_info"]);
    assert_eq!(server.put(&upload, "12345").await.status, 200);
    let download = path_of(&credential("download").await["credential_info"]);
    assert_eq!(server.get(&download).await.body, "12345");
    let files = format!("{models}/{id}/artifacts/directories?artifact_directory_path=code");
    assert_eq!(server.get(&files).await.json()["files"][0]["path"], "code/MLmodel");
}

#[tokio::test]
async fn a_signed_url_of_a_file_ends_with_the_rights_of_its_token() {
    let server = TestServer::start();
    let id = run(&server, "first").await;
    let token = server.token("writer", "write", None).await;
    let body = json!({ "run_id": id, "path": ["a.txt"] });
    let path = "/api/2.0/mlflow/artifacts/credentials-for-write";
    let made = server.ask_as("writer", Method::POST, path, body.clone()).await.json();
    let url = path_of(&made["credential_infos"][0]);
    assert_eq!(server.put(&url, "x").await.status, 200);
    server.admin_token("boss", "boss").await;
    server.access.delete_token(token).await.unwrap();
    assert_eq!(server.put(&url, "x").await.status, 403);
    server.token("reader", "read", None).await;
    assert_eq!(server.ask_as("reader", Method::POST, path, body).await.status, 403);
}
