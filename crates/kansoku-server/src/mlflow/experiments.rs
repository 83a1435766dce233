//! Experiments: create, find, rename, tag, and delete (which keeps the data).
use axum::{Json, http::Method};
use kansoku_filter::{ExperimentFilter, ExperimentOrderBy};
use kansoku_mlflow::{
    ClientFlavor, Fields,
    experiment::{ExperimentJson, artifact_location, experiment_tag, view_type},
    ids::experiment_id,
    page::Page,
    text_limits::check_length,
};
use kansoku_model::{Experiment, ExperimentId, LifecycleStage, Retention, Scope};
use kansoku_store::{ExperimentSearch, NewExperiment, StoreError};
use serde_json::{Map, Value, json};

use crate::{ApiError, App, RouteAccess, auth::audit::AuditEvent, route_table::Routes};

/// The most experiments in a page.
const MAX_RESULTS_MAX: usize = 50_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Ingest, Method::POST, "2.0/mlflow/experiments/create", create);
    routes.api(RouteAccess::AnyToken, Method::GET, "2.0/mlflow/experiments/get", get);
    routes.api(
        RouteAccess::AnyToken,
        Method::GET,
        "2.0/mlflow/experiments/get-by-name",
        get_by_name,
    );
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/experiments/search", search);
    routes.api(Scope::Read, Method::POST, "2.0/mlflow/experiments/search", search);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/experiments/update", update);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/experiments/delete", delete);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/experiments/restore", restore);
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/experiments/set-experiment-tag", set_tag);
    routes.api(
        Scope::Write,
        Method::POST,
        "2.0/mlflow/experiments/delete-experiment-tag",
        delete_tag,
    );
}

/// `POST experiments/create`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment_id = app.meta.create_experiment(new_experiment(&fields)?).await?;
    Ok(Json(json!({ "experiment_id": experiment_id })))
}

/// `GET experiments/get`
pub(super) async fn get(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let experiment = app.meta.experiment(experiment_id(&fields)?).await?;
    Ok(Json(json!({ "experiment": ExperimentJson::new(&experiment, flavor) })))
}

/// `GET experiments/get-by-name`
async fn get_by_name(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let name = fields.required_str("experiment_name")?;
    let experiment = app.meta.experiment_by_name(&name).await?;
    Ok(Json(json!({ "experiment": ExperimentJson::new(&experiment, flavor) })))
}

/// `GET` or `POST experiments/search`
async fn search(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, 0, MAX_RESULTS_MAX)?;
    let search = ExperimentSearch {
        filter: ExperimentFilter::parse(&fields.str("filter")?.unwrap_or_default())?,
        order_by: ExperimentOrderBy::parse_list(&fields.list_str("order_by")?)?,
        view: view_type(&fields, "view_type")?,
        offset: page.offset,
        max_results: page.max_results,
    };
    let (experiments, more) = app.meta.search_experiments(search).await?;
    let mut answer = Map::new();
    if !experiments.is_empty() {
        let list = experiments.iter().map(|experiment| ExperimentJson::new(experiment, flavor));
        answer.insert("experiments".to_owned(), json!(list.collect::<Vec<_>>()));
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(experiments.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `POST experiments/update`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = experiment_id(&fields)?;
    let name = fields.required_str("new_name")?;
    check_name("new_name", &name)?;
    app.meta.rename_experiment(id, &name).await?;
    app.access.record(AuditEvent::ExperimentChanged, format!("name of experiment {id}"));
    Ok(Json(json!({})))
}

/// `POST experiments/delete`
async fn delete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = experiment_id(&fields)?;
    app.meta.delete_experiment(id).await?;
    app.access.record(AuditEvent::ExperimentDeleted, format!("experiment {id}"));
    Ok(Json(json!({})))
}

/// `POST experiments/restore`
async fn restore(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = experiment_id(&fields)?;
    app.meta.restore_experiment(id).await?;
    app.access.record(AuditEvent::ExperimentRestored, format!("experiment {id}"));
    Ok(Json(json!({})))
}

/// `POST experiments/set-experiment-tag`
async fn set_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = experiment_id(&fields)?;
    let tag = experiment_tag(&fields)?;
    app.meta.set_experiment_tag(id, &tag.key, &tag.value).await?;
    record_retention(&app, id, &tag.key);
    Ok(Json(json!({})))
}

/// `POST experiments/delete-experiment-tag`
async fn delete_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = experiment_id(&fields)?;
    let key = fields.required_str("key")?;
    app.meta.delete_experiment_tag(id, &key).await?;
    record_retention(&app, id, &key);
    Ok(Json(json!({})))
}

/// Records a change of a tag that sets retention, because it may cause deletions.
fn record_retention(app: &App, id: ExperimentId, key: &str) {
    if [Retention::MAX_AGE_TAG, Retention::MAX_BYTES_TAG].contains(&key) {
        app.access.record(AuditEvent::ExperimentChanged, format!("`{key}` of experiment {id}"));
    }
}

fn new_experiment(fields: &Fields) -> Result<NewExperiment, ApiError> {
    let name = fields.required_str("name")?;
    check_name("name", &name)?;
    let artifact_location = fields.str("artifact_location")?.filter(|place| !place.is_empty());
    if artifact_location.as_deref().is_some_and(|place| place.contains(['?', '#'])) {
        let message = "'artifact_location' URL can't include fragments or params.";
        return Err(ApiError::invalid(message));
    }
    let tags = fields.list("tags")?.iter().map(experiment_tag).collect::<Result<_, _>>()?;
    Ok(NewExperiment { name, artifact_location, tags })
}

fn check_name(field: &str, name: &str) -> Result<(), ApiError> {
    check_length(field, name, Experiment::NAME_LENGTH_MAX)?;
    match Experiment::is_name_printable(name) {
        true => Ok(()),
        false => Err(ApiError::invalid(format!(
            "`{field}` has a line break or another control character; a name is one line of text"
        ))),
    }
}

/// Refuses a deleted experiment as one that is not there.
pub(super) async fn active_experiment(app: &App, id: ExperimentId) -> Result<(), ApiError> {
    match app.meta.experiment(id).await?.lifecycle_stage {
        LifecycleStage::Active => Ok(()),
        LifecycleStage::Deleted => Err(StoreError::ExperimentNotFound(id).into()),
    }
}

/// The artifact location of an experiment.
pub(super) async fn location_of(
    app: &App,
    flavor: ClientFlavor,
    experiment: ExperimentId,
) -> Result<String, ApiError> {
    Ok(artifact_location(&app.meta.experiment(experiment).await?, flavor))
}
