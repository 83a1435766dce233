use insta::assert_snapshot;
use serde_json::json;

use crate::{
    fixtures::{TRACE, TRACES, span, trace_info},
    test_server::TestServer,
};

#[tokio::test]
async fn a_trace_that_a_client_tells_of_comes_back_merged() {
    let server = TestServer::start();
    let first = json!({
        "client_request_id": "req-1",
        "request_preview": "hi",
        "tags": { "mlflow.traceName": "chat", "a": "1", "b": "1" },
        "trace_metadata": { "mlflow.trace.session": "s1" },
    });
    assert_snapshot!(server.start_trace(TRACE, first).await, @r#"
    200 OK
    {"trace":{"trace_info":{"trace_id":"tr-0000000000000000000000000000000a","client_request_id":"req-1","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"0"}},"request_preview":"hi","request_time":"2026-11-21T05:04:12.228Z","execution_duration":"0.039s","state":"OK","trace_metadata":{"mlflow.trace.infoFinalized":"true","mlflow.trace.session":"s1"},"tags":{"a":"1","b":"1","mlflow.artifactLocation":"mlflow-artifacts:/0/traces/tr-0000000000000000000000000000000a/artifacts","mlflow.traceName":"chat"}}}}
    "#);
    let second = json!({
        "response_preview": "bye",
        "tags": { "b": "2", "mlflow.artifactLocation": "s3://elsewhere" },
        "execution_duration": "3s",
        "state": "ERROR",
    });
    assert_snapshot!(server.start_trace(TRACE, second).await, @r#"
    200 OK
    {"trace":{"trace_info":{"trace_id":"tr-0000000000000000000000000000000a","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"0"}},"request_preview":"hi","response_preview":"bye","request_time":"2026-11-21T05:04:12.228Z","execution_duration":"3s","state":"ERROR","trace_metadata":{"mlflow.trace.infoFinalized":"true","mlflow.trace.session":"s1"},"tags":{"a":"1","b":"2","mlflow.artifactLocation":"mlflow-artifacts:/0/traces/tr-0000000000000000000000000000000a/artifacts","mlflow.traceName":"chat"}}}}
    "#);
    assert_snapshot!(server.get(&format!("{TRACES}/{TRACE}")).await, @r#"
    200 OK
    {"trace":{"trace_info":{"trace_id":"tr-0000000000000000000000000000000a","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"0"}},"request_preview":"hi","response_preview":"bye","request_time":"2026-11-21T05:04:12.228Z","execution_duration":"3s","state":"ERROR","trace_metadata":{"mlflow.trace.infoFinalized":"true","mlflow.trace.session":"s1"},"tags":{"a":"1","b":"2","mlflow.artifactLocation":"mlflow-artifacts:/0/traces/tr-0000000000000000000000000000000a/artifacts","mlflow.traceName":"chat"}}}}
    "#);
}

#[tokio::test]
async fn what_a_trace_lacks_is_named() {
    let server = TestServer::start();
    assert_snapshot!(server.post(TRACES, json!({})).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'trace'. See the API docs for more information about request parameters."}
    "#);
    let mut broken = Vec::new();
    for (field, value) in [
        ("trace_id", json!("")),
        ("trace_id", json!("x".repeat(251))),
        ("trace_location", json!(null)),
        ("trace_location", json!({ "type": "INFERENCE_TABLE" })),
        ("trace_location", json!({ "mlflow_experiment": { "experiment_id": "x" } })),
        ("trace_location", json!({ "mlflow_experiment": { "experiment_id": "99" } })),
        ("request_time", json!(null)),
        ("request_time", json!("yesterday")),
        ("execution_duration", json!("3 minutes")),
        ("tags", json!({ "a": 1 })),
        ("trace_metadata", json!({ "mlflow.trace.session": "s".repeat(251) })),
        ("assessments", json!([{ "assessment_name": "a" }])),
    ] {
        let reply = server.start_trace(TRACE, json!({ field: value })).await;
        broken.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(broken.join("\n"), @r#"
    400 "Missing value for required parameter 'trace.trace_info.trace_id'. See the API docs for more information about request parameters."
    400 "a trace id has 1 to 250 bytes and no control characters"
    400 "Missing value for required parameter 'trace.trace_info.trace_location'. See the API docs for more information about request parameters."
    400 "only traces of an experiment are supported: `mlflow_experiment` is missing"
    400 "Invalid experiment ID 'x'. Experiment ID must be a valid integer."
    404 "No Experiment with id=99 exists"
    400 "Missing value for required parameter 'trace.trace_info.request_time'. See the API docs for more information about request parameters."
    400 "`request_time`: `yesterday` is not an RFC 3339 time such as `2026-11-21T05:04:12.228Z`"
    400 "`execution_duration`: `3 minutes` is not a duration in seconds such as `0.039s`"
    400 "Invalid value 1 for parameter 'trace.trace_info.tags.a' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters."
    400 "'mlflow.trace.session' exceeds the maximum length of 250 characters"
    400 "Unknown assessment type: None"
    "#);
}

#[tokio::test]
async fn an_unknown_state_is_unspecified() {
    let server = TestServer::start();
    let reply = server.start_trace(TRACE, json!({ "state": "SLEEPY" })).await;
    assert_eq!(reply.json()["trace"]["trace_info"]["state"], "STATE_UNSPECIFIED");
}

#[tokio::test]
async fn long_tags_and_metadata_are_cut_where_they_are_shown() {
    let server = TestServer::start();
    let long = "é".repeat(9000);
    let more = json!({ "tags": { "t": long }, "trace_metadata": { "m": long } });
    let info = server.start_trace(TRACE, more).await.json()["trace"]["trace_info"].clone();
    assert_eq!(info["tags"]["t"].as_str().unwrap().chars().count(), 4096);
    assert_eq!(info["trace_metadata"]["m"].as_str().unwrap().chars().count(), 250);
}

#[tokio::test]
async fn spans_make_the_trace_one_of_the_tracking_store() {
    let server = TestServer::start();
    let info = server.start_trace(TRACE, json!({})).await.json()["trace"]["trace_info"].clone();
    assert_eq!(info["tags"]["mlflow.trace.spansLocation"], json!(null));

    let reply = server.upload_spans(TRACE, json!([span(1, "root"), span(2, "step")])).await;
    assert_eq!(reply.status, 200, "{reply}");

    assert_snapshot!(server.get(&format!("{TRACES}/get?trace_id={TRACE}")).await, @r#"
    200 OK
    {"trace":{"trace_info":{"trace_id":"tr-0000000000000000000000000000000a","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"0"}},"request_preview":"{\"q\": [1, \"two\"]}","request_time":"2026-11-21T05:04:12.228Z","execution_duration":"0.039s","state":"OK","trace_metadata":{"mlflow.trace.infoFinalized":"true"},"tags":{"mlflow.artifactLocation":"mlflow-artifacts:/0/traces/tr-0000000000000000000000000000000a/artifacts","mlflow.trace.spansLocation":"TRACKING_STORE","mlflow.traceName":"root"}},"spans":[{"trace_id":"AAAAAAAAAAAAAAAAAAAACg==","span_id":"AAAAAAAAAAE=","name":"root","start_time_unix_nano":1795237452001000000,"end_time_unix_nano":1795237452001500000,"attributes":[{"key":"mlflow.traceRequestId","value":{"string_value":"tr-0000000000000000000000000000000a"}},{"key":"mlflow.spanType","value":{"string_value":"TOOL"}},{"key":"mlflow.spanInputs","value":{"kvlist_value":{"values":[{"key":"q","value":{"array_value":{"values":[{"int_value":1},{"string_value":"two"}]}}}]}}}],"status":{"code":"STATUS_CODE_OK"}},{"trace_id":"AAAAAAAAAAAAAAAAAAAACg==","span_id":"AAAAAAAAAAI=","parent_span_id":"AAAAAAAAAAE=","name":"step","start_time_unix_nano":1795237452002000000,"end_time_unix_nano":1795237452002500000,"attributes":[{"key":"mlflow.traceRequestId","value":{"string_value":"tr-0000000000000000000000000000000a"}},{"key":"mlflow.spanType","value":{"string_value":"TOOL"}},{"key":"mlflow.spanInputs","value":{"kvlist_value":{"values":[{"key":"q","value":{"array_value":{"values":[{"int_value":1},{"string_value":"two"}]}}}]}}}],"status":{"code":"STATUS_CODE_OK"}}]}}
    "#);
}

#[tokio::test]
async fn a_batch_leaves_out_what_is_missing_or_incomplete() {
    let server = TestServer::start();
    let stats = |n: u64| {
        json!({ "trace_metadata": {
        "mlflow.trace.sizeStats": format!("{{\"num_spans\": {n}}}"),
    } })
    };
    for (trace, announced, sent) in [("tr-1", 1, 1), ("tr-2", 2, 1), ("tr-3", 0, 0)] {
        server.start_trace(trace, stats(announced)).await;
        if 0 < sent {
            server.upload_spans(trace, json!([span(1, "root")])).await;
        }
    }
    let ids = "trace_ids=tr-1&trace_ids=tr-2&trace_ids=tr-3&trace_ids=tr-4";
    let batch = |more: &str| server.get_owned(format!("{TRACES}/batchGet?{ids}{more}"));
    let traces = batch("").await.json();
    let traces = traces["traces"].as_array().unwrap();
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0]["trace_info"]["trace_id"], "tr-1");
    assert_eq!(traces[0]["spans"][0]["name"], "root");
    assert_eq!(batch("&experiment_ids=7").await.json(), json!({}));
    assert_snapshot!(server.get(&format!("{TRACES}/batchGet")).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'trace_ids'. See the API docs for more information about request parameters."}
    "#);
    assert_eq!(server.post(&format!("{TRACES}/batchGet"), json!({})).await.status, 405);
}

#[tokio::test]
async fn infos_come_in_the_order_asked_for() {
    let server = TestServer::start();
    for trace in ["tr-1", "tr-2"] {
        server.start_trace(trace, json!({})).await;
    }
    let path = format!("{TRACES}/batchGetInfos");
    let ids = json!(["tr-2", "tr-9", "tr-1"]);
    let found = server.post(&path, json!({ "trace_ids": ids })).await.json();
    let found: Vec<_> = found["trace_infos"].as_array().unwrap().iter().collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["trace_id"], "tr-2");
    let denied = json!({ "trace_ids": ids, "experiment_ids": [] });
    assert_eq!(server.post(&path, denied).await.json(), json!({}));
    assert_eq!(server.post(&path, json!({ "trace_ids": [] })).await.json(), json!({}));
    assert_eq!(server.post(&path, json!({})).await.status, 400);
}

#[tokio::test]
async fn a_read_waits_for_spans_on_their_way_and_then_says_so() {
    let server = TestServer::start();
    let more = json!({ "trace_metadata": { "mlflow.trace.sizeStats": "{\"num_spans\": 2}" } });
    server.start_trace(TRACE, more).await;
    server.upload_spans(TRACE, json!([span(1, "root")])).await;

    let path = format!("{TRACES}/get?trace_id={TRACE}&allow_partial=");
    assert_snapshot!(server.get_owned(format!("{path}False")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Trace with ID tr-0000000000000000000000000000000a is not fully exported yet, please try again later."}
    "#);
    assert_eq!(server.get_owned(format!("{path}True")).await.status, 200);
    assert_snapshot!(server.get_owned(format!("{path}maybe")).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid boolean value: maybe, must be 'true' or 'false'."}
    "#);

    let late = async {
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        server.upload_spans(TRACE, json!([span(2, "step")])).await
    };
    let (reply, _) = tokio::join!(server.get_owned(format!("{path}False")), late);
    assert_eq!(reply.json()["trace"]["spans"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_missing_trace_is_a_plain_404_everywhere() {
    let server = TestServer::start();
    let no_op = "MLFLOW_NO_OP_SPAN_TRACE_ID";
    assert_snapshot!(server.get(&format!("{TRACES}/{no_op}")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Trace with ID 'MLFLOW_NO_OP_SPAN_TRACE_ID' not found."}
    "#);
    for path in [
        format!("{TRACES}/get?trace_id={no_op}"),
        format!("/api/2.0/mlflow/traces/{no_op}/info"),
        format!("/api/2.0/mlflow/traces/{no_op}/credentials-for-data-download"),
        format!("/ajax-api/3.0/mlflow/get-trace-artifact?request_id={no_op}"),
        format!("/api/2.0/mlflow-artifacts/artifacts/0/traces/{no_op}/artifacts/traces.json"),
    ] {
        let reply = server.get(&path).await;
        assert_eq!(reply.status, 404, "{path}: {reply}");
        assert_eq!(reply.json()["error_code"], "RESOURCE_DOES_NOT_EXIST", "{path}");
    }
    server.start_trace(TRACE, json!({})).await;
    assert_snapshot!(server.get(&format!("{TRACES}/get?trace_id={TRACE}")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no spans of trace `tr-0000000000000000000000000000000a` are stored"}
    "#);
}

#[tokio::test]
async fn a_trace_without_spans_has_no_file_to_download() {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    let path = "/ajax-api/2.0/mlflow/get-trace-artifact";
    assert_snapshot!(server.get(&format!("{path}?request_id={TRACE}")).await, @r#"
    404 Not Found
    {"error_code":"NOT_FOUND","message":"Trace data not found for path=traces.json"}
    "#);
    assert_snapshot!(server.get(path).await, @r#"
    400 Bad Request
    {"error_code":"BAD_REQUEST","message":"Request must include the \"request_id\" query parameter."}
    "#);
    server.upload_spans(TRACE, json!([span(1, "root")])).await;
    let reply = server.get(&format!("{path}?request_id={TRACE}")).await;
    assert_eq!(reply.header("content-disposition"), "attachment; filename=traces.json");
    assert_eq!(reply.json()["spans"][0]["name"], "root");
}

#[tokio::test]
async fn assessments_in_the_info_are_stored_with_it() {
    let server = TestServer::start();
    let mut info = trace_info(TRACE, json!({}));
    info["assessments"] = json!([{
        "assessment_name": "thumb",
        "source": { "source_type": "HUMAN", "source_id": "bob" },
        "feedback": { "value": true },
        "create_time": "2026-11-21T05:04:22.955Z",
        "last_update_time": "2026-11-21T05:04:22.955Z",
    }]);
    let reply = server.post(TRACES, json!({ "trace": { "trace_info": info } })).await.json();
    let assessment = &reply["trace"]["trace_info"]["assessments"][0];
    assert!(assessment["assessment_id"].as_str().unwrap().starts_with("a-"));
    assert_eq!(assessment["trace_id"], TRACE);
    assert_eq!(assessment["valid"], true);
}

#[tokio::test]
async fn a_trace_beyond_the_limit_is_refused_with_the_route_that_pages() {
    let mut server = TestServer::start();
    server.upload_spans(TRACE, json!([span(1, "root")])).await;
    server.start_trace("tr-2", json!({})).await;
    server.upload_spans("tr-2", json!([span(1, "root")])).await;
    let id = kansoku_model::TraceId::try_from(TRACE.to_owned()).unwrap();
    let stored = server.app.traces.spans(&id).await.unwrap();
    let bytes = stored.chunks.iter().map(Vec::len).sum::<usize>() as u64;

    let get = format!("{TRACES}/get?trace_id={TRACE}");
    let both = format!("{TRACES}/batchGet?trace_ids={TRACE}&trace_ids=tr-2");
    server.app.limits.trace_bytes_max = 2 * bytes;
    assert_eq!(server.get(&get).await.status, 200);
    assert_eq!(server.get(&both).await.status, 200);
    server.app.limits.trace_bytes_max = bytes;
    assert_eq!(server.get(&get).await.status, 200);
    let refused = server.get(&both).await;
    assert_eq!(refused.status, 400, "{refused}");
    assert!(refused.json()["message"].as_str().unwrap().ends_with("ask for fewer of them"));

    server.app.limits.trace_bytes_max = bytes - 1;
    let refused = server.get(&get).await;
    assert_eq!(refused.status, 400, "{refused}");
    let message = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with(&format!("trace `{TRACE}` holds {bytes} bytes of spans")));
    assert!(message.contains(&format!("/api/3.0/kansoku/traces/{TRACE}/spans")), "{message}");
    let file = server.get_artifact(&format!("0/traces/{TRACE}/artifacts/traces.json")).await;
    assert_eq!(file.status, 400, "{file}");
}

#[tokio::test]
async fn a_long_trace_is_sent_while_it_is_made() {
    let server = TestServer::start();
    let text = "a \"long\" prompt\n".repeat(20_000);
    let spans: Vec<_> = (1..=5)
        .map(|n| {
            let mut span = span(n, "step");
            span["attributes"]["mlflow.spanInputs"] = json!(json!(text).to_string());
            span
        })
        .collect();
    server.upload_spans(TRACE, json!(spans)).await;
    let reply = server.get(&format!("{TRACES}/get?trace_id={TRACE}")).await;
    assert_eq!(reply.header("content-type"), "application/json");
    let inputs = |span: &serde_json::Value| span["attributes"][2]["value"]["string_value"].clone();
    let received = reply.json()["trace"]["spans"].as_array().unwrap().clone();
    assert_eq!(received.iter().map(inputs).collect::<Vec<_>>(), vec![json!(text); 5]);

    let file = server.get_artifact(&format!("0/traces/{TRACE}/artifacts/traces.json")).await;
    let received = file.json()["spans"].as_array().unwrap().clone();
    let inputs = |span: &serde_json::Value| span["attributes"]["mlflow.spanInputs"].clone();
    assert_eq!(
        received.iter().map(inputs).collect::<Vec<_>>(),
        vec![json!(json!(text).to_string()); 5]
    );
}
