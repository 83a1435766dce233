//! Judges and Python scorers that failed, and are retried.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kansoku_model::{DurationMs, ScoringFailure};
use kansoku_store::suite::build::{feedback, trace_id};
use kansoku_store::{FailureQuery, ScorerStore as _, ScoringFailureStore as _, TraceWrites as _};
use serde_json::json;

use crate::live_world::{HERE, World};
use crate::model_server::{ModelServer, Reply, text_reply};

/// A model that rejects requests until it is told to answer them.
async fn rejecting() -> (World, Arc<AtomicBool>) {
    let answers = Arc::new(AtomicBool::new(false));
    let told = answers.clone();
    let model = ModelServer::start(move |_| match told.load(Ordering::Relaxed) {
        true => text_reply(&json!({"result": "yes", "rationale": "Well."}).to_string()),
        false => Reply::Status(400, String::new(), r#"{"error":{"message":"no"}}"#.to_owned()),
    });
    (World::with_model(model.await).await, answers)
}

async fn failures(world: &World) -> Vec<ScoringFailure> {
    let query =
        FailureQuery { experiment: HERE, scorer_id: None, offset: 0, max_results: 1_000_000 };
    world.store.scoring_failures(query).await.unwrap().0
}

async fn retry(world: &World, ids: Option<&[String]>) -> usize {
    world.advance_ms(1);
    let count = world.live.retry_failures(HERE, "good", ids).await.unwrap();
    world.live.score_due().await.unwrap();
    count
}

fn good(value: &str) -> Vec<(String, String)> {
    vec![("good".to_owned(), value.to_owned())]
}

#[tokio::test]
async fn a_failure_is_kept_and_its_retry_replaces_the_error() {
    let (world, answers) = rejecting().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let [failure] = &failures(&world).await[..] else { panic!("one failure") };
    assert_eq!((&failure.scorer[..], failure.version, failure.attempts), ("good", 1, 1));
    assert_eq!((&failure.trace_id, &failure.session), (&trace_id(1), &None));
    assert!(failure.reason.contains("no"), "{}", failure.reason);

    // It fails again, and is kept again.
    assert_eq!(retry(&world, None).await, 1);
    assert_eq!(world.feedback(1).await, good("error"));
    let again = failures(&world).await;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].failure_id, failure.failure_id);

    answers.store(true, Ordering::Relaxed);
    // A stopped scorer is run, too: somebody asked for it.
    world.start("good", 0.0, None).await;
    assert_eq!(retry(&world, None).await, 1);
    assert_eq!(world.feedback(1).await, good("\"yes\""));
    assert!(failures(&world).await.is_empty());
    assert_eq!(world.model.requests().len(), 3);
    assert_eq!(retry(&world, None).await, 0);
    assert_eq!(world.model.requests().len(), 3);
}

#[tokio::test]
async fn chosen_failures_are_retried_with_the_latest_version() {
    let (world, answers) = rejecting().await;
    world.judge("good").await;
    for number in 1..4 {
        world.trace(number, "answer").await;
    }
    world.score().await;
    let kept = failures(&world).await;
    assert_eq!(kept.len(), 3);
    answers.store(true, Ordering::Relaxed);
    world.judge_with("good", "Is {{ outputs }} really good?").await;
    let of_second = kept.iter().find(|it| it.trace_id == trace_id(2)).unwrap();
    let ids = [of_second.failure_id.clone(), "unknown".to_owned()];
    assert_eq!(retry(&world, Some(&ids)).await, 1);
    assert_eq!(world.feedback(1).await, good("error"));
    assert_eq!(world.feedback(2).await, good("\"yes\""));
    let version = &world.assessments(2).await[0].metadata["mlflow.assessment.scorerVersion"];
    assert_eq!(version, "2");
    assert_eq!(failures(&world).await.len(), 2);
}

#[tokio::test]
async fn an_error_that_a_person_corrected_stays() {
    let (world, answers) = rejecting().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let error = world.assessments(1).await.remove(0);
    let mut correction = feedback(1, "good", json!("no"));
    correction.overrides = Some(error.assessment_id.clone());
    world.store.create_assessment(correction).await.unwrap();
    answers.store(true, Ordering::Relaxed);
    retry(&world, None).await;
    assert_eq!(world.feedback(1).await.len(), 2);
    assert_eq!(world.model.requests().len(), 1, "the person's word counts");
}

