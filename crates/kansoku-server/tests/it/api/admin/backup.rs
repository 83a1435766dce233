//! Backups and retention over HTTP.
use kansoku_server::keep_up;
use kansoku_sqlite::{SqliteStore, StoreOptions, backup};
use kansoku_store::TraceReads;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::test_server::{START_MS, TestServer};

const BACKUP: &str = "/api/3.0/kansoku/backup";

#[tokio::test]
async fn a_backup_lies_in_the_folder_for_backups_under_its_name() {
    let server = TestServer::start();
    server.start_trace(crate::fixtures::TRACE, json!({})).await;
    let reply = server.post(BACKUP, json!({ "to": "monday-1" })).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(reply.json()["backup"]["files"], 0);
    let again = server.post(BACKUP, json!({ "to": "monday-1" })).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["error_code"]),
        (400, &json!("RESOURCE_ALREADY_EXISTS"))
    );

    let place = server.folder().join("place");
    let taken = server.folder().join("backups/monday-1");
    backup::restore(&taken, &place, false, |_| {}).unwrap();
    let store = SqliteStore::open(&place.join("kansoku.db"), StoreOptions::default()).unwrap();
    let trace = kansoku_model::TraceId::try_from(crate::fixtures::TRACE.to_owned()).unwrap();
    assert_eq!(store.info(&trace).await.unwrap().trace_id, trace);
}

#[tokio::test]
async fn a_backup_is_written_nowhere_else() {
    let server = TestServer::start();
    for name in
        ["../up", "/etc/x", "a/b", ".hidden", "..", "a\\b", "x.partial", "", &"n".repeat(101)]
    {
        let reply = server.post(BACKUP, json!({ "to": name })).await;
        assert_eq!(reply.status, 400, "{name}: {reply}");
        assert!(reply.json()["message"].as_str().unwrap().contains("to"), "{name}: {reply}");
    }
    assert!(!server.folder().join("backups").exists());
}

const SET_TAG: &str = "/api/2.0/mlflow/experiments/set-experiment-tag";

#[tokio::test]
async fn retention_is_set_by_tags_and_shown_with_what_is_stored() {
    let server = TestServer::start();
    let experiment = server.experiment("kept").await;
    for (key, value) in
        [("kansoku.retention.maxAge", "30d"), ("kansoku.retention.maxBytes", "10GB")]
    {
        let tag = json!({ "experiment_id": experiment, "key": key, "value": value });
        assert_eq!(server.post(SET_TAG, tag).await.status, 200);
    }
    let path = format!("/api/3.0/kansoku/experiments/{experiment}/storage");
    insta::assert_snapshot!(server.get_owned(path).await, @r#"
    200 OK
    {"experiment_id":"1","traces":0,"spans":0,"payload_bytes":0,"oldest_request_time":null,"newest_request_time":null,"retention":{"max_age_s":2592000,"max_age_source":"experiment tag","max_bytes":10000000000,"max_bytes_source":"experiment tag"}}
    "#);
    let path = "/api/3.0/kansoku/experiments/77/storage".to_owned();
    assert_eq!(server.get_owned(path).await.status, 404);
}

#[tokio::test]
async fn a_retention_that_makes_no_sense_is_refused_by_name() {
    let server = TestServer::start();
    let tag = json!({ "experiment_id": "0", "key": "kansoku.retention.maxAge", "value": "soon" });
    insta::assert_snapshot!(server.post(SET_TAG, tag).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"experiment tag `kansoku.retention.maxAge`: `soon` is not an age such as `30d` (units: min, h, d, w) or `none`"}
    "#);
    let new =
        json!({ "name": "new", "tags": [{ "key": "kansoku.retention.maxBytes", "value": "0" }] });
    let refused = server.post("/api/2.0/mlflow/experiments/create", new).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["message"].as_str().unwrap().contains("kansoku.retention.maxBytes"));
}

#[tokio::test]
async fn what_has_expired_is_deleted_in_the_background_with_its_files() {
    let server = TestServer::start();
    let (kept, short) = (server.experiment("kept").await, server.experiment("short").await);
    let tag = json!({ "experiment_id": short, "key": "kansoku.retention.maxAge", "value": "1h" });
    server.post(SET_TAG, tag).await;
    let traces: Vec<String> = (1..=250).map(|n| format!("tr-{n:032x}")).collect();
    for (n, trace) in traces.iter().enumerate() {
        let experiment = if n == 0 { &kept } else { &short };
        let location = json!({ "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": experiment } });
        // The server's clock shows 2023-11-14T22:13:20Z.
        let time = if n == 249 { "2023-11-14T21:30:00Z" } else { "2023-11-14T21:00:00Z" };
        let more = json!({ "trace_location": location, "request_time": time });
        assert_eq!(server.start_trace(trace, more).await.status, 200);
    }
    let attachment = format!(
        "{short}/traces/{}/artifacts/attachments/6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        traces[1]
    );
    assert_eq!(server.put_artifact(&attachment, "bytes").await.status, 200);

    let stop = CancellationToken::new();
    let every = std::time::Duration::from_millis(5);
    let keeping = tokio::spawn(keep_up(server.app.clone(), every, stop.clone()));
    let storage = format!("/api/3.0/kansoku/experiments/{short}/storage");
    while server.get(&storage).await.json()["traces"] != 1 {
        tokio::time::sleep(every).await;
    }
    stop.cancel();
    keeping.await.unwrap();
    let left = server.get(&storage).await.json();
    assert_eq!(left["oldest_request_time"], "2023-11-14T21:30:00Z");
    assert_eq!(server.get_artifact(&attachment).await.status, 404);
    let storage = format!("/api/3.0/kansoku/experiments/{kept}/storage");
    assert_eq!(server.get(&storage).await.json()["traces"], 1);
}

