//! Scorers in Databricks' form: a client reads and replaces all scorers of an experiment at once.
use axum::{Json, http::Method};
use kansoku_filter::Filter;
use kansoku_mlflow::{
    Fields,
    ids::experiment_id,
    scheduled_scorer::{
        ScheduledScorer, ScorerVersionJson, check_update_mask, scheduled_scorer_json,
        scheduled_scorers, scorer_of_path,
    },
    scorer::check_definition,
};
use kansoku_model::{ErrorCode, ExperimentId, OnlineScoringConfig, Scope, ScorerVersion};
use kansoku_store::StoreError;
use serde_json::{Value, json};

use crate::{
    ApiError, App,
    http::extract::PathFields,
    params::experiment::active,
    params::scorer::{check_can_run, check_model},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let of_experiment = "2.0/managed-evals/scheduled-scorers/{experiment_id}";
    routes.api(Scope::Read, Method::GET, of_experiment, list);
    routes.api(Scope::Write, Method::POST, of_experiment, create);
    routes.api(Scope::Write, Method::PATCH, of_experiment, replace);
    routes.api(Scope::Write, Method::DELETE, of_experiment, delete_all);
    let versions = "2.0/managed-evals/experiments/{experiment_id}/scorers/{scorer}/versions";
    routes.api(Scope::Read, Method::GET, versions, list_versions);
    let version = format!("{versions}/{{version}}");
    routes.api(Scope::Read, Method::GET, &version, get_version);
    routes.api(Scope::Write, Method::DELETE, &version, delete_version);
}

/// A scorer of the experiment in its latest version, with its sampling.
struct Current {
    version: ScorerVersion,
    config: Option<OnlineScoringConfig>,
}

/// The scorers of an experiment, without checks of Kansoku, which no client can read.
async fn current(app: &App, experiment: ExperimentId) -> Result<Vec<Current>, ApiError> {
    active(app.meta.experiment(experiment).await?)?;
    let mut versions = app.meta.scorers(Some(vec![experiment])).await?;
    versions.retain(|version| check_definition(&version.serialized).is_none());
    let ids: Vec<_> = versions.iter().map(|version| version.scorer_id.clone()).collect();
    let configs = app.meta.online_scoring(&ids).await?;
    let with_config = |version: ScorerVersion| {
        let config = configs.iter().find(|config| config.scorer_id == version.scorer_id).cloned();
        Current { version, config }
    };
    Ok(versions.into_iter().map(with_config).collect())
}

/// `GET scheduled-scorers/{experiment_id}`
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    response(&app, experiment_id(&fields)?).await
}

async fn response(app: &App, experiment: ExperimentId) -> Result<Json<Value>, ApiError> {
    let current = current(app, experiment).await?;
    let scorers: Vec<_> =
        current.iter().map(|it| scheduled_scorer_json(&it.version, it.config.as_ref())).collect();
    Ok(Json(json!({
        "experiment_id": experiment.to_string(),
        "scheduled_scorers": { "scorers": scorers },
    })))
}

/// `POST scheduled-scorers/{experiment_id}`: adds scorers.
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = experiment_id(&fields)?;
    let wanted = scheduled_scorers(&fields)?;
    let current = current(&app, experiment).await?;
    if let Some(known) = wanted.iter().find(|it| find(&current, &it.name).is_some()) {
        let message = format!("the experiment has a scorer '{}' already", known.name);
        return Err(ApiError::new(ErrorCode::ResourceAlreadyExists, message));
    }
    apply(&app, experiment, &current, wanted).await?;
    response(&app, experiment).await
}

/// `PATCH scheduled-scorers/{experiment_id}`: the experiment has exactly these scorers afterwards.
async fn replace(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = experiment_id(&fields)?;
    check_update_mask(&fields)?;
    let wanted = scheduled_scorers(&fields)?;
    let current = current(&app, experiment).await?;
    let names: Vec<_> = wanted.iter().map(|it| it.name.clone()).collect();
    apply(&app, experiment, &current, wanted).await?;
    let others = current.iter().filter(|it| !names.contains(&it.version.name));
    for other in others {
        app.meta.delete_scorer(experiment, &other.version.name, None).await?;
    }
    response(&app, experiment).await
}

