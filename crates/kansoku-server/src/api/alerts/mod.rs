//! Alert rules of an experiment, and the alerts that they caused.
mod preview;
mod rule;
mod settings;

use std::sync::Arc;

use axum::{Json, http::Method};
use kansoku_mlflow::{
    page::{Page, check_max_results},
    text_limits::check_length,
};
use kansoku_model::{
    AlertRuleId, AlertStatus, ErrorCode, Experiment, Scope, StoredSecret, TimestampMs,
    WebhookSecret,
};
use kansoku_store::{AlertEventQuery, AlertRuleEdit, NewAlertRule};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    AlertRunner, AlertTest, ApiError, App,
    http::extract::{JsonBody, Path, Query},
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

use rule::{Alert, AlertRule};
use settings::Settings;

const URL_CHARS_MAX: usize = 2000;
/// The maximum and the default number of alerts in one response.
const ALERTS_MAX: usize = 1000;
const ALERTS_DEFAULT: usize = 100;

pub(crate) fn routes(routes: &mut Routes) {
    let all = "3.0/kansoku/experiments/{experiment_id}/alerts";
    routes.api(Scope::Read, Method::GET, all, list_rules);
    routes.api(Scope::Write, Method::POST, all, create_rule);
    let events = "3.0/kansoku/experiments/{experiment_id}/alerts/events";
    routes.api(Scope::Read, Method::GET, events, list_alerts);
    let preview = "3.0/kansoku/experiments/{experiment_id}/alerts/preview";
    routes.api(Scope::Read, Method::POST, preview, preview::preview_rule);
    let one = "3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}";
    routes.api(Scope::Write, Method::PUT, one, update_rule);
    routes.api(Scope::Write, Method::DELETE, one, delete_rule);
    let mute = "3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}/mute";
    routes.api(Scope::Write, Method::POST, mute, mute_rule);
    let test = "3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}/test";
    routes.api(Scope::Write, Method::POST, test, test_rule);
}

fn runner(app: &App) -> Result<Arc<dyn AlertRunner>, ApiError> {
    app.alerts.clone().ok_or_else(|| {
        ApiError::new(ErrorCode::NotImplemented, "this server does not evaluate alert rules")
    })
}

/// The path of a route about one rule.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RulePath {
    rule_id: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertRuleList {
    /// By name.
    rules: Vec<AlertRule>,
    /// The number of rules that fire.
    firing: usize,
}

/// A rule to create or to replace.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AlertRuleRequest {
    settings: Settings,
    /// The URL of a webhook of Slack, or of another service that reads its messages. Absent leaves it
    /// as it is, and an empty one removes it.
    slack_url: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AlertMute)]
pub(crate) struct MuteRequest {
    /// `null` ends it.
    until_ms: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertTestResult)]
pub(crate) struct TestResult {
    success: bool,
    /// The status of the response.
    status_code: Option<u16>,
    error: Option<String>,
}

/// An empty response.
#[derive(Serialize, ToSchema)]
#[schema(as = DeletedAlertRule)]
pub(crate) struct Deleted {}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertParams {
    /// only those of this rule
    rule_id: Option<String>,
    /// at most 1000, 100 by default
    max_results: Option<i64>,
    page_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertList {
    /// The newest first.
    alerts: Vec<Alert>,
    next_page_token: Option<String>,
}

/// The URL of a request as it is stored: encrypted, since whoever knows it can post.
async fn stored_url(app: &App, url: Option<String>) -> Result<Option<StoredSecret>, ApiError> {
    let Some(url) = url else { return Ok(None) };
    let url = url.trim().to_owned();
    check_length("slack_url", &url, URL_CHARS_MAX)?;
    let sender = app.webhooks.as_ref().ok_or_else(|| {
        ApiError::new(ErrorCode::NotImplemented, "this server does not send webhooks")
    })?;
    if !url.is_empty() {
        sender.check_url(&url).await.map_err(ApiError::invalid)?;
    }
    let encrypted = sender.encrypt(WebhookSecret(url)).await;
    let encrypted = encrypted.map_err(|why| {
        let message = format!("the URL could not be encrypted: {why}");
        ApiError::new(ErrorCode::TemporarilyUnavailable, message)
    })?;
    Ok(Some(encrypted))
}

async fn read_rule(
    app: &App,
    experiment: &Experiment,
    id: &AlertRuleId,
) -> Result<Json<AlertRule>, ApiError> {
    let rule = app.meta.alert_rule(experiment.experiment_id, id).await?;
    Ok(Json(AlertRule::read(app, rule).await?))
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/alerts`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts",
    summary = "The alert rules of an experiment with their states",
    params(ExperimentPath),
    responses((status = 200, body = AlertRuleList)),
)]
async fn list_rules(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
) -> Result<Json<AlertRuleList>, ApiError> {
    let stored = app.meta.alert_rules(Some(experiment.experiment_id)).await?;
    let firing = stored.iter().filter(|rule| rule.status() == AlertStatus::Firing).count();
    let mut rules = Vec::with_capacity(stored.len());
    for rule in stored {
        rules.push(AlertRule::read(&app, rule).await?);
    }
    Ok(Json(AlertRuleList { rules, firing }))
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/alerts`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts",
    summary = "Create an alert rule",
    params(ExperimentPath),
    request_body = AlertRuleRequest,
    responses((status = 200, body = AlertRule)),
)]
async fn create_rule(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(AlertRuleRequest { settings, slack_url }): JsonBody<AlertRuleRequest>,
) -> Result<Json<AlertRule>, ApiError> {
    let runner = runner(&app)?;
    let settings = settings.check(&experiment)?;
    let slack_url = stored_url(&app, slack_url).await?;
    let new = NewAlertRule { settings, slack_url };
    let rule = app.meta.create_alert_rule(experiment.experiment_id, new).await?;
    runner.rules_changed();
    Ok(Json(AlertRule::read(&app, rule).await?))
}

