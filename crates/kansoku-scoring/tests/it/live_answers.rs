//! A question that a model answered is not asked again.
use std::sync::atomic::{AtomicUsize, Ordering};

use kansoku_store::ScorerStore as _;
use serde_json::json;

use crate::live_world::{HERE, SESSION_IDLE, World};
use crate::model_server::{ModelServer, Reply, text_reply};

/// A judge that asks one question for each turn.
const PER_TURN: &str = "KnowledgeRetention";

async fn register(world: &World) {
    let scorer = json!({
        "name": "retention",
        "builtin_scorer_class": PER_TURN,
        "builtin_scorer_pydantic_data": { "name": "retention", "model": "gateway:/judge" },
    });
    world.store.register_scorer(HERE, "retention", &scorer.to_string()).await.unwrap();
    world.start("retention", 1.0, None).await;
}

#[tokio::test]
async fn answers_of_a_failed_attempt_are_used_by_the_next_one_even_after_a_restart() {
    let calls = AtomicUsize::new(0);
    let model = ModelServer::start(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        1 => Reply::Status(503, String::new(), "busy".to_owned()),
        _ => text_reply(&json!({"result": "yes", "rationale": "Well."}).to_string()),
    });
    let world = World::with_model(model.await).await;
    register(&world).await;
    for turn in 1..4 {
        world.turn(turn, "s", turn, "answer").await;
    }
    world.score().await;
    world.advance_ms(SESSION_IDLE.0);
    world.score().await;
    assert_eq!(world.model.requests().len(), 2, "the second question failed");
    let world = world.restart().await;
    world.advance_ms(100_000);
    world.score().await;
    assert_eq!(world.assessments(1).await.len(), 1);
    assert_eq!(world.model.requests().len(), 4, "three questions, and one again");
    assert!(world.kept_answers().is_empty(), "they are forgotten when the feedback is stored");
}
