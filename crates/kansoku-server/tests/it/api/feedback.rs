//! Which feedback is good and which is bad, guessed from its name or by the settings.
use serde_json::{Value, json};

use crate::{
    api::{experiments::overview::judge, traces::list::span},
    fixtures::TRACES,
    test_server::TestServer,
};

/// Three traces: one hallucinated, one did not, and for one the judge failed.
async fn given() -> (TestServer, String) {
    let server = TestServer::start();
    let id = server.experiment("shop").await;
    for n in 1..=3 {
        let from = n as i64 * 10_000;
        server.export(&id, &[], &[span(n, 1, 0, "ask", from, from + 500)]).await;
    }
    judge(&server, 1, "hallucination", json!("yes")).await;
    judge(&server, 2, "hallucination", json!(false)).await;
    let failed = json!({ "assessment": {
        "assessment_name": "hallucination",
        "source": { "source_type": "LLM_JUDGE", "source_id": "gpt" },
        "feedback": { "error": { "error_code": "RATE_LIMIT", "error_message": "too many" } },
    }});
    let reply = server.post(&format!("{TRACES}/tr-{:032x}/assessments", 3), failed).await;
    assert_eq!(reply.status, 200, "{reply}");
    (server, id)
}

async fn settings(server: &TestServer, id: &str, change: Value) -> Value {
    let path = format!("/ajax-api/3.0/kansoku/experiments/{id}/feedback-settings");
    let reply = server.patch(&path, change).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()
}

/// The number of the trace, and its verdict.
async fn verdicts(server: &TestServer, id: &str, filter: &str) -> String {
    let q: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let reply = server.list(&format!("{id}/traces?order_by=timestamp+ASC&q={q}")).await;
    assert_eq!(reply.status, 200, "{reply}");
    let rows = reply.json()["traces"].clone();
    let shown = |row: &Value| {
        let verdict = row["assessments"][0]["verdict"].as_str().unwrap_or("none").to_owned();
        format!(
            "{}={verdict}",
            row["trace_id"].as_str().unwrap().trim_start_matches("tr-0").trim_start_matches('0')
        )
    };
    rows.as_array().unwrap().iter().map(shown).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn feedback_names_the_trace_of_its_judge() {
    let (server, id) = given().await;
    for (n, judge_trace) in [(1, "tr-7"), (2, ""), (3, "a\nb")] {
        let judged = json!({ "assessment": {
            "assessment_name": "tone",
            "source": { "source_type": "LLM_JUDGE", "source_id": "gpt" },
            "feedback": { "value": "yes" },
            "metadata": { "mlflow.assessment.scorerTraceId": judge_trace },
        }});
        let reply = server.post(&format!("{TRACES}/tr-{n:032x}/assessments"), judged).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
    let list = server.list(&format!("{id}/traces?order_by=timestamp+ASC")).await.json();
    let rows = list["traces"].as_array().unwrap().iter();
    let named: Vec<_> = rows
        .flat_map(|row| row["assessments"].as_array().unwrap())
        .filter_map(|assessment| assessment["scorer_trace_id"].as_str())
        .collect();
    assert_eq!(named, ["tr-7"], "what is no id of a trace is no link");
}

#[tokio::test]
async fn yes_is_bad_where_the_name_says_so_and_a_failed_judge_says_nothing() {
    let (server, id) = given().await;
    assert_eq!(verdicts(&server, &id, "").await, "1=bad 2=good 3=not_judged");
    assert_eq!(verdicts(&server, &id, "feedback.hallucination IS BAD").await, "1=bad");
    assert_eq!(verdicts(&server, &id, "feedback.hallucination IS GOOD").await, "2=good");
    let overview = server.list(&format!("{id}/overview")).await.json();
    let stat = &overview["feedback"][0]["stat"];
    assert_eq!((&stat["count"], &stat["not_judged"]), (&json!(2), &json!(1)));
    assert_eq!((&stat["pass_rate"], &stat["polarity"]), (&json!(0.5), &json!("negative")));
    assert_eq!(stat["is_guess"], true);
    let facets = server.list(&format!("{id}/facets?field=feedback.hallucination")).await.json();
    let values = facets["values"].as_array().unwrap();
    let bad: Vec<&Value> = values.iter().filter(|value| value["verdict"] == "bad").collect();
    assert_eq!(bad.len(), 1, "{facets}");
}

#[tokio::test]
async fn a_polarity_that_somebody_chose_holds_for_the_experiment() {
    let (server, id) = given().await;
    let changed =
        settings(&server, &id, json!({ "name": "hallucination", "polarity": "positive" })).await;
    assert_eq!(
        changed,
        json!({ "thumbs": "user_feedback", "rules": [{ "name": "hallucination",
            "polarity": "positive", "bad_value": null, "threshold": null }] })
    );
    assert_eq!(verdicts(&server, &id, "").await, "1=good 2=bad 3=not_judged");
    assert_eq!(verdicts(&server, &id, "feedback.hallucination IS BAD").await, "2=bad");
    settings(&server, &id, json!({ "name": "hallucination", "polarity": "neutral" })).await;
    assert_eq!(verdicts(&server, &id, "").await, "1=none 2=none 3=not_judged");
    assert_eq!(verdicts(&server, &id, "feedback.hallucination IS BAD").await, "");
    settings(&server, &id, json!({ "name": "hallucination", "bad_value": "false" })).await;
    assert_eq!(verdicts(&server, &id, "feedback.hallucination IS BAD").await, "2=bad");
    let guessed =
        settings(&server, &id, json!({ "name": "hallucination", "polarity": "guess" })).await;
    assert_eq!(guessed["rules"], json!([]));
    assert_eq!(verdicts(&server, &id, "").await, "1=bad 2=good 3=not_judged");
}

#[tokio::test]
async fn numbers_are_judged_by_a_threshold() {
    let (server, id) = given().await;
    for n in 1..=3 {
        judge(&server, n, "toxicity", json!(n)).await;
    }
    settings(&server, &id, json!({ "name": "toxicity", "threshold": 2 })).await;
    let kept = async |filter: &str| {
        let q: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let reply = server.list(&format!("{id}/traces?q={q}")).await.json();
        reply["traces"].as_array().unwrap().len()
    };
    assert_eq!(kept("feedback.toxicity IS BAD").await, 2);
    assert_eq!(kept("feedback.toxicity IS GOOD").await, 1);
}

#[tokio::test]
async fn the_name_of_thumbs_is_a_setting() {
    let server = TestServer::start();
    let id = server.experiment("shop").await;
    let path = format!("{id}/feedback-settings");
    assert_eq!(server.list(&path).await.json(), json!({ "thumbs": "user_feedback", "rules": [] }));
    let changed = settings(&server, &id, json!({ "thumbs": " helpful " })).await;
    assert_eq!(changed["thumbs"], "helpful");
    assert_eq!(server.list(&path).await.json()["thumbs"], "helpful");
    let whole = format!("/ajax-api/3.0/kansoku/experiments/{path}");
    for odd in [
        json!({ "thumbs": "  " }),
        json!({ "name": "x".repeat(201), "polarity": "positive" }),
        json!({ "name": "x", "polarity": "sideways" }),
    ] {
        let reply = server.patch(&whole, odd).await;
        assert_eq!(reply.status, 400, "{reply}");
    }
}
