//! Scorers assess traces that ended before.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kansoku_model::{Backfill, BackfillProgress, BackfillScorer, BackfillState, DurationMs};
use kansoku_scoring::{BACKFILL_JUDGEMENTS, backfill_subject};
use kansoku_store::suite::build::{feedback, trace_id};
use kansoku_store::{
    BackfillStore as _, JobQueue as _, ScorerStore as _, ScorerUsageStore as _, TraceReads as _,
    TraceWrites as _,
};
use serde_json::json;

use crate::live_world::{HERE, World};
use crate::model_server::{ModelServer, Reply, text_reply};

/// A backfill of these scorers and rates.
async fn backfill(world: &World, scorers: &[(&str, f64)]) -> Backfill {
    let mut planned = Vec::new();
    for (name, sample_rate) in scorers {
        let version = world.store.scorer(HERE, name, None).await.unwrap();
        planned.push(BackfillScorer {
            scorer_id: version.scorer_id,
            name: version.name,
            version: version.version,
            sample_rate: *sample_rate,
        });
    }
    Backfill {
        backfill_id: "b".to_owned(),
        experiment_id: HERE,
        scorers: planned,
        filter: String::new(),
        from: None,
        to: None,
        only_former: false,
        created_by: None,
        created: world.now(),
        selected: 0,
        is_selected_complete: true,
        state: BackfillState::Running,
        progress: BackfillProgress::default(),
        finished: None,
    }
}

async fn create(world: &World, backfill: Backfill) {
    world.store.create_backfill(backfill).await.unwrap();
}

async fn read(world: &World) -> Backfill {
    world.store.backfill(HERE, "b").await.unwrap()
}

async fn set(world: &World, state: BackfillState) {
    world.store.set_backfill_state(HERE, "b", state).await.unwrap();
}

async fn waiting(world: &World) -> u64 {
    let subject = backfill_subject("b", &read(world).await.scorers[0].scorer_id);
    world.store.backlog(BACKFILL_JUDGEMENTS, &subject).await.unwrap().waiting
}

/// Traces that end before any scorer is active.
async fn world_with_traces(count: u64) -> World {
    let world = World::new().await;
    for number in 1..=count {
        world.trace(number, "a long answer").await;
    }
    world.score().await;
    world
}

fn good() -> Vec<(String, String)> {
    vec![("good".to_owned(), "\"yes\"".to_owned())]
}

#[tokio::test]
async fn stopped_scorers_assess_what_ended_before_each_trace_once() {
    let world = world_with_traces(3).await;
    world.judge("good").await;
    world.start("good", 0.0, None).await;
    world.check("short", json!({"type": "length", "max": 5})).await;
    world.start("short", 0.0, None).await;
    create(&world, backfill(&world, &[("good", 1.0), ("short", 1.0)]).await).await;
    world.score().await;
    let done = read(&world).await;
    assert_eq!((done.state, done.finished), (BackfillState::Done, Some(world.now())));
    let BackfillProgress { looked_at, jobs_added, checked, .. } = done.progress;
    assert_eq!((looked_at, jobs_added, checked), (3, 3, 3));
    for number in 1..4 {
        let names: Vec<_> = world.feedback(number).await.into_iter().map(|it| it.0).collect();
        assert_eq!(names, ["good", "short"]);
    }
    assert_eq!(world.model.requests().len(), 3);

    // A second one finds nothing to do.
    let second =
        Backfill { backfill_id: "c".to_owned(), ..backfill(&world, &[("good", 1.0)]).await };
    create(&world, second).await;
    world.score().await;
    let second = world.store.backfill(HERE, "c").await.unwrap();
    assert_eq!((second.state, second.progress.jobs_added), (BackfillState::Done, 0));
    assert_eq!(world.model.requests().len(), 3);
}

#[tokio::test]
async fn a_backfill_is_of_matching_traces_in_its_range_that_are_sampled() {
    let world = World::new().await;
    for number in 1..60 {
        world.turn(number, "s", number, if number % 2 == 0 { "blue" } else { "red" }).await;
    }
    world.score().await;
    world.judge("good").await;
    let time = async |number| Some(world.store.info(&trace_id(number)).await.unwrap().request_time);
    let matching = Backfill {
        filter: "trace.text LIKE '%blue%'".to_owned(),
        from: time(10).await,
        to: time(50).await,
        ..backfill(&world, &[("good", 0.5)]).await
    };
    create(&world, matching).await;
    world.score().await;
    let mut scored = Vec::new();
    for number in 1..60 {
        if !world.feedback(number).await.is_empty() {
            scored.push(number);
        }
    }
    assert!(scored.iter().all(|number| number % 2 == 0 && (10..=50).contains(number)));
    assert!((1..21).contains(&scored.len()), "half of 21: {}", scored.len());
    assert_eq!(read(&world).await.progress.looked_at, 21);
}

