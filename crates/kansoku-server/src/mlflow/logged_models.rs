//! Logged models: versions of an application or model, with params, tags, metrics and files.
use std::collections::{HashMap, hash_map::Entry};

use axum::{Json, http::Method};
use kansoku_filter::{DatasetRef, LoggedModelFilter, LoggedModelOrderBy};
use kansoku_mlflow::{
    ClientFlavor, Fields,
    logged_model::{
        LoggedModelJson, logged_model_params, logged_model_status, logged_model_tags,
        new_logged_model,
    },
    page::Page,
};
use kansoku_model::{ExperimentId, LifecycleStage, LoggedModel, ModelId, Scope};
use kansoku_store::{LoggedModelEdit, LoggedModelSearch, StoreError};
use serde_json::{Map, Value, json};

use super::experiments::location_of;
use crate::{ApiError, App, http::extract::PathFields, route_table::Routes};

/// Most models in one page, and how many without being told.
const MAX_RESULTS_MAX: usize = 50_000;
const MAX_RESULTS: usize = 50;
/// Most datasets that a search names.
const DATASETS_MAX: usize = 100;

pub(crate) fn routes(routes: &mut Routes) {
    let model = "2.0/mlflow/logged-models/{model_id}";
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/logged-models", create);
    routes.api(Scope::Read, Method::POST, "2.0/mlflow/logged-models/search", search);
    routes.api(Scope::Read, Method::GET, model, get);
    routes.api(Scope::Write, Method::PATCH, model, finalize);
    routes.api(Scope::Write, Method::DELETE, model, delete);
    routes.api(Scope::Write, Method::POST, &format!("{model}/params"), log_params);
    routes.api(Scope::Write, Method::PATCH, &format!("{model}/tags"), set_tags);
    routes.api(Scope::Write, Method::DELETE, &format!("{model}/tags/{{key}}"), delete_tag);
}

/// `POST logged-models`
async fn create(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (info, params, tags) = new_logged_model(&fields, app.clock.now())?;
    let model = app.meta.create_logged_model(info, params, tags).await?;
    Ok(Json(json!({ "model": model_json(&app, flavor, &model).await? })))
}