/// `DELETE scheduled-scorers/{experiment_id}`
async fn delete_all(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    let experiment = experiment_id(&fields)?;
    for Current { version, .. } in current(&app, experiment).await? {
        app.meta.delete_scorer(experiment, &version.name, None).await?;
    }
    Ok(Json(json!({})))
}

fn find<'a>(current: &'a [Current], name: &str) -> Option<&'a Current> {
    current.iter().find(|it| it.version.name == name)
}

/// The change of a scorer by a request.
struct Change {
    scorer: ScheduledScorer,
    is_new_version: bool,
    /// The new sampling.
    sampling: Option<(f64, Option<String>)>,
}

/// Creates and changes scorers, after all of them were checked.
async fn apply(
    app: &App,
    experiment: ExperimentId,
    current: &[Current],
    wanted: Vec<ScheduledScorer>,
) -> Result<(), ApiError> {
    let mut changes = Vec::with_capacity(wanted.len());
    for scorer in wanted {
        changes.push(change(app, find(current, &scorer.name), scorer).await?);
    }
    for Change { scorer, is_new_version, sampling } in changes {
        if is_new_version {
            app.meta.register_scorer(experiment, &scorer.name, &scorer.serialized).await?;
        }
        if let Some((rate, filter)) = sampling {
            app.meta.set_online_scoring(experiment, &scorer.name, rate, filter).await?;
        }
    }
    Ok(())
}

async fn change(
    app: &App,
    current: Option<&Current>,
    scorer: ScheduledScorer,
) -> Result<Change, ApiError> {
    let is_new_version = match current {
        Some(current) => is_other_definition(app, &current.version, &scorer).await?,
        None => true,
    };
    if is_new_version {
        check_model(app, scorer.model.as_deref())?;
    }
    let config = current.and_then(|it| it.config.as_ref());
    let former = (config.map_or(0.0, |it| it.sample_rate), config.and_then(|it| it.filter.clone()));
    let sampling = (scorer.sample_rate.unwrap_or(former.0), scorer.filter.clone());
    Filter::parse(sampling.1.as_deref().unwrap_or_default())?;
    let is_other_sampling = sampling != former;
    // A scorer that stays as it is may be one that cannot be run any more.
    if 0.0 < sampling.0 && (is_new_version || is_other_sampling) {
        check_can_run(app, &scorer.name, &scorer.serialized)?;
    }
    Ok(Change { scorer, is_new_version, sampling: is_other_sampling.then_some(sampling) })
}

/// Whether a client sends another definition than the latest one, and not merely that of the version
/// which it read before another client made a newer one.
async fn is_other_definition(
    app: &App,
    latest: &ScorerVersion,
    scorer: &ScheduledScorer,
) -> Result<bool, ApiError> {
    if is_same_definition(&latest.serialized, &scorer.serialized) {
        return Ok(false);
    }
    let Some(read) = scorer.version.filter(|read| *read != latest.version) else {
        return Ok(true);
    };
    match app.meta.scorer(latest.experiment_id, &latest.name, Some(read)).await {
        Ok(read) => Ok(!is_same_definition(&read.serialized, &scorer.serialized)),
        Err(StoreError::ScorerNotFound { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn is_same_definition(one: &str, other: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || parse(one) == parse(other)
}

/// `GET experiments/{experiment_id}/scorers/{scorer}/versions`
async fn list_versions(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_of_path(&fields)?);
    let versions = app.meta.scorer_versions(experiment, &name).await?;
    let listed: Vec<_> = versions.iter().map(ScorerVersionJson::new).collect();
    Ok(Json(json!({ "scorer_versions": listed })))
}

/// `GET experiments/{experiment_id}/scorers/{scorer}/versions/{version}`
async fn get_version(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_of_path(&fields)?);
    let number = fields.required_i64("version")?;
    let version = app.meta.scorer(experiment, &name, Some(number)).await?;
    Ok(Json(json!(ScorerVersionJson::new(&version))))
}

/// `DELETE experiments/{experiment_id}/scorers/{scorer}/versions/{version}`
async fn delete_version(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    let (experiment, name) = (experiment_id(&fields)?, scorer_of_path(&fields)?);
    let number = fields.required_i64("version")?;
    app.meta.delete_scorer(experiment, &name, Some(number)).await?;
    Ok(Json(json!({})))
}
