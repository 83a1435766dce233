//! Deletion of traces by their ids or by time.
use axum::{Json, http::Method};
use kansoku_mlflow::{Fields, ids::possible_ids};
use kansoku_model::{ExperimentId, Scope, TimestampMs};
use kansoku_store::Deletion;
use serde_json::{Value, json};

use crate::{
    ApiError, App, artifacts::trace_objects::delete_attachments, auth::audit::AuditEvent,
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Write, Method::POST, "2.0/mlflow/traces/delete-traces", delete_traces);
    routes.api(Scope::Write, Method::POST, "3.0/mlflow/traces/delete-traces", delete_traces);
}

/// `POST /api/2.0/mlflow/traces/delete-traces`
async fn delete_traces(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let experiment: ExperimentId =
        fields.required_str("experiment_id")?.parse().map_err(ApiError::invalid)?;
    let gone = app.traces.delete_traces(experiment, which(&fields)?).await?;
    delete_attachments(&app, &gone).await;
    let object = format!("{} traces of experiment {experiment}", gone.len());
    app.access.record(AuditEvent::TracesDeleted, object);
    Ok(Json(json!({ "traces_deleted": gone.len() })))
}

fn which(fields: &Fields) -> Result<Deletion, ApiError> {
    let until = fields.i64("max_timestamp_millis")?;
    let max_traces = fields.i64("max_traces")?;
    // `trace_ids` is the name in MLflow's error messages.
    let mut ids = fields.list_str("request_ids")?;
    ids.extend(fields.list_str("trace_ids")?);
    match (until, ids.is_empty()) {
        (None, true) => Err("Either `max_timestamp_millis` or `trace_ids` must be specified."),
        (Some(_), false) => {
            Err("Only one of `max_timestamp_millis` and `trace_ids` can be specified.")
        }
        (None, false) if max_traces.is_some() => {
            Err("`max_traces` can't be specified if `trace_ids` is specified.")
        }
        (None, false) => Ok(Deletion::Ids(possible_ids(ids))),
        (Some(until), true) => {
            let max_traces = max_traces.map(positive).transpose()?;
            return Ok(Deletion::UntilTime { until: TimestampMs(until), max_traces });
        }
    }
    .map_err(ApiError::invalid)
}

fn positive(max_traces: i64) -> Result<u64, ApiError> {
    u64::try_from(max_traces).ok().filter(|max| 0 < *max).ok_or_else(|| {
        let message = "`max_traces` must be a positive integer, received";
        ApiError::invalid(format!("{message} {max_traces}."))
    })
}
