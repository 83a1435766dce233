//! What an experiment takes up, and how long it is kept.
use axum::{Json, http::Method};
use kansoku_mlflow::{Fields, ids::experiment_id};
use kansoku_model::{Retention, Scope};
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/storage",
        storage,
    );
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/storage`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/storage",
    summary = "What an experiment takes, and how long it is kept",
    params(("experiment_id" = String, Path)),
    responses((status = 200, body = Value)),
)]
pub(super) async fn storage(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment = app.meta.experiment(experiment_id(&fields)?).await?;
    let used = app.maintenance.storage(experiment.experiment_id).await?;
    let Retention { max_age, max_bytes } = app.retention.for_tags(&experiment.tags);
    let tagged = |key| experiment.tags.iter().any(|tag| tag.key == key);
    let source = |key| if tagged(key) { "experiment tag" } else { "server setting" };
    Ok(Json(json!({
        "experiment_id": experiment.experiment_id,
        "traces": used.traces,
        "spans": used.spans,
        "payload_bytes": used.payload_bytes,
        "oldest_request_time": used.oldest.map(|time| time.to_string()),
        "newest_request_time": used.newest.map(|time| time.to_string()),
        "retention": {
            "max_age_s": max_age.map(|age| age.0 / 1000),
            "max_age_source": source(Retention::MAX_AGE_TAG),
            "max_bytes": max_bytes,
            "max_bytes_source": source(Retention::MAX_BYTES_TAG),
        },
    })))
}
