use axum::{body::Body, http::Request};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    fixtures::{TRACE, TRACES},
    test_server::{Reply, TestServer},
};

async fn with_trace() -> TestServer {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    server
}

fn path(id: &str) -> String {
    format!("{TRACES}/{TRACE}/assessments/{id}")
}

async fn assess(server: &TestServer, assessment: Value) -> Reply {
    server.post(&format!("{TRACES}/{TRACE}/assessments"), json!({ "assessment": assessment })).await
}

fn feedback(id: &str, value: Value) -> Value {
    json!({
        "assessment_id": id,
        "assessment_name": "relevance",
        "source": { "source_type": "LLM_JUDGE", "source_id": "gpt-4" },
        "feedback": { "value": value },
    })
}

#[tokio::test]
async fn feedback_is_kept_as_given_and_times_default_to_now() {
    let server = with_trace().await;
    let mut given = feedback("a-1", json!(1));
    given["rationale"] = json!("because");
    given["metadata"] = json!({ "m": "1" });
    given["span_id"] = json!("ed8c521a21f85435");
    given["valid"] = json!(false);
    given["feedback"]["error"] = json!({ "error_code": "ValueError", "stack_trace": "…" });
    assert_snapshot!(assess(&server, given).await, @r#"
    200 OK
    {"assessment":{"assessment_id":"a-1","assessment_name":"relevance","trace_id":"tr-0000000000000000000000000000000a","span_id":"ed8c521a21f85435","source":{"source_type":"LLM_JUDGE","source_id":"gpt-4"},"create_time":"2023-11-14T22:13:20Z","last_update_time":"2023-11-14T22:13:20Z","feedback":{"value":1.0,"error":{"error_code":"ValueError","stack_trace":"…"}},"rationale":"because","metadata":{"m":"1"},"valid":true}}
    "#);
    let read = server.get(&path("a-1")).await.json();
    assert_eq!(read["assessment"]["feedback"]["value"], json!(1.0));
    let info = server.get(&format!("{TRACES}/{TRACE}")).await.json();
    assert_eq!(info["trace"]["trace_info"]["assessments"][0], read["assessment"]);
}

#[tokio::test]
async fn expectations_travel_whole() {
    let server = with_trace().await;
    let expect = |expectation: Value| json!({ "assessment_name": "e", "expectation": expectation, "source": { "source_type": "HUMAN" } });
    let mut seen = Vec::new();
    for given in [
        json!({ "value": "paris" }),
        json!({ "value": ["a", 1] }),
        json!({ "serialized_value": {
            "serialization_format": "JSON_FORMAT", "value": "{\"a\": [1, 2.5]}",
        } }),
        json!({ "serialized_value": { "value": "no json" } }),
    ] {
        let reply = assess(&server, expect(given)).await.json();
        seen.push(reply["assessment"].get("expectation").unwrap_or(&reply["message"]).to_string());
    }
    assert_snapshot!(seen.join("\n"), @r#"
    {"value":"paris"}
    {"serialized_value":{"serialization_format":"JSON_FORMAT","value":"[\"a\",1.0]"}}
    {"serialized_value":{"serialization_format":"JSON_FORMAT","value":"{\"a\":[1,2.5]}"}}
    "`expectation.serialized_value.value` is not JSON: expected ident at line 1 column 2"
    "#);
}

#[tokio::test]
async fn an_assessment_is_one_thing_about_one_known_trace() {
    let server = with_trace().await;
    let mut refused = Vec::new();
    for (field, value) in [
        ("feedback", Value::Null),
        ("expectation", json!({ "value": 1 })),
        ("assessment_name", Value::Null),
        ("assessment_name", json!("x".repeat(251))),
        ("create_time", json!("noon")),
        ("feedback", json!("yes")),
        ("source", json!([])),
        ("overrides", json!("a-nope")),
    ] {
        let mut given = feedback("a-1", json!(true));
        given[field] = value;
        let reply = assess(&server, given).await;
        refused.push(format!("{} {}", reply.status.as_u16(), reply.json()["message"]));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 "Unknown assessment type: None"
    400 "an assessment has one of `feedback`, `expectation` and `issue`, not several"
    400 "Missing value for required parameter 'assessment.assessment_name'. See the API docs for more information about request parameters."
    400 "'assessment_name' exceeds the maximum length of 250 characters"
    400 "`create_time`: `noon` is not an RFC 3339 time such as `2026-11-21T05:04:12.228Z`"
    400 "Invalid value \"yes\" for parameter 'assessment.feedback' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters."
    400 "Invalid value [] for parameter 'assessment.source' supplied:  Hint: Value was of type 'list'. See the API docs for more information about request parameters."
    404 "Assessment with ID 'a-nope' not found for trace 'tr-0000000000000000000000000000000a'"
    "#);
    let nowhere = json!({ "assessment": feedback("a-1", json!(true)) });
    assert_snapshot!(server.post(&format!("{TRACES}/tr-nope/assessments"), nowhere).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Trace with ID 'tr-nope' not found."}
    "#);
    assert_snapshot!(server.get(&path("a-nope")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Assessment with ID 'a-nope' not found for trace 'tr-0000000000000000000000000000000a'"}
    "#);
    assert_snapshot!(server.get(&format!("{TRACES}/tr-nope/assessments/a-1")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Trace with ID 'tr-nope' not found."}
    "#);
}

#[tokio::test]
async fn unknown_sources_are_unspecified() {
    let server = with_trace().await;
    let mut given = feedback("a-1", json!(true));
    given["source"]["source_type"] = json!("AI_JUDGE");
    let reply = assess(&server, given).await.json();
    assert_eq!(reply["assessment"]["source"]["source_type"], "SOURCE_TYPE_UNSPECIFIED");
}

#[tokio::test]
async fn an_update_changes_what_its_mask_names_in_either_spelling() {
    let server = with_trace().await;
    let mut given = feedback("a-1", json!(0.9));
    given["rationale"] = json!("because");
    given["metadata"] = json!({ "m": "1" });
    assess(&server, given).await;
    server.clock.advance_ms(1000);
    let change = |mask: &str| {
        json!({
            "update_mask": mask,
            "assessment": {
                "assessment_name": "new",
                "feedback": { "value": 0.5 },
                "metadata": { "n": "2" },
                "source": { "source_type": "HUMAN" },
            },
        })
    };
    assert_snapshot!(server.patch(&path("a-1"), change("feedback,metadata,source")).await, @r#"
    200 OK
    {"assessment":{"assessment_id":"a-1","assessment_name":"relevance","trace_id":"tr-0000000000000000000000000000000a","source":{"source_type":"LLM_JUDGE","source_id":"gpt-4"},"create_time":"2023-11-14T22:13:20Z","last_update_time":"2023-11-14T22:13:21Z","feedback":{"value":0.5},"rationale":"because","metadata":{"m":"1","n":"2"},"valid":true}}
    "#);
    for mask in ["assessmentName", "assessment_name"] {
        let reply = server.patch(&path("a-1"), change(mask)).await.json();
        assert_eq!(reply["assessment"]["assessment_name"], "new", "{mask}");
        assert_eq!(reply["assessment"]["rationale"], "because");
    }
    let cleared = server.patch(&path("a-1"), change("rationale")).await.json();
    assert_eq!(cleared["assessment"].get("rationale"), None);
    for mask in ["", "valid", "expectation"] {
        let reply = server.patch(&path("a-1"), change(mask)).await;
        assert_eq!(reply.status, 400, "{mask:?}: {reply}");
    }
    let mut other = change("expectation");
    other["assessment"] = json!({ "expectation": { "value": 1 } });
    assert_snapshot!(server.patch(&path("a-1"), other).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Cannot update expectation value on a Feedback assessment."}
    "#);
}

#[tokio::test]
async fn deleting_what_overrides_brings_the_old_one_back() {
    let server = with_trace().await;
    assess(&server, feedback("a-1", json!(true))).await;
    let mut second = feedback("a-2", json!(false));
    second["overrides"] = json!("a-1");
    assert_eq!(assess(&server, second).await.status, 200);
    let is_valid = async || server.get(&path("a-1")).await.json()["assessment"]["valid"].clone();
    assert_eq!(is_valid().await, false);
    for _ in 0..2 {
        assert_eq!(server.delete(&path("a-2"), json!({})).await.json(), json!({}));
    }
    assert_eq!(is_valid().await, true);
    let nowhere = format!("{TRACES}/tr-nope/assessments/a-1");
    assert_eq!(server.delete(&nowhere, json!({})).await.status, 200);
}

#[tokio::test]
async fn an_assessment_is_deleted_without_a_json_body() {
    let server = with_trace().await;
    assess(&server, feedback("a-1", json!(true))).await;
    let request = Request::delete(path("a-1")).body(Body::empty()).unwrap();
    assert_eq!(server.send(request).await.json(), json!({}));
    assert_eq!(server.get(&path("a-1")).await.status, 404);
}
