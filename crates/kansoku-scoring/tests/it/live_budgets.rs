//! Judges stay within their budgets, and what they use is counted.
use kansoku_model::{Money, ScorerUsage, ScoringBudget, UtcDay};
use kansoku_store::{ScorerStore as _, ScorerUsageStore as _};

use crate::live_world::{HERE, World};
use crate::model_server::{ModelServer, Reply};

const DAY_MS: i64 = 86_400_000;

async fn usage(world: &World, name: &str) -> ScorerUsage {
    let scorer = world.store.scorer(HERE, name, None).await.unwrap();
    let today = UtcDay::at(world.now());
    let usage = world.store.scorer_usage(HERE, today).await.unwrap();
    let of_scorer = usage.into_iter().find(|it| it.scorer_id == scorer.scorer_id);
    of_scorer.map(|it| it.usage).unwrap_or_default()
}

async fn limit_calls(world: &World, scorer: Option<&str>, calls: u64) {
    let budget = ScoringBudget { calls: Some(calls), cost: None };
    world.store.set_scoring_budget(HERE, scorer, budget).await.unwrap();
}

/// Sends traces one after the other; returns how many were judged.
async fn judged(world: &World, traces: std::ops::Range<u64>) -> u64 {
    let before = world.model.requests().len();
    for number in traces {
        world.trace(number, "answer").await;
        world.score().await;
    }
    (world.model.requests().len() - before) as u64
}

#[tokio::test]
async fn calls_tokens_and_failures_are_counted_by_day() {
    let world = World::new().await;
    world.judge("good").await;
    assert_eq!(judged(&world, 1..4).await, 3);
    let used = usage(&world, "good").await;
    assert_eq!((used.calls, used.failures, used.skipped), (3, 0, 0));
    assert_eq!((used.input_tokens, used.output_tokens), (30, 15));
    world.advance_ms(DAY_MS);
    assert_eq!(usage(&world, "good").await, ScorerUsage::default());
}

#[tokio::test]
async fn a_failed_attempt_counts_as_such() {
    let rejects =
        |_: &_| Reply::Status(400, String::new(), r#"{"error":{"message":"no"}}"#.to_owned());
    let world = World::with_model(ModelServer::start(rejects).await).await;
    world.judge("good").await;
    judged(&world, 1..2).await;
    let used = usage(&world, "good").await;
    assert_eq!((used.calls, used.failures), (0, 1));
}

#[tokio::test]
async fn near_its_limit_a_judge_assesses_less_and_then_nothing_until_the_next_day() {
    let world = World::new().await;
    world.judge("good").await;
    limit_calls(&world, Some("good"), 20).await;
    assert_eq!(judged(&world, 1..17).await, 16, "up to four fifths, all are judged");
    let late = judged(&world, 17..61).await;
    assert!((1..=4).contains(&late), "{late}");
    let used = usage(&world, "good").await;
    assert_eq!(used.calls + used.skipped, 60);
    assert!(used.calls <= 20);
    world.advance_ms(DAY_MS);
    assert_eq!(judged(&world, 61..63).await, 2);
}

#[tokio::test]
async fn all_judges_of_an_experiment_share_its_budget_and_checks_go_on() {
    let world = World::new().await;
    world.judge("first").await;
    world.judge("second").await;
    world.check("short", serde_json::json!({"type": "length", "max": 10})).await;
    limit_calls(&world, None, 10).await;
    let asked = judged(&world, 1..41).await;
    assert!((8..=10).contains(&asked), "{asked}");
    assert!(world.feedback(40).await.iter().any(|(name, _)| name == "short"));
    limit_calls(&world, None, 1_000).await;
    assert_eq!(judged(&world, 41..42).await, 2);
}

#[tokio::test]
async fn what_waits_when_the_budget_is_used_up_is_skipped() {
    let world = World::new().await;
    world.judge("good").await;
    for number in 1..31 {
        world.trace(number, "answer").await;
    }
    limit_calls(&world, Some("good"), 5).await;
    world.score().await;
    let used = usage(&world, "good").await;
    assert_eq!(used.calls + used.skipped, 30);
    // Those that already run are not stopped.
    assert!(used.calls <= 5 + 8, "{used:?}");
}

#[tokio::test]
async fn a_budget_in_money_counts_the_price_of_the_endpoint() {
    let world = World::with_price(1_000.0, 10_000.0).await;
    world.judge("good").await;
    // Ten tokens at a thousandth of a dollar, and five at a hundredth.
    assert_eq!(judged(&world, 1..2).await, 1);
    assert_eq!(usage(&world, "good").await.cost, Money::from_dollars(0.06));
    let judged_trace = world.assessments(1).await;
    assert_eq!(judged_trace[0].metadata["mlflow.assessment.judgeCost"], "0.06");
    let budget = ScoringBudget { calls: None, cost: Some(Money::from_dollars(0.06)) };
    world.store.set_scoring_budget(HERE, Some("good"), budget).await.unwrap();
    assert_eq!(judged(&world, 2..4).await, 0);
    assert_eq!(usage(&world, "good").await.skipped, 2);
}
