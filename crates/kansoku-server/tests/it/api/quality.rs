//! Factors that are correlated with negative feedback.
//!
//! Of twelve rated traces the first four are negative. They took 2 s, all others 500 ms. The first
//! five are of version 2, and in the first three the tool failed. A thirteenth trace is not rated.
use serde_json::{Value, json};

use crate::{
    api::{
        experiments::overview::judge,
        traces::list::{failed, span, with},
    },
    fixtures::TRACES,
    test_server::TestServer,
};

const JUDGED: u64 = 12;

async fn given() -> (TestServer, String) {
    let server = TestServer::start();
    let id = server.experiment("shop").await;
    for n in 1..=JUDGED + 1 {
        let from = n as i64 * 10_000;
        let length = if n <= 4 { 2000 } else { 500 };
        let usage = json!({ "input_tokens": n, "output_tokens": 5, "total_tokens": n + 5 });
        let root = with(
            span(n, 1, 0, "ask", from, from + length),
            &[
                ("session.id", json!(if n <= 2 { "long" } else { "other" })),
                ("user.id", json!(format!("u-{n}"))),
                ("mlflow.spanType", json!("AGENT")),
            ],
        );
        let call = with(
            span(n, 2, 1, "call", from, from + 100),
            &[
                ("mlflow.spanType", json!("LLM")),
                ("mlflow.llm.model", json!("gpt-4o-mini")),
                ("mlflow.chat.tokenUsage", usage),
            ],
        );
        let tool =
            with(span(n, 3, 1, "look up", from, from + 50), &[("mlflow.spanType", json!("TOOL"))]);
        let tool = match n {
            1..=3 => failed(tool, "TimeoutError", &format!("no answer after {n}.5 s, it's late")),
            _ => tool,
        };
        let resource = [("service.version", if n <= 5 { "2" } else { "1" })];
        server.export(&id, &resource, &[root, call, tool]).await;
        let plan = json!({ "key": "my-plan", "value": if n <= 6 { "pro" } else { "free" } });
        let reply = server.patch(&format!("{TRACES}/tr-{n:032x}/tags"), plan).await;
        assert_eq!(reply.status, 200, "{reply}");
        if n <= JUDGED {
            judge(&server, n, "is-good", json!(if n <= 4 { "no" } else { "yes" })).await;
        }
    }
    let prompts = json!({ "trace_id": format!("tr-{:032x}", 4),
        "prompt_versions": [{ "name": "qa", "version": "3" }] });
    for n in [1, 2, 4] {
        let mut prompts = prompts.clone();
        prompts["trace_id"] = json!(format!("tr-{n:032x}"));
        let reply = server.post("/api/2.0/mlflow/traces/link-prompts", prompts).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
    (server, id)
}

async fn quality(server: &TestServer, id: &str, query: &str) -> Value {
    let reply = server.list(&format!("{id}/quality?{query}")).await;
    assert_eq!(reply.status, 200, "{reply}");
    reply.json()
}

fn factor<'a>(answer: &'a Value, dimension: &str, value: &str) -> &'a Value {
    let factors = answer["factors"].as_array().unwrap();
    let found = factors.iter().find(|f| f["dimension"] == dimension && f["value"] == value);
    found.unwrap_or_else(|| panic!("no {dimension} {value} in {answer}"))
}

/// The number of traces that match a filter.
async fn kept(server: &TestServer, id: &str, filter: &str) -> u64 {
    let q: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let reply = server.list(&format!("{id}/traces?max_results=500&q={q}")).await;
    assert_eq!(reply.status, 200, "{filter}: {reply}");
    reply.json()["traces"].as_array().unwrap().len() as u64
}

