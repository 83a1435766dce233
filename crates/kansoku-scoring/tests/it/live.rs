//! Traces that end are scored by the active scorers of their experiment.
use std::sync::atomic::{AtomicUsize, Ordering};

use kansoku_scoring::JUDGEMENTS;
use kansoku_store::core::scoring::TRACES_TO_SCORE;
use kansoku_store::suite::build::{info, span, trace_id};
use kansoku_store::{JobQueue as _, ScorerStore as _, TraceWrites as _};
use serde_json::json;

use crate::live_world::{HERE, World};
use crate::model_server::{ModelServer, Reply, text_reply};

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn short() -> serde_json::Value {
    json!({"type": "length", "max": 10})
}

#[tokio::test]
async fn checks_and_judges_assess_a_trace_once_it_has_settled() {
    let world = World::new().await;
    world.check("short", short()).await;
    world.judge("good").await;
    world.trace(1, "a long answer").await;
    world.live.score_due().await.unwrap();
    assert!(world.feedback(1).await.is_empty(), "it has not settled");
    world.score().await;
    assert_eq!(world.feedback(1).await, pairs(&[("good", "\"yes\""), ("short", "\"no\"")]));
    let assessments = world.assessments(1).await;
    let good = assessments.iter().find(|it| it.assessment_name == "good").unwrap();
    assert_eq!(good.source.source_type, "LLM_JUDGE");
    assert_eq!(good.source.source_id.as_deref(), Some("gateway:/judge"));
    assert_eq!(good.rationale.as_deref(), Some("Because."));
    assert_eq!(good.span_id.as_deref(), Some("0000000000000001"));
    assert_eq!(good.metadata["mlflow.assessment.scorerVersion"], "1");
    assert_eq!(good.metadata["mlflow.assessment.judgeInputTokens"], "10");
    let short = assessments.iter().find(|it| it.assessment_name == "short").unwrap();
    assert_eq!(short.source.source_type, "CODE");
}

#[tokio::test]
async fn late_spans_and_repeated_ones_are_not_assessed_again() {
    let world = World::new().await;
    world.check("short", short()).await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let before = world.assessments(1).await;
    assert_eq!(before.len(), 2);
    world.append(span(1, 2, Some(1), 1, 5)).await;
    world.trace(1, "answer").await;
    // The trace ends in another state.
    world.append(span(1, 1, None, 0, 20).name("agent").failed()).await;
    world.score().await;
    assert_eq!(world.assessments(1).await, before);
    assert_eq!(world.model.requests().len(), 1);
}

#[tokio::test]
async fn a_trace_whose_spans_are_on_their_way_is_assessed_when_they_are_there() {
    let world = World::new().await;
    world.check("short", short()).await;
    for number in [1, 2] {
        world.store.upsert_info(info(number, HERE)).await.unwrap();
    }
    world.score().await;
    assert!(world.feedback(1).await.is_empty(), "its root is missing");
    world.trace(1, "answer").await;
    for _ in 0..20 {
        world.advance_ms(5_000);
        world.score().await;
    }
    assert_eq!(world.feedback(1).await, pairs(&[("short", "\"yes\"")]));
    let waiting = world.store.backlog(TRACES_TO_SCORE, &HERE.to_string()).await.unwrap();
    assert_eq!(waiting.waiting, 0, "a trace without spans is not looked at for ever");
}

#[tokio::test]
async fn more_traces_than_are_scored_at_once_are_all_assessed() {
    let world = World::new().await;
    world.check("short", short()).await;
    for number in 1..=300 {
        world.trace(number, "answer").await;
    }
    world.score().await;
    for number in [1, 64, 65, 256, 257, 300] {
        assert_eq!(world.feedback(number).await, pairs(&[("short", "\"yes\"")]), "{number}");
    }
}

#[tokio::test]
async fn only_matching_traces_are_assessed() {
    let world = World::new().await;
    world.check("short", short()).await;
    world.start("short", 1.0, Some("trace.status = 'ERROR'")).await;
    world.judge("good").await;
    world.start("good", 1.0, Some("trace.text LIKE '%praise%'")).await;
    world.trace(1, "praise").await;
    world.append(span(2, 1, None, 0, 20).name("agent").failed()).await;
    world.score().await;
    assert_eq!(world.feedback(1).await, pairs(&[("good", "\"yes\"")]));
    assert!(world.feedback(2).await.iter().all(|(name, _)| name == "short"));
}

#[tokio::test]
async fn a_stopped_scorer_does_not_assess_what_waits_for_it() {
    let world = World::new().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.start("good", 0.0, None).await;
    world.score().await;
    world.trace(2, "answer").await;
    world.score().await;
    assert!(world.feedback(1).await.is_empty() && world.feedback(2).await.is_empty());
    assert!(world.model.requests().is_empty());
    let waiting = world.store.backlog(TRACES_TO_SCORE, &HERE.to_string()).await.unwrap();
    assert_eq!(waiting.waiting, 0);
}

