//! Python scorers wait for workers, which lease their jobs.
use kansoku_model::{Assessment, AssessmentValue, DurationMs};
use kansoku_scoring::{PYTHON_JOBS, PythonJob};
use kansoku_store::suite::build::{feedback, trace_id};
use kansoku_store::{
    Deletion, JobQueue as _, ScorerStore as _, ScoringFailureStore as _, TraceWrites as _,
};
use serde_json::json;

use crate::live_world::{HERE, SESSION_IDLE, World};

const MINUTE: DurationMs = DurationMs(60_000);

/// A world with a Python scorer and a trace that waits for it.
async fn world() -> World {
    let world = World::new().await;
    python(&world, "mine").await;
    world.trace(1, "answer").await;
    world.score().await;
    world
}

async fn python(world: &World, name: &str) {
    start_python(world, name, false).await;
}

async fn start_python(world: &World, name: &str, is_session_level: bool) {
    let serialized = json!({
        "name": name, "call_source": "return 1", "call_signature": "()", "original_func_name": "f",
        "is_session_level_scorer": is_session_level,
    });
    world.store.register_scorer(HERE, name, &serialized.to_string()).await.unwrap();
    world.start(name, 1.0, None).await;
}

async fn lease(world: &World) -> Option<PythonJob> {
    world.live.lease_python_job(MINUTE, Vec::new()).await.unwrap()
}

fn answer() -> Vec<Assessment> {
    vec![feedback(1, "mine", json!(true))]
}

async fn waiting(world: &World) -> u64 {
    let scorer = world.store.scorer(HERE, "mine", None).await.unwrap();
    world.store.backlog(PYTHON_JOBS, &scorer.scorer_id).await.unwrap().waiting
}

#[tokio::test]
async fn a_python_scorer_waits_and_checks_and_judges_do_not_wait_for_it() {
    let world = World::new().await;
    python(&world, "mine").await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    assert_eq!(world.feedback(1).await, [("good".to_owned(), "\"yes\"".to_owned())]);
    assert_eq!(waiting(&world).await, 1);
    assert!(!world.live.has_python_worker());
    let job = lease(&world).await.unwrap();
    assert!(world.live.has_python_worker());
    assert!(world.live.answer_python_job(&job.id, answer()).await.unwrap());
    assert_eq!(world.feedback(1).await.len(), 2);
    assert_eq!(waiting(&world).await, 0);
}

#[tokio::test]
async fn an_answer_that_is_stored_is_stored_once_whatever_ends_meanwhile() {
    let world = world().await;
    let job = lease(&world).await.unwrap();
    // The worker ends after its answer was stored, and before the job was settled.
    let mut stored = answer();
    stored[0].trace_id = trace_id(1);
    assert!(world.live.answer_python_job(&job.id, stored).await.unwrap());
    let before = world.assessments(1).await;
    let again = kansoku_store::NewJob {
        id: job.id.clone(),
        queue: PYTHON_JOBS.to_owned(),
        subject: job.version.scorer_id.clone(),
        kind: "trace".to_owned(),
        payload: json!({
            "experiment": HERE.0, "scorer": "mine", "version": 1, "trace": trace_id(1).as_str(),
        })
        .to_string(),
        due: kansoku_model::TimestampMs(1),
        waiting_max: None,
        postpones: false,
    };
    world.store.add_jobs(vec![again]).await.unwrap();
    assert!(lease(&world).await.is_none());
    assert_eq!(world.assessments(1).await, before);
    assert_eq!(waiting(&world).await, 0);
}

#[tokio::test]
async fn a_restarted_server_forgets_leases_and_not_jobs() {
    let world = world().await;
    let job = lease(&world).await.unwrap();
    let world = world.restart().await;
    assert!(!world.live.answer_python_job(&job.id, answer()).await.unwrap());
    world.live.release().await.unwrap();
    let again = lease(&world).await.unwrap();
    assert_eq!(again.id, job.id);
    assert!(world.live.answer_python_job(&job.id, answer()).await.unwrap());
    assert_eq!(world.feedback(1).await.len(), 1);
}

