//! What is sent, and what happens when it fails.
use kansoku_model::{DurationMs, ExperimentId, TimestampMs, WebhookEvent, WebhookStatus};
use kansoku_store::core::webhooks::TRACE_SETTLES;
use kansoku_store::suite::build::{batch, feedback, small_trace, span, trace_id};
use kansoku_store::{
    Deletion, JobQueue as _, JobSource, JobState, TraceWrites as _, WebhookEdit, WebhookStore as _,
    WebhookUpdate,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::receiver::{Answer, Receiver};
use crate::world::{START_MS, World};

const CREATED: [WebhookEvent; 1] = [WebhookEvent::PromptCreated];

/// HMAC-SHA256 as RFC 2104 defines it.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect()
    };
    let inner = Sha256::digest([&pad(0x36)[..], text].concat());
    Sha256::digest([&pad(0x5c)[..], &inner[..]].concat()).to_vec()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

#[tokio::test]
async fn an_event_is_sent_with_a_signature() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let webhook = world.webhook(&receiver.url(), &CREATED).await;
    world.prompt("greet").await;
    assert_eq!(world.send_due().await, 1);
    let received = receiver.next().await;
    assert_eq!(received.path, "/hook");
    assert_eq!(
        received.json(),
        json!({
            "entity": "prompt", "action": "created", "timestamp": "2023-11-14T22:13:20+00:00",
            "data": { "name": "greet", "tags": {}, "description": "" },
        })
    );
    let (job, result) = world.only(&webhook).await;
    assert_eq!((job.state, job.attempts, result.status), (JobState::Succeeded, 1, Some(200)));
    let (id, time) =
        (&received.headers["x-mlflow-delivery-id"], &received.headers["x-mlflow-timestamp"]);
    assert_eq!((id.as_str(), time.as_str()), (job.id.as_str(), "1700000000"));
    let signed = hmac(b"hush", format!("{id}.{time}.{}", received.body).as_bytes());
    assert_eq!(received.headers["x-mlflow-signature"], format!("v1,{}", base64(&signed)));
    assert_eq!(received.headers["content-type"], "application/json");
    assert_eq!(world.send_due().await, 0);
}

#[tokio::test]
async fn a_receiver_that_was_down_gets_its_delivery_once() {
    let down = [Answer::Close, Answer::Status(503, ""), Answer::Status(429, "retry-after: 60\r\n")];
    let (mut receiver, world) = (Receiver::start(down).await, World::here());
    let webhook = world.webhook(&receiver.url(), &CREATED).await;
    world.prompt("greet").await;
    let mut ids = Vec::new();
    for (attempt, status) in [(1, None), (2, Some(503)), (3, Some(429))] {
        assert_eq!(world.send_due().await, 1);
        let (job, result) = world.only(&webhook).await;
        assert_eq!((job.state, job.attempts), (JobState::Waiting, attempt));
        assert_eq!(result.status, status);
        assert!(result.error.is_some());
        let pause = job.due.0 - (world.clock_ms());
        let least = if attempt == 3 { 60_000 } else { 500 << (attempt - 1) };
        assert!((least..=60_000).contains(&pause), "attempt {attempt}: {pause} ms");
        assert_eq!(world.send_due().await, 0, "it is not due yet");
        world.clock.advance_ms(pause - 1);
        assert_eq!(world.send_due().await, 0, "it is due in a millisecond");
        world.clock.advance_ms(1);
        ids.extend(
            receiver.arrived().into_iter().map(|it| it.headers["x-mlflow-delivery-id"].clone()),
        );
    }
    assert_eq!(world.send_due().await, 1);
    let received = receiver.next().await;
    let (job, result) = world.only(&webhook).await;
    assert_eq!((job.state, job.attempts, result.status), (JobState::Succeeded, 4, Some(200)));
    assert_eq!((result.error, job.payload.as_str()), (None, ""));
    ids.push(received.headers["x-mlflow-delivery-id"].clone());
    assert_eq!(ids, vec![job.id.0; 3], "every attempt has the same id");
    let sent_s: i64 = received.headers["x-mlflow-timestamp"].parse().unwrap();
    assert_eq!(sent_s, world.clock_ms() / 1000, "each attempt has its own time");
    world.clock.advance_ms(3_600_000);
    assert_eq!((world.send_due().await, receiver.arrived().len()), (0, 0));
}