#[tokio::test]
async fn what_goes_along_with_bad_feedback_comes_first() {
    let (server, id) = given().await;
    let answer = quality(&server, &id, "").await;
    assert_eq!(answer["feedback"], "is-good");
    assert_eq!((&answer["rated"], &answer["negative"]), (&json!(12), &json!(4)));
    assert_eq!(answer["negative_filter"], "feedback.`is-good` IS BAD");
    assert_eq!(answer["positive_filter"], "feedback.`is-good` IS GOOD");
    assert_eq!(answer["complete"], true);
    assert_eq!(answer["names"][0]["pass_rate"], 8.0 / 12.0);
    let factors = answer["factors"].as_array().unwrap();
    let first: Vec<String> =
        factors.iter().take(5).map(|f| format!("{} {}", f["dimension"], f["value"])).collect();
    let expected = [
        r#""duration" "1 – 3 s""#,
        r#""version" "2""#,
        r#""failed tool" "look up""#,
        r#""prompt" "qa/3""#,
        r#""error" "TimeoutError: no answer after … s, it's late""#,
    ];
    assert_eq!(first, expected);

    // "failed tool" and "error" have the same three traces, "duration" has four.
    assert_eq!(factors[2]["trace_set"], factors[4]["trace_set"]);
    assert_ne!(factors[0]["trace_set"], factors[2]["trace_set"]);

    let close = |value: &Value, expected: f64| {
        let value = value.as_f64().unwrap();
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    };
    let slow = &factors[0];
    assert_eq!(
        (&slow["traces"], &slow["negative"], &slow["positive"]),
        (&json!(4), &json!(4), &json!(0))
    );
    assert_eq!(slow["negative_rate"], 1.0);
    close(&slow["npmi"], 1.0);
    // All four of four: one of the 495 ways to choose four of twelve.
    close(&slow["chance"], 1.0 / 495.0);
    assert_eq!(slow["significant"], true);
    assert_eq!(factor(&answer, "version", "1")["significant"], false);
    // With half a trace added to each cell: 4.5 of 14, and 5 for each filter.
    close(&slow["npmi_smoothed"], (4.5 * 14.0 / 25.0_f64).ln() / (14.0 / 4.5_f64).ln());
    let tool = &factors[2];
    assert_eq!((&tool["traces"], &tool["negative"]), (&json!(3), &json!(3)));
    close(&tool["npmi"], 3.0_f64.ln() / 4.0_f64.ln());
    close(&tool["npmi_smoothed"], (3.5 * 14.0 / 20.0_f64).ln() / 4.0_f64.ln());
}

/// Among the rated traces, each filter matches as many as its factor has.
#[tokio::test]
async fn every_factor_has_a_filter_that_keeps_its_traces() {
    let (server, id) = given().await;
    let answer = quality(&server, &id, "").await;
    let judged = "feedback.`is-good` IS NOT NULL";
    let factors = answer["factors"].as_array().unwrap();
    let mut dimensions = Vec::new();
    for factor in factors {
        let filter = factor["filter"].as_str().unwrap();
        let traces = kept(&server, &id, &format!("({filter}) AND {judged}")).await;
        assert_eq!(json!(traces), factor["traces"], "{factor}");
        dimensions.push(factor["dimension"].as_str().unwrap());
    }
    dimensions.sort_unstable();
    dimensions.dedup();
    let expected = [
        "duration",
        "error",
        "failed tool",
        "model",
        "name",
        "prompt",
        "session length",
        "tag:my-plan",
        "tokens",
        "tool",
        "version",
    ];
    assert_eq!(dimensions, expected);
    let prompt = factor(&answer, "prompt", "qa/3");
    assert_eq!((&prompt["traces"], &prompt["negative"]), (&json!(3), &json!(3)));
    // Two traces prove too little, so there is no factor for the session "long".
    assert_eq!(factor(&answer, "session length", "8 – 15")["traces"], 10);
    for filter in ["negative_filter", "positive_filter"] {
        let traces = kept(&server, &id, answer[filter].as_str().unwrap()).await;
        assert_eq!(traces, if filter == "negative_filter" { 4 } else { 8 });
    }
}

#[tokio::test]
async fn numbers_are_bad_below_their_median_and_words_where_one_is_named() {
    let (server, id) = given().await;
    for n in 1..=5 {
        judge(&server, n, "score", json!(n)).await;
        judge(&server, n, "tone", json!(if n <= 3 { "rude" } else { "kind" })).await;
    }
    // Of several values of a trace, the worst counts.
    judge(&server, 5, "score", json!(1)).await;
    let score = quality(&server, &id, "feedback=score").await;
    // The median of 1, 1, 2, 3, 4 and 5.
    assert_eq!(score["negative_filter"], "feedback.score < 2.5");
    assert_eq!((&score["rated"], &score["negative"]), (&json!(5), &json!(3)));
    let tone = quality(&server, &id, "feedback=tone").await;
    assert_eq!((&tone["rated"], &tone["negative_filter"]), (&json!(0), &json!("")));
    assert_eq!(tone["factors"], json!([]));
    let tone = quality(&server, &id, "feedback=tone&negative=rude").await;
    assert_eq!((&tone["rated"], &tone["negative"]), (&json!(5), &json!(3)));
    assert_eq!(kept(&server, &id, tone["negative_filter"].as_str().unwrap()).await, 3);
    let few = quality(&server, &id, "feedback=tone&negative=rude&q=version%20%3D%20'1'").await;
    assert_eq!(few["rated"], 0);
}