/// `POST logged-models/search`
async fn search(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    let (models, more) = app.meta.search_logged_models(model_search(&fields, page)?).await?;
    let mut locations: HashMap<ExperimentId, String> = HashMap::new();
    for experiment in models.iter().map(|model| model.info.experiment_id) {
        if let Entry::Vacant(unknown) = locations.entry(experiment) {
            unknown.insert(location_of(&app, flavor, experiment).await?);
        }
    }
    let mut answer = Map::new();
    if !models.is_empty() {
        let list =
            models.iter().map(|it| LoggedModelJson::new(it, &locations[&it.info.experiment_id]));
        answer.insert("models".to_owned(), json!(list.collect::<Vec<_>>()));
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(models.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `GET logged-models/{model_id}`
async fn get(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let model = match fields.bool("allow_deleted")?.unwrap_or(false) {
        true => app.meta.logged_model(&model_id(&fields)?).await?,
        false => active_model(&app, model_id(&fields)?).await?,
    };
    Ok(Json(json!({ "model": model_json(&app, flavor, &model).await? })))
}

/// `PATCH logged-models/{model_id}`
async fn finalize(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Json<Value>, ApiError> {
    let id = model_id(&fields)?;
    let status = LoggedModelEdit::SetStatus(logged_model_status(&fields)?);
    app.meta.edit_logged_model(&id, status).await?;
    let model = app.meta.logged_model(&id).await?;
    Ok(Json(json!({ "model": model_json(&app, flavor, &model).await? })))
}

/// `DELETE logged-models/{model_id}`
async fn delete(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    app.meta.edit_logged_model(&model_id(&fields)?, LoggedModelEdit::Delete).await?;
    Ok(Json(json!({})))
}

/// `POST logged-models/{model_id}/params`
async fn log_params(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let params = LoggedModelEdit::LogParams(logged_model_params(&fields)?);
    app.meta.edit_logged_model(&model_id(&fields)?, params).await?;
    Ok(Json(json!({})))
}

/// `PATCH logged-models/{model_id}/tags`
async fn set_tags(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let tags = LoggedModelEdit::SetTags(logged_model_tags(&fields)?);
    app.meta.edit_logged_model(&model_id(&fields)?, tags).await?;
    Ok(Json(json!({})))
}

/// `DELETE logged-models/{model_id}/tags/{key}`
async fn delete_tag(app: App, PathFields(fields): PathFields) -> Result<Json<Value>, ApiError> {
    let tag = LoggedModelEdit::DeleteTag { key: fields.required_str("key")? };
    app.meta.edit_logged_model(&model_id(&fields)?, tag).await?;
    Ok(Json(json!({})))
}

fn model_search(fields: &Fields, page: Page) -> Result<LoggedModelSearch, ApiError> {
    let ids = fields.required_list_str("experiment_ids")?;
    let experiments: Result<Vec<ExperimentId>, kansoku_model::InvalidExperimentId> =
        ids.iter().map(|id| id.parse()).collect();
    let experiments = experiments.map_err(ApiError::invalid)?;
    let datasets = fields.list("datasets")?;
    if DATASETS_MAX < datasets.len() {
        let message =
            format!("`datasets` has {} entries, and may have {DATASETS_MAX}", datasets.len());
        return Err(ApiError::invalid(message));
    }
    let named = |dataset: &Fields| -> Result<DatasetRef, ApiError> {
        dataset.required_str("dataset_name")?;
        dataset_ref(dataset)
    };
    let datasets = datasets.iter().map(named).collect::<Result<_, _>>()?;
    let keys = fields.list("order_by")?;
    if LoggedModelOrderBy::COUNT_MAX < keys.len() {
        let max = LoggedModelOrderBy::COUNT_MAX;
        return Err(ApiError::invalid(format!("`order_by` has more than {max} keys")));
    }
    let key = |key: &Fields| -> Result<LoggedModelOrderBy, ApiError> {
        let (name, ascending) = (key.required_str("field_name")?, key.bool("ascending")?);
        Ok(LoggedModelOrderBy::parse(&name, ascending.unwrap_or(true), dataset_ref(key)?)?)
    };
    Ok(LoggedModelSearch {
        experiments,
        filter: LoggedModelFilter::parse(&fields.str("filter")?.unwrap_or_default(), datasets)?,
        order_by: keys.iter().map(key).collect::<Result<_, _>>()?,
        offset: page.offset,
        max_results: page.max_results,
    })
}

fn dataset_ref(fields: &Fields) -> Result<DatasetRef, ApiError> {
    let text = |name| Ok::<_, ApiError>(fields.str(name)?.filter(|text| !text.is_empty()));
    Ok(DatasetRef { name: text("dataset_name")?, digest: text("dataset_digest")? })
}

pub(super) fn model_id(fields: &Fields) -> Result<ModelId, ApiError> {
    Ok(ModelId(fields.required_str("model_id")?))
}

/// A model that is deleted looks as if it did not exist.
pub(super) async fn active_model(app: &App, id: ModelId) -> Result<LoggedModel, ApiError> {
    let model = app.meta.logged_model(&id).await?;
    match model.info.lifecycle_stage {
        LifecycleStage::Active => Ok(model),
        LifecycleStage::Deleted => Err(StoreError::LoggedModelNotFound(id).into()),
    }
}

async fn model_json(
    app: &App,
    flavor: ClientFlavor,
    model: &LoggedModel,
) -> Result<Value, ApiError> {
    let location = location_of(app, flavor, model.info.experiment_id).await?;
    Ok(json!(LoggedModelJson::new(model, &location)))
}
