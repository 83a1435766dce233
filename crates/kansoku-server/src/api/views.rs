//! Saved views: searches somebody wants to come back to.
use axum::{Json, http::Method};
use kansoku_mlflow::{Fields, text_limits::check_length};
use kansoku_model::Scope;
use kansoku_store::{SavedView as StoredView, ViewUpdate};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{ApiError, App, params::trace_scope::experiment_in_path, route_table::Routes};

const NAME_CHARS_MAX: usize = 250;
const STATE_CHARS_MAX: usize = 64 << 10;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/views",
        list_views,
    );
    routes.api(
        Scope::Write,
        Method::POST,
        "3.0/kansoku/experiments/{experiment_id}/views",
        create_view,
    );
    routes.api(Scope::Write, Method::PATCH, "3.0/kansoku/views/{view_id}", update_view);
    routes.api(Scope::Write, Method::DELETE, "3.0/kansoku/views/{view_id}", delete_view);
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewList {
    views: Vec<SavedView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedView {
    view_id: String,
    name: String,
    /// The query string of the page, without `?`.
    state: String,
    create_time_ms: i64,
    update_time_ms: i64,
}

impl From<StoredView> for SavedView {
    fn from(view: StoredView) -> Self {
        Self {
            view_id: view.view_id,
            name: view.name,
            state: view.state,
            create_time_ms: view.create_time.0,
            update_time_ms: view.update_time.0,
        }
    }
}

/// What a request says of a view.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read by `Fields`")]
pub(crate) struct ViewText {
    name: String,
    state: String,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/views`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/views",
    summary = "The saved views of an experiment, by name",
    params(("experiment_id" = String, Path, description = "an id, or a name")),
    responses((status = 200, body = ViewList)),
)]
pub(super) async fn list_views(app: App, fields: Fields) -> Result<Json<ViewList>, ApiError> {
    let experiment = experiment_in_path(&app, &fields).await?;
    let views = app.meta.views(experiment).await?;
    Ok(Json(ViewList { views: views.into_iter().map(SavedView::from).collect() }))
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/views`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/views",
    summary = "Saves a view",
    params(("experiment_id" = String, Path, description = "an id, or a name")),
    request_body = ViewText,
    responses((status = 200, body = SavedView)),
)]
pub(super) async fn create_view(app: App, fields: Fields) -> Result<Json<SavedView>, ApiError> {
    let experiment = experiment_in_path(&app, &fields).await?;
    let name = name(&fields)?.ok_or_else(|| fields.missing("name"))?;
    let state = state(&fields)?.ok_or_else(|| fields.missing("state"))?;
    Ok(Json(app.meta.create_view(experiment, &name, &state).await?.into()))
}

/// `PATCH /api/3.0/kansoku/views/{view_id}`
#[utoipa::path(
    patch,
    path = "/api/3.0/kansoku/views/{view_id}",
    summary = "Renames a saved view, or changes what it shows; what is absent stays",
    params(("view_id" = String, Path)),
    request_body = ViewText,
    responses((status = 200, body = SavedView)),
)]
pub(super) async fn update_view(app: App, fields: Fields) -> Result<Json<SavedView>, ApiError> {
    let update = ViewUpdate { name: name(&fields)?, state: state(&fields)? };
    Ok(Json(app.meta.update_view(&fields.required_str("view_id")?, update).await?.into()))
}

/// `DELETE /api/3.0/kansoku/views/{view_id}`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/views/{view_id}",
    summary = "Deletes a saved view",
    params(("view_id" = String, Path)),
    responses((status = 200, body = Value)),
)]
pub(super) async fn delete_view(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    app.meta.delete_view(&fields.required_str("view_id")?).await?;
    Ok(Json(json!({})))
}

fn name(fields: &Fields) -> Result<Option<String>, ApiError> {
    let Some(name) = fields.str("name")? else { return Ok(None) };
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(ApiError::invalid("`name` is empty"));
    }
    check_length("name", &name, NAME_CHARS_MAX)?;
    Ok(Some(name))
}

fn state(fields: &Fields) -> Result<Option<String>, ApiError> {
    let Some(state) = fields.str("state")? else { return Ok(None) };
    check_length("state", &state, STATE_CHARS_MAX)?;
    Ok(Some(state.strip_prefix('?').map(str::to_owned).unwrap_or(state)))
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(list_views, create_view, update_view, delete_view,))]
pub(crate) struct Document;
