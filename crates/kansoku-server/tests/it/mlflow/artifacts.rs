use axum::{body::Body, http::Request};
use insta::assert_snapshot;
use serde_json::json;

use crate::{
    fixtures::{TRACE, span},
    test_server::TestServer,
};

#[tokio::test]
async fn a_file_comes_back_as_it_was_put() {
    let server = TestServer::start();
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let path = "1/run/artifacts/dir/a%20b.png";
    assert_snapshot!(server.put_artifact(path, bytes.clone()).await, @"
    200 OK
    {}
    ");
    let reply = server.get_artifact(path).await;
    assert_eq!(reply.body, bytes);
    assert_eq!(reply.header("content-type"), "image/png");
    assert_eq!(reply.header("content-disposition"), "attachment; filename*=UTF-8''a%20b.png");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(!reply.header("etag").is_empty());

    assert_eq!(server.put_artifact(path, "second").await.status, 200);
    assert_eq!(server.get_artifact(path).await.body, "second");
    let url = format!("/api/2.0/mlflow-artifacts/artifacts/{path}");
    for _ in 0..2 {
        assert_eq!(server.delete(&url, json!({})).await.json(), json!({}));
    }
    assert_snapshot!(server.get_artifact(path).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No such artifact: '1/run/artifacts/dir/a b.png'"}
    "#);
}

#[tokio::test]
async fn folders_are_listed_from_where_one_stands() {
    let server = TestServer::start();
    for file in ["1/run/artifacts/b.txt", "1/run/artifacts/a/c.txt"] {
        server.put_artifact(file, "12345").await;
    }
    let list =
        |path: &str| server.get_owned(format!("/api/2.0/mlflow-artifacts/artifacts?path={path}"));
    assert_snapshot!(list("1/run/artifacts").await, @r#"
    200 OK
    {"files":[{"path":"a","is_dir":true},{"path":"b.txt","is_dir":false,"file_size":5}]}
    "#);
    assert_eq!(list("1/run/artifacts/a").await.json()["files"][0]["path"], "c.txt");
    assert_eq!(list("1/nothing").await.json(), json!({}));
    assert_eq!(list("1/run/artifacts/b.txt").await.json(), json!({}));
    assert_eq!(list("../..").await.status, 400);
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let server = TestServer::start();
    for path in [
        "../x",
        "a/../../x",
        "..%2fx",
        "%2e%2e/x",
        "a/%2e%2e/%2e%2e/x",
        "%252e%252e%252fx",
        "/etc/x",
        "%2fetc/x",
        "a%5c..%5cx",
        "a%00b",
        "%ff",
    ] {
        for reply in [server.put_artifact(path, "x").await, server.get_artifact(path).await] {
            assert_eq!(reply.status, 400, "{path}: {reply}");
            assert_eq!(reply.json()["message"], "Invalid path", "{path}");
        }
    }
    let folder = server.folder().to_owned();
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| name != "x"));
}

#[tokio::test]
async fn the_spans_of_a_trace_are_a_file_to_clients_that_want_one() {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    let path = format!("0/traces/{TRACE}/artifacts/traces.json");
    assert_snapshot!(server.get_artifact(&path).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No such artifact: '0/traces/tr-0000000000000000000000000000000a/artifacts/traces.json'"}
    "#);
    assert_eq!(
        server.upload_spans(TRACE, json!([span(1, "root"), span(2, "step")])).await.status,
        200
    );
    assert_snapshot!(server.get_artifact(&path).await, @r#"
    200 OK
    {"spans": [{"trace_id": "AAAAAAAAAAAAAAAAAAAACg==", "span_id": "AAAAAAAAAAE=", "parent_span_id": null, "name": "root", "start_time_unix_nano": 1795237452001000000, "end_time_unix_nano": 1795237452001500000, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-0000000000000000000000000000000a\"", "mlflow.spanType": "\"TOOL\"", "mlflow.spanInputs": "{\"q\": [1, \"two\"]}"}, "links": []}, {"trace_id": "AAAAAAAAAAAAAAAAAAAACg==", "span_id": "AAAAAAAAAAI=", "parent_span_id": "AAAAAAAAAAE=", "name": "step", "start_time_unix_nano": 1795237452002000000, "end_time_unix_nano": 1795237452002500000, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.traceRequestId": "\"tr-0000000000000000000000000000000a\"", "mlflow.spanType": "\"TOOL\"", "mlflow.spanInputs": "{\"q\": [1, \"two\"]}"}, "links": []}]}
    "#);

    let list = format!("/api/2.0/mlflow-artifacts/artifacts?path=0/traces/{TRACE}/artifacts");
    assert_eq!(server.get(&list).await.json()["files"][0]["path"], "traces.json");
    let url = format!("/api/2.0/mlflow-artifacts/artifacts/{path}");
    assert_eq!(server.delete(&url, json!({})).await.status, 400);
}

#[tokio::test]
async fn spans_of_a_trace_nobody_told_of_make_one() {
    let server = TestServer::start();
    assert_eq!(server.upload_spans("tr-new", json!([span(1, "root")])).await.status, 200);
    let info = server.get("/api/3.0/mlflow/traces/tr-new").await.json();
    assert_eq!(info["trace"]["trace_info"]["state"], "OK");
}

#[tokio::test]
async fn a_file_that_holds_no_spans_is_refused() {
    let server = TestServer::start();
    let path = format!("0/traces/{TRACE}/artifacts/traces.json");
    let mut refused = Vec::new();
    for body in ["", "{", "[]", "{\"spans\": 1}", "{\"spans\": [1]}", "{\"spans\": [{}]}"] {
        let reply = server.put_artifact(&path, body).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 "traces.json is not JSON: EOF while parsing a value at line 1 column 0"
    400 "traces.json is not JSON: EOF while parsing an object at line 1 column 1"
    400 "traces.json is not as MLflow writes it: `the body` must be an object"
    400 "traces.json has no list `spans`"
    400 "traces.json is not as MLflow writes it: `spans[0]` must be an object"
    400 "no span of the file can be stored; ``: it has no span id"
    "#);
    let deep = format!("{{\"spans\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(server.put_artifact(&path, deep).await.status, 400);
    let unknown = "99/traces/tr-1/artifacts/traces.json";
    let spans = json!({ "spans": [span(1, "root")] }).to_string();
    assert_snapshot!(server.put_artifact(unknown, spans).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=99 exists"}
    "#);
}

#[tokio::test]
async fn attachments_are_named_by_uuid() {
    let server = TestServer::start();
    let folder = format!("0/traces/{TRACE}/artifacts");
    let id = "0d2e4fed-f105-4e84-ac87-564c911b85a4";
    let file = format!("{folder}/attachments/{id}");
    assert_snapshot!(server.put_artifact(&file, "x").await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Trace with ID 'tr-0000000000000000000000000000000a' not found."}
    "#);
    server.start_trace(TRACE, json!({})).await;
    assert_eq!(server.put_artifact(&file, vec![0, 159, 146]).await.status, 200);
    assert_eq!(server.get_artifact(&file).await.body, vec![0, 159, 146]);
    assert_snapshot!(server.put_artifact(&format!("{folder}/attachments/../x"), "x").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid path"}
    "#);
    assert_snapshot!(server.put_artifact(&format!("{folder}/attachments/x"), "x").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid attachment path: 'x'. Attachment path must be a valid UUID."}
    "#);
    assert_snapshot!(server.put_artifact(&format!("{folder}/notes.txt"), "x").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"a trace has `traces.json` and `attachments/<uuid>`, no `notes.txt`"}
    "#);
    let ui = format!("/ajax-api/3.0/mlflow/get-trace-artifact?request_id={TRACE}&path={id}");
    assert_eq!(server.get(&ui).await.body, vec![0, 159, 146]);
}

#[tokio::test]
async fn the_artifacts_of_a_run_are_listed_from_its_root() {
    let server = TestServer::start();
    let run = json!({ "experiment_id": "0", "start_time": 1 });
    let run = server.post("/api/2.0/mlflow/runs/create", run).await.json();
    let id = run["run"]["info"]["run_id"].as_str().unwrap();
    server.put_artifact(&format!("0/{id}/artifacts/plots/a.png"), "x").await;
    let list =
        |more: &str| server.get_owned(format!("/api/2.0/mlflow/artifacts/list?run_id={id}{more}"));
    let root = list("").await.to_string().replace(id, "[run]");
    assert_snapshot!(root, @r#"
    200 OK
    {"files":[{"path":"plots","is_dir":true}],"root_uri":"mlflow-artifacts:/0/[run]/artifacts"}
    "#);
    assert_eq!(list("&path=plots").await.json()["files"][0]["path"], "plots/a.png");
    assert_eq!(list("&path=../..").await.status, 400);
    assert_eq!(server.get("/api/2.0/mlflow/artifacts/list?run_id=nope").await.status, 404);
}

#[tokio::test]
async fn a_large_file_comes_in_parts() {
    let server = TestServer::start();
    let mpu = |verb: &str| format!("/api/2.0/mlflow-artifacts/mpu/{verb}/1/run/artifacts");
    let create = json!({ "path": "/home/me/model.bin", "num_parts": 2 });
    let created = server.post(&mpu("create"), create).await.json();
    let upload = created["upload_id"].clone();
    let mut parts = Vec::new();
    // Parts may be uploaded in any order.
    for (part, text) in [(2, "world"), (1, "hello ")] {
        let url = created["credentials"][part - 1]["url"].as_str().unwrap();
        let path = url.strip_prefix("http://localhost").unwrap();
        let reply = server.put(path, text).await;
        assert_eq!(reply.status, 200, "{reply}");
        parts.push(json!({ "part_number": part, "etag": reply.header("etag"), "url": url }));
    }
    let complete = json!({ "path": "/home/me/model.bin", "upload_id": upload, "parts": parts });
    let mut wrong = complete.clone();
    wrong["parts"][0]["etag"] = json!("\"0-0\"");
    assert_snapshot!(server.post(&mpu("complete"), wrong).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"part 2 is not as last uploaded"}
    "#);
    let elsewhere = format!("{}/other", mpu("complete"));
    assert_eq!(server.post(&elsewhere, complete.clone()).await.status, 400);

    assert_eq!(server.post(&mpu("complete"), complete.clone()).await.json(), json!({}));
    assert_eq!(server.get_artifact("1/run/artifacts/model.bin").await.body, "hello world");
    assert_eq!(server.post(&mpu("complete"), complete).await.status, 404);
    assert_eq!(std::fs::read_dir(server.folder().join("artifacts/uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let server = TestServer::start();
    let mpu = |verb: &str| format!("/api/2.0/mlflow-artifacts/mpu/{verb}/1/run/artifacts");
    let created = server.post(&mpu("create"), json!({ "path": "m.bin" })).await.json();
    let abort = json!({ "path": "m.bin", "upload_id": created["upload_id"] });
    for _ in 0..2 {
        assert_eq!(server.post(&mpu("abort"), abort.clone()).await.json(), json!({}));
    }
    let url = created["credentials"][0]["url"].as_str().unwrap();
    let late = server.put(url.strip_prefix("http://localhost").unwrap(), "x").await;
    assert_eq!(late.status, 404, "{late}");
    for parts in [0, -1, 10_001] {
        let create = json!({ "path": "m.bin", "num_parts": parts });
        assert_eq!(server.post(&mpu("create"), create).await.status, 400);
    }
}

#[tokio::test]
async fn an_abandoned_upload_is_deleted_in_the_background() {
    let server = TestServer::start();
    let create = "/api/2.0/mlflow-artifacts/mpu/create/1/run/artifacts";
    server.post(create, json!({ "path": "m.bin" })).await;
    server.clock.advance_ms(90_000_000);
    server.post(create, json!({ "path": "m.bin" })).await;
    let uploads = server.folder().join("artifacts/uploads");
    assert_eq!(std::fs::read_dir(&uploads).unwrap().count(), 2);
    let stop = tokio_util::sync::CancellationToken::new();
    let every = std::time::Duration::from_millis(1);
    let keeping = tokio::spawn(kansoku_server::keep_up(server.app.clone(), every, stop.clone()));
    while std::fs::read_dir(&uploads).unwrap().count() != 1 {
        tokio::time::sleep(every).await;
    }
    stop.cancel();
    keeping.await.unwrap();
}

#[tokio::test]
async fn so_many_uploads_are_open_at_a_time() {
    let server = TestServer::start();
    // Uploads that an earlier process left.
    let uploads = server.folder().join("artifacts/uploads");
    for n in 0..999 {
        std::fs::create_dir_all(uploads.join(format!("{n:032x}"))).unwrap();
    }
    let artifacts = kansoku_server::Artifacts::open(&server.folder().join("artifacts")).unwrap();
    let app =
        kansoku_server::App { artifacts: std::sync::Arc::new(artifacts), ..server.app.clone() };
    let server = TestServer { app, ..server };
    let mpu = |verb: &str| format!("/api/2.0/mlflow-artifacts/mpu/{verb}/1/run/artifacts");
    let created = server.post(&mpu("create"), json!({ "path": "m.bin" })).await.json();
    let refused = server.post(&mpu("create"), json!({ "path": "m.bin" })).await;
    assert_eq!(refused.status, 429);
    assert!(refused.json()["message"].as_str().unwrap().starts_with("1000 uploads"), "{refused}");
    assert_eq!(std::fs::read_dir(&uploads).unwrap().count(), 1000);
    let abort = json!({ "path": "m.bin", "upload_id": created["upload_id"] });
    assert_eq!(server.post(&mpu("abort"), abort).await.status, 200);
    assert_eq!(server.post(&mpu("create"), json!({ "path": "m.bin" })).await.status, 200);
}

/// A server with these limits for a file and for all files.
fn limited(file_bytes_max: u64, bytes_max: u64) -> TestServer {
    let server = TestServer::start();
    let artifacts = kansoku_server::Artifacts::open(&server.folder().join("artifacts")).unwrap();
    let artifacts = artifacts.with_file_bytes_max(file_bytes_max).with_bytes_max(bytes_max);
    let artifacts = std::sync::Arc::new(artifacts.unwrap());
    let app = kansoku_server::App { artifacts, ..server.app.clone() };
    TestServer { app, ..server }
}

#[tokio::test]
async fn parts_have_no_more_bytes_together_than_a_file_may() {
    let server = limited(100, 0);
    let create = "/api/2.0/mlflow-artifacts/mpu/create/1/run/artifacts";
    let mut refusals = Vec::new();
    for _ in 0..5 {
        let created = server.post(create, json!({ "path": "m.bin", "num_parts": 2 })).await.json();
        let put = async |part: usize, bytes: usize| {
            let url = created["credentials"][part]["url"].as_str().unwrap();
            let path = url.split_once("://").unwrap().1.split_once('/').unwrap().1;
            let request = Request::put(format!("/{path}")).body(Body::from("x".repeat(bytes)));
            server.send(request.unwrap()).await
        };
        refusals.push(put(0, 60).await.status.as_u16());
        // The same part again replaces the first one.
        put(0, 50).await;
        refusals.push(put(1, 60).await.status.as_u16());
        put(1, 40).await;
    }
    assert_eq!(refusals[..8], [200, 413, 200, 413, 200, 413, 200, 413]);
    assert_eq!(refusals[8], 429, "four whole files are open already");
}

#[tokio::test]
async fn all_artifacts_together_have_a_limit_where_one_is_set() {
    let server = limited(1000, 100);
    assert_eq!(server.put_artifact("1/a", "x".repeat(60)).await.status, 200);
    let refused = server.put_artifact("1/b", "x".repeat(60)).await;
    assert_eq!(refused.status, 413);
    assert!(refused.json()["message"].as_str().unwrap().contains("artifacts_gib_max"), "{refused}");
    assert_eq!(server.put_artifact("1/a", "x".repeat(40)).await.status, 200);
    assert_eq!(server.put_artifact("1/b", "x".repeat(60)).await.status, 200);
    server.delete("/api/2.0/mlflow-artifacts/artifacts/1/a", json!({})).await;
    assert_eq!(server.put_artifact("1/c", "x".repeat(40)).await.status, 200);
    // A restart counts the existing files.
    let artifacts = kansoku_server::Artifacts::open(&server.folder().join("artifacts")).unwrap();
    let artifacts = std::sync::Arc::new(artifacts.with_bytes_max(110).unwrap());
    let server =
        TestServer { app: kansoku_server::App { artifacts, ..server.app.clone() }, ..server };
    assert_eq!(server.put_artifact("1/d", "x".repeat(11)).await.status, 413);
    assert_eq!(server.put_artifact("1/d", "x".repeat(10)).await.status, 200);
}

#[tokio::test]
async fn links_in_the_folder_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let server = TestServer::start();
    let outside = server.folder().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("secret"), "secret").unwrap();
    server.put_artifact("1/a/own", "own").await;
    let folder = server.folder().join("artifacts/files/1/a");
    symlink(&outside, folder.join("dir")).unwrap();
    symlink(outside.join("secret"), folder.join("file")).unwrap();

    for path in ["1/a/file", "1/a/dir/secret", "1/a/dir"] {
        let reply = server.get_artifact(path).await;
        assert!(matches!(reply.status.as_u16(), 400 | 404), "{path}: {reply}");
    }
    assert_eq!(server.put_artifact("1/a/dir/new", "x").await.status, 400);
    let list = "/api/2.0/mlflow-artifacts/artifacts?path=";
    assert_eq!(server.get_owned(format!("{list}1/a/dir")).await.json(), json!({}));
    let listed = server.get_owned(format!("{list}1/a")).await.json();
    assert_eq!(listed["files"].as_array().unwrap().len(), 1, "{listed}");
    // A file replaces a link, and deleting a link keeps its target.
    assert_eq!(server.put_artifact("1/a/file", "new").await.status, 200);
    assert_eq!(server.get_artifact("1/a/file").await.body, "new");
    for path in ["1/a/dir/secret", "1/a"] {
        server.delete(&format!("/api/2.0/mlflow-artifacts/artifacts/{path}"), json!({})).await;
    }
    assert!(!folder.exists());
    let left = std::fs::read_dir(&outside).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["secret"]);
    assert_eq!(std::fs::read_to_string(outside.join("secret")).unwrap(), "secret");
}

#[tokio::test]
async fn an_upload_that_breaks_off_stores_nothing() {
    let server = TestServer::start();
    let chunks = [Ok("half"), Err(std::io::Error::other("reset"))];
    let body = Body::from_stream(futures::stream::iter(chunks));
    let path = "/api/2.0/mlflow-artifacts/artifacts/1/x";
    let reply = server.send(Request::put(path).body(body).unwrap()).await;
    assert_eq!(reply.status, 400, "{reply}");
    assert_eq!(server.get_artifact("1/x").await.status, 404);
}

#[tokio::test]
async fn presigned_downloads_are_declined_in_words() {
    let server = TestServer::start();
    assert_snapshot!(server.get("/api/2.0/mlflow-artifacts/presigned/1/x").await, @r#"
    501 Not Implemented
    {"error_code":"NOT_IMPLEMENTED","message":"presigned downloads are not supported; GET the artifact itself"}
    "#);
}

#[tokio::test]
async fn a_browser_adds_a_file_to_a_run() {
    let server = TestServer::start();
    let created = server.post("/api/2.0/mlflow/runs/create", json!({ "experiment_id": "0" })).await;
    let run = created.json()["run"]["info"]["run_id"].as_str().unwrap().to_owned();
    let upload = async |run: &str, path: &str, body: Vec<u8>| {
        let uri = format!("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={path}");
        server.send(Request::post(uri).body(Body::from(body)).unwrap()).await
    };
    let reply = upload(&run, "dir/a%20b.txt", b"hello".to_vec()).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
    assert_eq!(reply.header("content-type"), "application/json");
    let file = format!("0/{run}/artifacts/dir/a%20b.txt");
    assert_eq!(server.get_artifact(&file).await.body, "hello");
    assert_eq!(upload(&run, "big", vec![7; 10 << 20]).await.status, 200);
    assert_snapshot!(upload(&run, "big", vec![7; (10 << 20) + 1]).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"the file is larger than 10485760 bytes, the most that is taken here; log it as an artifact instead"}
    "#);
    assert_snapshot!(upload(&run, "empty", vec![]).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"the request has no content to be the file"}
    "#);
    assert_snapshot!(upload("nope", "a", vec![1]).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=nope not found"}
    "#);
    assert_eq!(upload(&run, "", vec![1]).await.status, 400);
    assert_eq!(upload(&run, "../../x", vec![1]).await.status, 400);
    assert_eq!(upload("", "a", vec![1]).await.status, 400);
}
