//! `kansoku demo`, against the built server.
use serde_json::{Value, json};

use crate::binary::{Running, run, stderr, stdout};

fn get(url: &str) -> Value {
    ureq::get(url).call().unwrap().body_mut().read_json().unwrap()
}

fn traces_of(url: &str, experiment: &str, filter: &str) -> Vec<Value> {
    let location = json!({
        "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment },
    });
    let body = json!({ "locations": [location], "filter": filter, "max_results": 500 });
    let mut answer = ureq::post(&format!("{url}/api/3.0/mlflow/traces/search")).send_json(body);
    let page: Value = answer.as_mut().unwrap().body_mut().read_json().unwrap();
    page["traces"].as_array().cloned().unwrap_or_default()
}

#[test]
fn an_experiment_is_filled_once_and_every_link_leads_somewhere() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(&folder.path().join("data"), &["--grpc-port", "off"]);
    let url = &server.url;
    let demo = ["demo", "--url", url, "--traces", "120", "--days", "2"];
    let done = run(&demo);
    assert!(done.status.success(), "{}", stderr(&done));
    let told = stdout(&done);
    assert!(told.starts_with("Experiment `demo` has 120 more traces, of 2 days: "), "{told}");

    let by_name = format!("{url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=demo");
    let found = get(&by_name);
    let id = found["experiment"]["experiment_id"].as_str().unwrap();
    let all = traces_of(url, id, "");
    let post = |path: &str, body: Value| -> Value {
        let mut answer = ureq::post(&format!("{url}{path}")).send_json(body).unwrap();
        answer.body_mut().read_json().unwrap()
    };
    let runs = post("/api/2.0/mlflow/runs/search", json!({ "experiment_ids": [id] }));
    let runs = runs["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    let mut cases = 0;
    for run in runs {
        let id_of_run = run["info"]["run_id"].as_str().unwrap();
        assert_eq!(run["info"]["status"], "FINISHED");
        assert_eq!(run["data"]["metrics"].as_array().unwrap().len(), 3);
        let of_run = traces_of(url, id, &format!("run_id = '{id_of_run}'")).len();
        assert!(15 < of_run);
        cases += of_run;
    }
    assert_eq!(all.len(), 120 + cases);
    assert!(!traces_of(url, id, "status = 'IN_PROGRESS'").is_empty());
    assert!(!traces_of(url, id, "status = 'ERROR'").is_empty());
    assert!(!traces_of(url, id, "feedback.groundedness = 'yes'").is_empty());
    let rows = get(&format!("{url}/api/3.0/kansoku/experiments/demo/traces?max_results=200"));
    let costs = rows["traces"].as_array().unwrap().iter().filter(|row| row["cost"].is_f64());
    assert!(100 < costs.count());
    assert!(!traces_of(url, id, "tags.service.version = '1.9.0'").is_empty());

    let links: Vec<&str> = told.split_whitespace().filter(|it| it.starts_with(url)).collect();
    assert_eq!(links.len(), 14, "{told}");
    let scorers = get(&format!("{url}/api/3.0/kansoku/experiments/demo/scorers"));
    let scorers = scorers["scorers"].as_array().unwrap().iter();
    let scorers: Vec<_> =
        scorers.map(|it| (it["kind"].as_str(), it["problem"].is_null())).collect();
    assert_eq!(scorers, [(Some("check"), true), (Some("judge"), true), (Some("check"), true)]);
    let rules = get(&format!("{url}/api/3.0/kansoku/experiments/demo/alerts"));
    assert_eq!(rules["rules"].as_array().unwrap().len(), 2);
    for link in links {
        if let Some((_, trace)) = link.split_once("/t/") {
            let route = format!("{url}/api/3.0/kansoku/traces/{trace}/spans/tree");
            assert!(!get(&route)["id"].as_array().unwrap().is_empty(), "{link}");
        }
    }

    let datasets = post("/api/3.0/mlflow/datasets/search", json!({ "experiment_ids": [id] }));
    assert_eq!(datasets["datasets"].as_array().unwrap().len(), 1);
    assert!(!traces_of(url, id, "prompt = 'demo-support-agent/2'").is_empty());
    let queues = get(&format!("{url}/api/3.0/mlflow/review-queues/list?experiment_id={id}"));
    assert_eq!(queues["review_queues"][0]["name"], "Answers that were disliked");

    let refused = run(&demo);
    assert!(!refused.status.success());
    insta::assert_snapshot!(stderr(&refused), @"error: experiment `demo` has traces already: add to them by --again, or choose another by --experiment");
    let again = run(&[&demo[..], &["--again", "--traces", "10"]].concat());
    // A flag that is given twice is an error.
    assert!(!again.status.success());
    let again = run(&["demo", "--url", url, "--traces", "10", "--days", "2", "--again"]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert_eq!(traces_of(url, id, "").len(), all.len() + 10);
}

#[test]
fn where_nobody_listens_is_said() {
    let done = run(&["demo", "--url", "http://127.0.0.1:9", "--traces", "1"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        stderr(&done).starts_with("error: no answer from http://127.0.0.1:9/"),
        "{}",
        stderr(&done)
    );
    let none = run(&["demo", "--traces", "0"]);
    assert_eq!(none.status.code(), Some(2));
}
