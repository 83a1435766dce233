//! Evaluations: runs with scores, their cases, and comparisons.
mod compare;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    fixtures::{TRACES, trace_info},
    test_server::{Reply, TestServer},
};

/// A case: its inputs, and the scores of the scorers `correct` and `length`.
type CaseSpec<'a> = (&'a str, Option<bool>, Option<f64>);

/// A server with an experiment to evaluate in.
pub(crate) struct Fixture {
    pub(crate) server: TestServer,
    pub(crate) experiment: String,
    traces: u64,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let server = TestServer::start();
        let experiment = server.experiment("shop").await;
        Self { server, experiment, traces: 0 }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.server.list(&format!("{}/evaluations{path}", self.experiment)).await
    }

    async fn json(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {reply}");
        reply.json()
    }

    /// A run that started at this time, as a client creates it.
    async fn run(&self, name: &str, start: i64, tags: Value) -> String {
        let body = json!({
            "experiment_id": self.experiment, "run_name": name, "user_id": "ann",
            "start_time": start, "tags": tags,
        });
        let reply = self.server.post("/api/2.0/mlflow/runs/create", body).await;
        assert_eq!(reply.status, 200, "{reply}");
        reply.json()["run"]["info"]["run_id"].as_str().unwrap().to_owned()
    }

    /// A run of `mlflow.genai.evaluate` with these cases.
    async fn evaluation(&mut self, name: &str, start: i64, cases: &[CaseSpec<'_>]) -> String {
        let tag = json!([{ "key": "mlflow.runType", "value": "genai_evaluate" }]);
        let run = self.run(name, start, tag).await;
        for (inputs, correct, length) in cases {
            let trace = self.case(&run, inputs, json!({})).await;
            if let Some(correct) = correct {
                self.score(&trace, &run, "correct", json!({ "value": correct })).await;
            }
            if let Some(length) = length {
                self.score(&trace, &run, "length", json!({ "value": length })).await;
            }
        }
        run
    }

    /// A trace of a run with these inputs; `more` replaces fields of its info.
    async fn case(&mut self, run: &str, inputs: &str, more: Value) -> String {
        self.traces += 1;
        let trace = format!("tr-{:032x}", self.traces);
        let mut info = json!({
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": { "experiment_id": self.experiment },
            },
            "request_time": format!("2026-11-21T05:00:00.{:03}Z", self.traces),
            "execution_duration": format!("{}s", self.traces as f64 / 100.0),
            "request_preview": json!({ "q": inputs }).to_string(),
            "response_preview": json!(format!("answer {}", self.traces)).to_string(),
            "trace_metadata": {
                "mlflow.sourceRun": run,
                "mlflow.traceInputs": json!({ "q": inputs }).to_string(),
            },
        });
        for (key, value) in more.as_object().expect("an object of fields") {
            info[key] = value.clone();
        }
        let reply = self
            .server
            .post(TRACES, json!({ "trace": { "trace_info": trace_info(&trace, info) } }))
            .await;
        assert_eq!(reply.status, 200, "{reply}");
        trace
    }

    async fn score(&self, trace: &str, run: &str, name: &str, feedback: Value) {
        self.assess(
            trace,
            json!({
                "assessment_name": name,
                "source": { "source_type": "CODE", "source_id": name },
                "feedback": feedback,
                "rationale": format!("why {name}"),
                "metadata": { "mlflow.assessment.sourceRunId": run },
            }),
        )
        .await;
    }

    async fn assess(&self, trace: &str, assessment: Value) {
        let body = json!({ "assessment": assessment });
        let reply = self.server.post(&format!("{TRACES}/{trace}/assessments"), body).await;
        assert_eq!(reply.status, 200, "{reply}");
    }

    async fn log_inputs(&self, run: &str, more: Value) {
        let mut body = json!({ "run_id": run });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let reply = self.server.post("/api/2.0/mlflow/runs/log-inputs", body).await;
        assert_eq!(reply.status, 200, "{reply}");
    }
}

