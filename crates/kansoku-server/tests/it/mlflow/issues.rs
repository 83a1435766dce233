use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    fixtures::{TRACE, span},
    test_server::TestServer,
};

const API: &str = "/api/3.0/mlflow/issues";

/// Makes an issue and answers its id.
async fn issue(server: &TestServer, name: &str, more: Value) -> String {
    let mut body = json!({ "experiment_id": "0", "name": name, "description": "d" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = server.post(API, body).await.json();
    reply["issue"]["issue_id"].as_str().unwrap().to_owned()
}

async fn found(server: &TestServer, body: Value) -> Vec<String> {
    let reply = server.post(&format!("{API}/search"), body).await.json();
    let list = reply["issues"].as_array().cloned().unwrap_or_default();
    list.iter().map(|issue| issue["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_issue_is_made_updated_and_found_as_the_client_does_it() {
    let server = TestServer::start();
    let body = json!({
        "experiment_id": "0", "name": "Hallucination", "description": "d", "status": "pending",
        "root_causes": ["r"], "created_by": "me", "categories": ["c"],
    });
    let made = server.post(API, body).await;
    let id = made.json()["issue"]["issue_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("iss-") && id.len() == 36, "{id}");
    let shown = |text: String| text.replace(&id, "ID");
    assert_snapshot!(shown(made.to_string()), @r#"
    200 OK
    {"issue":{"issue_id":"ID","experiment_id":"0","name":"Hallucination","description":"d","status":"pending","root_causes":["r"],"categories":["c"],"created_timestamp":1700000000000,"last_updated_timestamp":1700000000000,"created_by":"me"}}
    "#);
    assert_eq!(server.get(&format!("{API}/{id}?issue_id={id}")).await.json(), made.json());
    server.clock.advance_ms(5);
    let update = json!({ "issue_id": id, "status": "resolved", "severity": "high", "name": "" });
    let updated = server.patch(&format!("{API}/{id}"), update).await;
    assert_snapshot!(shown(updated.to_string()), @r#"
    200 OK
    {"issue":{"issue_id":"ID","experiment_id":"0","name":"Hallucination","description":"d","status":"resolved","severity":"high","root_causes":["r"],"categories":["c"],"created_timestamp":1700000000000,"last_updated_timestamp":1700000000005,"created_by":"me"}}
    "#);
    let search = json!({
        "experiment_id": "0", "filter_string": "status = 'resolved'", "include_trace_count": true,
    });
    assert_snapshot!(shown(server.post(&format!("{API}/search"), search).await.to_string()), @r#"
    200 OK
    {"issues":[{"issue_id":"ID","experiment_id":"0","name":"Hallucination","description":"d","status":"resolved","severity":"high","root_causes":["r"],"categories":["c"],"created_timestamp":1700000000000,"last_updated_timestamp":1700000000005,"created_by":"me","trace_count":0}],"next_page_token":""}
    "#);
    let none = json!({ "experiment_id": "7" });
    assert_snapshot!(server.post(&format!("{API}/search"), none).await, @r#"
    200 OK
    {"next_page_token":""}
    "#);
}

#[tokio::test]
async fn a_trace_is_linked_to_an_issue_by_an_assessment() {
    let server = TestServer::start();
    server.start_trace(TRACE, json!({})).await;
    server.upload_spans(TRACE, json!([span(1, "root")])).await;
    let id = issue(&server, "slow", json!({})).await;
    let assessment = json!({ "assessment": {
        "assessment_name": id, "trace_id": TRACE,
        "source": { "source_type": "HUMAN", "source_id": "me" },
        "issue": { "issue_name": "slow" },
    } });
    let url = format!("/api/3.0/mlflow/traces/{TRACE}/assessments");
    for _ in 0..2 {
        assert_eq!(server.post(&url, assessment.clone()).await.status, 200);
    }
    let counted = json!({ "include_trace_count": true });
    let reply = server.post(&format!("{API}/search"), counted).await.json();
    assert_eq!(reply["issues"][0]["trace_count"], 1);
    let plain = server.post(&format!("{API}/search"), json!({})).await.json();
    assert_eq!(plain["issues"][0].get("trace_count"), None);
}

#[tokio::test]
async fn issues_are_found_page_by_page() {
    let server = TestServer::start();
    for (name, severity) in [("a", "low"), ("b", "high"), ("c", "not_an_issue")] {
        issue(&server, name, json!({ "severity": severity, "source_run_id": "r" })).await;
    }
    assert_eq!(found(&server, json!({})).await, ["b", "a", "c"]);
    let first = server.post(&format!("{API}/search"), json!({ "max_results": 2 })).await.json();
    let next = json!({ "max_results": 2, "page_token": first["next_page_token"] });
    assert_eq!(found(&server, next).await, ["c"]);
    let by_run = json!({ "filter_string": "source_run_id = 'r' AND status != 'resolved'" });
    assert_eq!(found(&server, by_run).await, ["b", "a", "c"]);
    let refused = async |body: Value| server.post(&format!("{API}/search"), body).await;
    assert_snapshot!(refused(json!({ "filter_string": "name = 'a'" })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid filter field 'name'. Issues are filtered by 'status' and 'source_run_id'\n  name = 'a'\n  ^^^^"}
    "#);
    assert_snapshot!(refused(json!({ "filter_string": "status LIKE 'a'" })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid comparator 'LIKE' not one of '{'=', '!='}'\n  status LIKE 'a'\n         ^^^^"}
    "#);
    assert_eq!(refused(json!({ "max_results": 50_001 })).await.status, 400);
    assert_eq!(refused(json!({ "experiment_id": "x" })).await.status, 400);
}

#[tokio::test]
async fn an_issue_that_cannot_be_is_refused() {
    let server = TestServer::start();
    let create = async |more: Value| {
        let mut body = json!({ "experiment_id": "0", "name": "n", "description": "d" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.post(API, body).await
    };
    for field in ["experiment_id", "name", "description"] {
        assert_eq!(create(json!({ field: "" })).await.status, 400, "{field}");
    }
    assert_snapshot!(create(json!({ "status": "open" })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"`status` is 'open'; it may be pending, rejected or resolved"}
    "#);
    assert_snapshot!(create(json!({ "severity": "huge" })).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"`severity` is 'huge'; it may be not_an_issue, low, medium or high"}
    "#);
    assert_snapshot!(create(json!({ "experiment_id": "77" })).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=77 exists"}
    "#);
    for (field, length_max) in
        [("name", 250), ("description", 65_535), ("source_run_id", 32), ("created_by", 255)]
    {
        assert_eq!(create(json!({ field: "é".repeat(length_max) })).await.status, 200, "{field}");
        assert_eq!(
            create(json!({ field: "é".repeat(length_max + 1) })).await.status,
            400,
            "{field}"
        );
    }
    for field in ["root_causes", "categories"] {
        for (items, status) in [
            (vec!["x".to_owned(); 100], 200),
            (vec!["x".to_owned(); 101], 400),
            (vec!["é".repeat(10_000)], 200),
            (vec!["é".repeat(10_001)], 400),
        ] {
            assert_eq!(create(json!({ field: items })).await.status, status, "{field}");
        }
    }
    let experiment = server.experiment("gone").await;
    server.post("/api/2.0/mlflow/experiments/delete", json!({ "experiment_id": experiment })).await;
    assert_eq!(create(json!({ "experiment_id": experiment })).await.status, 404);
    assert_snapshot!(server.get(&format!("{API}/iss-nope")).await, @r#"
    404 Not Found
    {"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Issue with ID 'iss-nope' not found"}
    "#);
    assert_eq!(server.patch(&format!("{API}/iss-nope"), json!({})).await.status, 404);
}