#[tokio::test]
async fn a_backfill_is_paused_resumed_and_cancelled() {
    let world = world_with_traces(3).await;
    world.judge("good").await;
    create(&world, backfill(&world, &[("good", 1.0)]).await).await;
    set(&world, BackfillState::Paused).await;
    world.score().await;
    assert_eq!(read(&world).await.progress, BackfillProgress::default());
    set(&world, BackfillState::Running).await;
    world.score().await;
    assert_eq!(world.feedback(1).await, good());

    world.trace(4, "answer").await;
    world.store.set_online_scoring(HERE, "good", 0.0, None).await.unwrap();
    world.score().await;
    let second =
        Backfill { backfill_id: "c".to_owned(), ..backfill(&world, &[("good", 1.0)]).await };
    create(&world, second).await;
    world.store.set_backfill_state(HERE, "c", BackfillState::Cancelled).await.unwrap();
    world.score().await;
    assert!(world.feedback(4).await.is_empty());
}

#[tokio::test]
async fn jobs_of_a_paused_backfill_wait_and_those_of_a_cancelled_one_are_dropped() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let model = ModelServer::start(move |_| match counted.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::Status(503, String::new(), "busy".to_owned()),
        _ => text_reply(&json!({"result": "yes", "rationale": "Well."}).to_string()),
    });
    let world = World::with_model(model.await).await;
    world.trace(1, "answer").await;
    world.score().await;
    world.judge("good").await;
    create(&world, backfill(&world, &[("good", 1.0)]).await).await;
    world.score().await;
    assert_eq!((waiting(&world).await, calls.load(Ordering::Relaxed)), (1, 1));
    set(&world, BackfillState::Paused).await;
    world.advance_ms(60_000);
    world.score().await;
    assert_eq!((waiting(&world).await, calls.load(Ordering::Relaxed)), (1, 1));
    set(&world, BackfillState::Cancelled).await;
    world.score().await;
    assert_eq!((waiting(&world).await, calls.load(Ordering::Relaxed)), (0, 1));
    assert!(world.feedback(1).await.is_empty());
}

#[tokio::test]
async fn a_backfill_goes_on_where_a_process_left_it() {
    let world = world_with_traces(250).await;
    world.judge("good").await;
    world.start("good", 0.0, None).await;
    create(&world, backfill(&world, &[("good", 1.0)]).await).await;
    let world = world.restart().await;
    world.live.release().await.unwrap();
    world.score().await;
    let done = read(&world).await;
    assert_eq!(done.state, BackfillState::Done);
    assert_eq!((done.progress.looked_at, done.progress.jobs_added), (250, 250));
    assert_eq!(world.model.requests().len(), 250);
    assert_eq!(world.feedback(1).await, good());
    assert_eq!(world.feedback(250).await, good());
}

#[tokio::test]
async fn a_new_version_rescores_what_a_former_one_scored() {
    let world = World::new().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.trace(2, "answer").await;
    world.score().await;
    world.start("good", 0.0, None).await;
    world.trace(3, "never scored").await;
    world.score().await;
    world.judge_with("good", "Is {{ outputs }} really good?").await;
    world.advance_ms(1);
    let former = Backfill { only_former: true, ..backfill(&world, &[("good", 1.0)]).await };
    create(&world, former).await;
    world.score().await;
    for number in [1, 2] {
        let assessments = world.assessments(number).await;
        let [only] = &assessments[..] else { panic!("the former one is replaced") };
        assert_eq!(only.metadata["mlflow.assessment.scorerVersion"], "2");
    }
    assert!(world.feedback(3).await.is_empty());
}

