//! Webhooks, and the deliveries of events.
use std::collections::BTreeMap;

use kansoku_model::{
    ExperimentId, IS_PROMPT_TAG, StoredSecret, TraceState, Webhook, WebhookEvent, WebhookId,
    WebhookStatus,
};
use serde_json::{Value, json};

use super::Stores;
use super::build::{batch, experiment, feedback, info, small_trace, span, trace_id};
use crate::core::webhooks::DELIVERIES;
use crate::{
    Job, JobQuery, ModelVersionEdit, NewModelVersion, NewRegisteredModel, NewWebhook,
    RegisteredModelEdit, StoreError, WebhookEdit, WebhookQuery, WebhookUpdate, WhichWebhooks,
};

fn new(name: &str, events: &[WebhookEvent]) -> NewWebhook {
    NewWebhook {
        name: name.to_owned(),
        url: "https://example.com/hook".to_owned(),
        description: None,
        events: events.to_vec(),
        secret: Some(StoredSecret("hush".to_owned())),
        status: WebhookStatus::Active,
        experiments: Vec::new(),
    }
}

async fn create(stores: &Stores, events: &[WebhookEvent]) -> WebhookId {
    stores.meta.create_webhook(new("w", events)).await.unwrap().webhook_id
}

async fn list(stores: &Stores, which: WhichWebhooks) -> Vec<Webhook> {
    let query = WebhookQuery { which, offset: 0, max_results: 1000 };
    stores.meta.webhooks(query).await.unwrap().0
}

/// The jobs of a webhook, the oldest first.
async fn deliveries(stores: &Stores, webhook: &WebhookId) -> Vec<Job> {
    let query = JobQuery {
        queue: DELIVERIES.to_owned(),
        subject: webhook.to_string(),
        offset: 0,
        max_results: 1000,
    };
    let (mut jobs, _) = stores.jobs.jobs(query).await.unwrap();
    jobs.reverse();
    jobs
}

async fn told(stores: &Stores, webhook: &WebhookId) -> Vec<(String, Value)> {
    let jobs = deliveries(stores, webhook).await.into_iter();
    jobs.map(|job| (job.kind, serde_json::from_str(&job.payload).unwrap())).collect()
}

pub async fn a_webhook_lives_from_creation_to_deletion(stores: &Stores) {
    use WebhookEvent::{PromptCreated, TraceCompleted, TraceFailed};
    let given = NewWebhook {
        experiments: vec![ExperimentId(2), ExperimentId(1), ExperimentId(2)],
        ..new("w", &[TraceFailed, PromptCreated, TraceFailed])
    };
    let created = stores.meta.create_webhook(given).await.unwrap();
    assert_eq!(created.events, [PromptCreated, TraceFailed]);
    assert_eq!(created.experiments, [ExperimentId(1), ExperimentId(2)]);
    let id = created.webhook_id.clone();
    assert_eq!(stores.meta.webhook(&id).await.unwrap(), created);
    let secret = stores.meta.webhook_secret(&id).await.unwrap();
    assert_eq!(secret, Some(StoredSecret("hush".to_owned())));
    let own = create(stores, &[TraceCompleted]).await;
    assert_eq!(list(stores, WhichWebhooks::All).await.len(), 2);
    assert_eq!(list(stores, WhichWebhooks::OfMlflow).await, [created]);
    let query = WebhookQuery { which: WhichWebhooks::All, offset: 1, max_results: 1 };
    let (page, more) = stores.meta.webhooks(query).await.unwrap();
    assert_eq!((page.len(), more), (1, false));

    let update = WebhookUpdate {
        name: Some("x".to_owned()),
        url: Some("https://example.org".to_owned()),
        description: Some("told".to_owned()),
        events: Some(vec![TraceCompleted]),
        secret: Some(StoredSecret(String::new())),
        status: Some(WebhookStatus::Disabled),
        experiments: Some(Vec::new()),
    };
    stores.meta.edit_webhook(&id, WebhookEdit::Update(update)).await.unwrap();
    let updated = stores.meta.webhook(&id).await.unwrap();
    assert_eq!((updated.name.as_str(), updated.url.as_str()), ("x", "https://example.org"));
    assert_eq!(updated.description.as_deref(), Some("told"));
    assert_eq!(
        (&updated.events[..], updated.status),
        (&[TraceCompleted][..], WebhookStatus::Disabled)
    );
    assert_eq!(updated.experiments, []);
    assert_eq!(stores.meta.webhook_secret(&id).await.unwrap(), None);
    stores.meta.edit_webhook(&id, WebhookEdit::Update(WebhookUpdate::default())).await.unwrap();
    let same = stores.meta.webhook(&id).await.unwrap();
    assert_eq!(Webhook { last_update_time: updated.last_update_time, ..same }, updated);

    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    assert_eq!(deliveries(stores, &own).await.len(), 1);
    assert_eq!(deliveries(stores, &id).await, []);
    for webhook in [&id, &own] {
        stores.meta.edit_webhook(webhook, WebhookEdit::Delete).await.unwrap();
        assert_eq!(deliveries(stores, webhook).await, []);
        let again = stores.meta.edit_webhook(webhook, WebhookEdit::Delete).await;
        assert!(matches!(again, Err(StoreError::WebhookNotFound(_))), "{again:?}");
        let read = stores.meta.webhook(webhook).await;
        assert!(matches!(read, Err(StoreError::WebhookNotFound(_))), "{read:?}");
        let secret = stores.meta.webhook_secret(webhook).await;
        assert!(matches!(secret, Err(StoreError::WebhookNotFound(_))), "{secret:?}");
    }
}

