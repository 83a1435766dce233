use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    fixtures::TRACES,
    test_server::{Reply, TestServer, without_known_keys},
};

async fn search(server: &TestServer, more: Value) -> Reply {
    let mut body = json!({
        "locations": [{
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": { "experiment_id": "0" },
        }],
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    server.post(&format!("{TRACES}/search"), body).await
}

fn ids(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let traces = json["traces"].as_array().cloned().unwrap_or_default();
    traces.iter().map(|info| info["trace_id"].as_str().unwrap().to_owned()).collect()
}

async fn five_traces() -> TestServer {
    let server = TestServer::start();
    for n in 1..=5 {
        let more = json!({
            "request_time": format!("2026-11-21T05:04:1{n}Z"),
            "tags": { "parity": if n % 2 == 0 { "even" } else { "odd" } },
        });
        server.start_trace(&format!("tr-{n}"), more).await;
    }
    server
}

#[tokio::test]
async fn the_newest_come_first_unless_asked_otherwise() {
    let server = five_traces().await;
    let found = search(&server, json!({})).await;
    assert_eq!(ids(&found), ["tr-5", "tr-4", "tr-3", "tr-2", "tr-1"]);
    assert_eq!(found.json().get("next_page_token"), None);
    let odd = json!({ "filter": "tags.parity = 'odd'", "order_by": ["timestamp ASC"] });
    assert_eq!(ids(&search(&server, odd).await), ["tr-1", "tr-3", "tr-5"]);
}

#[tokio::test]
async fn pages_follow_each_other_while_new_traces_arrive() {
    let server = five_traces().await;
    let first = search(&server, json!({ "max_results": 2 })).await;
    assert_eq!(ids(&first), ["tr-5", "tr-4"]);
    server.start_trace("tr-9", json!({ "request_time": "2026-11-21T06:00:00Z" })).await;
    let mut token = first.json()["next_page_token"].clone();
    let mut rest = Vec::new();
    while token.is_string() {
        let page = search(&server, json!({ "max_results": 2, "page_token": token })).await;
        rest.extend(ids(&page));
        token = page.json()["next_page_token"].clone();
    }
    assert_eq!(rest, ["tr-3", "tr-2", "tr-1"]);
}

#[tokio::test]
async fn what_cannot_be_searched_is_said() {
    let server = five_traces().await;
    assert_snapshot!(server.post(&format!("{TRACES}/search"), json!({})).await, @r#"
    400 Bad Request
    {"error_code":"INVALID_PARAMETER_VALUE","message":"Missing value for required parameter 'locations'. See the API docs for more information about request parameters."}
    "#);
    let mut refused = Vec::new();
    for more in [
        json!({ "max_results": 0 }),
        json!({ "max_results": -1 }),
        json!({ "max_results": 501 }),
        json!({ "max_results": "many" }),
        json!({ "filter": "state = 'OK'" }),
        json!({ "order_by": ["colour"] }),
        json!({ "page_token": "?" }),
        json!({ "locations": [{ "mlflow_experiment": { "experiment_id": "x" } }] }),
        json!({ "locations": [{ "type": "UC_SCHEMA" }] }),
    ] {
        let reply = search(&server, more).await;
        let message = without_known_keys(&reply.json()["message"].to_string());
        refused.push(format!("{} {message}", reply.status.as_u16()));
    }
    assert_snapshot!(refused.join("\n"), @r#"
    400 "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"
    400 "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer"
    400 "Invalid value 501 for parameter 'max_results' supplied. It must be at most 500"
    400 "Invalid value \"many\" for parameter 'max_results' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters."
    400 "Invalid attribute key 'state' specified. Use 'status'. Valid keys are …\n  state = 'OK'\n  ^^^^^"
    400 "Invalid attribute key 'colour' specified. Valid keys are …\n  colour\n  ^^^^^^"
    400 "Invalid page token: repeat the search without it, or with the filter and order_by it was given for"
    400 "Invalid experiment ID 'x'. Experiment ID must be a valid integer."
    400 "only traces of an experiment are supported: `mlflow_experiment` is missing"
    "#);
}

#[tokio::test]
async fn nowhere_there_is_nothing() {
    let server = five_traces().await;
    assert_eq!(search(&server, json!({ "locations": [] })).await.json(), json!({}));
    let unknown = json!({ "locations": [{ "mlflow_experiment": { "experiment_id": "99" } }] });
    assert_eq!(search(&server, unknown).await.json(), json!({}));
}

#[tokio::test]
async fn a_page_token_leads_on_in_its_own_search_alone() {
    let server = TestServer::start();
    for n in 0..3 {
        let trace = format!("tr-0000000000000000000000000000000{n}");
        let more =
            json!({ "tags": { "k": "v" }, "request_time": format!("2026-11-21T05:04:1{n}Z") });
        server.start_trace(&trace, more).await;
    }
    let search = async |filter: &str, order: Value, more: Value| {
        let mut body = json!({
            "locations": [{ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": "0" } }],
            "filter": filter, "order_by": order, "max_results": 1,
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        server.post("/api/3.0/mlflow/traces/search", body).await
    };
    let by_time = json!(["timestamp DESC"]);
    let first = search("tags.k = 'v'", by_time.clone(), json!({})).await.json();
    let token = first["next_page_token"].clone();
    let again =
        search("tags.k = 'v'", by_time.clone(), json!({ "page_token": token, "max_results": 5 }));
    assert_eq!(again.await.json()["traces"].as_array().unwrap().len(), 2);
    let others = [
        ("tags.k != 'w'", by_time.clone()),
        ("tags.k = 'v'", json!(["timestamp ASC"])),
        ("", by_time.clone()),
    ];
    for (filter, order) in others {
        let reply = search(filter, order, json!({ "page_token": token })).await;
        assert_eq!(reply.status, 400, "{filter}: {reply}");
        assert!(reply.to_string().contains("Invalid page token: repeat the search without it"));
    }
    // Tokens of older versions did not identify their search.
    let old = token.as_str().unwrap().split('.').next().unwrap().to_owned();
    assert_eq!(search("tags.k = 'v'", by_time, json!({ "page_token": old })).await.status, 400);
}

#[tokio::test]
async fn a_page_ends_before_it_is_too_large_and_its_texts_are_cut() {
    let server = TestServer::start();
    let huge = "é".repeat(40 << 10);
    let assessment = |n: usize| {
        json!({
            "assessment_name": format!("a{n}"), "source": { "source_type": "HUMAN", "source_id": "me" },
            "feedback": { "value": huge }, "rationale": huge,
            "create_time": "2026-11-21T05:04:12Z", "last_update_time": "2026-11-21T05:04:12Z",
        })
    };
    for n in 0..9 {
        let trace = format!("tr-0000000000000000000000000000000{n}");
        let all: Vec<Value> = (0..14).map(assessment).collect();
        let reply = server.start_trace(&trace, json!({ "assessments": all })).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
    let page = async |token: Value| {
        let body = json!({
            "locations": [{ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": "0" } }],
            "max_results": 100, "page_token": token,
        });
        server.post("/api/3.0/mlflow/traces/search", body).await
    };
    let (mut token, mut ids, mut pages) = (Value::Null, Vec::new(), 0);
    loop {
        let reply = page(token).await;
        assert!(reply.body.len() < 16 << 20, "{} bytes", reply.body.len());
        let json = reply.json();
        for trace in json["traces"].as_array().unwrap() {
            ids.push(trace["trace_id"].as_str().unwrap().to_owned());
            let first = &trace["assessments"][0];
            let shown = first["feedback"]["value"].as_str().unwrap();
            assert!(shown.ends_with("é… [cut: 81920 bytes in all]"));
            assert!(first["rationale"].as_str().unwrap().len() < 66 << 10);
        }
        pages += 1;
        token = json["next_page_token"].clone();
        if token.is_null() {
            break;
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 9, "every trace once");
    assert!(1 < pages);
    // A read of a single trace returns the full texts.
    let one = server.get(&format!("/api/3.0/mlflow/traces/{}", ids[0])).await.json();
    let whole = &one["trace"]["trace_info"]["assessments"];
    assert_eq!(whole.as_array().unwrap().len(), 14);
    assert_eq!(whole[0]["feedback"]["value"], json!(huge));
}