#[tokio::test]
async fn a_job_that_takes_five_workers_with_it_is_an_error_on_the_trace() {
    let world = world().await;
    for _ in 0..5 {
        assert!(lease(&world).await.is_some());
        world.advance_ms(MINUTE.0);
    }
    assert!(lease(&world).await.is_none());
    let assessments = world.assessments(1).await;
    let AssessmentValue::Feedback { error: Some(error), .. } = &assessments[0].value else {
        panic!("{assessments:?}");
    };
    let message = error.error_message.as_deref();
    assert_eq!(message, Some("5 workers took this job, and none answered"));
    let scorer = world.store.scorer(HERE, "mine", None).await.unwrap();
    let query = kansoku_store::FailureQuery {
        experiment: HERE,
        scorer_id: Some(scorer.scorer_id),
        offset: 0,
        max_results: 9,
    };
    let (failures, _) = world.store.scoring_failures(query).await.unwrap();
    let [failure] = &failures[..] else { panic!("one failure") };
    assert_eq!((failure.attempts, Some(&failure.reason[..])), (6, message));
}

#[tokio::test]
async fn what_was_stopped_or_deleted_is_not_leased() {
    let world = world().await;
    world.start("mine", 0.0, None).await;
    assert!(lease(&world).await.is_none());
    assert_eq!(waiting(&world).await, 0);
    world.start("mine", 1.0, None).await;
    world.trace(2, "answer").await;
    world.score().await;
    let which = Deletion::Ids(vec![trace_id(2)]);
    world.store.delete_traces(HERE, which).await.unwrap();
    assert!(lease(&world).await.is_none());
    world.trace(3, "answer").await;
    world.score().await;
    world.store.delete_scorer(HERE, "mine", None).await.unwrap();
    assert!(lease(&world).await.is_none());
}

/// Lets sessions become idle, and leases what is due.
async fn lease_idle(world: &World) -> Option<PythonJob> {
    world.score().await;
    world.advance_ms(SESSION_IDLE.0);
    world.score().await;
    lease(world).await
}

fn two_answers(first: bool) -> Vec<Assessment> {
    vec![feedback(1, "mine", json!(first)), feedback(1, "other", json!(first))]
}

#[tokio::test]
async fn a_session_is_leased_when_it_is_idle_and_again_when_it_goes_on() {
    let world = World::new().await;
    start_python(&world, "mine", true).await;
    world.turn(1, "s", 10, "first answer").await;
    world.turn(2, "s", 20, "second answer").await;
    world.score().await;
    assert!(lease(&world).await.is_none());
    let job = lease_idle(&world).await.unwrap();
    assert_eq!(job.traces, [trace_id(1), trace_id(2)]);
    assert_eq!((job.session_id(), job.trace_id()), (Some("s"), &trace_id(1)));
    assert!(world.live.answer_python_job(&job.id, two_answers(true)).await.unwrap());
    let stored = world.assessments(1).await;
    assert_eq!(stored.len(), 2);
    assert_eq!(stored[0].metadata["mlflow.trace.session"], "s");
    assert_eq!(stored[0].metadata["mlflow.assessment.onlineScoringSessionId"], "s");
    assert!(world.assessments(2).await.is_empty());
    assert!(lease_idle(&world).await.is_none());

    world.turn(3, "s", 30, "third answer").await;
    let job = lease_idle(&world).await.unwrap();
    assert_eq!(job.traces, [trace_id(1), trace_id(2), trace_id(3)]);
    assert!(world.live.answer_python_job(&job.id, two_answers(false)).await.unwrap());
    let values: Vec<_> = world.feedback(1).await.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["false", "false"], "the former feedback is replaced");
}

#[tokio::test]
async fn a_scorer_of_sessions_is_run_for_past_sessions_and_retried() {
    let world = World::new().await;
    world.turn(1, "s", 10, "first").await;
    world.turn(2, "s", 20, "second").await;
    world.score().await;
    start_python(&world, "mine", true).await;
    let count = world.live.rescore(HERE, "mine", &[trace_id(2)]).await.unwrap();
    assert_eq!(count, 1);
    let job = lease(&world).await.unwrap();
    assert_eq!(job.traces, [trace_id(1), trace_id(2)]);
    let mut failed = answer();
    failed[0].value = AssessmentValue::Feedback {
        value: json!(null),
        error: Some(kansoku_model::FeedbackError {
            error_code: None,
            error_message: Some("no".to_owned()),
            stack_trace: None,
        }),
    };
    assert!(world.live.answer_python_job(&job.id, failed).await.unwrap());
    world.advance_ms(1);
    assert_eq!(world.live.retry_failures(HERE, "mine", None).await.unwrap(), 1);
    let again = lease(&world).await.unwrap();
    assert_eq!(again.session_id(), Some("s"));
    assert!(world.live.answer_python_job(&again.id, answer()).await.unwrap());
    assert_eq!(world.feedback(1).await, [("mine".to_owned(), "true".to_owned())]);
}