#[tokio::test]
async fn a_receiver_that_stays_down_is_given_up_after_a_day() {
    let (receiver, world) = (Receiver::start([]).await, World::here());
    let webhook = world.webhook(&receiver.url(), &CREATED).await;
    world.prompt("greet").await;
    let mut attempts = 0;
    loop {
        receiver.answer_next(Answer::Status(500, ""));
        attempts += world.send_due().await;
        let (job, result) = world.only(&webhook).await;
        assert_eq!(result.error.as_deref(), Some("the receiver answered 500"));
        if job.state == JobState::Failed {
            break;
        }
        assert!(job.due.0 <= START_MS + 24 * 3_600_000);
        world.clock.advance_ms(job.due.0 - world.clock_ms());
    }
    assert!((20..60).contains(&attempts), "{attempts}");
}

#[tokio::test]
async fn a_rejection_and_a_redirect_are_final() {
    let mut elsewhere = Receiver::start([]).await;
    let to = elsewhere.url();
    for answer in [
        Answer::Status(400, ""),
        Answer::Status(404, ""),
        Answer::Status(410, ""),
        Answer::RedirectTo(to),
    ] {
        let (mut receiver, world) = (Receiver::start([answer.clone()]).await, World::here());
        let webhook = world.webhook(&receiver.url(), &CREATED).await;
        world.prompt("greet").await;
        assert_eq!(world.send_due().await, 1);
        assert_eq!(receiver.arrived().len(), 1);
        let (job, result) = world.only(&webhook).await;
        assert_eq!((job.state, job.attempts), (JobState::Failed, 1), "{answer:?}: {result:?}");
    }
    assert_eq!(elsewhere.arrived().len(), 0, "a redirect is not followed");
}

#[tokio::test]
async fn deliveries_survive_a_restart() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let webhook = world.webhook(&receiver.url(), &CREATED).await;
    world.prompt("waits").await;
    let world = world.restart().await;
    assert_eq!(world.send_due().await, 1);
    assert_eq!(receiver.next().await.json()["data"]["name"], "waits");

    // The process ends while a delivery is sent.
    world.prompt("sent").await;
    let source = JobSource { queue: "webhooks".to_owned(), ..JobSource::default() };
    let lease = DurationMs(1_000);
    let taken = world.store.take_job(&source, lease).await.unwrap().unwrap();
    let world = world.restart().await;
    assert_eq!(world.send_due().await, 0, "its lease has not ended");
    world.clock.advance_ms(lease.0);
    assert_eq!(world.send_due().await, 1);
    let again = receiver.next().await;
    assert_eq!(again.headers["x-mlflow-delivery-id"], taken.id.as_str());
    assert_eq!(world.log(&webhook).await[0].attempts, 2);
}

