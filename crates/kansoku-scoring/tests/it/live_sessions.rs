//! Sessions are judged once no trace has followed for a while.
use kansoku_model::Assessment;
use kansoku_scoring::{JUDGEMENTS, SESSIONS_TO_SCORE, Scorer};
use kansoku_store::suite::build::{feedback, trace_id};
use kansoku_store::{JobQueue as _, ScorerStore as _, TraceReads as _, TraceWrites as _};
use serde_json::json;

use crate::live_world::{HERE, SESSION_IDLE, World};
use crate::model_server::{ModelServer, Reply, text_reply};

const QUESTION: &str = "Is {{ conversation }} polite?";

async fn world() -> World {
    let world = World::new().await;
    world.judge_with("polite", QUESTION).await;
    world
}

/// Lets sessions become idle, and scores what is due.
async fn score_idle(world: &World) {
    world.score().await;
    world.advance_ms(SESSION_IDLE.0);
    world.score().await;
}

fn only(assessments: Vec<Assessment>) -> Assessment {
    let [assessment] = <[Assessment; 1]>::try_from(assessments).unwrap();
    assessment
}

fn prompt(world: &World, number: usize) -> String {
    world.model.requests()[number].body.to_string()
}

#[tokio::test]
async fn a_session_is_judged_when_it_is_idle() {
    let world = world().await;
    world.turn(1, "s", 10, "first answer").await;
    world.score().await;
    world.advance_ms(SESSION_IDLE.0 - 2_000);
    world.turn(2, "s", 20, "second answer").await;
    world.score().await;
    world.advance_ms(SESSION_IDLE.0 - 2_000);
    world.score().await;
    assert!(world.model.requests().is_empty(), "a trace came before it was idle");
    world.advance_ms(2_000);
    world.score().await;
    let asked = prompt(&world, 0);
    let positions = ["question 1", "first answer", "question 2", "second answer"];
    let positions = positions.map(|text| asked.find(text).expect(text));
    assert!(positions.is_sorted(), "{positions:?}");
    let judged = only(world.assessments(1).await);
    assert_eq!(judged.assessment_name, "polite");
    assert_eq!(judged.source.source_type, "LLM_JUDGE");
    assert_eq!(judged.span_id.as_deref(), Some("0000000000000001"));
    assert_eq!(judged.metadata["mlflow.trace.session"], "s");
    assert_eq!(judged.metadata["mlflow.assessment.onlineScoringSessionId"], "s");
    assert!(world.assessments(2).await.is_empty());
    score_idle(&world).await;
    assert_eq!(world.model.requests().len(), 1);
}

#[tokio::test]
async fn a_session_that_goes_on_is_judged_anew_and_keeps_the_new_verdict_only() {
    let answers = [("yes", "At first."), ("no", "In the end.")];
    let answers = answers.map(|(it, why)| json!({"result": it, "rationale": why}).to_string());
    let model = ModelServer::saying(&[&answers[0], &answers[1]]).await;
    let world = World::with_model(model).await;
    world.judge_with("polite", QUESTION).await;
    world.turn(1, "s", 10, "a").await;
    score_idle(&world).await;
    assert_eq!(only(world.assessments(1).await).rationale.as_deref(), Some("At first."));
    // Feedback of people and of other scorers stays.
    world.store.create_assessment(feedback(1, "polite", "yes")).await.unwrap();
    world.turn(2, "s", 20, "b").await;
    score_idle(&world).await;
    let rationales: Vec<_> =
        world.assessments(1).await.into_iter().map(|it| it.rationale).collect();
    assert_eq!(rationales.len(), 2);
    assert!(rationales.contains(&Some("In the end.".to_owned())), "{rationales:?}");
    assert!(!rationales.contains(&Some("At first.".to_owned())), "{rationales:?}");
    assert_eq!(world.model.requests().len(), 2);
}

