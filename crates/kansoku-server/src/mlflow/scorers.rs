//! Scorers registered with experiments, and which of their traces they assess.
use axum::{Json, http::Method};
use kansoku_filter::Filter;
use kansoku_mlflow::{
    Fields,
    ids::experiment_id,
    scorer::{
        OnlineScoringConfigJson, RegisteredScorerJson, ScorerJson, check_definition, is_python,
        sample_rate, scorer_name, serialized_scorer,
    },
};
use kansoku_model::{ExperimentId, Scope, ScorerVersion};
use serde_json::{Value, json};

use crate::{
    ApiError, App,
    params::experiment::active,
    params::scorer::{check_can_run, check_model},
    route_table::Routes,
};

/// Most scorers whose configurations are asked for at once, and most experiments.
const IDS_MAX: usize = 1000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Write, Method::POST, "3.0/mlflow/scorers/register", register);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/scorers/list", list);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/scorers/versions", list_versions);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/scorers/get", get);
    routes.api(Scope::Write, Method::DELETE, "3.0/mlflow/scorers/delete", delete);
    routes.api(Scope::Write, Method::PUT, "3.0/mlflow/scorers/online-config", set_online_config);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/scorers/online-configs", online_configs);
}

/// `POST scorers/register`
async fn register(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_name(&fields)?);
    let (serialized, model) = serialized_scorer(&fields)?;
    check_model(&app, model.as_deref())?;
    let version = app.meta.register_scorer(experiment, &name, &serialized).await?;
    Ok(Json(json!(RegisteredScorerJson::new(&version))))
}

/// `GET scorers/list`
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let one = fields.str("experiment_id")?.filter(|id| !id.is_empty()).is_some();
    let experiments = match (one, fields.has("experiment_ids")?) {
        (true, true) => {
            let message = "'experiment_id' and 'experiment_ids' exclude each other; send one";
            return Err(ApiError::invalid(message));
        }
        (true, false) => {
            let experiment = app.meta.experiment(experiment_id(&fields)?).await?;
            Some(vec![active(experiment)?])
        }
        (false, true) => Some(experiment_ids(&fields)?),
        (false, false) => None,
    };
    let mut scorers = app.meta.scorers(experiments).await?;
    // A client fails to read the whole list for one scorer that it does not know or will not load,
    // and one that loads Python code runs it.
    let is_listed =
        |serialized: &str| check_definition(serialized).is_none() && !is_python(serialized);
    scorers.retain(|version| is_listed(&version.serialized));
    Ok(scorers_json(&scorers))
}

fn experiment_ids(fields: &Fields) -> Result<Vec<ExperimentId>, ApiError> {
    let ids = fields.list_str("experiment_ids")?;
    check_count("experiment_ids", ids.len())?;
    let id = |text: &String| {
        let shown: String = text.chars().take(100).collect();
        let invalid = |_| {
            ApiError::invalid(format!(
                "Invalid experiment ID '{shown}' in 'experiment_ids'. It must be an integer."
            ))
        };
        text.trim().parse().map(ExperimentId).map_err(invalid)
    };
    ids.iter().map(id).collect()
}

fn check_count(name: &str, count: usize) -> Result<(), ApiError> {
    match count <= IDS_MAX {
        true => Ok(()),
        false => Err(ApiError::invalid(format!("'{name}' has more than {IDS_MAX} entries"))),
    }
}

fn scorers_json(scorers: &[ScorerVersion]) -> Json<Value> {
    if scorers.is_empty() {
        return Json(json!({}));
    }
    Json(json!({ "scorers": scorers.iter().map(ScorerJson::new).collect::<Vec<_>>() }))
}

/// `GET scorers/versions`
async fn list_versions(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_name(&fields)?);
    Ok(scorers_json(&app.meta.scorer_versions(experiment, &name).await?))
}

/// `GET scorers/get`
async fn get(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_name(&fields)?);
    let version = app.meta.scorer(experiment, &name, fields.i64("version")?).await?;
    Ok(Json(json!({ "scorer": ScorerJson::new(&version) })))
}

/// `DELETE scorers/delete`
async fn delete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_name(&fields)?);
    app.meta.delete_scorer(experiment, &name, fields.i64("version")?).await?;
    Ok(Json(json!({})))
}

/// `PUT scorers/online-config`
async fn set_online_config(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_name(&fields)?);
    let rate = sample_rate(&fields)?;
    let filter = fields.str("filter_string")?;
    Filter::parse(filter.as_deref().unwrap_or_default())?;
    if 0.0 < rate {
        let latest = app.meta.scorer(experiment, &name, None).await?;
        check_can_run(&app, &latest.name, &latest.serialized)?;
    }
    let config = app.meta.set_online_scoring(experiment, &name, rate, filter).await?;
    Ok(Json(json!({ "config": OnlineScoringConfigJson::new(&config) })))
}

/// `GET scorers/online-configs`
async fn online_configs(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let ids = fields.required_list_str("scorer_ids")?;
    check_count("scorer_ids", ids.len())?;
    let configs = app.meta.online_scoring(&ids).await?;
    let list: Vec<_> = configs.iter().map(OnlineScoringConfigJson::new).collect();
    Ok(Json(json!({ "configs": list })))
}
