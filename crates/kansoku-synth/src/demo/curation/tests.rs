use std::{collections::BTreeSet, sync::LazyLock};

use super::super::make::{DemoSpec, generate};
use super::*;

const NOW_NS: u64 = 1_795_219_200_000_000_000;

static REQUESTS: LazyLock<Vec<DemoRequest>> = LazyLock::new(demo_requests);

fn demo_requests() -> Vec<DemoRequest> {
    let mut picked = PickedTraces::default();
    let demo = DemoSpec { seed: 1, traces: 2000, days: 7, now_ns: NOW_NS, key: 7 };
    generate(demo, &mut |one| {
        picked.add(&one);
        Ok(())
    })
    .unwrap();
    let spec = CurationSpec {
        experiment_id: "5".to_owned(),
        experiment_name: "a demo/2".to_owned(),
        now_ns: NOW_NS,
        key: 7,
    };
    requests(&spec, &picked)
}

/// All names in `${NAME}`.
fn names_in(text: &str) -> BTreeSet<String> {
    let parts = text.split("${").skip(1);
    parts.filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect()
}

fn text_of(request: &DemoRequest) -> String {
    match &request.body {
        DemoBody::Json(json) => format!("{} {json}", request.path),
        DemoBody::None | DemoBody::Otlp(_) => request.path.clone(),
    }
}

#[test]
fn every_value_is_kept_before_a_request_needs_it() {
    let mut answers = Answers::default();
    for request in REQUESTS.iter() {
        let request = answers.fill(request.clone());
        assert_eq!(names_in(&text_of(&request)), BTreeSet::new(), "{request:?}");
        // A response that has every value that is kept.
        let response = serde_json::json!({
            "model": { "info": { "model_id": "m-1" } }, "run": { "info": { "run_id": "r-1" } },
            "dataset": { "dataset_id": "d-1", "digest": "abc" }, "issue": { "issue_id": "iss-1" },
            "label_schema": { "schema_id": "ls-1" }, "review_queue": { "queue_id": "rq-1" },
        });
        answers.read(&request, &response).unwrap();
    }
}

#[test]
fn a_response_without_the_value_is_an_error() {
    let request = REQUESTS.iter().find(|request| request.path.ends_with("logged-models"));
    let read = Answers::default().read(request.unwrap(), &serde_json::json!({ "model": {} }));
    assert_eq!(read, Err("/model/info/model_id"));
}

#[test]
fn both_evaluations_have_the_same_cases() {
    let runs = REQUESTS.iter().filter(|it| matches!(it.body, DemoBody::Otlp(_))).count();
    assert_eq!(runs, 2);
    let expected = REQUESTS
        .iter()
        .filter(|it| text_of(it).contains("\"assessment_name\":\"expected_response\""));
    let per_run = dataset::cases().count();
    assert_eq!(expected.count(), 2 * per_run);
    let inputs: BTreeSet<String> =
        dataset::cases().map(|case| serde_json::json!(case.messages()).to_string()).collect();
    assert_eq!(inputs.len(), per_run);
}

#[test]
fn people_work_with_traces_that_were_disliked() {
    let count = |part: &str| REQUESTS.iter().filter(|request| request.path.contains(part)).count();
    assert_eq!((count("review-queues/create"), count("items/add")), (1, 1));
    assert_eq!((count("/issues"), count("model-versions/create")), (2, 3));
    let linked = REQUESTS.iter().filter(|request| text_of(request).contains("\"issue_name\""));
    assert_eq!(linked.count(), 24);
}

#[test]
fn people_and_a_judge_think_about_the_same_answers() {
    let verdicts = |value: &str| {
        let is_verdict =
            |text: &str| text.contains("\"assessment_name\":\"helpful\"") && text.contains(value);
        REQUESTS.iter().filter(|request| is_verdict(&text_of(request))).count()
    };
    let (yes, no) = (verdicts("\"value\":\"yes\""), verdicts("\"value\":\"no\""));
    assert_eq!(yes + no, 200);
    assert!(10 < no && no < yes, "{yes} {no}");
}

#[test]
fn two_alert_rules_are_created() {
    let rules =
        REQUESTS.iter().filter(|request| request.path == "/api/3.0/kansoku/experiments/5/alerts");
    assert_eq!(rules.count(), 2);
}
