//! Each attempt of a judge is a trace.
use std::sync::atomic::{AtomicUsize, Ordering};

use kansoku_model::{
    ExperimentId, SpanRow, SpanStatus, TimestampMs, TraceId, TraceInfo, TraceState,
};
use kansoku_otlp::{NormalizedSpan, SpanSet};
use kansoku_scoring::JUDGEMENTS;
use kansoku_scoring::models::{EndpointPrice, EndpointSettings, Provider};
use kansoku_store::suite::build::{query, trace_id};
use kansoku_store::{
    ExperimentStore as _, JobId, JobQueue as _, NewJob, ScorerStore as _, TraceReads as _,
    TraceWrites as _,
};
use serde_json::json;

use crate::live_world::{HERE, World};
use crate::model_server::{ModelServer, Reply, text_reply, tool_call_reply};

const YES: &str = r#"{"result": "yes", "rationale": "Because."}"#;

async fn judges(world: &World) -> ExperimentId {
    world.store.experiment_by_name("kansoku/judges").await.unwrap().experiment_id
}

/// The traces of judges that match a filter, the newest first.
async fn judge_traces(world: &World, filter: &str) -> Vec<TraceInfo> {
    world.store.search(query(&[judges(world).await], filter)).await.unwrap().traces
}

/// The trace that the only assessment of a trace links to.
async fn linked_trace(world: &World, number: u64) -> Option<TraceId> {
    let [assessment] = world.assessments(number).await.try_into().unwrap();
    let id = assessment.metadata.get("mlflow.assessment.scorerTraceId")?;
    Some(TraceId::try_from(id.clone()).unwrap())
}

/// The spans of a trace in the order of their start, the root first.
async fn spans(world: &World, trace: &TraceId) -> Vec<(SpanRow, NormalizedSpan)> {
    let mut rows = world.store.span_rows(trace).await.unwrap();
    rows.sort_by_key(|row| (row.parent_id.is_some(), row.start_ns, row.end_ns));
    let stored = world.store.spans(trace).await.unwrap();
    let payload = SpanSet::from_chunks(&stored.chunks).unwrap();
    let with_content = rows.into_iter().map(|row| {
        let content = payload.normalized(row.span_id).unwrap();
        (row, content)
    });
    with_content.collect()
}

#[tokio::test]
async fn a_judgement_is_a_trace_that_its_assessment_links_to() {
    let model = ModelServer::saying(&[YES]).await;
    let endpoint = EndpointSettings {
        price: Some(EndpointPrice { input: 2.0, output: 4.0 }),
        ..model.settings(Provider::OpenAiCompatible)
    };
    let world = World::with_endpoint(model, endpoint).await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let id = linked_trace(&world, 1).await.unwrap();
    let info = world.store.info(&id).await.unwrap();
    assert_eq!((info.name.as_deref(), info.state), (Some("good"), TraceState::Ok));
    assert_eq!(info.tags["mlflow.trace.sourceScorer"], "good");
    for (key, value) in [
        ("kansoku.judge.scorer", "good"),
        ("kansoku.judge.version", "1"),
        ("kansoku.judge.experimentId", "0"),
        ("kansoku.judge.traceId", trace_id(1).as_str()),
    ] {
        assert_eq!(info.metadata[key], value, "{key}");
    }
    assert!(!info.metadata.contains_key("kansoku.judge.sessionId"));
    let filter = format!("metadata.`kansoku.judge.traceId` = '{}'", trace_id(1));
    let found = judge_traces(&world, &filter).await;
    assert_eq!(found.iter().map(|info| &info.trace_id).collect::<Vec<_>>(), [&id]);

    let [(root, verdict), (call, chat)] = spans(&world, &id).await.try_into().unwrap();
    assert_eq!((root.name.as_str(), root.span_type.as_deref()), ("good", Some("EVALUATOR")));
    let feedback = &verdict.outputs.unwrap()[0];
    assert_eq!((&feedback["value"], &feedback["rationale"]), (&json!("yes"), &json!("Because.")));
    assert_eq!(call.parent_id, Some(root.span_id));
    assert_eq!(
        (call.name.as_str(), call.span_type.as_deref()),
        ("chat judge-1", Some("CHAT_MODEL"))
    );
    assert_eq!(call.model.as_deref(), Some("judge-1"));
    assert_eq!(call.provider.as_deref(), Some("openai-compatible"));
    assert_eq!(call.usage.unwrap().total_tokens, 15);
    assert!((call.cost.unwrap().total.as_dollars() - 40e-6).abs() < 1e-12);
    assert!(root.start_ns <= call.start_ns && call.end_ns <= root.end_ns);
    assert_eq!(chat.messages.len(), 3);
    assert_eq!(chat.response_text().as_deref(), Some(YES));
}