pub async fn a_server_has_so_many_webhooks_at_most(stores: &Stores) {
    for number in 0..Webhook::COUNT_MAX {
        let webhook = new(&format!("w{number}"), &[WebhookEvent::PromptCreated]);
        stores.meta.create_webhook(webhook).await.unwrap();
    }
    let refused = stores.meta.create_webhook(new("more", &[WebhookEvent::PromptCreated])).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    let one = list(stores, WhichWebhooks::All).await.remove(0).webhook_id;
    stores.meta.edit_webhook(&one, WebhookEdit::Delete).await.unwrap();
    create(stores, &[WebhookEvent::PromptCreated]).await;
}

pub async fn changes_of_a_prompt_are_told(stores: &Stores) {
    let webhook = create(stores, &WebhookEvent::ALL).await;
    let other = create(stores, &[WebhookEvent::PromptAliasCreated]).await;
    let prompt = BTreeMap::from([(IS_PROMPT_TAG.to_owned(), "true".to_owned())]);
    let model = NewRegisteredModel {
        name: "qa".to_owned(),
        description: "answers".to_owned(),
        tags: prompt.clone(),
    };
    stores.meta.create_registered_model(model.clone()).await.unwrap();
    let taken = stores.meta.create_registered_model(model).await;
    assert!(taken.is_err(), "a change that was refused is no event");
    let mut tags = prompt;
    tags.insert("mlflow.prompt.text".to_owned(), "Answer {{q}}".to_owned());
    let version = NewModelVersion {
        name: "qa".to_owned(),
        description: None,
        source: "dummy".to_owned(),
        run_id: String::new(),
        run_link: String::new(),
        tags,
    };
    stores.meta.create_model_version(version).await.unwrap();
    let (key, value) = ("team".to_owned(), "shop".to_owned());
    let tag = RegisteredModelEdit::SetTag { key: key.clone(), value: value.clone() };
    let alias = RegisteredModelEdit::SetAlias { alias: "live".to_owned(), version: 1 };
    let gone = RegisteredModelEdit::DeleteAlias { alias: "live".to_owned() };
    for edit in [tag, RegisteredModelEdit::Describe("x".to_owned()), alias, gone] {
        stores.meta.edit_registered_model("qa", edit).await.unwrap();
    }
    let tag = ModelVersionEdit::SetTag { key: key.clone(), value };
    for edit in [tag, ModelVersionEdit::DeleteTag { key }] {
        stores.meta.edit_model_version("qa", 1, edit).await.unwrap();
    }
    let expected = [
        ("prompt.created", json!({ "name": "qa", "tags": {}, "description": "answers" })),
        (
            "prompt_version.created",
            json!({
                "name": "qa", "version": "1", "template": "Answer {{q}}", "tags": {},
                "description": null,
            }),
        ),
        ("prompt_tag.set", json!({ "name": "qa", "key": "team", "value": "shop" })),
        ("prompt_alias.created", json!({ "name": "qa", "alias": "live", "version": "1" })),
        ("prompt_alias.deleted", json!({ "name": "qa", "alias": "live" })),
        (
            "prompt_version_tag.set",
            json!({ "name": "qa", "version": "1", "key": "team", "value": "shop" }),
        ),
        ("prompt_version_tag.deleted", json!({ "name": "qa", "version": "1", "key": "team" })),
    ];
    let expected = expected.map(|(kind, data)| (kind.to_owned(), data));
    assert_eq!(told(stores, &webhook).await, expected);
    assert_eq!(told(stores, &other).await, expected[3..4]);
}

