//! The state of the archive, and what limits of retention would delete.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::Method;
use insta::assert_snapshot;
use kansoku_model::{Experiment, ExperimentId, TimestampMs};
use kansoku_server::{TraceArchive, TraceArchiveStatus};
use kansoku_store::{ArchiveBacklog, ArchiveSize, StoreError};
use serde_json::{Value, json};

use crate::test_server::{START_MS, TestServer};

const ARCHIVE: &str = "/api/3.0/kansoku/archive";

/// An archive of all experiments but `left-out`.
#[derive(Default)]
struct Archive {
    gauges_recorded: AtomicUsize,
}

#[async_trait]
impl TraceArchive for Archive {
    fn keeps(&self, experiment: &Experiment) -> bool {
        experiment.name != "left-out"
    }

    async fn status(&self) -> Result<TraceArchiveStatus, StoreError> {
        let (first, second) = (ExperimentId(1), ExperimentId(2));
        let size = |experiment, prefix: &str, traces| ArchiveSize {
            experiment,
            prefix: prefix.to_owned(),
            files: 4,
            bytes: 70_000,
            traces,
            spans: 3 * traces,
        };
        Ok(TraceArchiveStatus {
            place: "s3://bucket/traces".to_owned(),
            layout: "v2",
            interval: Duration::from_secs(60),
            succeeded: Some(TimestampMs(START_MS)),
            problem: Some("could not reach the bucket".to_owned()),
            sizes: vec![size(first, "experiment_1", 5), size(second, "other", 9)],
            waiting: vec![ArchiveBacklog {
                experiment: first,
                traces: 2,
                oldest_change: TimestampMs(START_MS - 5_000),
            }],
        })
    }

    async fn record_gauges(&self) -> Result<(), StoreError> {
        self.gauges_recorded.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A server with an archive, and the experiments 1 `/own/a` and 2 `left-out`.
async fn server() -> (TestServer, Arc<Archive>) {
    let mut server = TestServer::start();
    let archive = Arc::new(Archive::default());
    server.app.archive = Some(archive.clone());
    assert_eq!(server.experiment("/own/a").await, "1");
    assert_eq!(server.experiment("left-out").await, "2");
    (server, archive)
}

#[tokio::test]
async fn a_server_without_an_archive_says_so() {
    assert_snapshot!(TestServer::start().get(ARCHIVE).await, @r#"
    200 OK
    {"configured":false,"place":null,"layout":null,"interval_s":null,"problem":null,"succeeded_ms":null,"experiments":[]}
    "#);
}

#[tokio::test]
async fn the_archive_is_shown_with_each_experiment() {
    let (server, _) = server().await;
    let tag = json!({ "experiment_id": "1", "key": "kansoku.retention.maxAge", "value": "7d" });
    server.post("/api/2.0/mlflow/experiments/set-experiment-tag", tag).await;
    assert_snapshot!(server.get(ARCHIVE).await, @r#"
    200 OK
    {"configured":true,"place":"s3://bucket/traces","layout":"v2","interval_s":60,"problem":"could not reach the bucket","succeeded_ms":1700000000000,"experiments":[{"experiment_id":"0","name":"Default","enabled":true,"prefix":null,"traces":0,"spans":0,"files":0,"bytes":0,"waiting_traces":0,"waiting_since_ms":null,"max_age_s":null,"max_bytes":null},{"experiment_id":"1","name":"/own/a","enabled":true,"prefix":"experiment_1","traces":5,"spans":15,"files":4,"bytes":70000,"waiting_traces":2,"waiting_since_ms":1699999995000,"max_age_s":604800,"max_bytes":null},{"experiment_id":"2","name":"left-out","enabled":false,"prefix":"other","traces":9,"spans":27,"files":4,"bytes":70000,"waiting_traces":0,"waiting_since_ms":null,"max_age_s":null,"max_bytes":null}]}
    "#);
}

#[tokio::test]
async fn a_bound_token_sees_its_experiments_and_not_the_place() {
    let (server, _) = server().await;
    server.token("guest", "read", Some("/own/")).await;
    let seen = server.ask_as("guest", Method::GET, ARCHIVE, Value::Null).await.json();
    let ids: Vec<_> =
        seen["experiments"].as_array().unwrap().iter().map(|it| &it["experiment_id"]).collect();
    assert_eq!(ids, [&json!("1")]);
    assert_eq!((&seen["configured"], &seen["place"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn traces_that_wait_are_counted_when_metrics_are_read() {
    let (server, archive) = server().await;
    assert_eq!(server.get("/metrics").await.status, 200);
    assert_eq!(archive.gauges_recorded.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn limits_of_retention_are_previewed_without_deleting_anything() {
    let server = TestServer::start();
    for n in 1..=4 {
        // The server's clock shows 2023-11-14T22:13:20Z.
        let time = format!("2023-11-{:02}T22:00:00Z", 10 + n);
        let trace = format!("tr-{n:032x}");
        assert_eq!(server.start_trace(&trace, json!({ "request_time": time })).await.status, 200);
    }
    let preview = async |query: &str| {
        server.get(&format!("/api/3.0/kansoku/experiments/0/retention-preview{query}")).await
    };
    assert_snapshot!(preview("?max_age=36h").await, @r#"
    200 OK
    {"traces":4,"expired_traces":2,"expired_payload_bytes":0}
    "#);
    // Without limits of its own, the experiment has those of the server: none.
    for query in ["", "?max_age=&max_bytes=", "?max_age=none&max_bytes=1TB", "?max_age=30d"] {
        assert_eq!(preview(query).await.json()["expired_traces"], 0, "{query}");
    }
    assert_snapshot!(preview("?max_age=soon").await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"`soon` is not an age such as `30d` (units: min, h, d, w) or `none`"}
    "#);
    assert_eq!(preview("?max_bytes=0").await.status, 400);
    let storage = server.get("/api/3.0/kansoku/experiments/0/storage").await.json();
    assert_eq!(storage["traces"], 4);
}