fn column<'a>(list: &'a Value, field: &str) -> Vec<&'a Value> {
    list.as_array().unwrap_or_else(|| panic!("{list}")).iter().map(|it| &it[field]).collect()
}

fn names(page: &Value) -> String {
    let names = column(&page["evaluations"], "name");
    names.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn runs_with_scores_are_listed_newest_first_with_their_figures() {
    let mut it = Fixture::new().await;
    assert_eq!(it.json("").await, json!({ "evaluations": [], "next_page_token": null }));
    let cases = [("a", Some(true), Some(0.25)), ("b", Some(false), Some(0.75)), ("c", None, None)];
    let first = it.evaluation("first", 100, &cases).await;
    let failed = json!({ "state": "ERROR" });
    let trace = it.case(&first, "d", failed).await;
    it.score(&trace, &first, "correct", json!({ "error": { "error_code": "TIMEOUT" } })).await;
    let source = json!({ "tags": {} }).to_string();
    let dataset =
        json!({ "name": "golden", "digest": "d1", "source_type": "code", "source": source });
    it.log_inputs(&first, json!({ "datasets": [{ "dataset": dataset }] })).await;
    let end = json!({ "run_id": first, "status": "FINISHED", "end_time": 350 });
    assert_eq!(it.server.post("/api/2.0/mlflow/runs/update", end).await.status, 200);
    it.run("training", 150, json!([])).await;
    let tagged = json!([{ "key": "mlflow.run.isEval", "value": "true" }]);
    it.run("empty", 200, tagged).await;
    let plain = it.run("plain", 300, json!([])).await;
    it.case(&plain, "x", json!({})).await;
    let by_hand = it.run("by hand", 400, json!([])).await;
    let trace = it.case(&by_hand, "x", json!({})).await;
    it.assess(
        &trace,
        json!({
            "assessment_name": "tone",
            "source": { "source_type": "HUMAN", "source_id": "me" },
            "feedback": { "value": "kind" },
        }),
    )
    .await;

    let page = it.json("").await;
    assert_eq!(names(&page), "by hand empty first");
    let mut evaluation = page["evaluations"][2].clone();
    assert_eq!(it.json(&format!("/{first}")).await, evaluation);
    let scorers = evaluation.as_object_mut().unwrap().remove("scorers").unwrap();
    assert_eq!(
        evaluation,
        json!({
            "run_id": first, "name": "first", "status": "FINISHED", "user": "ann",
            "start_time_ms": 100, "end_time_ms": 350, "duration_ms": 250, "version": null,
            "dataset": { "name": "golden", "digest": "d1", "dataset_id": null, "version": null },
            "complete": true, "cases": 4, "failed_cases": 1, "cost": null, "total_tokens": null,
            "p50_ms": 25.0, "p95_ms": 38.5,
        })
    );
    assert_eq!(column(&scorers, "name"), ["correct", "length"]);
    assert_eq!(column(&scorers, "pass_rate"), [&json!(0.5), &json!(null)]);
    assert_eq!(column(&scorers, "mean"), [&json!(null), &json!(0.5)]);
    assert_eq!(column(&scorers, "not_judged"), [1, 0]);
    assert_eq!(page["evaluations"][1]["cases"], 0);

    let page = it.json("?max_results=2").await;
    assert_eq!(names(&page), "by hand empty");
    let token = page["next_page_token"].as_str().unwrap();
    let rest = it.json(&format!("?max_results=2&page_token={token}")).await;
    assert_eq!((names(&rest), &rest["next_page_token"]), ("first".to_owned(), &json!(null)));
    assert_eq!(names(&it.json("?q=HAND").await), "by hand");
    assert_eq!(names(&it.json("?q=attributes.run_name%20%3D%20'first'").await), "first");
    let deleted = json!({ "run_id": by_hand });
    assert_eq!(it.server.post("/api/2.0/mlflow/runs/delete", deleted).await.status, 200);
    assert_eq!(names(&it.json("").await), "empty first");
}

#[tokio::test]
async fn an_evaluation_names_the_model_and_the_version_of_the_dataset() {
    let mut it = Fixture::new().await;
    let model = json!({ "experiment_id": it.experiment, "name": "agent" });
    let model = it.server.post("/api/2.0/mlflow/logged-models", model).await.json();
    let model = model["model"]["info"]["model_id"].as_str().unwrap().to_owned();
    let new = json!({ "name": "golden", "experiment_ids": [it.experiment] });
    let dataset = it.server.post("/api/3.0/mlflow/datasets/create", new).await.json();
    let dataset = dataset["dataset"]["dataset_id"].as_str().unwrap().to_owned();
    let path = format!("/api/3.0/mlflow/datasets/{dataset}");
    let mut digests = Vec::new();
    for question in ["a", "b"] {
        let records = json!([{ "inputs": { "q": question } }]).to_string();
        let reply = it.server.post(&format!("{path}/records"), json!({ "records": records })).await;
        assert_eq!(reply.status, 200, "{reply}");
        digests.push(it.server.get(&path).await.json()["dataset"]["digest"].clone());
    }
    let source = json!({ "dataset_id": dataset }).to_string();
    let input = |digest: &Value| {
        json!({ "name": "golden", "digest": digest, "source": source,
            "source_type": "mlflow_evaluation_dataset" })
    };
    let run = it.evaluation("first", 1, &[]).await;
    let inputs = json!({ "datasets": [{ "dataset": input(&digests[0]) }], "models": [{ "model_id": model }] });
    it.log_inputs(&run, inputs).await;
    let found = it.json(&format!("/{run}")).await;
    assert_eq!(found["version"], json!({ "model_id": model, "name": "agent" }));
    assert_eq!(
        found["dataset"],
        json!({ "name": "golden", "digest": digests[0], "dataset_id": dataset, "version": 1 })
    );
    // A run that names no model has that of its traces, which may be gone.
    let run = it.evaluation("second", 2, &[]).await;
    it.log_inputs(&run, json!({ "datasets": [{ "dataset": input(&json!("other")) }] })).await;
    let metadata = json!({ "mlflow.sourceRun": run, "mlflow.modelId": "m-gone" });
    it.case(&run, "x", json!({ "trace_metadata": metadata })).await;
    let found = it.json(&format!("/{run}")).await;
    assert_eq!(found["version"], json!({ "model_id": "m-gone", "name": null }));
    assert_eq!(found["dataset"]["dataset_id"], json!(dataset));
    assert_eq!(found["dataset"]["version"], json!(null));
}

fn traces(answer: &Value) -> Vec<&str> {
    let cases = answer["cases"].as_array().unwrap();
    cases
        .iter()
        .map(|case| case["trace_id"].as_str().unwrap().trim_start_matches("tr-0"))
        .map(|id| id.trim_start_matches('0'))
        .collect()
}

#[tokio::test]
async fn cases_have_the_scores_of_their_run() {
    let mut it = Fixture::new().await;
    let run = it.evaluation("first", 1, &[("What is *this*?", Some(true), Some(0.5))]).await;
    let trace = format!("tr-{:032x}", 1);
    it.server.clock.advance_ms(1);
    it.score(&trace, &run, "correct", json!({ "value": false })).await;
    it.score(&trace, "another run", "elsewhere", json!({ "value": 1 })).await;
    it.score(&trace, &run, "judge", json!({ "error": { "error_message": "too slow" } })).await;
    it.assess(
        &trace,
        json!({
            "assessment_name": "expected",
            "source": { "source_type": "HUMAN", "source_id": "me" },
            "expectation": { "value": "that" },
        }),
    )
    .await;
    let answer = it.json(&format!("/{run}/cases")).await;
    assert_eq!((&answer["matching"], &answer["next_page_token"]), (&json!(1), &json!(null)));
    assert_eq!(answer["evaluation"]["run_id"], json!(run));
    let case = &answer["cases"][0];
    assert_eq!((&case["input"], &case["output"]), (&json!("What is this?"), &json!("answer 1")));
    assert_eq!((&case["state"], &case["duration_ms"]), (&json!("OK"), &json!(10)));
    let scores = &case["scores"];
    let keys: Vec<&String> = scores.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["correct", "judge", "length"]);
    assert_eq!(
        (&scores["correct"]["value"], &scores["correct"]["verdict"]),
        (&json!(false), &json!("bad"))
    );
    assert_eq!(scores["correct"]["rationale"], "why correct");
    assert_eq!(
        (&scores["judge"]["verdict"], &scores["judge"]["error"]),
        (&json!("not_judged"), &json!("too slow"))
    );
    assert_eq!(scores["length"]["verdict"], json!(null));
    assert_eq!(column(&case["expectations"], "value"), ["that"]);
    let kinds = json!(["pass_fail", "text", "number"]);
    assert_eq!(json!(column(&answer["scorers"], "kind")), kinds);
    assert_eq!(answer["scorers"][0]["bad"], 1);
    assert_eq!(answer["scorers"][1]["not_judged"], 1);
    assert_eq!(answer["scorers"][2]["buckets"], json!([{ "from": 0.5, "to": 0.5, "count": 1 }]));
}