pub async fn a_trace_that_ends_is_told_once(stores: &Stores) {
    let (here, there) = (experiment(stores, "here").await, experiment(stores, "there").await);
    let both = [WebhookEvent::TraceCompleted, WebhookEvent::TraceFailed];
    let mut added = stores.jobs.jobs_added();
    stores.traces.append(here, small_trace(9, 0)).await.unwrap();
    let given = NewWebhook { experiments: vec![here], ..new("here", &both) };
    let webhook = stores.meta.create_webhook(given).await.unwrap().webhook_id;
    let failed = create(stores, &[WebhookEvent::TraceFailed]).await;
    assert!(!added.has_changed().unwrap(), "nobody wanted the first trace");

    // The root ends last, and a client that got no answer sends everything again.
    let child = || batch([span(1, 2, Some(1), 1, 9)]);
    stores.traces.append(here, child()).await.unwrap();
    assert_eq!(told(stores, &webhook).await, []);
    for _ in 0..2 {
        stores.traces.append(here, batch([span(1, 1, None, 0, 20)])).await.unwrap();
        stores.traces.append(here, child()).await.unwrap();
        stores.traces.upsert_info(info(1, here)).await.unwrap();
    }
    stores.traces.append(here, batch([span(2, 1, None, 0, 20).failed()])).await.unwrap();
    stores.traces.append(there, batch([span(3, 1, None, 0, 20).failed()])).await.unwrap();
    stores.traces.append(there, small_trace(4, 0)).await.unwrap();
    let mut running = info(5, here);
    running.state = TraceState::InProgress;
    stores.traces.upsert_info(running).await.unwrap();
    stores.traces.upsert_info(info(5, here)).await.unwrap();
    let of = |kind: &str, n: u64| (kind.to_owned(), json!({ "trace_id": trace_id(n) }));
    assert_eq!(
        told(stores, &webhook).await,
        [of("trace.completed", 1), of("trace.failed", 2), of("trace.completed", 5)]
    );
    assert_eq!(told(stores, &failed).await, [of("trace.failed", 2), of("trace.failed", 3)]);
    assert!(added.borrow_and_update().ne(&0));
}

pub async fn a_new_assessment_is_told(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let webhook = create(stores, &[WebhookEvent::AssessmentCreated]).await;
    let made = stores.traces.create_assessment(feedback(1, "q", "bad")).await.unwrap();
    let again = stores.traces.create_assessment(made.clone()).await;
    assert!(again.is_err(), "its id is taken");
    let update = crate::AssessmentUpdate { rationale: Some(None), ..Default::default() };
    stores.traces.update_assessment(&trace_id(1), &made.assessment_id, update).await.unwrap();
    let mut with_more = info(1, experiment);
    let more = feedback(1, "r", "good");
    with_more.assessments = vec![made.clone(), more.clone()];
    for _ in 0..2 {
        stores.traces.upsert_info(with_more.clone()).await.unwrap();
    }
    let of = |id| {
        let data = json!({ "trace_id": trace_id(1), "assessment_id": id });
        ("assessment.created".to_owned(), data)
    };
    let expected = [of(made.assessment_id), of(more.assessment_id)];
    assert_eq!(told(stores, &webhook).await, expected);
}
