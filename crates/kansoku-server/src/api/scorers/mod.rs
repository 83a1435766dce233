//! The scorers of an experiment: what they are, how far behind they are, trying one out, and letting
//! them assess traces of the past.
mod agreement;
mod backfills;
mod compared;
mod failures;
mod forecast;
mod instructions;
mod list;
mod spending;
mod trial;

use axum::{Json, http::Method};
use kansoku_mlflow::scorer::{check_scorer_name, serialized_check};
use kansoku_model::Scope;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    ApiError, App, ScorerModel,
    http::extract::JsonBody,
    params::scorer::no_scoring,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

use list::ListedScorer;
use spending::spending_today;

pub(crate) fn routes(routes: &mut Routes) {
    let of_experiment = "3.0/kansoku/experiments/{experiment_id}/scorers";
    routes.api(Scope::Read, Method::GET, of_experiment, list::list_scorers);
    routes.api(Scope::Write, Method::POST, of_experiment, create_check);
    let trial = "3.0/kansoku/experiments/{experiment_id}/scorers/trial";
    routes.api(Scope::Write, Method::POST, trial, trial::try_scorer);
    let budget = "3.0/kansoku/experiments/{experiment_id}/scorers/budget";
    routes.api(Scope::Write, Method::PUT, budget, spending::set_budget);
    let usage = "3.0/kansoku/experiments/{experiment_id}/scorers/usage";
    routes.api(Scope::Read, Method::GET, usage, spending::list_usage);
    let rescore = "3.0/kansoku/experiments/{experiment_id}/scorers/rescore";
    routes.api(Scope::Write, Method::POST, rescore, backfills::rescore);
    let of_backfills = "3.0/kansoku/experiments/{experiment_id}/scorers/backfills";
    routes.api(Scope::Read, Method::GET, of_backfills, backfills::list_backfills);
    routes.api(Scope::Write, Method::POST, of_backfills, backfills::create_backfill);
    let forecast = "3.0/kansoku/experiments/{experiment_id}/scorers/backfills/forecast";
    routes.api(Scope::Write, Method::POST, forecast, forecast::forecast_backfill);
    let backfill = "3.0/kansoku/experiments/{experiment_id}/scorers/backfills/{backfill_id}";
    routes.api(Scope::Read, Method::GET, backfill, backfills::get_backfill);
    routes.api(Scope::Write, Method::PATCH, backfill, backfills::change_backfill);
    let failures = "3.0/kansoku/experiments/{experiment_id}/scorers/failures";
    routes.api(Scope::Read, Method::GET, failures, failures::list_failures);
    routes.api(Scope::Write, Method::DELETE, failures, failures::delete_failures);
    let retry = "3.0/kansoku/experiments/{experiment_id}/scorers/failures/retry";
    routes.api(Scope::Write, Method::POST, retry, failures::retry_failures);
    let agreement = "3.0/kansoku/experiments/{experiment_id}/scorers/{name}/agreement";
    routes.api(Scope::Read, Method::GET, agreement, agreement::get_agreement);
    let cases = "3.0/kansoku/experiments/{experiment_id}/scorers/{name}/agreement/cases";
    routes.api(Scope::Read, Method::GET, cases, agreement::list_cases);
    let instructions = "3.0/kansoku/experiments/{experiment_id}/scorers/{name}/instructions";
    routes.api(Scope::Write, Method::POST, instructions, instructions::change_instructions);
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/scorers/checks", list_check_types);
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/scorers/models", list_models);
}

/// The path of a route about one scorer, or about the feedback of its name.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ScorerPath {
    /// the id or the name of an experiment
    #[expect(dead_code, reason = "the extractor of the experiment reads it")]
    experiment_id: String,
    /// the name of a scorer, which is that of its feedback
    name: String,
}

/// A check: a scorer that is a rule and asks no model.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewCheck {
    name: String,
    /// The `type` of the check, and its fields.
    check: Value,
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/scorers`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers",
    summary = "Create a check, or a new version of it",
    params(ExperimentPath),
    request_body = NewCheck,
    responses((status = 200, body = ListedScorer)),
)]
async fn create_check(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(new): JsonBody<NewCheck>,
) -> Result<Json<ListedScorer>, ApiError> {
    check_scorer_name(&new.name)?;
    let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
    runner.validate_check(&new.check).map_err(ApiError::invalid)?;
    let serialized = serialized_check(&new.name, &new.check);
    let experiment = experiment.experiment_id;
    let version = app.meta.register_scorer(experiment, &new.name, &serialized).await?;
    let today = spending_today(&app, experiment).await?;
    Ok(Json(ListedScorer::read(&app, &today, &mut None, version).await?))
}

/// `GET /api/3.0/kansoku/scorers/checks`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/scorers/checks",
    summary = "The types of checks, with their fields and examples",
    responses((status = 200, body = Value)),
)]
async fn list_check_types(app: App) -> Result<Json<Value>, ApiError> {
    let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
    Ok(Json(json!({ "checks": runner.check_types() })))
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    models: Vec<ListedModel>,
}

/// A model that the settings name as an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedModel {
    /// As judges name it, such as `gateway:/my-judge`.
    uri: String,
    provider: String,
    model: String,
    /// Whether judges that name no model ask it.
    is_default: bool,
}

/// `GET /api/3.0/kansoku/scorers/models`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/scorers/models",
    summary = "The models that judges can ask by the name of an endpoint",
    responses((status = 200, body = ModelList)),
)]
async fn list_models(app: App) -> Result<Json<ModelList>, ApiError> {
    let models = app.scorers.as_ref().map_or_else(Vec::new, |runner| runner.models());
    let listed = models.into_iter().map(|model| {
        let ScorerModel { uri, provider, model, is_default } = model;
        ListedModel { uri, provider, model, is_default }
    });
    Ok(Json(ModelList { models: listed.collect() }))
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list::list_scorers,
    create_check,
    trial::try_scorer,
    spending::set_budget,
    spending::list_usage,
    backfills::rescore,
    backfills::list_backfills,
    backfills::create_backfill,
    backfills::get_backfill,
    backfills::change_backfill,
    forecast::forecast_backfill,
    failures::list_failures,
    failures::delete_failures,
    failures::retry_failures,
    agreement::get_agreement,
    agreement::list_cases,
    instructions::change_instructions,
    list_check_types,
    list_models
))]
pub(crate) struct Document;
