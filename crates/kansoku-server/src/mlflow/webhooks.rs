//! MLflow's routes of webhooks. The binary supplies the sender, which is in another crate.
use std::sync::Arc;

use async_trait::async_trait;
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    page::Page,
    webhook::{
        WebhookJson, description, events, experiments, name, secret, status, tested_event, url,
        webhook_id,
    },
};
use kansoku_model::{
    ErrorCode, Scope, StoredSecret, Webhook, WebhookEvent, WebhookId, WebhookSecret,
};
use kansoku_store::{NewWebhook, WebhookEdit, WebhookQuery, WebhookUpdate, WhichWebhooks};
use serde_json::{Map, Value, json};

use crate::{
    ApiError, App, auth::audit::AuditEvent, http::extract::PathFields, route_table::Routes,
};

/// The maximum and the default number of webhooks in one page.
const MAX_RESULTS_MAX: usize = 1000;
const MAX_RESULTS: usize = 100;

/// Sends requests to the URLs of webhooks, and has the key of their secrets.
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Fails with the reason if nothing may be sent to this URL.
    async fn check_url(&self, url: &str) -> Result<(), String>;

    /// Encrypts a secret for the store, or fails with the reason. An empty one remains empty.
    async fn encrypt(&self, secret: WebhookSecret) -> Result<StoredSecret, String>;

    /// Whether deliveries can be signed with a stored secret.
    async fn is_readable(&self, secret: StoredSecret) -> bool;

    /// Sends an example of an event, once.
    async fn test(&self, webhook: &Webhook, event: WebhookEvent) -> WebhookTest;
}

/// The response to an example, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookTest {
    pub status: Option<u16>,
    /// The beginning of the response.
    pub body: String,
    pub error: Option<String>,
}

pub(crate) fn routes(routes: &mut Routes) {
    let all = "2.0/mlflow/webhooks";
    let one = "2.0/mlflow/webhooks/{webhook_id}";
    routes.api(Scope::Admin, Method::POST, all, create);
    routes.api(Scope::Admin, Method::GET, all, list);
    routes.api(Scope::Admin, Method::GET, one, get);
    routes.api(Scope::Admin, Method::PATCH, one, update);
    routes.api(Scope::Admin, Method::DELETE, one, delete);
    routes.api(Scope::Admin, Method::POST, "2.0/mlflow/webhooks/{webhook_id}/test", test);
}

fn sender(app: &App) -> Result<Arc<dyn WebhookSender>, ApiError> {
    app.webhooks.clone().ok_or_else(|| {
        ApiError::new(ErrorCode::NotImplemented, "this server does not send webhooks")
    })
}

/// The secret of a request as it is stored.
async fn encrypted(
    app: &App,
    secret: Option<WebhookSecret>,
) -> Result<Option<StoredSecret>, ApiError> {
    let Some(secret) = secret else { return Ok(None) };
    let encrypted = sender(app)?.encrypt(secret).await;
    let encrypted = encrypted.map_err(|why| {
        let message = format!("the secret could not be encrypted: {why}");
        ApiError::new(ErrorCode::TemporarilyUnavailable, message)
    })?;
    Ok(Some(encrypted))
}

fn answer(webhook: &Webhook) -> Json<Value> {
    Json(json!({ "webhook": WebhookJson::new(webhook) }))
}

fn described(id: &WebhookId, name: &str) -> String {
    format!("webhook `{name}` ({id})")
}

/// `POST webhooks`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let mut new = NewWebhook {
        name: name(&fields)?.ok_or_else(|| fields.missing("name"))?,
        url: url(&fields)?.ok_or_else(|| fields.missing("url"))?,
        events: events(&fields)?.ok_or_else(|| fields.missing("events"))?,
        description: description(&fields)?.filter(|text| !text.is_empty()),
        secret: None,
        status: status(&fields)?.unwrap_or_default(),
        experiments: experiments(&fields)?.unwrap_or_default(),
    };
    let secret = secret(&fields)?;
    sender(&app)?.check_url(&new.url).await.map_err(ApiError::invalid)?;
    new.secret = encrypted(&app, secret).await?;
    let webhook = app.meta.create_webhook(new).await?;
    app.access.record(AuditEvent::WebhookCreated, described(&webhook.webhook_id, &webhook.name));
    Ok(answer(&webhook))
}

/// `GET webhooks`; those that receive events of MLflow.
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    let query = WebhookQuery {
        which: WhichWebhooks::OfMlflow,
        offset: page.offset,
        max_results: page.max_results,
    };
    let (webhooks, more) = app.meta.webhooks(query).await?;
    let mut answer = Map::new();
    if !webhooks.is_empty() {
        let list: Vec<_> = webhooks.iter().map(WebhookJson::with_mlflows_events).collect();
        answer.insert("webhooks".to_owned(), json!(list));
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(webhooks.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `GET webhooks/{webhook_id}`
async fn get(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    Ok(answer(&app.meta.webhook(&webhook_id(&fields)?).await?))
}

/// `PATCH webhooks/{webhook_id}`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = webhook_id(&fields)?;
    let mut update = WebhookUpdate {
        name: name(&fields)?,
        url: url(&fields)?,
        description: description(&fields)?,
        events: events(&fields)?,
        secret: None,
        status: status(&fields)?,
        experiments: experiments(&fields)?,
    };
    let secret = secret(&fields)?;
    // A webhook that does not exist is not found, whatever its URL would be.
    app.meta.webhook(&id).await?;
    if let Some(url) = &update.url {
        sender(&app)?.check_url(url).await.map_err(ApiError::invalid)?;
    }
    update.secret = encrypted(&app, secret).await?;
    app.meta.edit_webhook(&id, WebhookEdit::Update(update)).await?;
    let webhook = app.meta.webhook(&id).await?;
    app.access.record(AuditEvent::WebhookChanged, described(&id, &webhook.name));
    Ok(answer(&webhook))
}

/// `DELETE webhooks/{webhook_id}`
async fn delete(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    let id = webhook_id(&fields)?;
    let webhook = app.meta.webhook(&id).await?;
    app.meta.edit_webhook(&id, WebhookEdit::Delete).await?;
    app.access.record(AuditEvent::WebhookDeleted, described(&id, &webhook.name));
    Ok(Json(json!({})))
}

/// `POST webhooks/{webhook_id}/test`
async fn test(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let event = tested_event(&fields)?;
    let webhook = app.meta.webhook(&webhook_id(&fields)?).await?;
    let first = webhook.events.first().copied();
    let event = event.or(first).ok_or_else(|| fields.missing("event"))?;
    let WebhookTest { status, body, error } = sender(&app)?.test(&webhook, event).await;
    let succeeded = status.is_some_and(|status| (200..300).contains(&status));
    let mut result = Map::from_iter([("success".to_owned(), succeeded.into())]);
    if let Some(status) = status {
        result.insert("response_status".to_owned(), status.into());
        result.insert("response_body".to_owned(), body.into());
    }
    if let Some(error) = error {
        result.insert("error_message".to_owned(), error.into());
    }
    Ok(Json(json!({ "result": result })))
}
