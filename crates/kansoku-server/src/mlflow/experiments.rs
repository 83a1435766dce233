//! Experiments: create, find, rename, tag, delete softly.
use axum::{Json, http::Method};
use kansoku_filter::{ExperimentFilter, ExperimentOrderBy};
use kansoku_model::{Experiment, ExperimentId, KeyValue, Retention, Scope, ViewType};
use kansoku_store::{ExperimentSearch, NewExperiment};
use serde_json::{Map, Value, json};

use crate::{
    ApiError, App, Fields, RouteAccess,
    auth::audit::AuditEvent,
    params::{
        client_flavor::ClientFlavor,
        ids::experiment_id,
        page::Page,
        text_limits::{check_length, truncated},
    },
    route_table::Routes,
};

/// Most experiments in one page.
const MAX_RESULTS_MAX: usize = 50_000;
/// Longest tag key and value, in characters; a longer value is cut.
const TAG_KEY_LENGTH_MAX: usize = 250;
const TAG_VALUE_LENGTH_MAX: usize = 5000;

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
async fn get(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = app.meta.experiment(experiment_id(&fields)?).await?;
    Ok(Json(json!({ "experiment": experiment_json(&experiment, flavor) })))
}

/// `GET experiments/get-by-name`
async fn get_by_name(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let name = fields.required_str("experiment_name")?;
    let experiment = app.meta.experiment_by_name(&name).await?;
    Ok(Json(json!({ "experiment": experiment_json(&experiment, flavor) })))
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
        let list = experiments.iter().map(|experiment| experiment_json(experiment, flavor));
        answer.insert("experiments".to_owned(), list.collect());
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(experiments.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `POST experiments/update`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = experiment_id(&fields)?;
    if let Some(name) = fields.str("new_name")?.filter(|name| !name.is_empty()) {
        check_name("new_name", &name)?;
        app.meta.rename_experiment(id, &name).await?;
        app.access.record(AuditEvent::ExperimentChanged, format!("name of experiment {id}"));
    } else {
        app.meta.experiment(id).await?;
    }
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
    let tag = tag(&fields)?;
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

/// Some tags say how long traces are kept: a change of these may delete them.
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
    let tags = fields.list("tags")?.iter().map(tag).collect::<Result<_, _>>()?;
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

fn tag(fields: &Fields) -> Result<KeyValue, ApiError> {
    let key = fields.required_str("key")?;
    check_length("key", &key, TAG_KEY_LENGTH_MAX)?;
    let value = truncated(fields.str("value")?.unwrap_or_default(), TAG_VALUE_LENGTH_MAX);
    Retention::check_tag(&key, &value).map_err(ApiError::invalid)?;
    Ok(KeyValue { key, value })
}

pub(crate) fn view_type(fields: &Fields, name: &str) -> Result<ViewType, ApiError> {
    let choices = [
        ("ACTIVE_ONLY", 1, ViewType::ActiveOnly),
        ("DELETED_ONLY", 2, ViewType::DeletedOnly),
        ("ALL", 3, ViewType::All),
    ];
    Ok(fields.choice(name, &choices)?.unwrap_or_default())
}

/// Where the caller's client will look for artifacts: the two forms know different schemes.
pub(crate) fn artifact_location(experiment: &Experiment, flavor: ClientFlavor) -> String {
    let id = experiment.experiment_id;
    match (experiment.artifact_location.as_str(), flavor) {
        ("", ClientFlavor::Plain) => format!("mlflow-artifacts:/{id}"),
        ("", ClientFlavor::Databricks) => format!("dbfs:/databricks/mlflow-tracking/{id}"),
        (given, _) => given.to_owned(),
    }
}

fn experiment_json(experiment: &Experiment, flavor: ClientFlavor) -> Value {
    let mut json = json!({
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "artifact_location": artifact_location(experiment, flavor),
        "lifecycle_stage": experiment.lifecycle_stage,
        "last_update_time": experiment.last_update_time.0,
        "creation_time": experiment.creation_time.0,
        "workspace": "default",
    });
    if !experiment.tags.is_empty() {
        json["tags"] = json!(experiment.tags);
    }
    json
}