#[tokio::test]
async fn a_failed_session_is_retried() {
    let (world, answers) = rejecting().await;
    world.judge_with("good", "Is {{ conversation }} good?").await;
    world.turn(1, "s", 1, "one").await;
    world.turn(2, "s", 2, "two").await;
    world.score().await;
    world.advance_ms(300_000);
    world.live.score_due().await.unwrap();
    assert_eq!(failures(&world).await[0].session.as_deref(), Some("s"));
    answers.store(true, Ordering::Relaxed);
    assert_eq!(retry(&world, None).await, 1);
    assert_eq!(world.feedback(1).await, good("\"yes\""));
}

#[tokio::test]
async fn a_process_that_ends_during_a_retry_asks_no_model_twice() {
    let (world, answers) = rejecting().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    answers.store(true, Ordering::Relaxed);
    world.advance_ms(1);
    assert_eq!(world.live.retry_failures(HERE, "good", None).await.unwrap(), 1);
    // The process ends before the failure is deleted, and it is retried by the next one.
    let world = world.restart().await;
    world.live.score_due().await.unwrap();
    let stored = world.assessments(1).await;
    world.live.release().await.unwrap();
    world.live.score_due().await.unwrap();
    assert_eq!(world.assessments(1).await, stored);
    assert_eq!(world.model.requests().len(), 2);
}

#[tokio::test]
async fn a_judge_without_a_model_is_retried_when_it_has_one() {
    let world = World::new().await;
    let judge = |model: &str| {
        json!({ "name": "good", "instructions_judge_pydantic_data": {
            "instructions": "Is {{ outputs }} good?", "model": model,
        }})
    };
    let unknown = judge("gateway:/unknown").to_string();
    world.store.register_scorer(HERE, "good", &unknown).await.unwrap();
    world.start("good", 1.0, None).await;
    world.trace(1, "answer").await;
    world.score().await;
    assert_eq!(world.feedback(1).await, good("error"));
    assert_eq!(failures(&world).await.len(), 1);
    let known = judge("gateway:/judge").to_string();
    world.store.register_scorer(HERE, "good", &known).await.unwrap();
    assert_eq!(retry(&world, None).await, 1);
    assert_eq!(world.feedback(1).await, good("\"yes\""));
}

#[tokio::test]
async fn a_failed_python_scorer_is_leased_again() {
    let world = World::new().await;
    let python = json!({ "name": "good", "call_source": "return 1", "original_func_name": "f" });
    world.store.register_scorer(HERE, "good", &python.to_string()).await.unwrap();
    world.start("good", 1.0, None).await;
    world.trace(1, "answer").await;
    world.score().await;
    let lease = async || {
        let minute = DurationMs(60_000);
        world.live.lease_python_job(minute, Vec::new()).await.unwrap()
    };
    let mut failed = feedback(1, "good", json!(null));
    failed.value = kansoku_model::AssessmentValue::Feedback {
        value: json!(null),
        error: Some(kansoku_model::FeedbackError {
            error_code: None,
            error_message: Some("x".repeat(2 * ScoringFailure::REASON_CHARS_MAX)),
            stack_trace: None,
        }),
    };
    let job = lease().await.unwrap();
    assert!(world.live.answer_python_job(&job.id, vec![failed]).await.unwrap());
    let kept = failures(&world).await;
    assert_eq!(kept[0].reason.len(), ScoringFailure::REASON_CHARS_MAX);
    assert_eq!(retry(&world, None).await, 1);
    assert_eq!(world.feedback(1).await, good("error"), "until there is an answer");
    let job = lease().await.unwrap();
    let answer = vec![feedback(1, "good", json!("fine"))];
    assert!(world.live.answer_python_job(&job.id, answer).await.unwrap());
    assert_eq!(world.feedback(1).await, good("\"fine\""));
    assert!(failures(&world).await.is_empty());
}