#[tokio::test]
async fn without_feedback_there_is_nothing_to_say() {
    let server = TestServer::start();
    let expected = json!({
        "names": [], "feedback": null, "negative_filter": "", "positive_filter": "", "rated": 0, "negative": 0,
        "factors": [], "complete": true,
    });
    assert_eq!(quality(&server, "0", "").await, expected);
    let nobody = quality(&server, "0", "feedback=nobody").await;
    assert_eq!((&nobody["feedback"], &nobody["rated"]), (&json!("nobody"), &json!(0)));
    let odd = quality(&server, "0", "feedback=%60%22").await;
    assert_eq!((&odd["feedback"], &odd["rated"]), (&json!("`\""), &json!(0)));
    assert_eq!(server.list("0/quality?q=nope").await.status, 400);
    assert_eq!(server.list("4711/quality").await.status, 404);
}

/// Filters must match whatever names groups and models have.
#[tokio::test]
async fn the_filters_of_an_overview_keep_what_they_say() {
    let (server, id) = given().await;
    for by in
        ["model", "provider", "user", "version", "environment", "name", "session", "tag:my-plan"]
    {
        let answer = server.list(&format!("{id}/overview?by={by}")).await.json();
        let groups = answer["by"].as_array().unwrap();
        assert!(!groups.is_empty(), "{by}");
        for group in groups {
            let traces = kept(&server, &id, group["filter"].as_str().unwrap()).await;
            assert_eq!(json!(traces), group["figures"]["traces"], "{by}: {group}");
        }
        for stat in answer["models"].as_array().unwrap() {
            assert_eq!(
                json!(kept(&server, &id, stat["filter"].as_str().unwrap()).await),
                stat["calls"]
            );
        }
        for stat in answer["tools"].as_array().unwrap() {
            let traces = kept(&server, &id, stat["filter"].as_str().unwrap()).await;
            assert_eq!(json!(traces), stat["traces"]);
        }
        for trend in answer["feedback"].as_array().unwrap() {
            let traces = kept(&server, &id, trend["filter"].as_str().unwrap()).await;
            assert_eq!(json!(traces), trend["stat"]["count"]);
        }
    }
}

#[tokio::test]
async fn feedback_over_time_is_told_by_version_of_its_scorer_and_by_group() {
    let (server, id) = given().await;
    for (n, version, value) in [(5, "1", true), (6, "1", false), (7, "2", true)] {
        let trace = format!("tr-{n:032x}");
        let assessment = json!({
            "assessment_name": "tone",
            "trace_id": trace,
            "source": { "source_type": "LLM_JUDGE" },
            "feedback": { "value": value },
            "metadata": { "mlflow.assessment.scorerVersion": version },
        });
        let body = json!({ "assessment": assessment });
        let reply = server.post(&format!("{TRACES}/{trace}/assessments"), body).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
    let history = async |query: &str| server.list(&format!("{id}/quality/history?{query}")).await;
    let found = history("feedback=tone&by=tag:my-plan&buckets=3").await.json();
    assert_eq!(found["trend"]["stat"]["count"], 3);
    assert_eq!(found["trend"]["series"].as_array().map(Vec::len), Some(3));
    let rated = |of: &Value, key: &str| {
        let rows = of.as_array().unwrap().iter();
        rows.map(|it| json!([it[key], it["count"], it["pass_rate"]])).collect::<Vec<_>>()
    };
    assert_eq!(rated(&found["versions"], "version"), [json!(["1", 2, 0.5]), json!(["2", 1, 1.0])]);
    assert_eq!(rated(&found["groups"], "value"), [json!(["pro", 2, 0.5]), json!(["free", 1, 1.0])]);
    assert_eq!(found["groups"][1]["filter"], "tags.`my-plan` = 'free'");
    assert_eq!(
        (&found["complete"], &found["from_ms"]),
        (&json!(true), &found["versions"][0]["first_ms"])
    );
    let narrow = history("feedback=tone&q=tags.%60my-plan%60+%3D+%27free%27").await.json();
    assert_eq!((&narrow["trend"]["stat"]["count"], &narrow["groups"]), (&json!(1), &Value::Null));

    let none = history("feedback=none").await.json();
    assert_eq!((&none["trend"], &none["versions"]), (&Value::Null, &json!([])));
    for query in
        ["", "feedback=tone&by=nothing", "feedback=tone&buckets=0", "feedback=tone&buckets=201"]
    {
        assert_eq!(history(query).await.status, 400, "{query}");
    }
}
