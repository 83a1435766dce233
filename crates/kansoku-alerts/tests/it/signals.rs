//! The values of signals.
use std::collections::BTreeMap;

use kansoku_model::{
    AlertSettings, AlertSignal, AssessmentValue, FeedbackError, JUDGE_EXPERIMENT, TimestampMs,
    TraceInfo, TraceState, judge_key,
};
use kansoku_store::suite::build::{SpanSpec, feedback, info};
use kansoku_store::{
    ExperimentStore as _, JobId, JobQueue as _, NewJob, ScorerStore as _, TraceWrites as _,
};
use serde_json::{Value, json};

use crate::world::{HERE, QUEUE, World, errors};

/// The value of a signal now, and the number of traces.
async fn value(world: &World, signal: AlertSignal) -> (Option<f64>, u64) {
    value_of(world, AlertSettings { signal, ..errors() }).await
}

async fn value_of(world: &World, settings: AlertSettings) -> (Option<f64>, u64) {
    let rule = world.rule(settings).await;
    let state = world.evaluate(&rule).await.state;
    assert_eq!(state.problem, None);
    (state.value, state.traces)
}

async fn rate(world: &World, name: &str, value: impl Into<Value>) {
    let number = world.trace(10, |span| span).await;
    world.store.create_assessment(feedback(number, name, value)).await.unwrap();
}

#[tokio::test]
async fn figures_of_traces_are_those_of_the_window_and_the_filter() {
    let world = World::new();
    world.trace(900, |span| span).await;
    world.advance_ms(301_000);
    for ms in [100, 200, 300, 400, 500] {
        world.trace(ms, |span| span.attribute("session.id", &format!("s-{ms}"))).await;
    }
    let latency = |percentile| AlertSignal::Latency { percentile };
    assert_eq!(value(&world, latency(50.0)).await, (Some(300.0), 5));
    assert_eq!(value(&world, latency(100.0)).await, (Some(500.0), 5));
    let few = AlertSettings {
        signal: latency(100.0),
        filter: "session = 's-200' OR session = 's-300'".to_owned(),
        ..errors()
    };
    assert_eq!(value_of(&world, few).await, (Some(300.0), 2));
    let tokens = |span: SpanSpec| {
        let usage = json!({ "input_tokens": 30, "output_tokens": 12, "total_tokens": 42 });
        span.attribute("mlflow.chat.tokenUsage", &usage.to_string())
    };
    world.trace(10, tokens).await;
    assert_eq!(value(&world, AlertSignal::Tokens).await, (Some(42.0), 6));
    assert_eq!(value(&world, AlertSignal::Cost).await, (Some(0.0), 6));
}

#[tokio::test]
async fn the_pass_rate_is_that_of_the_quality_screen() {
    let world = World::new();
    for rating in [json!("yes"), json!("no"), json!(true), json!(1), json!("maybe")] {
        rate(&world, "helpful", rating).await;
    }
    rate(&world, "other", false).await;
    let failed = world.trace(10, |span| span).await;
    let mut failure = feedback(failed, "helpful", Value::Null);
    let error =
        FeedbackError { error_code: Some("X".to_owned()), error_message: None, stack_trace: None };
    failure.value = AssessmentValue::Feedback { value: Value::Null, error: Some(error) };
    world.store.create_assessment(failure).await.unwrap();
    let helpful = || AlertSignal::PassRate { feedback: "helpful".to_owned() };
    assert_eq!(value(&world, helpful()).await, (Some(0.75), 4));
    // Among other numbers, 1 is no yes.
    rate(&world, "helpful", 3).await;
    assert_eq!(value(&world, helpful()).await, (Some(2.0 / 3.0), 3));
    world.set_feedback_rule("kansoku.feedback.helpful", r#"{"threshold":2}"#).await;
    assert_eq!(value(&world, helpful()).await, (Some(0.6), 5));
    let none = AlertSignal::PassRate { feedback: "unknown".to_owned() };
    assert_eq!(value(&world, none).await, (None, 0));
}

#[tokio::test]
async fn the_mean_of_a_feedback_is_that_of_its_numbers() {
    let world = World::new();
    for rating in [json!(1), json!(4.5), json!(true), json!("good")] {
        rate(&world, "score", rating).await;
    }
    let mean = AlertSignal::FeedbackMean { feedback: "score".to_owned() };
    assert_eq!(value(&world, mean).await, (Some(6.5 / 3.0), 3));
}

#[tokio::test]
async fn the_lag_is_that_of_the_oldest_trace_that_waits() {
    let world = World::new();
    let lag = || AlertSignal::ScorerLag { scorer: "tone".to_owned() };
    let settings = AlertSettings { signal: lag(), threshold: 60.0, ..errors() };
    let rule = world.rule(settings.clone()).await;
    let problem = world.evaluate(&rule).await.state.problem;
    assert!(problem.is_some_and(|text| text.contains("'tone' not found")));
    let scorer = world.store.register_scorer(HERE, "tone", "{}").await.unwrap();
    assert_eq!(value(&world, lag()).await, (Some(0.0), 0));
    let job = NewJob {
        id: JobId::random(),
        queue: QUEUE.to_owned(),
        subject: scorer.scorer_id,
        kind: "trace".to_owned(),
        payload: String::new(),
        due: TimestampMs(world.now()),
        waiting_max: None,
        postpones: false,
    };
    world.store.add_jobs(vec![job]).await.unwrap();
    world.advance_ms(61_000);
    let fired = world.evaluate(&rule).await;
    assert_eq!((fired.state.value, fired.state.status.as_str()), (Some(61.0), "firing"));
    let notification: Value =
        serde_json::from_str(&world.notifications(&rule).await[0].payload).unwrap();
    assert_eq!(notification["summary"], "Lag of tone is 61 s (above 60 s), 1 waiting");
    assert_eq!(notification["traces_url"], "https://kansoku.example/e/0/scorers");
}

#[tokio::test]
async fn failed_calls_of_a_judge_are_those_among_its_traces() {
    let world = World::new();
    let failures = || AlertSignal::JudgeFailures { scorer: "tone".to_owned() };
    assert_eq!(value(&world, failures()).await, (None, 0));
    let judges = world.store.find_or_create_experiment(JUDGE_EXPERIMENT).await.unwrap();
    for (number, scorer, of, failed) in [
        (1, "tone", "0", true),
        (2, "tone", "0", false),
        (3, "other", "0", true),
        (4, "tone", "9", true),
    ] {
        let metadata = [(judge_key::SCORER, scorer), (judge_key::EXPERIMENT, of)];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let state = if failed { TraceState::Error } else { TraceState::Ok };
        let trace = TraceInfo {
            request_time: TimestampMs(world.now()),
            metadata: BTreeMap::from(metadata),
            state,
            ..info(100 + number, judges)
        };
        world.store.upsert_info(trace).await.unwrap();
    }
    assert_eq!(value(&world, failures()).await, (Some(0.5), 2));
}

#[tokio::test]
async fn a_filter_that_is_no_longer_valid_is_reported() {
    let world = World::new();
    let rule = world.rule(AlertSettings { filter: "nonsense(".to_owned(), ..errors() }).await;
    let state = world.evaluate(&rule).await.state;
    assert!(state.problem.is_some_and(|text| text.contains("filter of the rule is not valid")));
    assert_eq!(state.status.as_str(), "ok");
}