#[tokio::test]
async fn an_attempt_that_fails_is_a_trace_too() {
    let calls = AtomicUsize::new(0);
    let model = ModelServer::start(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::Status(503, String::new(), "busy".to_owned()),
        _ => text_reply(YES),
    });
    let world = World::with_model(model.await).await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let [failed] = judge_traces(&world, "").await.try_into().unwrap();
    assert_eq!(failed.state, TraceState::Error);
    let failed_spans = spans(&world, &failed.trace_id).await;
    for (row, _) in &failed_spans {
        assert_eq!(row.status, SpanStatus::Error);
        assert!(row.error.as_ref().unwrap().contains("503"), "{:?}", row.error);
    }
    assert_eq!(failed_spans.len(), 2);
    for _ in 0..4 {
        world.advance_ms(10_000);
        world.live.score_due().await.unwrap();
    }
    assert_eq!(judge_traces(&world, "").await.len(), 2);
    let answered = linked_trace(&world, 1).await.unwrap();
    assert_ne!(answered, failed.trace_id);
    assert_eq!(world.store.info(&answered).await.unwrap().state, TraceState::Ok);
}

#[tokio::test]
async fn calls_of_tools_are_spans() {
    let model =
        ModelServer::start(|request| match request.body["messages"].as_array().unwrap().len() {
            2 => tool_call_reply(&[("get_trace_info", json!({})), ("list_spans", json!({}))]),
            _ => text_reply(YES),
        });
    let world = World::with_model(model.await).await;
    world.judge_in(HERE, "good", "Is {{ trace }} good?").await;
    world.trace(1, "answer").await;
    world.score().await;
    let id = linked_trace(&world, 1).await.unwrap();
    let spans = spans(&world, &id).await;
    let names: Vec<&str> = spans.iter().map(|(row, _)| row.name.as_str()).collect();
    assert_eq!(names, ["good", "chat judge-1", "get_trace_info", "list_spans", "chat judge-1"]);
    let tool = &spans[2];
    assert_eq!(tool.0.span_type.as_deref(), Some("TOOL"));
    assert_eq!(tool.1.outputs.as_ref().unwrap()["trace_id"], trace_id(1).as_str());
    // The first call has no text, and the second one what the tools answered.
    let roles: Vec<&str> = spans[4].1.messages.iter().map(|it| it.role.as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "tool", "assistant"]);
}

#[tokio::test]
async fn an_attempt_that_is_repeated_is_stored_once() {
    let world = World::new().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let first = linked_trace(&world, 1).await;
    // As if the process had ended before the assessment was stored, but not its trace.
    for assessment in world.assessments(1).await {
        world.store.delete_assessment(&trace_id(1), &assessment.assessment_id).await.unwrap();
    }
    let scorer = world.store.scorer(HERE, "good", None).await.unwrap();
    let key = format!("{JUDGEMENTS} {} {} 1", trace_id(1), scorer.scorer_id);
    let payload = json!({
        "experiment": HERE.0, "scorer": "good", "version": 1, "trace": trace_id(1).as_str(),
    });
    let job = NewJob {
        id: JobId::from_key(&key),
        queue: JUDGEMENTS.to_owned(),
        subject: scorer.scorer_id,
        kind: "trace".to_owned(),
        payload: payload.to_string(),
        due: TimestampMs(1),
        waiting_max: None,
        postpones: false,
    };
    world.store.add_jobs(vec![job]).await.unwrap();
    world.score().await;
    assert_eq!(world.model.requests().len(), 2);
    assert_eq!(linked_trace(&world, 1).await, first);
    assert_eq!(judge_traces(&world, "").await.len(), 1);
}

