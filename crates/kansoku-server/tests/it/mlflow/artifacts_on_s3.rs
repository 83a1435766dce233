//! Artifacts that clients write to S3: lists and downloads through the server.
use std::{sync::Arc, time::Duration};

use axum::http::Method;
use kansoku_s3::S3Settings;
use kansoku_server::Artifacts;
use kansoku_sqlite::StoreOptions;
use serde_json::{Value, json};

use super::artifact_locations::{get, list, run_at};
use crate::{
    fake_s3::{Behavior, FakeS3},
    test_server::{Reply, TestServer},
};

const ROOT: &str = "s3://team/models";

/// A server whose new experiments have their artifacts on S3.
fn start_with(settings: &S3Settings) -> TestServer {
    let options = StoreOptions { artifact_root: Some(ROOT.to_owned()), ..StoreOptions::default() };
    let mut server = TestServer::start_with(options);
    let artifacts = Artifacts::open(&server.folder().join("artifacts")).unwrap();
    let artifacts = artifacts.with_root(&ROOT.parse().unwrap(), settings).unwrap();
    server.app.artifacts = Arc::new(artifacts);
    server
}

async fn start() -> (FakeS3, TestServer) {
    let s3 = FakeS3::start("team").await;
    let server = start_with(&s3.settings());
    (s3, server)
}

/// The key of a file of a run.
fn key(run: &Value, path: &str) -> String {
    let uri = run["artifact_uri"].as_str().unwrap();
    format!("{}/{path}", uri.strip_prefix("s3://team/").unwrap())
}

fn message(reply: &Reply) -> String {
    reply.json()["message"].as_str().unwrap().to_owned()
}

fn file(path: &str, bytes: usize) -> Value {
    json!({ "path": path, "is_dir": false, "file_size": bytes })
}

fn folder(path: &str) -> Value {
    json!({ "path": path, "is_dir": true })
}

#[tokio::test]
async fn artifacts_on_s3_are_listed_page_by_page_and_sent() {
    let (s3, server) = start().await;
    let run = run_at(&server, "new", None).await;
    for (path, text) in [
        ("a b.txt", "1"),
        ("a+b & <c>.txt", "22"),
        ("über/x.txt", "333"),
        ("z/", ""),
        ("z/1.txt", "4444"),
        ("z/y/2.txt", "5"),
        ("zz.bin", "66"),
    ] {
        s3.put(&key(&run, path), text);
    }
    s3.put("models/other.txt", "of nobody");
    let files = async |path: &str| list(&server, &run, path).await.json()["files"].clone();
    assert_eq!(
        files("").await,
        json!([
            file("a b.txt", 1),
            file("a+b & <c>.txt", 2),
            folder("z"),
            file("zz.bin", 2),
            folder("über"),
        ])
    );
    assert_eq!(files("z").await, json!([file("z/1.txt", 4), folder("z/y")]));
    assert_eq!(files("%C3%BCber").await, json!([file("über/x.txt", 3)]));
    for empty in ["none", "zz.bin"] {
        let listed = list(&server, &run, empty).await.json();
        assert_eq!(listed, json!({ "root_uri": run["artifact_uri"] }), "{empty}");
    }

    let sent = get(&server, &run, "a%20b.txt").await;
    assert_eq!((sent.status.as_u16(), sent.body.as_ref()), (200, &b"1"[..]));
    assert_eq!((sent.header("etag"), sent.header("content-length")), ("\"1\"", "1"));
    assert_eq!(get(&server, &run, "%C3%BCber/x.txt").await.body, "333");
    assert_eq!(get(&server, &run, "a%2Bb%20%26%20%3Cc%3E.txt").await.body, "22");
    for missing in ["none", "z", "z/none"] {
        let reply = get(&server, &run, missing).await;
        assert_eq!(
            (reply.status.as_u16(), message(&reply)),
            (404, format!("No such artifact: '{missing}'"))
        );
    }
}

#[tokio::test]
async fn the_files_of_a_model_on_s3_are_listed_and_sent() {
    let (s3, server) = start().await;
    let body = json!({ "experiment_id": "0", "name": "m" });
    let made = server.post("/api/2.0/mlflow/logged-models", body).await.json();
    let info = &made["model"]["info"];
    s3.put(&key(info, "code/MLmodel"), "12345");
    let model = info["model_id"].as_str().unwrap();
    let files = format!("2.0/mlflow/logged-models/{model}/artifacts");
    let folder = format!("/api/{files}/directories?artifact_directory_path=code");
    assert_eq!(server.get(&folder).await.json()["files"], json!([file("code/MLmodel", 5)]));
    let path = format!("/ajax-api/{files}/files?artifact_file_path=code/MLmodel");
    assert_eq!(server.get(&path).await.body, "12345");
}

