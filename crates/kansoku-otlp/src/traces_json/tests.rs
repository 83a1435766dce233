use serde_json::json;

use super::*;
use crate::tests::trace;
use crate::{SpanSet, split_as};

/// The stored form of the file, written as the current version.
fn rewritten(file: serde_json::Value) -> serde_json::Value {
    let split = split_as(parse(file.to_string().as_bytes()).unwrap(), &trace());
    assert!(split.rejected.is_empty());
    let chunks: Vec<Vec<u8>> = split.traces.into_iter().map(|trace| trace.otlp).collect();
    let set = SpanSet::from_chunks(&chunks).unwrap();
    serde_json::from_slice(&set.traces_json(&trace())).unwrap()
}

fn today() -> serde_json::Value {
    json!({ "spans": [{
        "trace_id": "AQEBAQEBAQEBAQEBAQEBAQ==",
        "span_id": "AAAAAAAAAAE=",
        "parent_span_id": "AAAAAAAAAAI=",
        "name": "llm",
        "start_time_unix_nano": 1_795_237_452_228_417_885u64,
        "end_time_unix_nano": 1_795_237_452_268_415_008u64,
        "events": [{ "name": "e", "time_unix_nano": 5, "attributes": { "a": [1, "x"] } }],
        "status": { "code": "STATUS_CODE_ERROR", "message": "bad" },
        "attributes": {
            "mlflow.traceRequestId": format!("\"{}\"", trace()),
            "mlflow.spanType": "\"LLM\"",
            "n": "1",
        },
        "links": [{ "trace_id": trace().as_str(), "span_id": "00000000000000a1", "attributes": { "k": "v" } }],
    }] })
}

#[test]
fn the_form_of_today_is_kept_as_it_is() {
    assert_eq!(rewritten(today()), today());
}

#[test]
fn mlflow_3_5_wrote_hex_ids_and_short_statuses() {
    let mut file = today();
    let span = &mut file["spans"][0];
    span["trace_id"] = json!(trace().as_str());
    span["span_id"] = json!("0000000000000001");
    span["parent_span_id"] = json!("0000000000000002");
    span["status"]["code"] = json!("ERROR");
    assert_eq!(rewritten(file), today());
}

#[test]
fn mlflow_3_1_wrote_an_empty_parent_and_left_out_events() {
    let file = json!({ "spans": [{
        "trace_id": "AQEBAQEBAQEBAQEBAQEBAQ==",
        "span_id": "AAAAAAAAAAE=",
        "trace_state": "",
        "parent_span_id": "",
        "name": "root",
        "start_time_unix_nano": 5,
        "end_time_unix_nano": 6,
        "attributes": { "mlflow.spanInputs": "{\"x\": 1e-06}" },
        "status": { "message": "", "code": "STATUS_CODE_OK" },
    }] });
    let span = rewritten(file)["spans"][0].take();
    assert_eq!(span["parent_span_id"], json!(null));
    assert_eq!(span["status"]["code"], "STATUS_CODE_OK");
    assert_eq!(span["attributes"]["mlflow.spanInputs"], "{\"x\": 1e-06}");
}

#[test]
fn mlflow_2_named_everything_otherwise() {
    let file = json!({ "request": "{}", "response": null, "spans": [{
        "name": "llm",
        "context": { "trace_id": "0x01010101010101010101010101010101", "span_id": "0x1" },
        "parent_id": "0x2",
        "start_time": 1_795_237_452_228_417_885u64,
        "end_time": 1_795_237_452_268_415_008u64,
        "status_code": "ERROR",
        "status_message": "bad",
        "attributes": { "mlflow.traceRequestId": "\"4c4bd9\"", "mlflow.spanType": "\"LLM\"", "n": 1 },
        "events": [{ "name": "e", "timestamp": 5, "attributes": { "a": [1, "x"] } }],
    }] });
    let mut expected = today();
    expected["spans"][0]["links"] = json!([]);
    assert_eq!(rewritten(file), expected);
}

#[test]
fn a_span_with_a_bad_id_is_rejected_alone() {
    let mut file = today();
    let mut bad = file["spans"][0].clone();
    bad["span_id"] = json!("?");
    file["spans"].as_array_mut().unwrap().push(bad);
    let split = split_as(parse(file.to_string().as_bytes()).unwrap(), &trace());
    assert_eq!((split.traces[0].rows.len(), split.rejected.count()), (1, 1));
}

#[test]
fn pythons_bare_nan_is_read() {
    let file = br#"{"spans": [{"span_id": "0000000000000001", "name": "NaN",
        "events": [{"name": "e", "attributes": {"x": NaN}}]}]}"#;
    let split = split_as(parse(file).unwrap(), &trace());
    assert_eq!(split.traces[0].rows[0].name, "NaN");
}

#[test]
fn a_file_that_is_none_is_an_error_that_says_why() {
    for (file, error) in [
        ("", "traces.json is not JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "traces.json is not as MLflow writes it: `the body` must be an object"),
        ("{}", "traces.json has no list `spans`"),
        (r#"{"spans": {}}"#, "traces.json has no list `spans`"),
        (
            r#"{"spans": [{"name": 1}]}"#,
            "traces.json is not as MLflow writes it: `spans[0].name` must be a string",
        ),
    ] {
        assert_eq!(parse(file.as_bytes()).unwrap_err().to_string(), error);
    }
}
