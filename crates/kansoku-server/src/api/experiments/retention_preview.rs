//! The traces that other limits of retention would delete now.
use axum::{Json, http::Method};
use kansoku_model::{Retention, Scope};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/retention-preview",
        preview_retention,
    );
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RetentionPreviewQuery {
    /// an age such as `30d`, or `none`; the server's setting if absent or empty
    max_age: Option<String>,
    /// a size such as `10GB`, or `none`; the server's setting if absent or empty
    max_bytes: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RetentionPreview {
    /// The number of traces of the experiment.
    traces: u64,
    /// How many of them have expired under these limits.
    expired_traces: u64,
    /// The compressed payload of the expired traces, estimated from their share.
    expired_payload_bytes: u64,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/retention-preview`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/retention-preview",
    summary = "The traces that would expire under other limits of retention",
    params(ExperimentPath, RetentionPreviewQuery),
    responses((status = 200, body = RetentionPreview)),
)]
pub(super) async fn preview_retention(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Query(query): Query<RetentionPreviewQuery>,
) -> Result<Json<RetentionPreview>, ApiError> {
    let (id, now) = (experiment.experiment_id, app.clock.now());
    let limits = limits(&query, app.retention)?;
    let used = app.maintenance.storage(id).await?;
    let expired_traces = match app.maintenance.expired(id, limits, now).await? {
        Some(cut) => app.maintenance.share_before(id, &cut).await?.traces.min(used.traces),
        None => 0,
    };
    let share = expired_traces as f64 / used.traces.max(1) as f64;
    Ok(Json(RetentionPreview {
        traces: used.traces,
        expired_traces,
        expired_payload_bytes: (used.payload_bytes as f64 * share) as u64,
    }))
}

fn limits(query: &RetentionPreviewQuery, default: Retention) -> Result<Retention, ApiError> {
    let max_age = match query.max_age.as_deref().unwrap_or_default().trim() {
        "" => default.max_age,
        age => Retention::parse_age(age).map_err(ApiError::invalid)?,
    };
    let max_bytes = match query.max_bytes.as_deref().unwrap_or_default().trim() {
        "" => default.max_bytes,
        bytes => Retention::parse_bytes(bytes).map_err(ApiError::invalid)?,
    };
    Ok(Retention { max_age, max_bytes })
}