#[tokio::test]
async fn nothing_outside_of_the_root_is_requested() {
    let (s3, server) = start().await;
    for key in ["secret/x.txt", "models2/x.txt", "x.txt"] {
        s3.put(key, "secret");
    }
    for (name, location, complaint) in [
        ("other bucket", "s3://other/models/1", "s3://other/models/1"),
        ("other prefix", "s3://team/models2", "s3://team/models2"),
        ("above", "s3://team", "default_artifact_root"),
        ("a folder", "file:///etc", "file:///etc"),
        ("dots", "s3://team/models/../secret", "Invalid path"),
    ] {
        let run = run_at(&server, name, Some(location)).await;
        for reply in [list(&server, &run, "").await, get(&server, &run, "x.txt").await] {
            assert!(reply.status == 400 && message(&reply).contains(complaint), "{name}: {reply}");
        }
    }
    let run = run_at(&server, "below", None).await;
    for path in ["..", "../../../secret/x.txt", "a//b", "%2e%2e", "a%00b"] {
        assert_eq!(list(&server, &run, path).await.status, 400, "{path}");
        assert_eq!(get(&server, &run, path).await.status, 400, "{path}");
    }
    assert_eq!(s3.requests(), 0);
}

#[tokio::test]
async fn a_token_reads_the_objects_of_its_experiments_alone() {
    let (s3, server) = start().await;
    let other = run_at(&server, "other", None).await;
    s3.put(&key(&other, "secret.txt"), "secret");
    server.token("writer", "write", Some("mine/")).await;
    let ask = async |path: &str, body: Value| {
        server.ask_as("writer", Method::POST, path, body).await.json()
    };
    let others = format!("{ROOT}/1");
    let body = json!({ "name": "mine/a", "artifact_location": others });
    let made = ask("/api/2.0/mlflow/experiments/create", body).await;
    let run = json!({ "experiment_id": made["experiment_id"] });
    let run = ask("/api/2.0/mlflow/runs/create", run).await["run"]["info"].clone();
    let path =
        format!("/api/2.0/mlflow/artifacts/list?run_id={}&path=", run["run_id"].as_str().unwrap());
    let reply = server.ask_as("writer", Method::GET, &path, Value::Null).await;
    assert_eq!(reply.status, 403, "{reply}");
    assert_eq!(s3.requests(), 0);
}

#[tokio::test]
async fn errors_of_s3_are_clear_and_have_no_secret() {
    let (s3, server) = start().await;
    let run = run_at(&server, "new", None).await;
    s3.put(&key(&run, "a.txt"), "1");
    for (status, code, expected, complaint) in [
        (
            403,
            "AccessDenied",
            400,
            "refuses this server access to the bucket `team` (AccessDenied)",
        ),
        (403, "SignatureDoesNotMatch", 400, "(SignatureDoesNotMatch); check its `AWS_*` variables"),
        (400, "ExpiredToken", 400, "(ExpiredToken); check"),
        (404, "NoSuchBucket", 400, "the bucket `team` does not exist"),
        (503, "SlowDown", 503, "the bucket `team` cannot be read: SlowDown"),
    ] {
        s3.behave(Behavior::Fails(status, code));
        for reply in [list(&server, &run, "").await, get(&server, &run, "a.txt").await] {
            let message = message(&reply);
            assert!(reply.status == expected && message.contains(complaint), "{code}: {reply}");
            assert!(!message.contains("secret-of-a-test"), "{message}");
        }
    }
    s3.behave(Behavior::Works);
    assert_eq!(get(&server, &run, "a.txt").await.body, "1");
}

#[tokio::test]
async fn a_server_without_credentials_says_so() {
    let s3 = FakeS3::start("team").await;
    let server = start_with(&s3.settings_without_keys());
    let run = run_at(&server, "new", None).await;
    for reply in [list(&server, &run, "").await, get(&server, &run, "a.txt").await] {
        let complaint = "no credentials for the bucket `team`: set `AWS_ACCESS_KEY_ID`";
        assert!(reply.status == 400 && message(&reply).contains(complaint), "{reply}");
    }
}

#[tokio::test]
async fn a_bucket_that_does_not_respond_is_given_up() {
    let s3 = FakeS3::start("team").await;
    let server = start_with(&s3.settings().with_response_max(Duration::from_millis(200)));
    let run = run_at(&server, "new", None).await;
    s3.behave(Behavior::Hangs);
    for reply in [list(&server, &run, "").await, get(&server, &run, "a.txt").await] {
        assert_eq!(reply.status, 503);
        assert_eq!(message(&reply), "the bucket `team` did not respond in time");
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_is_continued() {
    let (s3, server) = start().await;
    let run = run_at(&server, "new", None).await;
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    s3.put(&key(&run, "large.bin"), content.clone());
    s3.behave(Behavior::BreaksOffOnce);
    let sent = get(&server, &run, "large.bin").await;
    assert_eq!(sent.status, 200);
    assert!(sent.body == content, "{} bytes of {}", sent.body.len(), content.len());
    assert_eq!(s3.requests(), 2);
}