#[tokio::test]
async fn a_trace_is_sent_as_it_is_when_it_has_settled() {
    let both = [WebhookEvent::TraceCompleted, WebhookEvent::TraceFailed];
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let webhook = world.webhook(&receiver.url(), &both).await;
    let here = ExperimentId::DEFAULT;
    world.store.append(here, small_trace(1, 0)).await.unwrap();
    assert_eq!(world.send_due().await, 0);
    // What comes shortly after the end is part of what is sent.
    world.store.set_tag(&trace_id(1), "late", "yes").await.unwrap();
    world.clock.advance_ms(TRACE_SETTLES.0);
    assert_eq!(world.send_due().await, 1);
    let received = receiver.next().await.json();
    assert_eq!((&received["entity"], &received["action"]), (&json!("trace"), &json!("completed")));
    assert_eq!(received["data"]["trace_id"], json!(trace_id(1)));
    assert_eq!(received["data"]["state"], "OK");
    assert_eq!(received["data"]["tags"]["late"], "yes");
    world.store.append(here, small_trace(1, 0)).await.unwrap();
    assert_eq!(world.log(&webhook).await.len(), 1, "a trace that is sent again ended before");

    let failed = batch([span(2, 1, None, 0, 20).failed()]);
    world.store.append(here, failed).await.unwrap();
    world.store.append(here, small_trace(3, 0)).await.unwrap();
    let gone = Deletion::Ids(vec![trace_id(3)]);
    world.store.delete_traces(here, gone).await.unwrap();
    world.clock.advance_ms(TRACE_SETTLES.0);
    assert_eq!(world.send_due().await, 2);
    let received = receiver.next().await.json();
    assert_eq!(
        (&received["action"], &received["data"]["state"]),
        (&json!("failed"), &json!("ERROR"))
    );
    assert_eq!(receiver.arrived().len(), 0, "a trace that is gone is not told of");
    assert_eq!(world.log(&webhook).await.len(), 2);
}

#[tokio::test]
async fn an_assessment_is_sent_in_mlflows_form() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    world.webhook(&receiver.url(), &[WebhookEvent::AssessmentCreated]).await;
    world.store.append(ExperimentId::DEFAULT, small_trace(1, 0)).await.unwrap();
    world.store.create_assessment(feedback(1, "helpful", "yes")).await.unwrap();
    assert_eq!(world.send_due().await, 1);
    let received = receiver.next().await.json();
    assert_eq!(received["entity"], "assessment");
    assert_eq!(received["data"]["assessment_name"], "helpful");
    assert_eq!(received["data"]["feedback"]["value"], "yes");
    assert_eq!(received["data"]["trace_id"], json!(trace_id(1)));
}

#[tokio::test]
async fn a_webhook_that_is_disabled_or_deleted_gets_nothing_more() {
    let (mut receiver, world) = (Receiver::start([]).await, World::here());
    let disabled = world.webhook(&receiver.url(), &CREATED).await;
    let deleted = world.webhook(&receiver.url(), &CREATED).await;
    world.prompt("greet").await;
    let status = Some(WebhookStatus::Disabled);
    let update = WebhookUpdate { status, ..WebhookUpdate::default() };
    world.store.edit_webhook(&disabled, WebhookEdit::Update(update)).await.unwrap();
    world.store.edit_webhook(&deleted, WebhookEdit::Delete).await.unwrap();
    world.send_due().await;
    world.prompt("farewell").await;
    assert_eq!(world.send_due().await, 0);
    assert_eq!(receiver.arrived().len(), 0);
    let (job, result) = world.only(&disabled).await;
    assert_eq!(job.state, JobState::Failed);
    assert!(result.error.unwrap().contains("disabled"));
    assert_eq!(world.log(&deleted).await, []);
}

#[tokio::test]
async fn a_test_sends_an_example_once() {
    let (mut receiver, world) = (Receiver::start([Answer::Status(500, "")]).await, World::here());
    let id = world.webhook(&receiver.url(), &CREATED).await;
    let webhook = world.store.webhook(&id).await.unwrap();
    let outcome = world.deliveries.test(&webhook, WebhookEvent::TraceFailed).await;
    assert_eq!((outcome.status, outcome.error), (Some(500), None));
    assert_eq!(outcome.body, r#"{"seen":true}"#);
    let [received] = &receiver.arrived()[..] else { panic!("one request") };
    assert_eq!(received.json()["entity"], "trace");
    assert!(received.headers.contains_key("x-mlflow-signature"));
    assert_eq!(world.log(&id).await, [], "a test is not a delivery");
}

impl World {
    fn clock_ms(&self) -> i64 {
        let TimestampMs(now) = kansoku_model::Clock::now(&self.clock);
        now
    }
}
