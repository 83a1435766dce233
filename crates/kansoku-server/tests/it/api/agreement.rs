//! How far scorers agree with people, and what follows from it.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::fixtures::trace_info;
use crate::test_server::TestServer;

async fn trace(server: &TestServer, n: u32) -> String {
    let id = format!("tr-{n:032x}");
    let info = json!({
        "request_time": format!("2026-11-21T05:04:{n:02}.000Z"),
        "request_preview": format!("question {n}"),
    });
    let body = json!({ "trace": { "trace_info": trace_info(&id, info) } });
    assert_eq!(server.post("/api/3.0/mlflow/traces", body).await.status, StatusCode::OK);
    id
}

/// Logs feedback named `tone`, and returns its id.
async fn log(server: &TestServer, trace: &str, source: (&str, &str), more: Value) -> String {
    let mut assessment = json!({
        "assessment_name": "tone",
        "trace_id": trace,
        "source": { "source_type": source.0, "source_id": source.1 },
    });
    for (key, value) in more.as_object().unwrap() {
        assessment[key] = value.clone();
    }
    let path = format!("/api/3.0/mlflow/traces/{trace}/assessments");
    let reply = server.post(&path, json!({ "assessment": assessment })).await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.json()["assessment"]["assessment_id"].as_str().unwrap().to_owned()
}

async fn judge(server: &TestServer, trace: &str, value: &str, version: &str) -> String {
    let metadata = json!({ "mlflow.assessment.scorerVersion": version });
    let more =
        json!({ "feedback": { "value": value }, "rationale": "because", "metadata": metadata });
    log(server, trace, ("LLM_JUDGE", "gateway:/mine"), more).await
}

const AGREEMENT: &str = "/api/3.0/kansoku/experiments/0/scorers/tone/agreement";

#[tokio::test]
async fn a_scorer_is_compared_with_the_people_who_judged_the_same_traces() {
    let server = TestServer::start();
    for n in 1..=6 {
        let trace = trace(&server, n).await;
        let answer = |is_yes| if is_yes { "yes" } else { "no" };
        let of_judge = judge(&server, &trace, answer(n % 2 == 0), &format!("{}", 1 + n / 4)).await;
        let verdict = |more: Value| log(&server, &trace, ("HUMAN", "kim"), more);
        match n {
            // Nobody looked at it.
            6 => {}
            1 => {
                let why = "it greets";
                let more = json!({ "feedback": { "value": "yes" }, "overrides": of_judge, "rationale": why });
                drop(verdict(more).await);
            }
            n => drop(verdict(json!({ "feedback": { "value": n != 3 && n != 4 } })).await),
        }
    }
    let found = server.get(AGREEMENT).await.json();
    assert_eq!((&found["compared"], &found["agreed"]), (&json!(5), &json!(2)));
    assert_eq!(found["categories"], json!(["yes", "no"]));
    assert_eq!(found["matrix"], json!([[1, 1], [2, 1]]));
    assert_eq!((&found["scale"], &found["complete"]), (&json!("binary"), &json!(true)));
    assert!(found["kappa"]["value"].as_f64().is_some());
    let versions: Vec<_> = found["versions"].as_array().unwrap().iter().collect();
    assert_eq!((&versions[0]["version"], &versions[0]["compared"]), (&json!("2"), &json!(2)));
    assert_eq!((&versions[1]["version"], &versions[1]["compared"]), (&json!("1"), &json!(3)));
    let first = server.get(&format!("{AGREEMENT}?version=1")).await.json();
    assert_eq!((&first["compared"], &first["agreed"]), (&json!(3), &json!(2)));

    let cases = server.get(&format!("{AGREEMENT}/cases?max_results=2")).await.json();
    let case = &cases["cases"][0];
    assert_eq!(case["input"], "question 5");
    assert_eq!((&case["scorer"]["value"], &case["person"]["value"]), (&json!("no"), &json!(true)));
    assert_eq!(
        (&case["scorer"]["category"], &case["person"]["category"]),
        (&json!("no"), &json!("yes"))
    );
    assert_eq!(
        (&case["scorer"]["rationale"], &case["person"]["source_id"]),
        (&json!("because"), &json!("kim"))
    );
    let token = cases["next_page_token"].as_str().unwrap();
    let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let path = format!("{AGREEMENT}/cases?max_results=2&page_token={token}");
    let rest = server.get(&path).await.json();
    let [case] = rest["cases"].as_array().unwrap().as_slice() else { panic!("{rest}") };
    assert_eq!((&case["input"], &case["is_override"]), (&json!("question 1"), &json!(true)));
    assert_eq!(
        (&case["person"]["rationale"], &rest["next_page_token"]),
        (&json!("it greets"), &Value::Null)
    );

    let cell = server.get(&format!("{AGREEMENT}/cases?scorer=yes&person=yes")).await.json();
    assert_eq!(cell["cases"][0]["input"], "question 2");
    let later = server.get(&format!("{AGREEMENT}?from=1795237445000")).await.json();
    assert_eq!(later["compared"], 1);
}

#[tokio::test]
async fn a_list_of_compared_feedback_refuses_what_it_cannot_mean() {
    let server = TestServer::start();
    for (query, why) in [
        ("max_results=0", "`max_results` is a number from 1 to 200"),
        ("max_results=201", "`max_results` is a number from 1 to 200"),
        ("scorer=yes", "send both `scorer` and `person`, or neither"),
        ("page_token=x", "the page token is invalid"),
    ] {
        let reply = server.get(&format!("{AGREEMENT}/cases?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(reply.json()["message"], why);
    }
    let none = server.get(&format!("{AGREEMENT}/cases?max_results=200")).await.json();
    assert_eq!(none, json!({ "cases": [], "next_page_token": null }));
    let none = server.get(AGREEMENT).await.json();
    assert_eq!((&none["compared"], &none["kappa"]), (&json!(0), &Value::Null));
}
