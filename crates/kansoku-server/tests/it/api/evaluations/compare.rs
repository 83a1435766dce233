//! Comparisons of evaluations: rows, pages, and the requests after a change.
use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Fixture, column};
use crate::api::traces::list::{span, with};

#[tokio::test]
async fn runs_are_compared_case_by_case_regressions_first() {
    let mut it = Fixture::new().await;
    let a = [
        ("same", Some(true), Some(0.5)),
        ("won", Some(false), Some(0.5)),
        ("lost", Some(true), Some(0.5)),
        ("twice", Some(true), Some(0.1)),
        ("twice", Some(false), Some(0.2)),
        ("only a", Some(true), None),
    ];
    let b = [
        ("lost", Some(false), Some(0.5)),
        ("won", Some(true), Some(0.5)),
        ("same", Some(true), Some(0.5)),
        ("twice", Some(true), Some(0.1)),
        ("twice", Some(false), Some(0.9)),
        ("only b", Some(true), None),
    ];
    let a = it.evaluation("a", 1, &a).await;
    let b = it.evaluation("b", 2, &b).await;
    let answer = it.json(&format!("/compare?runs={a},{b}")).await;
    assert_eq!(column(&answer["runs"], "run_id"), [a.as_str(), b.as_str()]);
    assert_eq!(answer["runs"][0], it.json(&format!("/{a}")).await);
    assert_eq!((&answer["total"], &answer["matching"]), (&json!(7), &json!(7)));
    assert_eq!(answer["inputs_by_preview"], 0);
    let compared = &answer["comparisons"][0];
    assert_eq!(compared["run_id"], json!(b));
    assert_eq!(
        (&compared["pairs"], &compared["only_baseline"], &compared["only_other"]),
        (&json!(5), &json!(1), &json!(1))
    );
    assert_snapshot!(serde_json::to_string_pretty(&compared["scorers"][0]).unwrap());
    let length = &compared["scorers"][1];
    assert_eq!((&length["kind"], &length["test"]), (&json!("number"), &json!("wilcoxon")));
    assert_eq!(
        (&length["won"], &length["lost"], &length["same"]),
        (&json!(1), &json!(0), &json!(4))
    );
    assert_eq!(compared["duration_ms"]["lost"], 5);
    assert_eq!(compared["failures"]["same"], 5);
    assert_eq!(compared["cost"]["significance"], "too few");

    let rows = answer["rows"].as_array().unwrap();
    let inputs: Vec<_> = rows.iter().map(|row| row["input"].as_str().unwrap()).collect();
    assert_eq!(inputs, ["lost", "only a", "only b", "same", "twice", "won", "twice"]);
    let lost = &rows[0];
    assert_eq!(lost["changes"], json!([{ "correct": "lost", "length": "same" }]));
    assert_eq!(lost["cases"][0]["output"], "answer 3");
    assert_eq!(lost["cases"][1]["output"], "answer 7");
    assert_eq!(lost["cases"][1]["scores"]["correct"]["verdict"], "bad");
    assert_eq!(lost["cases"][0]["input"], json!(null));
    assert_eq!((&rows[1]["cases"][1], &rows[1]["changes"]), (&json!(null), &json!([{}])));
    assert_eq!(rows[6]["changes"][0]["length"], "won");
    assert!(rows[6]["key"].as_str().unwrap().ends_with("-1"), "{}", rows[6]["key"]);

    let shown = async |query: &str| {
        let answer = it.json(&format!("/compare?runs={a}&runs={b}&{query}")).await;
        let rows = answer["rows"].as_array().unwrap();
        assert_eq!(answer["matching"], rows.len());
        rows.iter().map(|row| row["input"].as_str().unwrap()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(shown("only=lost").await, "lost");
    assert_eq!(shown("only=won").await, "won, twice");
    assert_eq!(shown("only=won&scorer=correct").await, "won");
    assert_eq!(shown("only=changed").await, "lost, won, twice");
    assert_eq!(shown("only=one-sided").await, "only a, only b");
    assert_eq!(shown("only=same").await, "same, twice");
    assert_eq!(shown("order=baseline").await, "same, won, lost, twice, twice, only a, only b");
    let page = it.json(&format!("/compare?runs={a},{b}&max_results=3")).await;
    let token = page["next_page_token"].as_str().unwrap();
    let next = it.json(&format!("/compare?runs={a},{b}&max_results=3&page_token={token}")).await;
    assert_eq!(column(&next["rows"], "input"), ["same", "twice", "won"]);
    assert_eq!(next["matching"], 7);
}

#[tokio::test]
async fn a_case_that_fails_only_in_the_other_run_is_a_regression() {
    let mut it = Fixture::new().await;
    let a = it.evaluation("a", 1, &[("x", None, None), ("y", None, None)]).await;
    let b = it.evaluation("b", 2, &[("x", None, None)]).await;
    it.case(&b, "y", json!({ "state": "ERROR" })).await;
    let c = it.evaluation("c", 3, &[("x", None, None), ("y", None, None)]).await;
    let answer = it.json(&format!("/compare?runs={a},{b},{c}&only=lost")).await;
    assert_eq!(column(&answer["rows"], "input"), ["y"]);
    assert_eq!(answer["rows"][0]["cases"].as_array().unwrap().len(), 3);
    assert_eq!(column(&answer["comparisons"], "run_id"), [b.as_str(), c.as_str()]);
    assert_eq!(answer["comparisons"][0]["failures"]["lost"], 1);
    assert_eq!(answer["comparisons"][1]["failures"]["lost"], 0);
}

/// Chats whose last message is equal have equal previews; only their whole inputs tell them apart.
#[tokio::test]
async fn repeated_previews_are_told_apart_by_the_whole_inputs() {
    let mut it = Fixture::new().await;
    let mut runs = Vec::new();
    for (name, order) in [("a", ["first", "second"]), ("b", ["second", "first"])] {
        let run = it.evaluation(name, 1, &[]).await;
        for system in order {
            let info = json!({
                "trace_metadata": { "mlflow.sourceRun": run },
                "request_preview": "hello",
                "response_preview": system,
            });
            it.case(&run, "", info).await;
            let messages = json!({ "messages": [
                { "role": "system", "content": system },
                { "role": "user", "content": "hello" },
            ] });
            let inputs = [("mlflow.spanInputs", json!(messages.to_string()))];
            let root = with(span(it.traces, 1, 0, "predict", 0, 10), &inputs);
            it.server.export(&it.experiment, &[], &[root]).await;
        }
        runs.push(run);
    }
    let answer = it.json(&format!("/compare?runs={},{}", runs[0], runs[1])).await;
    assert_eq!(answer["inputs_by_preview"], 0);
    for row in answer["rows"].as_array().unwrap() {
        assert_eq!(row["cases"][0]["output"], row["cases"][1]["output"], "{row}");
    }
    assert_eq!(answer["total"], 2);
}

/// Two evaluations with lost, won, equal and missing cases, and two scorers; and the parameter that
/// compares them.
async fn two_evaluations(it: &mut Fixture) -> (String, String, String) {
    let a = [
        ("Same", Some(true), Some(0.5)),
        ("won", Some(false), Some(0.5)),
        ("lost", Some(true), Some(0.5)),
        ("Lost by size", Some(true), Some(0.9)),
        ("only A", Some(true), None),
        ("same again", Some(false), Some(0.5)),
    ];
    let b = [
        ("lost", Some(false), Some(0.5)),
        ("won", Some(true), Some(0.6)),
        ("Same", Some(true), Some(0.5)),
        ("Lost by size", Some(true), Some(0.1)),
        ("same again", Some(false), Some(0.5)),
        ("only b", None, None),
    ];
    let a = it.evaluation("a", 1, &a).await;
    let b = it.evaluation("b", 2, &b).await;
    let path = format!("/compare?runs={a},{b}");
    (a, b, path)
}

fn inputs(answer: &Value) -> Vec<&str> {
    column(&answer["rows"], "input").into_iter().map(|input| input.as_str().unwrap()).collect()
}

#[tokio::test]
async fn counts_are_those_of_the_rows_that_each_filter_shows() {
    let mut it = Fixture::new().await;
    let (_, _, path) = two_evaluations(&mut it).await;
    for scorer in ["", "&scorer=correct", "&scorer=length", "&scorer=unknown"] {
        for q in ["", "&q=SAME", "&q=a", "&q=nothing%20like%20this"] {
            for only in ["all", "lost", "won", "changed", "one-sided", "same"] {
                let answer = it.json(&format!("{path}{scorer}{q}&only={only}")).await;
                let count = &answer["counts"][only.replace('-', "_")];
                assert_eq!(*count, answer["matching"], "{scorer}{q} {only}");
                assert_eq!(*count, inputs(&answer).len(), "{scorer}{q} {only}");
                assert_eq!(answer["total"], 7, "{scorer}{q} {only}");
            }
        }
    }
    let answer = it.json(&format!("{path}&only=won")).await;
    let counts = json!({ "all": 7, "lost": 2, "won": 1, "changed": 3, "one_sided": 2, "same": 2 });
    assert_eq!(answer["counts"], counts);
    let answer = it.json(&format!("{path}&only=won&scorer=correct&q=L")).await;
    let counts = json!({ "all": 4, "lost": 1, "won": 0, "changed": 1, "one_sided": 2, "same": 1 });
    assert_eq!(answer["counts"], counts);
}

#[tokio::test]
async fn pages_put_together_are_all_rows_once_and_in_order() {
    let mut it = Fixture::new().await;
    let (_, _, path) = two_evaluations(&mut it).await;
    for filter in ["", "&only=lost", "&order=baseline", "&q=s&only=same", "&scorer=length"] {
        let whole = it.json(&format!("{path}{filter}")).await;
        for size in 1..=8 {
            let (mut rows, mut token) = (Vec::new(), String::new());
            loop {
                let query = format!("{path}{filter}&max_results={size}&page_token={token}");
                let page = it.json(&query).await;
                let is_first = rows.is_empty();
                for field in ["runs", "comparisons"] {
                    let expected = if is_first { whole[field].clone() } else { json!([]) };
                    assert_eq!(page[field], expected, "{query}");
                }
                for field in ["counts", "matching", "total", "inputs_by_preview"] {
                    assert_eq!(page[field], whole[field], "{query}");
                }
                rows.extend(page["rows"].as_array().unwrap().clone());
                match page["next_page_token"].as_str() {
                    Some(next) => token = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(json!(rows), whole["rows"], "{filter} {size}");
        }
    }
    let token = it.json(&format!("{path}&max_results=1")).await["next_page_token"].clone();
    let token = token.as_str().unwrap();
    for other in ["&only=lost", "&q=s", "&scorer=length", "&key=0-0"] {
        let reply = it.get(&format!("{path}{other}&page_token={token}")).await;
        assert_eq!(reply.status, 400, "{other}: {reply}");
    }
}

#[tokio::test]
async fn a_row_is_found_by_its_key_whatever_is_filtered() {
    let mut it = Fixture::new().await;
    let (_, _, path) = two_evaluations(&mut it).await;
    let whole = it.json(&path).await;
    for row in whole["rows"].as_array().unwrap() {
        let key = row["key"].as_str().unwrap();
        for filter in ["", "&only=won&q=nothing&scorer=unknown"] {
            let found = it.json(&format!("{path}&key={key}{filter}")).await;
            assert_eq!(found["rows"], json!([row]), "{filter}");
            assert_eq!((&found["matching"], &found["total"]), (&json!(1), &json!(7)));
            assert_eq!(found["next_page_token"], json!(null));
        }
        let repeated = key.replace("-0", "-1");
        for unknown in [&*repeated, "0-0", "x", "", "-", "0-x", "0-99999999999"] {
            let reply = it.get(&format!("{path}&key={unknown}")).await;
            assert_eq!(reply.status, 404, "{unknown}: {reply}");
            let message = reply.json()["message"].as_str().unwrap().to_owned();
            assert!(message.contains(&format!("the key `{unknown}`")), "{message}");
        }
    }
}

#[tokio::test]
async fn rows_are_found_by_a_text_of_their_input_or_an_output_in_any_case() {
    let mut it = Fixture::new().await;
    let (_, b, path) = two_evaluations(&mut it).await;
    let outputs = json!({ "answer": "Größe \"XL\"\n**bold**" }).to_string();
    it.case(&b, "last", json!({ "response_preview": outputs })).await;
    let found = async |text: &str| {
        let answer = it.json(&format!("{path}&order=baseline&q={text}")).await;
        inputs(&answer).join(", ")
    };
    assert_eq!(found("LOST").await, "lost, Lost by size");
    assert_eq!(found("only").await, "only A, only b");
    // The outputs of each run are numbered from its first case on.
    assert_eq!(found("answer%203").await, "lost");
    assert_eq!(found("ANSWER%2011").await, "same again");
    // JSON and Markdown are not part of the text as it is shown.
    assert_eq!(found("gr%C3%B6SSE").await, "");
    assert_eq!(found("GR%C3%96%C3%9FE%20%22xl%22").await, "last");
    assert_eq!(found("xl%22%20bold").await, "last");
    assert_eq!(found("%7B").await, "");
    assert_eq!(found("%20").await.matches(", ").count(), 7);
    assert_eq!(found("").await.matches(", ").count(), 7);
}

/// A comparison is kept for later requests, and still no change is missed.
#[tokio::test]
async fn a_change_is_seen_by_the_next_request() {
    let mut it = Fixture::new().await;
    let (a, b, path) = two_evaluations(&mut it).await;
    let counts = async |it: &Fixture| {
        let counts = it.json(&path).await["counts"].clone();
        ["all", "lost", "won", "one_sided"].map(|name| counts[name].as_u64().unwrap())
    };
    assert_eq!(counts(&it).await, [7, 2, 1, 2]);
    let kept = it.server.app.reads.bytes();
    assert!(0 < kept);
    assert_eq!(counts(&it).await, [7, 2, 1, 2]);
    assert_eq!(it.server.app.reads.bytes(), kept);

    // The first case of `b` is "lost".
    let lost = format!("tr-{:032x}", 7);
    it.server.clock.advance_ms(1);
    it.score(&lost, &b, "correct", json!({ "value": true })).await;
    assert_eq!(counts(&it).await, [7, 1, 1, 2]);
    let new = it.case(&a, "only b", json!({})).await;
    assert_eq!(counts(&it).await, [7, 1, 1, 1]);
    it.score(&new, &a, "correct", json!({ "value": true })).await;
    it.score(&format!("tr-{:032x}", 12), &b, "correct", json!({ "value": false })).await;
    assert_eq!(counts(&it).await, [7, 2, 1, 1]);

    let settings = format!("/api/3.0/kansoku/experiments/{}/feedback-settings", it.experiment);
    let rule = json!({ "name": "correct", "polarity": "negative" });
    let reply = it.server.patch(&settings, rule).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(counts(&it).await, [7, 2, 2, 1]);

    let linked = it.case("another run", "linked", json!({})).await;
    assert_eq!(counts(&it).await, [7, 2, 2, 1]);
    let body = json!({ "run_id": b, "trace_ids": [linked] });
    let reply = it.server.post("/api/2.0/mlflow/traces/link-to-run", body).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(counts(&it).await, [8, 2, 2, 2]);
    let body = json!({ "experiment_id": it.experiment, "request_ids": [new] });
    let reply = it.server.post("/api/2.0/mlflow/traces/delete-traces", body).await;
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(counts(&it).await, [8, 2, 1, 3]);
}

/// A comparison of another caller is not shown to one who may not see the runs.
#[tokio::test]
async fn a_kept_comparison_is_shown_only_to_those_who_may_see_its_runs() {
    let mut it = Fixture::new().await;
    let (_, _, path) = two_evaluations(&mut it).await;
    it.server.token("all", "read", None).await;
    it.server.token("other", "read", Some("elsewhere")).await;
    let path = format!("/api/3.0/kansoku/experiments/{}/evaluations{path}", it.experiment);
    let status = async |token: &str| {
        it.server.ask_as(token, Method::GET, &path, Value::Null).await.status.as_u16()
    };
    assert_eq!(status("all").await, 200);
    assert_eq!(status("other").await, 403);
}

#[tokio::test]
async fn a_run_with_more_cases_than_the_limit_is_not_listed_or_compared() {
    let mut it = Fixture::new().await;
    let (a, b, path) = two_evaluations(&mut it).await;
    it.server.app.limits.evaluation_cases_max = 6;
    assert_eq!(it.json(&format!("/{a}")).await["complete"], json!(true));
    assert_eq!(it.get(&format!("/{a}/cases")).await.status, 200);
    assert_eq!(it.get(&path).await.status, 200);

    it.case(&a, "one too many", json!({})).await;
    for path in [path, format!("/{a}/cases"), format!("/compare?runs={b},{a}")] {
        let reply = it.get(&path).await;
        assert_eq!(reply.status, 400, "{path}: {reply}");
        let expected = format!(
            "run `{a}` has more than 6 traces, the most that an evaluation can have; search its traces \
             instead"
        );
        assert_eq!(reply.json()["message"], expected, "{path}");
        assert_eq!(reply.json()["error_code"], "INVALID_PARAMETER_VALUE", "{path}");
    }
    // The list has the figures of the newest cases.
    let evaluation = it.json(&format!("/{a}")).await;
    assert_eq!((&evaluation["cases"], &evaluation["complete"]), (&json!(6), &json!(false)));
    assert_eq!(it.get(&format!("/{b}/cases")).await.status, 200);
}