#[tokio::test]
async fn of_two_scores_with_the_same_time_the_one_that_is_shown_is_counted() {
    let mut it = Fixture::new().await;
    let run = it.evaluation("first", 1, &[("a", Some(true), None)]).await;
    let trace = format!("tr-{:032x}", 1);
    it.score(&trace, &run, "correct", json!({ "value": false })).await;
    let page = it.json(&format!("/{run}/cases")).await;
    let scorer = &page["scorers"][0];
    assert_eq!((&scorer["good"], &scorer["bad"]), (&json!(1), &json!(0)));
    assert_eq!(page["cases"][0]["scores"]["correct"]["value"], json!(true));
}

#[tokio::test]
async fn cases_are_filtered_sorted_and_paged() {
    let mut it = Fixture::new().await;
    let cases = [
        ("a", Some(true), Some(0.5)),
        ("b", Some(false), Some(0.9)),
        ("c", None, Some(0.1)),
        ("d", Some(true), None),
    ];
    let run = it.evaluation("first", 1, &cases).await;
    it.case(&run, "e", json!({ "state": "ERROR" })).await;
    let shown = async |query: &str| {
        let answer = it.json(&format!("/{run}/cases?{query}")).await;
        (traces(&answer).join(" "), answer["matching"].as_u64().unwrap())
    };
    let expect = async |query: &str, expected: &str| {
        let (traces, matching) = shown(query).await;
        assert_eq!(traces, expected, "{query}");
        assert_eq!(matching, expected.split_whitespace().count() as u64, "{query}");
    };
    expect("", "5 2 1 3 4").await;
    expect("order_by=failures%20DESC", "1 3 4 2 5").await;
    expect("order_by=scorer&sort_scorer=length", "3 1 2 4 5").await;
    expect("order_by=scorer%20DESC&sort_scorer=length", "2 1 3 4 5").await;
    expect("order_by=scorer&sort_scorer=correct", "2 1 4 3 5").await;
    expect("order_by=duration", "5 4 3 2 1").await;
    expect("order_by=time%20desc", "5 4 3 2 1").await;
    expect("order_by=cost", "1 2 3 4 5").await;
    expect("scorer=correct&verdict=good", "1 4").await;
    expect("scorer=correct&verdict=bad", "2").await;
    expect("scorer=correct&verdict=missing", "5 3").await;
    expect("scorer=length&verdict=neutral", "2 1 3").await;
    expect("scorer=length&verdict=not_judged", "").await;
    expect("scorer=unknown&verdict=good", "").await;
    expect("scorer=unknown&verdict=missing", "5 2 1 3 4").await;
    expect("q=status%20%3D%20'ERROR'", "5").await;
    expect("q=feedback.correct%20IS%20GOOD%20AND%20duration%20%3C%2025", "1").await;

    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let query = format!("/{run}/cases?order_by=time&max_results=2&page_token={token}");
        let answer = it.json(&query).await;
        let has_figures = !answer["evaluation"].is_null();
        assert_eq!(has_figures, all.is_empty());
        assert_eq!(has_figures, !answer["scorers"].as_array().unwrap().is_empty());
        all.extend(traces(&answer).into_iter().map(str::to_owned));
        assert_eq!(answer["matching"], 5);
        match answer["next_page_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(all, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_scorer_of_zeros_and_ones_says_yes_and_no() {
    let mut it = Fixture::new().await;
    let cases = [("a", None, Some(1.0)), ("b", None, Some(0.0))];
    let run = it.evaluation("first", 1, &cases).await;
    let answer = it.json(&format!("/{run}/cases")).await;
    let verdicts: Vec<_> = answer["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["scores"]["length"]["verdict"])
        .collect();
    assert_eq!(verdicts, ["bad", "good"]);
}

#[tokio::test]
async fn what_cannot_be_shown_or_compared_is_refused() {
    let mut it = Fixture::new().await;
    let run = it.evaluation("a", 1, &[("x", Some(true), None)]).await;
    let other = it.evaluation("b", 1, &[]).await;
    let elsewhere = it.server.experiment("elsewhere").await;
    let body = json!({ "experiment_id": elsewhere, "run_name": "foreign" });
    let foreign = it.server.post("/api/2.0/mlflow/runs/create", body).await.json();
    let foreign = foreign["run"]["info"]["run_id"].as_str().unwrap().to_owned();
    for path in [
        format!("/{foreign}"),
        "/unknown".to_owned(),
        format!("/{foreign}/cases"),
        format!("/compare?runs={run},{foreign}"),
        format!("/compare?runs={run},unknown"),
    ] {
        let reply = it.get(&path).await;
        assert_eq!(reply.status, 404, "{path}: {reply}");
        assert_eq!(reply.json()["error_code"], "RESOURCE_DOES_NOT_EXIST", "{path}");
    }
    let mut refused = String::new();
    for path in [
        "?max_results=0".to_owned(),
        "?max_results=101".to_owned(),
        "?q=status%20==".to_owned(),
        "?page_token=x".to_owned(),
        format!("/{run}/cases?q=nonsense"),
        format!("/{run}/cases?verdict=good"),
        format!("/{run}/cases?scorer=a&verdict=great"),
        format!("/{run}/cases?order_by=scorer"),
        format!("/{run}/cases?order_by=size"),
        format!("/{run}/cases?order_by=cost%20up"),
        format!("/{run}/cases?max_results=501"),
        "/compare".to_owned(),
        format!("/compare?runs={run}"),
        format!("/compare?runs={run},{run}"),
        format!("/compare?runs={run},{other}&only=some"),
        format!("/compare?runs={run},{other}&order=size"),
        format!("/compare?runs={run},{other},a,b,c"),
    ] {
        let reply = it.get(&path).await;
        assert_eq!(reply.status, 400, "{path}: {reply}");
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        let line = format!("{path}\n    {message}\n");
        refused.push_str(&line.replace(&run, "RUN").replace(&other, "OTHER"));
    }
    assert_snapshot!(refused);
    let page = it.json("?max_results=1").await;
    let token = page["next_page_token"].as_str().unwrap();
    let reply = it.get(&format!("/{run}/cases?page_token={token}")).await;
    assert_eq!(reply.status, 400, "{reply}");
}
