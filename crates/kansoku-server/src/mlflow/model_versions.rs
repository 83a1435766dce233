//! Versions of registered models; those of prompts have the template as a tag.
use axum::{Json, http::Method};
use kansoku_filter::{ModelVersionFilter, ModelVersionOrderBy};
use kansoku_mlflow::{
    Fields,
    page::Page,
    registered_model::{
        ModelVersionJson, description, model_name, model_tag, model_tags, origin, source, tag_key,
        version_number,
    },
};
use kansoku_model::{Scope, is_prompt};
use kansoku_store::{ModelVersionEdit, ModelVersionSearch, NewModelVersion};
use serde_json::{Map, Value, json};

use super::registered_models::no_model_registry;
use crate::{ApiError, App, RouteAccess, Support, route_table::Routes};

/// MLflow's default, and the most that may be asked for.
const MAX_RESULTS_MAX: usize = 200_000;
/// Most versions in one page, however many are asked for.
const PAGE_MAX: usize = 5000;

const WRITE: RouteAccess = RouteAccess::AllExperiments(Scope::Write);

pub(crate) fn routes(routes: &mut Routes) {
    let create_path = "2.0/mlflow/model-versions/create";
    routes.api_as(WRITE, Support::Partial, Method::POST, create_path, create);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/model-versions/get", get);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/model-versions/search", search);
    let uri_path = "2.0/mlflow/model-versions/get-download-uri";
    routes.api(Scope::Read, Method::GET, uri_path, get_download_uri);
    routes.api(WRITE, Method::PATCH, "2.0/mlflow/model-versions/update", update);
    routes.api(WRITE, Method::DELETE, "2.0/mlflow/model-versions/delete", delete);
    routes.api(WRITE, Method::POST, "2.0/mlflow/model-versions/set-tag", set_tag);
    routes.api(WRITE, Method::DELETE, "2.0/mlflow/model-versions/delete-tag", delete_tag);
}

/// `POST model-versions/create`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let tags = model_tags(&fields)?;
    let new = NewModelVersion {
        name: model_name(&fields, "name")?,
        description: Some(description(&fields)?.unwrap_or_default()),
        source: source(&fields, &tags)?,
        run_id: origin(&fields, "run_id")?,
        run_link: origin(&fields, "run_link")?,
        tags,
    };
    if !is_prompt(&new.tags) {
        return Err(no_model_registry());
    }
    let version = app.meta.create_model_version(new).await?;
    Ok(Json(json!({ "model_version": ModelVersionJson::new(&version) })))
}

/// `GET model-versions/get`
async fn get(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    read(&app, &fields).await
}

/// `GET model-versions/search`
pub(super) async fn search(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS_MAX, MAX_RESULTS_MAX)?;
    let search = ModelVersionSearch {
        filter: ModelVersionFilter::parse(&fields.str("filter")?.unwrap_or_default())?,
        order_by: ModelVersionOrderBy::parse_list(&fields.list_str("order_by")?)?,
        offset: page.offset,
        max_results: page.max_results.min(PAGE_MAX),
    };
    let (versions, more) = app.meta.search_model_versions(search).await?;
    let mut answer = Map::new();
    if !versions.is_empty() {
        let list: Vec<_> = versions.iter().map(ModelVersionJson::without_aliases).collect();
        answer.insert("model_versions".to_owned(), json!(list));
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(versions.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `GET model-versions/get-download-uri`
async fn get_download_uri(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (name, version) = (model_name(&fields, "name")?, version_number(&fields)?);
    let version = app.meta.model_version(&name, version).await?;
    Ok(Json(json!({ "artifact_uri": version.source })))
}

/// `PATCH model-versions/update`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let description = description(&fields)?;
    change(&app, &fields, ModelVersionEdit::Describe(description)).await?;
    read(&app, &fields).await
}

/// `DELETE model-versions/delete`
async fn delete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    change(&app, &fields, ModelVersionEdit::Delete).await?;
    Ok(Json(json!({})))
}

/// `POST model-versions/set-tag`
async fn set_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (key, value) = model_tag(&fields)?;
    change(&app, &fields, ModelVersionEdit::SetTag { key, value }).await?;
    Ok(Json(json!({})))
}

/// `DELETE model-versions/delete-tag`
async fn delete_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let key = tag_key(&fields)?;
    change(&app, &fields, ModelVersionEdit::DeleteTag { key }).await?;
    Ok(Json(json!({})))
}

async fn change(app: &App, fields: &Fields, edit: ModelVersionEdit) -> Result<(), ApiError> {
    let (name, version) = (model_name(fields, "name")?, version_number(fields)?);
    app.meta.edit_model_version(&name, version, edit).await?;
    Ok(())
}

async fn read(app: &App, fields: &Fields) -> Result<Json<Value>, ApiError> {
    let (name, version) = (model_name(fields, "name")?, version_number(fields)?);
    let version = app.meta.model_version(&name, version).await?;
    Ok(Json(json!({ "model_version": ModelVersionJson::new(&version) })))
}
