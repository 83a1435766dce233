//! Saved views: filters with time range, columns and order, shared by an experiment.
use axum::{Json, http::Method};
use kansoku_mlflow::text_limits::check_length;
use kansoku_model::Scope;
use kansoku_store::{SavedView as StoredView, ViewUpdate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    ApiError, App,
    http::extract::{JsonBody, Path},
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

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
    /// The query string of the page's URL, without `?`.
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

/// The path of a route about one saved view.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ViewPath {
    view_id: String,
}

/// A view to save.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewView {
    name: String,
    #[schema(value_type = String)]
    state: ViewState,
}

/// Changes of a view; absent fields stay unchanged.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ViewChange {
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    state: Option<ViewState>,
    /// The new position among the views of the experiment, from 0.
    place: Option<u32>,
}

/// The query string of a page's URL; it may be empty.
#[derive(Deserialize)]
struct ViewState(String);

/// An empty response.
#[derive(Serialize, ToSchema)]
pub(crate) struct Empty {}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/views`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/views",
    summary = "The saved views of an experiment: those that were moved first, then by name",
    params(ExperimentPath),
    responses((status = 200, body = ViewList)),
)]
pub(super) async fn list_views(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
) -> Result<Json<ViewList>, ApiError> {
    let views = app.meta.views(experiment.experiment_id).await?;
    Ok(Json(ViewList { views: views.into_iter().map(SavedView::from).collect() }))
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/views`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/views",
    summary = "Creates a saved view",
    params(ExperimentPath),
    request_body = NewView,
    responses((status = 200, body = SavedView)),
)]
pub(super) async fn create_view(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(view): JsonBody<NewView>,
) -> Result<Json<SavedView>, ApiError> {
    let (name, state) = (check_name(&view.name)?, check_state(view.state)?);
    let view = app.meta.create_view(experiment.experiment_id, &name, &state).await?;
    Ok(Json(view.into()))
}

/// `PATCH /api/3.0/kansoku/views/{view_id}`
#[utoipa::path(
    patch,
    path = "/api/3.0/kansoku/views/{view_id}",
    summary = "Renames, moves or changes a saved view; absent fields keep their values",
    params(ViewPath),
    request_body = ViewChange,
    responses((status = 200, body = SavedView)),
)]
pub(super) async fn update_view(
    app: App,
    Path(ViewPath { view_id }): Path<ViewPath>,
    JsonBody(change): JsonBody<ViewChange>,
) -> Result<Json<SavedView>, ApiError> {
    let name = change.name.as_deref().map(check_name).transpose()?;
    let state = change.state.map(check_state).transpose()?;
    let place = change.place.map(|place| place as usize);
    let update = ViewUpdate { name, state, place };
    Ok(Json(app.meta.update_view(&view_id, update).await?.into()))
}

/// `DELETE /api/3.0/kansoku/views/{view_id}`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/views/{view_id}",
    summary = "Deletes a saved view",
    params(ViewPath),
    responses((status = 200, body = Empty)),
)]
pub(super) async fn delete_view(
    app: App,
    Path(ViewPath { view_id }): Path<ViewPath>,
) -> Result<Json<Empty>, ApiError> {
    app.meta.delete_view(&view_id).await?;
    Ok(Json(Empty {}))
}

fn check_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(ApiError::invalid("`name` is empty"));
    }
    check_length("name", &name, NAME_CHARS_MAX)?;
    Ok(name)
}

fn check_state(ViewState(state): ViewState) -> Result<String, ApiError> {
    check_length("state", &state, STATE_CHARS_MAX)?;
    Ok(state.strip_prefix('?').map(str::to_owned).unwrap_or(state))
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(list_views, create_view, update_view, delete_view,))]
pub(crate) struct Document;