#[tokio::test]
async fn traces_of_judges_are_not_judged() {
    let world = World::new().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    world.judge_in(judges(&world).await, "good judge", "Is {{ outputs }} good?").await;
    world.trace(2, "answer").await;
    for _ in 0..3 {
        world.score().await;
    }
    assert_eq!(world.model.requests().len(), 2);
    let found = judge_traces(&world, "").await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|info| info.assessments.is_empty()));
}

#[tokio::test]
async fn judges_go_on_without_traces_if_their_experiment_is_deleted() {
    let world = World::new().await;
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    let judges = judges(&world).await;
    world.store.delete_experiment(judges).await.unwrap();
    world.trace(2, "answer").await;
    world.score().await;
    assert_eq!(world.feedback(2).await, [("good".to_owned(), "\"yes\"".to_owned())]);
    assert_eq!(linked_trace(&world, 2).await, None);
    world.store.restore_experiment(judges).await.unwrap();
    world.trace(3, "answer").await;
    world.score().await;
    assert!(linked_trace(&world, 3).await.is_some());
}

#[tokio::test]
async fn the_settings_can_switch_the_traces_off() {
    let world = World::new().await.without_judge_traces();
    world.judge("good").await;
    world.trace(1, "answer").await;
    world.score().await;
    assert_eq!(linked_trace(&world, 1).await, None);
    assert!(world.store.experiment_by_name("kansoku/judges").await.is_err());
}

#[tokio::test]
async fn a_judge_that_calls_no_model_has_no_trace() {
    let world = World::new().await;
    let equal = json!({
        "name": "equal", "builtin_scorer_class": "Equivalence",
        "builtin_scorer_pydantic_data": {"model": "gateway:/judge"},
    });
    world.store.register_scorer(HERE, "equal", &equal.to_string()).await.unwrap();
    world.start("equal", 1.0, None).await;
    world.trace(1, "answer").await;
    world.score().await;
    assert_eq!(world.feedback(1).await, [("equal".to_owned(), "error".to_owned())]);
    assert_eq!(linked_trace(&world, 1).await, None);
    assert!(world.store.experiment_by_name("kansoku/judges").await.is_err());
}

#[tokio::test]
async fn long_prompts_are_stored_up_to_a_maximum() {
    let model = ModelServer::saying(&[YES]).await;
    let endpoint = EndpointSettings {
        max_prompt_chars: 2_000_000,
        ..model.settings(Provider::OpenAiCompatible)
    };
    let world = World::with_endpoint(model, endpoint).await;
    world.judge("good").await;
    for (number, length, is_whole) in [(1, 900_000, true), (2, 1_500_000, false)] {
        world.trace(number, &"x".repeat(length)).await;
        world.score().await;
        let id = linked_trace(&world, number).await.unwrap();
        let bytes = world.store.span_bytes(std::slice::from_ref(&id)).await.unwrap();
        assert!(bytes < (1 << 20) + 20_000, "{bytes}");
        let [_, (_, chat)] = spans(&world, &id).await.try_into().unwrap();
        let inputs = chat.inputs.as_ref().unwrap().to_string();
        assert_eq!(inputs.contains("bytes are not stored"), !is_whole, "{length}");
        assert_eq!(chat.response_text().as_deref(), Some(YES));
    }
}