/// `PUT /api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}`
#[utoipa::path(
    put,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}",
    summary = "Replace the settings of an alert rule, which ends its alert",
    params(ExperimentPath, RulePath),
    request_body = AlertRuleRequest,
    responses((status = 200, body = AlertRule)),
)]
async fn update_rule(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(RulePath { rule_id }): Path<RulePath>,
    JsonBody(AlertRuleRequest { settings, slack_url }): JsonBody<AlertRuleRequest>,
) -> Result<Json<AlertRule>, ApiError> {
    let (runner, id) = (runner(&app)?, AlertRuleId(rule_id));
    let settings = settings.check(&experiment)?;
    let slack_url = stored_url(&app, slack_url).await?;
    let edit = AlertRuleEdit::Update { settings, slack_url };
    app.meta.edit_alert_rule(experiment.experiment_id, &id, edit).await?;
    runner.rules_changed();
    read_rule(&app, &experiment, &id).await
}

/// `DELETE /api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}",
    summary = "Delete an alert rule with its alerts",
    params(ExperimentPath, RulePath),
    responses((status = 200, body = Deleted)),
)]
async fn delete_rule(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(RulePath { rule_id }): Path<RulePath>,
) -> Result<Json<Deleted>, ApiError> {
    let (id, edit) = (AlertRuleId(rule_id), AlertRuleEdit::Delete);
    app.meta.edit_alert_rule(experiment.experiment_id, &id, edit).await?;
    app.alerts.iter().for_each(|runner| runner.rules_changed());
    Ok(Json(Deleted {}))
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}/mute`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}/mute",
    summary = "Tell nobody that an alert rule fires, until a time",
    params(ExperimentPath, RulePath),
    request_body = MuteRequest,
    responses((status = 200, body = AlertRule)),
)]
async fn mute_rule(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(RulePath { rule_id }): Path<RulePath>,
    JsonBody(MuteRequest { until_ms }): JsonBody<MuteRequest>,
) -> Result<Json<AlertRule>, ApiError> {
    let id = AlertRuleId(rule_id);
    let edit = AlertRuleEdit::Mute { until: until_ms.map(TimestampMs) };
    app.meta.edit_alert_rule(experiment.experiment_id, &id, edit).await?;
    read_rule(&app, &experiment, &id).await
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}/test`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts/{rule_id}/test",
    summary = "Send an example to the Slack webhook of an alert rule",
    params(ExperimentPath, RulePath),
    responses((status = 200, body = TestResult)),
)]
async fn test_rule(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(RulePath { rule_id }): Path<RulePath>,
) -> Result<Json<TestResult>, ApiError> {
    let id = AlertRuleId(rule_id);
    let rule = app.meta.alert_rule(experiment.experiment_id, &id).await?;
    let url = app.meta.alert_slack_url(experiment.experiment_id, &id).await?;
    let url = url.ok_or_else(|| {
        ApiError::invalid("this rule has no `slack_url`; other webhooks have a test of their own")
    })?;
    let AlertTest { status, error } = runner(&app)?.test(&rule, &experiment, url).await;
    let success = status.is_some_and(|status| (200..300).contains(&status));
    Ok(Json(TestResult { success, status_code: status, error }))
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/alerts/events`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/alerts/events",
    summary = "The alerts of an experiment, the newest first",
    params(ExperimentPath, AlertParams),
    responses((status = 200, body = AlertList)),
)]
async fn list_alerts(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Query(AlertParams { rule_id, max_results, page_token }): Query<AlertParams>,
) -> Result<Json<AlertList>, ApiError> {
    let max_results = check_max_results(max_results, ALERTS_DEFAULT, ALERTS_MAX)?;
    let experiment = experiment.experiment_id;
    let page = Page::new(page_token.as_deref(), max_results, &(experiment, &rule_id))?;
    let rule = rule_id.map(AlertRuleId);
    let query = AlertEventQuery { experiment, rule, offset: page.offset, max_results };
    let (events, more) = app.meta.alert_events(query).await?;
    let next_page_token = more.then(|| page.next_token(events.len()));
    let now = app.clock.now();
    let alerts = events.into_iter().map(|event| Alert::new(event, experiment, now)).collect();
    Ok(Json(AlertList { alerts, next_page_token }))
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list_rules,
    create_rule,
    update_rule,
    delete_rule,
    mute_rule,
    test_rule,
    list_alerts,
    preview::preview_rule
))]
pub(crate) struct Document;
