use insta::assert_snapshot;
use serde_json::json;

use crate::{
    fixtures::{TRACES, span},
    test_server::TestServer,
};

const TRACES_V2: &str = "/api/2.0/mlflow/traces";

/// The requests of MLflow 3.1 clients: open, upload, close. The spans have an OpenTelemetry trace
/// id of their own.
#[tokio::test]
async fn a_trace_is_opened_filled_and_closed() {
    let server = TestServer::start();
    let open = json!({
        "experiment_id": "0",
        "timestamp_ms": 1_795_238_441_338_i64,
        "request_metadata": [{ "key": "mlflow.trace_schema.version", "value": "3" }],
        "tags": [{ "key": "mlflow.traceName", "value": "alice" }],
    });
    let opened = server.post(TRACES_V2, open).await.json()["trace_info"].clone();
    let id = opened["request_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert_eq!(opened["status"], "IN_PROGRESS");
    assert_eq!(opened["execution_time_ms"], 0);

    let spans = json!([span(1, "root"), span(2, "add")]);
    assert_eq!(server.upload_spans(&id, spans).await.status, 200);

    let close = json!({
        "request_id": id,
        "timestamp_ms": 1_795_238_441_541_i64,
        "status": "OK",
        "request_metadata": [{ "key": "mlflow.traceInputs", "value": "{\"q\": \"hi\"}" }],
        "tags": [{ "key": "a", "value": "b" }],
    });
    let closed = server.patch(&format!("{TRACES_V2}/{id}"), close).await;
    assert_snapshot!(closed.to_string().replace(&id, "[id]"), @r#"
    200 OK
    {"trace_info":{"request_id":"[id]","experiment_id":"0","timestamp_ms":1795238441338,"execution_time_ms":203,"status":"OK","request_metadata":[{"key":"mlflow.traceInputs","value":"{\"q\": \"hi\"}"},{"key":"mlflow.trace_schema.version","value":"3"}],"tags":[{"key":"a","value":"b"},{"key":"mlflow.artifactLocation","value":"mlflow-artifacts:/0/traces/[id]/artifacts"},{"key":"mlflow.traceName","value":"alice"}]}}
    "#);
    let info = server.get(&format!("{TRACES_V2}/{id}/info")).await;
    assert_eq!(info.json(), closed.json());
    let found = server.get(&format!("{TRACES_V2}?experiment_ids=0&max_results=100")).await;
    assert_eq!(found.json()["traces"][0], closed.json()["trace_info"]);

    let newer = server.get(&format!("{TRACES}/get?trace_id={id}")).await.json();
    assert_eq!(newer["trace"]["trace_info"]["tags"]["mlflow.traceName"], "alice");
    assert_eq!(newer["trace"]["spans"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_v2_cannot_do_is_said() {
    let server = TestServer::start();
    assert_snapshot!(server.post(TRACES_V2, json!({ "experiment_id": "99" })).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=99 exists"}
    "#);
    assert_snapshot!(server.patch(&format!("{TRACES_V2}/nope"), json!({})).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Trace with ID 'nope' not found."}
    "#);
    assert_snapshot!(server.get(TRACES_V2).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters."}
    "#);
}
