//! Webhooks with all of their events, and the log of their deliveries.
use axum::{Json, http::Method};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::{Scope, Webhook as StoredWebhook, WebhookId};
use kansoku_store::{
    Job, JobQuery, JobState, WebhookQuery, WhichWebhooks,
    core::webhooks::{DELIVERIES, DeliveryResult},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    ApiError, App,
    http::extract::{Path, Query},
    route_table::Routes,
};

/// The maximum and the default number of deliveries in one response.
const DELIVERIES_MAX: usize = 1000;
const DELIVERIES_DEFAULT: usize = 100;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::GET, "3.0/kansoku/webhooks", list_webhooks);
    routes.api(
        Scope::Admin,
        Method::GET,
        "3.0/kansoku/webhooks/{webhook_id}/deliveries",
        list_deliveries,
    );
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookList {
    webhooks: Vec<Webhook>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook {
    webhook_id: String,
    name: String,
    url: String,
    description: Option<String>,
    /// Such as `prompt_version.created` or `trace.failed`.
    events: Vec<String>,
    /// `ACTIVE` or `DISABLED`.
    status: &'static str,
    /// `none`, `readable`, or `unreadable`: the server has not the key that it was encrypted with, and
    /// cannot sign deliveries.
    secret: &'static str,
    /// The experiments of the traces whose events it receives; empty for all.
    experiment_ids: Vec<String>,
    create_time_ms: i64,
    update_time_ms: i64,
}

impl Webhook {
    async fn read(app: &App, webhook: StoredWebhook) -> Result<Self, ApiError> {
        let stored = app.meta.webhook_secret(&webhook.webhook_id).await?;
        let is_readable = match (stored, &app.webhooks) {
            (None, _) => None,
            (Some(_), None) => Some(false),
            (Some(stored), Some(sender)) => Some(sender.is_readable(stored).await),
        };
        let secret = match is_readable {
            None => "none",
            Some(true) => "readable",
            Some(false) => "unreadable",
        };
        Ok(Self {
            webhook_id: webhook.webhook_id.0,
            name: webhook.name,
            url: webhook.url,
            description: webhook.description,
            events: webhook.events.iter().map(ToString::to_string).collect(),
            status: webhook.status.as_str(),
            secret,
            experiment_ids: webhook.experiments.iter().map(ToString::to_string).collect(),
            create_time_ms: webhook.creation_time.0,
            update_time_ms: webhook.last_update_time.0,
        })
    }
}

/// The path of a route about one webhook.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct WebhookPath {
    webhook_id: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryParams {
    /// From 1 to 1000; 100 without it.
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    /// The newest first: all that wait, and the last that are finished.
    deliveries: Vec<Delivery>,
    /// Whether there are older ones.
    has_more: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    /// The header `X-MLflow-Delivery-Id`.
    delivery_id: String,
    /// Such as `prompt_version.created` or `trace.failed`.
    event: String,
    /// `waiting`, `succeeded` or `failed`.
    state: &'static str,
    attempts: u32,
    create_time_ms: i64,
    /// When it is tried next, if it waits.
    next_attempt_ms: Option<i64>,
    finish_time_ms: Option<i64>,
    /// The status of the last response.
    status_code: Option<u16>,
    /// Why the last attempt failed.
    error: Option<String>,
}

impl From<Job> for Delivery {
    fn from(job: Job) -> Self {
        let DeliveryResult { status, error } = DeliveryResult::of_job(&job);
        let waits = job.state == JobState::Waiting;
        Self {
            delivery_id: job.id.0,
            event: job.kind,
            state: job.state.as_str(),
            attempts: job.attempts,
            create_time_ms: job.created.0,
            next_attempt_ms: waits.then_some(job.due.0),
            finish_time_ms: (!waits).then_some(job.due.0),
            status_code: status,
            error,
        }
    }
}

/// `GET /api/3.0/kansoku/webhooks`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/webhooks",
    summary = "All webhooks with all of their events, the newest first",
    responses((status = 200, body = WebhookList)),
)]
pub(super) async fn list_webhooks(app: App) -> Result<Json<WebhookList>, ApiError> {
    let query = WebhookQuery {
        which: WhichWebhooks::All,
        offset: 0,
        max_results: StoredWebhook::COUNT_MAX,
    };
    let (stored, _) = app.meta.webhooks(query).await?;
    let mut webhooks = Vec::with_capacity(stored.len());
    for webhook in stored {
        webhooks.push(Webhook::read(&app, webhook).await?);
    }
    Ok(Json(WebhookList { webhooks }))
}

/// `GET /api/3.0/kansoku/webhooks/{webhook_id}/deliveries`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/webhooks/{webhook_id}/deliveries",
    summary = "The deliveries of a webhook: those that wait, and the last that are finished",
    params(WebhookPath, DeliveryParams),
    responses((status = 200, body = DeliveryList)),
)]
pub(super) async fn list_deliveries(
    app: App,
    Path(WebhookPath { webhook_id }): Path<WebhookPath>,
    Query(DeliveryParams { max_results }): Query<DeliveryParams>,
) -> Result<Json<DeliveryList>, ApiError> {
    let max_results = check_max_results(max_results, DELIVERIES_DEFAULT, DELIVERIES_MAX)?;
    app.meta.webhook(&WebhookId(webhook_id.clone())).await?;
    let query =
        JobQuery { queue: DELIVERIES.to_owned(), subject: webhook_id, offset: 0, max_results };
    let (jobs, has_more) = app.jobs.jobs(query).await?;
    let deliveries = jobs.into_iter().map(Delivery::from).collect();
    Ok(Json(DeliveryList { deliveries, has_more }))
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(list_webhooks, list_deliveries))]
pub(crate) struct Document;