#[tokio::test]
async fn the_filter_is_that_of_the_first_trace_and_sampling_is_by_session() {
    let world = world().await;
    world.start("polite", 1.0, Some("trace.text LIKE '%praise%'")).await;
    world.turn(1, "one", 10, "praise").await;
    world.turn(2, "one", 20, "x").await;
    world.turn(3, "two", 10, "x").await;
    world.turn(4, "two", 20, "praise").await;
    score_idle(&world).await;
    assert_eq!(world.assessments(1).await.len(), 1);
    for number in [2, 3, 4] {
        assert!(world.assessments(number).await.is_empty(), "{number}");
    }
    world.start("polite", 0.5, None).await;
    for session in 0..20 {
        world.turn(100 + session, &format!("sampled {session}"), 10, "x").await;
    }
    score_idle(&world).await;
    let judged = world.model.requests().len() - 1;
    assert!((5..=15).contains(&judged), "{judged} of 20");
}

#[tokio::test]
async fn traces_without_a_session_and_those_of_evaluations_are_not_judged() {
    let world = world().await;
    world.trace(1, "no session").await;
    world.turn(2, "evaluated", 10, "x").await;
    let mut evaluated = world.store.info(&trace_id(2)).await.unwrap();
    evaluated.metadata.insert("mlflow.sourceRun".to_owned(), "run".to_owned());
    world.store.upsert_info(evaluated).await.unwrap();
    score_idle(&world).await;
    assert!(world.model.requests().is_empty());
    let waiting = world.store.backlog(SESSIONS_TO_SCORE, &HERE.to_string()).await.unwrap();
    assert_eq!(waiting.waiting, 0);
}

#[tokio::test]
async fn a_stopped_judge_does_not_judge_sessions_that_wait() {
    let world = world().await;
    world.turn(1, "s", 10, "x").await;
    world.score().await;
    world.start("polite", 0.0, None).await;
    score_idle(&world).await;
    assert!(world.model.requests().is_empty());
}

#[tokio::test]
async fn a_session_waits_through_a_restart_and_through_failures_of_the_model() {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let model = ModelServer::start(move |_| {
        match calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Reply::Status(503, String::new(), "busy".to_owned()),
            _ => text_reply(&json!({"result": "yes", "rationale": "Well."}).to_string()),
        }
    });
    let world = World::with_model(model.await).await;
    world.judge_with("polite", QUESTION).await;
    world.turn(1, "s", 10, "x").await;
    world.score().await;
    let world = world.restart().await;
    world.live.release().await.unwrap();
    world.score().await;
    assert!(world.model.requests().is_empty(), "a restart does not make it idle");
    score_idle(&world).await;
    let world = world.restart().await;
    world.live.release().await.unwrap();
    world.advance_ms(100_000);
    world.score().await;
    assert_eq!(only(world.assessments(1).await).rationale.as_deref(), Some("Well."));
    let scorer = world.store.scorer(HERE, "polite", None).await.unwrap();
    let left = world.store.backlog(JUDGEMENTS, &scorer.scorer_id).await.unwrap();
    assert_eq!(left.waiting, 0);
}

#[tokio::test]
async fn a_long_session_is_judged_by_its_latest_turns() {
    let world = world().await;
    for turn in 0..503 {
        world.turn(turn + 1, "s", 10 + turn, &format!("answer {turn};")).await;
    }
    score_idle(&world).await;
    let asked = prompt(&world, 0);
    assert!(asked.contains("3 earlier turns left out"), "{asked:.3000}");
    assert!(asked.contains("answer 502;"));
    assert!(!asked.contains("answer 2;"));
    assert_eq!(world.assessments(1).await.len(), 1);
}

#[tokio::test]
async fn a_trial_judges_the_session_of_the_trace() {
    let world = world().await;
    world.turn(1, "s", 10, "first").await;
    world.turn(2, "s", 20, "second").await;
    world.trace(3, "no session").await;
    let version = world.store.scorer(HERE, "polite", None).await.unwrap();
    let scorer = std::sync::Arc::new(Scorer::parse(&version.serialized).unwrap());
    let tried = world.live.try_scorer(scorer.clone(), &trace_id(2)).await.unwrap();
    assert_eq!(tried[0].1.value, json!("yes"));
    let asked = prompt(&world, 0);
    assert!(asked.contains("first") && asked.contains("second"));
    let tried = world.live.try_scorer(scorer, &trace_id(3)).await.unwrap();
    let error = tried[0].1.error.as_ref().unwrap();
    assert_eq!(error.error_message.as_deref(), Some("the trace belongs to no session"));
    assert!(world.assessments(1).await.is_empty());
}