#[tokio::test]
async fn a_new_version_assesses_what_ends_after_it() {
    let world = World::new().await;
    world.check("length", json!({"type": "length", "max": 10})).await;
    world.trace(1, "a long answer").await;
    world.score().await;
    world.check("length", json!({"type": "length", "max": 100})).await;
    world.trace(2, "a long answer").await;
    world.score().await;
    assert_eq!(world.feedback(1).await, pairs(&[("length", "\"no\"")]));
    assert_eq!(world.feedback(2).await, pairs(&[("length", "\"yes\"")]));
    let of_second = world.assessments(2).await;
    assert_eq!(of_second[0].metadata["mlflow.assessment.scorerVersion"], "2");
}

#[tokio::test]
async fn a_model_that_fails_is_asked_again_until_it_answers() {
    let calls = AtomicUsize::new(0);
    let model = ModelServer::start(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::Status(503, String::new(), "busy".to_owned()),
        1 => Reply::Half("{\"choices\":".to_owned()),
        _ => text_reply(&json!({"result": "yes", "rationale": "Well."}).to_string()),
    });
    let world = World::with_model(model.await).await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    assert!(world.feedback(1).await.is_empty());
    for _ in 0..4 {
        world.advance_ms(10_000);
        world.live.score_due().await.unwrap();
    }
    assert_eq!(world.feedback(1).await, pairs(&[("good", "\"yes\"")]));
    assert_eq!(world.model.requests().len(), 3);
}

#[tokio::test]
async fn a_request_that_the_provider_rejects_is_an_error_on_the_trace() {
    let rejects =
        |_: &_| Reply::Status(400, String::new(), r#"{"error":{"message":"no"}}"#.to_owned());
    let world = World::with_model(ModelServer::start(rejects).await).await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    assert_eq!(world.feedback(1).await, pairs(&[("good", "error")]));
    world.advance_ms(100_000_000);
    world.live.score_due().await.unwrap();
    assert_eq!(world.feedback(1).await.len(), 1);
    assert_eq!(world.model.requests().len(), 1);
}

#[tokio::test]
async fn a_judge_that_a_process_left_is_run_after_the_next_start() {
    let world = World::new().await;
    world.judge("good").await;
    world.check("short", short()).await;
    world.trace(1, "answer").await;
    // The process ends after it took the trace.
    world.advance_ms(1_000);
    let source = kansoku_store::JobSource {
        queue: TRACES_TO_SCORE.to_owned(),
        ..kansoku_store::JobSource::default()
    };
    let lease = kansoku_model::DurationMs(1_000_000);
    assert_eq!(world.store.take_jobs(&source, lease, 9).await.unwrap().len(), 1);
    let world = world.restart().await;
    world.live.score_due().await.unwrap();
    assert!(world.feedback(1).await.is_empty(), "its lease has not ended");
    world.live.release().await.unwrap();
    world.live.score_due().await.unwrap();
    assert_eq!(world.feedback(1).await.len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_stored_is_not_asked_for_again() {
    let world = World::new().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let stored = world.assessments(1).await;
    // As if the process had ended before the job was settled.
    let scorer = world.store.scorer(HERE, "good", None).await.unwrap();
    let payload = json!({
        "experiment": HERE.0, "scorer": "good", "version": 1, "trace": trace_id(1).as_str(),
    });
    let job = kansoku_store::NewJob {
        id: kansoku_store::JobId::random(),
        queue: JUDGEMENTS.to_owned(),
        subject: scorer.scorer_id.clone(),
        kind: "trace".to_owned(),
        payload: payload.to_string(),
        due: kansoku_model::TimestampMs(1),
        waiting_max: None,
        postpones: false,
    };
    world.store.add_jobs(vec![job]).await.unwrap();
    world.score().await;
    assert_eq!(world.assessments(1).await, stored);
    assert_eq!(world.model.requests().len(), 1);
    let left = world.store.backlog(JUDGEMENTS, &scorer.scorer_id).await.unwrap();
    assert_eq!(left.waiting, 0);
}

#[tokio::test]
async fn a_deleted_trace_or_scorer_leaves_nothing_behind() {
    let world = World::new().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    let which = kansoku_store::Deletion::Ids(vec![trace_id(1)]);
    world.store.delete_traces(HERE, which).await.unwrap();
    world.trace(2, "answer").await;
    world.store.delete_scorer(HERE, "good", None).await.unwrap();
    world.score().await;
    assert!(world.feedback(2).await.is_empty());
    let waiting = world.store.backlog(TRACES_TO_SCORE, &HERE.to_string()).await.unwrap();
    assert_eq!(waiting.waiting, 0);
}

#[tokio::test]
async fn a_scorer_is_tried_without_storing_anything() {
    let world = World::new().await;
    world.trace(1, "a long answer").await;
    let serialized = kansoku_mlflow::scorer::serialized_check("x", &short());
    let scorer = std::sync::Arc::new(kansoku_scoring::Scorer::parse(&serialized).unwrap());
    let feedback = world.live.try_scorer(scorer, &trace_id(1)).await.unwrap();
    assert_eq!(feedback[0].1.value, "no");
    assert!(world.feedback(1).await.is_empty());
}