#[tokio::test]
async fn sessions_are_judged_if_their_first_trace_is_selected() {
    let world = World::new().await;
    for (number, session) in [(1, "a"), (2, "a"), (3, "b")] {
        world.turn(number, session, number, "answer").await;
    }
    world.score().await;
    world.judge_with("good", "Is {{ conversation }} good?").await;
    world.start("good", 0.0, None).await;
    create(&world, backfill(&world, &[("good", 1.0)]).await).await;
    world.score().await;
    assert_eq!(read(&world).await.progress.jobs_added, 2);
    assert_eq!(world.feedback(1).await, good());
    assert!(world.feedback(2).await.is_empty());
    assert_eq!(world.feedback(3).await, good());
}

#[tokio::test]
async fn a_backfill_leaves_the_last_part_of_a_budget_to_live_traces() {
    let world = world_with_traces(1).await;
    world.judge("good").await;
    let scorer = world.store.scorer(HERE, "good", None).await.unwrap();
    let budget = kansoku_model::ScoringBudget { calls: Some(10), cost: None };
    world.store.set_scoring_budget(HERE, Some("good"), budget).await.unwrap();
    let used = kansoku_model::ScorerUsage { calls: 9, ..Default::default() };
    let day = kansoku_model::UtcDay::at(world.now());
    world.store.add_scorer_usage(HERE, day, vec![(scorer.scorer_id, used)]).await.unwrap();
    create(&world, backfill(&world, &[("good", 1.0)]).await).await;
    world.score().await;
    assert_eq!(read(&world).await.progress.looked_at, 0);
    world.advance_ms(86_400_000);
    world.score().await;
    assert_eq!(world.feedback(1).await, good());
}

#[tokio::test]
async fn python_scorers_are_leased_after_those_of_live_traces() {
    let world = world_with_traces(1).await;
    let python = json!({ "name": "mine", "call_source": "return 1", "original_func_name": "f" });
    world.store.register_scorer(HERE, "mine", &python.to_string()).await.unwrap();
    create(&world, backfill(&world, &[("mine", 1.0)]).await).await;
    world.score().await;
    world.start("mine", 1.0, None).await;
    world.trace(2, "answer").await;
    world.score().await;
    let lease = async |except: Vec<String>| {
        world.live.lease_python_job(DurationMs(60_000), except).await.unwrap()
    };
    assert_eq!(lease(Vec::new()).await.unwrap().traces, [trace_id(2)]);
    let scorer = world.store.scorer(HERE, "mine", None).await.unwrap();
    assert!(lease(vec![scorer.scorer_id]).await.is_none());
    let job = lease(Vec::new()).await.unwrap();
    assert_eq!(job.traces, [trace_id(1)]);
    let answer = vec![feedback(1, "mine", json!(true))];
    assert!(world.live.answer_python_job(&job.id, answer).await.unwrap());
    assert_eq!(world.feedback(1).await.len(), 1);
}

#[tokio::test]
async fn a_trace_is_rescored_and_its_feedback_replaced() {
    let replies = AtomicUsize::new(0);
    let model = ModelServer::start(move |_| {
        let result = if replies.fetch_add(1, Ordering::Relaxed) == 0 { "no" } else { "yes" };
        text_reply(&json!({"result": result, "rationale": "Well."}).to_string())
    });
    let world = World::with_model(model.await).await;
    world.judge("good").await;
    world.check("short", json!({"type": "length", "max": 5})).await;
    world.trace(1, "answer").await;
    world.score().await;
    world.start("good", 0.0, None).await;
    world.check("short", json!({"type": "length", "max": 50})).await;
    world.advance_ms(1);
    for scorer in ["good", "short"] {
        assert_eq!(world.live.rescore(HERE, scorer, &[trace_id(1)]).await.unwrap(), 1);
    }
    world.score().await;
    let expected = [("good", "\"yes\""), ("short", "\"yes\"")];
    assert_eq!(world.feedback(1).await, expected.map(|(name, value)| (name.into(), value.into())));
    assert_eq!(world.model.requests().len(), 2);

    // Feedback that a person corrected stays.
    let corrected = world.assessments(1).await;
    let of_judge = corrected.iter().find(|it| it.assessment_name == "good").unwrap();
    let mut correction = feedback(1, "good", json!("no"));
    correction.overrides = Some(of_judge.assessment_id.clone());
    world.store.create_assessment(correction).await.unwrap();
    world.advance_ms(1);
    world.live.rescore(HERE, "good", &[trace_id(1)]).await.unwrap();
    world.score().await;
    assert_eq!(world.model.requests().len(), 2);
    assert_eq!(world.feedback(1).await.len(), 3);
}