const DAY_MS: i64 = 24 * 3_600_000;

/// Runs some rounds of maintenance, and stops it.
async fn run_for_a_while(server: &TestServer) {
    let stop = CancellationToken::new();
    let every = std::time::Duration::from_millis(1);
    let keeping = tokio::spawn(keep_up(server.app.clone(), every, stop.clone()));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    stop.cancel();
    keeping.await.unwrap();
}

/// Creates 41 traces of the day of the start, in an experiment with a retention of 30 days.
async fn with_kept_traces(server: &TestServer) -> String {
    let experiment = server.experiment("kept").await;
    let tag =
        json!({ "experiment_id": experiment, "key": "kansoku.retention.maxAge", "value": "30d" });
    server.post(SET_TAG, tag).await;
    for n in 1..=41 {
        let location = json!({ "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": experiment } });
        let more = json!({ "trace_location": location, "request_time": "2023-11-14T21:00:00Z" });
        assert_eq!(server.start_trace(&format!("tr-{n:032x}"), more).await.status, 200);
    }
    format!("/api/3.0/kansoku/experiments/{experiment}/storage")
}

async fn traces(server: &TestServer, storage: &str) -> serde_json::Value {
    server.get(storage).await.json()["traces"].clone()
}

async fn health(server: &TestServer) -> String {
    let reply = server.get("/health").await;
    assert_eq!(reply.status, 200);
    String::from_utf8(reply.body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_start_with_a_clock_far_ahead_deletes_nothing_until_somebody_confirms_it() {
    let server = TestServer::start();
    let storage = with_kept_traces(&server).await;
    run_for_a_while(&server).await;
    assert_eq!(health(&server).await, "OK");

    server.clock.advance_ms(60 * DAY_MS);
    for start in ["first", "second"] {
        run_for_a_while(&server).await;
        assert_eq!(traces(&server, &storage).await, 41, "after the {start} start");
    }
    let said = health(&server).await;
    assert!(said.starts_with("OK\nwarning: the clock jumped ahead to 2024-01-13T"), "{said}");
    let warnings = server.get("/api/3.0/kansoku/server").await.json()["warnings"].clone();
    assert!(warnings[0].as_str().unwrap().contains("retention/confirm"), "{warnings}");

    let confirmed = server.post("/api/3.0/kansoku/retention/confirm", json!({})).await;
    assert_eq!(confirmed.json(), json!({ "waited": true }));
    assert_eq!(health(&server).await, "OK");
    run_for_a_while(&server).await;
    assert_eq!(traces(&server, &storage).await, 0);
    let again = server.post("/api/3.0/kansoku/retention/confirm", json!({})).await;
    assert_eq!(again.json(), json!({ "waited": false }));
}

#[tokio::test]
async fn a_clock_that_is_put_right_is_no_matter() {
    let server = TestServer::start();
    let storage = with_kept_traces(&server).await;
    run_for_a_while(&server).await;
    server.clock.advance_ms(60 * DAY_MS);
    run_for_a_while(&server).await;
    server.clock.advance_ms(-60 * DAY_MS);
    run_for_a_while(&server).await;
    assert_eq!(health(&server).await, "OK");
    assert_eq!(traces(&server, &storage).await, 41);
    assert_eq!(server.app.maintenance.clock_marks().await.unwrap().wait, None);
}

/// If little would be deleted, a server that was stopped for long needs no confirmation.
#[tokio::test]
async fn a_jump_that_deletes_little_is_taken_for_the_truth() {
    let server = TestServer::start();
    let storage = with_kept_traces(&server).await;
    run_for_a_while(&server).await;
    server.clock.advance_ms(10 * DAY_MS);
    run_for_a_while(&server).await;
    assert_eq!(health(&server).await, "OK");
    assert_eq!(traces(&server, &storage).await, 41);
    let seen = server.app.maintenance.clock_marks().await.unwrap().last_seen.unwrap();
    assert_eq!(seen.0, START_MS + 10 * DAY_MS);
}
