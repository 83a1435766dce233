//! The storage used by an experiment, and its retention.
use axum::{Json, http::Method};
use kansoku_model::{ExperimentId, Retention, Scope};
use serde::Serialize;

use crate::{
    ApiError, App,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/storage",
        get_storage,
    );
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ExperimentStorage {
    #[schema(value_type = String)]
    experiment_id: ExperimentId,
    traces: u64,
    spans: u64,
    /// The size of the compressed OTLP.
    payload_bytes: u64,
    /// The start of the oldest trace, in RFC 3339.
    oldest_request_time: Option<String>,
    newest_request_time: Option<String>,
    retention: ExperimentRetention,
}

/// The limits that apply to an experiment, and where each one is set.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ExperimentRetention {
    max_age_s: Option<i64>,
    /// `experiment tag` or `server setting`.
    max_age_source: &'static str,
    max_bytes: Option<u64>,
    /// `experiment tag` or `server setting`.
    max_bytes_source: &'static str,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/storage`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/storage",
    summary = "Disk use and retention of an experiment",
    params(ExperimentPath),
    responses((status = 200, body = ExperimentStorage)),
)]
pub(super) async fn get_storage(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
) -> Result<Json<ExperimentStorage>, ApiError> {
    let used = app.maintenance.storage(experiment.experiment_id).await?;
    let Retention { max_age, max_bytes } = app.retention.for_tags(&experiment.tags);
    let tagged = |key| experiment.tags.iter().any(|tag| tag.key == key);
    let source = |key| if tagged(key) { "experiment tag" } else { "server setting" };
    Ok(Json(ExperimentStorage {
        experiment_id: experiment.experiment_id,
        traces: used.traces,
        spans: used.spans,
        payload_bytes: used.payload_bytes,
        oldest_request_time: used.oldest.map(|time| time.to_string()),
        newest_request_time: used.newest.map(|time| time.to_string()),
        retention: ExperimentRetention {
            max_age_s: max_age.map(|age| age.0 / 1000),
            max_age_source: source(Retention::MAX_AGE_TAG),
            max_bytes,
            max_bytes_source: source(Retention::MAX_BYTES_TAG),
        },
    }))
}
