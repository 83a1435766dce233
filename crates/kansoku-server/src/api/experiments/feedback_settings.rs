//! The feedback settings of an experiment: which values are negative, and the name of the feedback
//! that thumbs are stored as.
//!
//! The settings are tags of the experiment, so that they are stored, exported and copied with it.
use axum::{Json, http::Method};
use kansoku_mlflow::text_limits::check_length;
use kansoku_model::{Experiment, FeedbackRule, FeedbackSettings, Polarity, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ApiError, App,
    http::extract::JsonBody,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

/// The name is part of a tag's key, whose length is limited.
const NAME_CHARS_MAX: usize = 200;
const VALUE_CHARS_MAX: usize = 1000;
const PATH: &str = "3.0/kansoku/experiments/{experiment_id}/feedback-settings";

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, PATH, get_feedback_settings);
    routes.api(Scope::Write, Method::PATCH, PATH, update_feedback_settings);
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackSettingsAnswer {
    /// The name of the feedback that thumbs up and down are stored as.
    thumbs: String,
    /// The rules that users have set. For feedback of another name, a rule is guessed from the
    /// name.
    rules: Vec<NamedRule>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedRule {
    name: String,
    /// Whether yes, true and high numbers are good (`positive`), bad (`negative`) or neither
    /// (`neutral`).
    #[schema(value_type = String)]
    polarity: Polarity,
    /// The only value that is bad, as text; all others are good.
    bad_value: Option<String>,
    /// Numbers from this one on count as high.
    threshold: Option<f64>,
}

/// Changes of the settings; absent fields stay unchanged.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FeedbackSettingsUpdate {
    /// The name of the feedback that thumbs up and down are stored as.
    thumbs: Option<String>,
    /// The name of the feedback that the next three fields apply to.
    name: Option<String>,
    /// `positive`, `negative` or `neutral`; `guess` deletes the rule.
    polarity: Option<String>,
    /// The only value that is bad, as text; empty for none.
    bad_value: Option<String>,
    /// Numbers from this one on count as high.
    threshold: Option<f64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/feedback-settings`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/feedback-settings",
    summary = "Bad values of an experiment's feedback, and the feedback name of thumbs",
    params(ExperimentPath),
    responses((status = 200, body = FeedbackSettingsAnswer)),
)]
pub(super) async fn get_feedback_settings(
    ExperimentInPath(experiment): ExperimentInPath,
) -> Json<FeedbackSettingsAnswer> {
    Json(answer(&experiment))
}

/// `PATCH /api/3.0/kansoku/experiments/{experiment_id}/feedback-settings`
#[utoipa::path(
    patch,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/feedback-settings",
    summary = "Sets which values of a feedback are bad, or the feedback name of thumbs",
    params(ExperimentPath),
    request_body = FeedbackSettingsUpdate,
    responses((status = 200, body = FeedbackSettingsAnswer)),
)]
pub(super) async fn update_feedback_settings(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(update): JsonBody<FeedbackSettingsUpdate>,
) -> Result<Json<FeedbackSettingsAnswer>, ApiError> {
    let id = experiment.experiment_id;
    let settings = FeedbackSettings::from_tags(&experiment.tags);
    if let Some(thumbs) = &update.thumbs {
        let thumbs = check_name("thumbs", thumbs)?;
        app.meta.set_experiment_tag(id, FeedbackSettings::THUMBS_TAG, &thumbs).await?;
    }
    if let Some(name) = &update.name {
        let name = check_name("name", name)?;
        let key = format!("{}{name}", FeedbackSettings::RULE_TAG_PREFIX);
        match updated_rule(update, settings.rule(&name))? {
            Some(rule) => {
                let value = serde_json::to_string(&rule).map_err(|error| {
                    ApiError::invalid(format!("the rule cannot be stored: {error}"))
                })?;
                app.meta.set_experiment_tag(id, &key, &value).await?;
            }
            None if settings.rules.contains_key(&name) => {
                app.meta.delete_experiment_tag(id, &key).await?;
            }
            None => {}
        }
    }
    Ok(Json(answer(&app.meta.experiment(id).await?)))
}

fn answer(experiment: &Experiment) -> FeedbackSettingsAnswer {
    let settings = FeedbackSettings::from_tags(&experiment.tags);
    let thumbs = settings.thumbs().to_owned();
    let named = |(name, rule): (String, FeedbackRule)| NamedRule {
        name,
        polarity: rule.polarity,
        bad_value: rule.bad_value,
        threshold: rule.threshold,
    };
    FeedbackSettingsAnswer { thumbs, rules: settings.rules.into_iter().map(named).collect() }
}

fn check_name(field: &str, text: &str) -> Result<String, ApiError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(ApiError::invalid(format!("`{field}` is empty")));
    }
    check_length(field, name, NAME_CHARS_MAX)?;
    Ok(name.to_owned())
}

/// The rule after the update; `None` if the request deletes it.
fn updated_rule(
    update: FeedbackSettingsUpdate,
    mut rule: FeedbackRule,
) -> Result<Option<FeedbackRule>, ApiError> {
    match update.polarity.as_deref() {
        None => {}
        Some("guess") => return Ok(None),
        Some(text) => {
            rule.polarity = Polarity::from_text(text).ok_or_else(|| {
                let message = "`polarity` is positive, negative, neutral or guess";
                ApiError::invalid(format!("{message}, got `{text}`"))
            })?;
            rule.bad_value = None;
        }
    }
    if let Some(bad) = update.bad_value {
        check_length("bad_value", &bad, VALUE_CHARS_MAX)?;
        rule.bad_value = Some(bad).filter(|bad| !bad.is_empty());
    }
    rule.threshold = update.threshold.or(rule.threshold);
    Ok(Some(rule))
}
