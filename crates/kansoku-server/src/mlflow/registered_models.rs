//! Registered models: the names of prompts, with tags, aliases and versions.
//!
//! A model that is no prompt is not created here: its files would need a registry of models.
use axum::{Json, http::Method};
use kansoku_filter::{RegisteredModelFilter, RegisteredModelOrderBy};
use kansoku_mlflow::{
    Fields,
    page::Page,
    registered_model::{
        ModelVersionJson, RegisteredModelJson, alias, description, model_name, model_tag,
        model_tags, settable_alias, tag_key, version_number, wants_unstaged,
    },
};
use kansoku_model::{ErrorCode, IS_PROMPT_TAG, Scope, is_prompt};
use kansoku_store::{NewRegisteredModel, RegisteredModelEdit, RegisteredModelSearch};
use serde_json::{Map, Value, json};

use crate::{ApiError, App, RouteAccess, Support, auth::audit::AuditEvent, route_table::Routes};

const MAX_RESULTS: usize = 100;
const MAX_RESULTS_MAX: usize = 1000;

const WRITE: RouteAccess = RouteAccess::AllExperiments(Scope::Write);

pub(crate) fn routes(routes: &mut Routes) {
    let create_path = "2.0/mlflow/registered-models/create";
    routes.api_as(WRITE, Support::Partial, Method::POST, create_path, create);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/registered-models/get", get);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/registered-models/search", search);
    routes.api(WRITE, Method::POST, "2.0/mlflow/registered-models/rename", rename);
    routes.api(WRITE, Method::PATCH, "2.0/mlflow/registered-models/update", update);
    routes.api(WRITE, Method::DELETE, "2.0/mlflow/registered-models/delete", delete);
    routes.api(WRITE, Method::POST, "2.0/mlflow/registered-models/set-tag", set_tag);
    routes.api(WRITE, Method::DELETE, "2.0/mlflow/registered-models/delete-tag", delete_tag);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/registered-models/alias", get_by_alias);
    routes.api(WRITE, Method::POST, "2.0/mlflow/registered-models/alias", set_alias);
    routes.api(WRITE, Method::DELETE, "2.0/mlflow/registered-models/alias", delete_alias);
    for method in [Method::GET, Method::POST] {
        let path = "2.0/mlflow/registered-models/get-latest-versions";
        routes.api(Scope::Read, method, path, get_latest_versions);
    }
}

/// `POST registered-models/create`
async fn create(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let new = NewRegisteredModel {
        name: model_name(&fields, "name")?,
        description: description(&fields)?.unwrap_or_default(),
        tags: model_tags(&fields)?,
    };
    if !is_prompt(&new.tags) {
        return Err(no_model_registry());
    }
    let model = app.meta.create_registered_model(new).await?;
    Ok(Json(json!({ "registered_model": RegisteredModelJson::new(&model) })))
}

/// The refusal of models that are no prompts.
pub(super) fn no_model_registry() -> ApiError {
    let message = format!(
        "this server keeps prompts and no other models: register it with the tag `{IS_PROMPT_TAG}`"
    );
    ApiError::new(ErrorCode::NotImplemented, message)
}

/// `GET registered-models/get`
async fn get(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    read(&app, &model_name(&fields, "name")?).await
}

/// `GET registered-models/search`
async fn search(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let page = Page::from_fields(&fields, MAX_RESULTS, MAX_RESULTS_MAX)?;
    let search = RegisteredModelSearch {
        filter: RegisteredModelFilter::parse(&fields.str("filter")?.unwrap_or_default())?,
        order_by: RegisteredModelOrderBy::parse_list(&fields.list_str("order_by")?)?,
        offset: page.offset,
        max_results: page.max_results,
    };
    let (models, more) = app.meta.search_registered_models(search).await?;
    let mut answer = Map::new();
    if !models.is_empty() {
        let list: Vec<_> = models.iter().map(RegisteredModelJson::new).collect();
        answer.insert("registered_models".to_owned(), json!(list));
    }
    if more {
        answer.insert("next_page_token".to_owned(), page.next_token(models.len()).into());
    }
    Ok(Json(answer.into()))
}

/// `POST registered-models/rename`
async fn rename(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let new_name = model_name(&fields, "new_name")?;
    change(&app, &fields, RegisteredModelEdit::Rename(new_name.clone())).await?;
    read(&app, &new_name).await
}

/// `PATCH registered-models/update`
async fn update(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let description = description(&fields)?.unwrap_or_default();
    change(&app, &fields, RegisteredModelEdit::Describe(description)).await?;
    read(&app, &model_name(&fields, "name")?).await
}

/// `DELETE registered-models/delete`
async fn delete(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    change(&app, &fields, RegisteredModelEdit::Delete).await?;
    let name = model_name(&fields, "name")?;
    app.access.record(AuditEvent::RegisteredModelDeleted, format!("registered model `{name}`"));
    Ok(Json(json!({})))
}

/// `POST registered-models/set-tag`
async fn set_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (key, value) = model_tag(&fields)?;
    change(&app, &fields, RegisteredModelEdit::SetTag { key, value }).await?;
    Ok(Json(json!({})))
}

/// `DELETE registered-models/delete-tag`
async fn delete_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let key = tag_key(&fields)?;
    change(&app, &fields, RegisteredModelEdit::DeleteTag { key }).await?;
    Ok(Json(json!({})))
}

/// `GET registered-models/alias`
async fn get_by_alias(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (name, alias) = (model_name(&fields, "name")?, alias(&fields)?);
    let version = app.meta.model_version_by_alias(&name, &alias).await?;
    Ok(Json(json!({ "model_version": ModelVersionJson::new(&version) })))
}

/// `POST registered-models/alias`
async fn set_alias(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (alias, version) = (settable_alias(&fields)?, version_number(&fields)?);
    change(&app, &fields, RegisteredModelEdit::SetAlias { alias, version }).await?;
    Ok(Json(json!({})))
}

/// `DELETE registered-models/alias`
async fn delete_alias(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let alias = alias(&fields)?;
    change(&app, &fields, RegisteredModelEdit::DeleteAlias { alias }).await?;
    Ok(Json(json!({})))
}

/// `GET` or `POST registered-models/get-latest-versions`
async fn get_latest_versions(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (name, wanted) = (model_name(&fields, "name")?, wants_unstaged(&fields)?);
    let model = app.meta.registered_model(&name).await?;
    match model.latest_version.filter(|_| wanted) {
        Some(latest) => Ok(Json(json!({ "model_versions": [ModelVersionJson::new(&latest)] }))),
        None => Ok(Json(json!({}))),
    }
}

async fn change(app: &App, fields: &Fields, edit: RegisteredModelEdit) -> Result<(), ApiError> {
    app.meta.edit_registered_model(&model_name(fields, "name")?, edit).await?;
    Ok(())
}

async fn read(app: &App, name: &str) -> Result<Json<Value>, ApiError> {
    let model = app.meta.registered_model(name).await?;
    Ok(Json(json!({ "registered_model": RegisteredModelJson::new(&model) })))
}
