//! Tags, links and deletion.
use insta::assert_snapshot;
use serde_json::json;

use crate::{
    fixtures::{TRACE, TRACES, span},
    test_server::TestServer,
};

const EDITS: &str = "/api/2.0/mlflow/traces";

async fn with_trace() -> TestServer {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({ "tags": { "a": "1" } })).await;
    server
}

#[tokio::test]
async fn tags_come_and_go() {
    let server = with_trace().await;
    let path = format!("{EDITS}/{TRACE}/tags");
    assert_eq!(server.patch(&path, json!({ "key": "a", "value": "2" })).await.json(), json!({}));
    let name = json!({ "key": "mlflow.traceName", "value": "new name" });
    assert_eq!(server.patch(&path, name).await.status, 200);
    assert_eq!(server.patch(&path, json!({ "key": "empty", "value": null })).await.status, 200);
    let tags = async || {
        let info = server.get(&format!("{TRACES}/{TRACE}")).await.json();
        info["trace"]["trace_info"]["tags"].to_string()
    };
    assert_snapshot!(tags().await, @r#"{"a":"2","empty":"","mlflow.artifactLocation":"mlflow-artifacts:/0/traces/tr-0000000000000000000000000000000a/artifacts","mlflow.traceName":"new name"}"#);
    for key in ["a", "mlflow.traceName", "empty"] {
        assert_eq!(server.delete(&path, json!({ "key": key })).await.json(), json!({}));
    }
    assert_snapshot!(tags().await, @r#"{"mlflow.artifactLocation":"mlflow-artifacts:/0/traces/tr-0000000000000000000000000000000a/artifacts"}"#);
    assert_snapshot!(server.delete(&path, json!({ "key": "a" })).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No trace tag with key 'a' for trace with ID 'tr-0000000000000000000000000000000a'"}
    "#);
}

#[tokio::test]
async fn tags_that_cannot_be_set_say_why() {
    let server = with_trace().await;
    let path = format!("{EDITS}/{TRACE}/tags");
    let mut refused = Vec::new();
    for key in ["", "bad key!", &"k".repeat(251), "mlflow.trace.spansLocation"] {
        let reply = server.patch(&path, json!({ "key": key, "value": "v" })).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 "Missing value for required parameter 'key'. See the API docs for more information about request parameters."
    400 "Invalid value \"bad key!\" for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
    400 "'key' exceeds the maximum length of 250 characters"
    400 "Tag 'mlflow.trace.spansLocation' is immutable and cannot be set on a trace."
    "#);
    for key in ["日本 ok", "a/b:c.d-e_f", "mlflow.artifactLocation"] {
        assert_eq!(server.patch(&path, json!({ "key": key, "value": "v" })).await.status, 200);
    }
    let nowhere = format!("{EDITS}/tr-nope/tags");
    assert_eq!(server.patch(&nowhere, json!({ "key": "a", "value": "v" })).await.status, 404);
    assert_eq!(server.delete(&nowhere, json!({ "key": "a" })).await.status, 404);
}

#[tokio::test]
async fn deletion_wants_ids_or_a_time() {
    let server = with_trace().await;
    let mut refused = Vec::new();
    for body in [
        json!({}),
        json!({ "experiment_id": "0" }),
        json!({ "experiment_id": "0", "max_timestamp_millis": 1, "request_ids": ["a"] }),
        json!({ "experiment_id": "0", "request_ids": ["a"], "max_traces": 1 }),
        json!({ "experiment_id": "0", "max_timestamp_millis": 1, "max_traces": 0 }),
        json!({ "experiment_id": "x", "request_ids": ["a"] }),
    ] {
        let reply = server.post(&format!("{EDITS}/delete-traces"), body).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 "Missing value for required parameter 'experiment_id'. See the API docs for more information about request parameters."
    400 "Either `max_timestamp_millis` or `trace_ids` must be specified."
    400 "Only one of `max_timestamp_millis` and `trace_ids` can be specified."
    400 "`max_traces` can't be specified if `trace_ids` is specified."
    400 "`max_traces` must be a positive integer, received 0."
    400 "Invalid experiment ID 'x'. Experiment ID must be a valid integer."
    "#);
}

#[tokio::test]
async fn a_deleted_trace_takes_its_attachments_along() {
    let server = with_trace().await;
    server.upload_spans(TRACE, json!([span(1, "root")])).await;
    let id = "0d2e4fed-f105-4e84-ac87-564c911b85a4";
    let file = format!("0/traces/{TRACE}/artifacts/attachments/{id}");
    assert_eq!(server.put_artifact(&file, "png").await.status, 200);
    let on_disk = server.folder().join("artifacts/traces").join(TRACE);
    assert!(on_disk.exists());

    let ids = json!({ "experiment_id": "0", "request_ids": [TRACE, "tr-nope", ""] });
    let delete = || server.post("/api/3.0/mlflow/traces/delete-traces", ids.clone());
    assert_eq!(delete().await.json(), json!({ "traces_deleted": 1 }));
    assert_eq!(delete().await.json(), json!({ "traces_deleted": 0 }));
    assert!(!on_disk.exists());
    assert_eq!(server.get_artifact(&file).await.status, 404);
    assert_eq!(server.get(&format!("{TRACES}/{TRACE}")).await.status, 404);
}

#[tokio::test]
async fn old_traces_go_first() {
    let server = TestServer::start();
    for (trace, second) in [("tr-1", "10"), ("tr-2", "11"), ("tr-3", "12")] {
        let at = format!("2026-11-21T05:04:{second}Z");
        server.start_trace(trace, json!({ "request_time": at })).await;
    }
    let until = json!({
        "experiment_id": "0",
        "max_timestamp_millis": 1_795_237_451_000_i64,
        "max_traces": "1",
    });
    let path = format!("{EDITS}/delete-traces");
    for gone in [1, 1, 0] {
        let reply = server.post(&path, until.clone()).await.json();
        assert_eq!(reply, json!({ "traces_deleted": gone }));
    }
    assert_eq!(server.get(&format!("{TRACES}/tr-3")).await.status, 200);
}

#[tokio::test]
async fn linked_traces_are_found_by_run_and_prompt() {
    let server = with_trace().await;
    let link = json!({ "trace_ids": [TRACE, "tr-nope"], "run_id": "r1" });
    assert_eq!(server.post(&format!("{EDITS}/link-to-run"), link).await.json(), json!({}));
    let prompts =
        json!({ "trace_id": TRACE, "prompt_versions": [{ "name": "qa", "version": "1" }] });
    assert_eq!(server.post(&format!("{EDITS}/link-prompts"), prompts).await.json(), json!({}));
    for filter in ["run_id = 'r1'", "prompt = 'qa/1'"] {
        let search = json!({
            "locations": [{ "mlflow_experiment": { "experiment_id": "0" } }],
            "filter": filter,
        });
        let found = server.post(&format!("{TRACES}/search"), search).await.json();
        assert_eq!(found["traces"].as_array().map_or(0, Vec::len), 1, "{filter}: {found}");
    }
}

#[tokio::test]
async fn links_that_make_no_sense_are_refused() {
    let server = with_trace().await;
    let many: Vec<String> = (0..101).map(|n| format!("tr-{n}")).collect();
    let mut refused = Vec::new();
    for (path, body) in [
        ("link-to-run", json!({ "run_id": "r1" })),
        ("link-to-run", json!({ "trace_ids": [] })),
        ("link-to-run", json!({ "trace_ids": many, "run_id": "r1" })),
        ("link-prompts", json!({ "prompt_versions": [] })),
        ("link-prompts", json!({ "trace_id": "tr-nope", "prompt_versions": [] })),
        (
            "link-prompts",
            json!({ "trace_id": TRACE, "prompt_versions": [{ "name": "qa", "version": "x" }] }),
        ),
    ] {
        let reply = server.post(&format!("{EDITS}/{path}"), body).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 "Missing value for required parameter 'trace_ids'. See the API docs for more information about request parameters."
    400 "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters."
    400 "Cannot link more than 100 traces to a run in a single request. Provided 101 traces."
    400 "Missing value for required parameter 'trace_id'. See the API docs for more information about request parameters."
    404 "Trace with ID 'tr-nope' not found."
    400 "Invalid value \"x\" for parameter 'prompt_versions[0].version' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters."
    "#);
}
