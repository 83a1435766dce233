//! Traces of API v2, for clients of version 3.1: a trace is opened, its spans are uploaded as a
//! file, then it is closed. The stored traces are the same as those of v3.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    ClientFlavor, Fields,
    ids::{experiment_ids, trace_id},
    trace_info::{STATES, TraceInfoV2, empty_info, set_metadata, set_tags},
};
use kansoku_model::{
    DurationMs, ExperimentId, KeyValue, Scope, TimestampMs, TraceId, TraceInfo, TraceState,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::search::{page_json, search};
use crate::{ApiError, App, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Ingest, Method::POST, "2.0/mlflow/traces", open_trace);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/traces", search_traces);
    routes.api(Scope::Ingest, Method::PATCH, "2.0/mlflow/traces/{trace_id}", close_trace);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/traces/{trace_id}/info", get_trace_info);
}

/// `POST /api/2.0/mlflow/traces`
async fn open_trace(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let experiment: ExperimentId =
        fields.required_str("experiment_id")?.parse().map_err(ApiError::invalid)?;
    let mut info = TraceInfo {
        experiment_id: experiment,
        request_time: TimestampMs(fields.i64("timestamp_ms")?.unwrap_or(app.clock.now().0)),
        state: TraceState::InProgress,
        ..empty_info(minted_id(flavor))
    };
    read_key_values(&mut info, &fields)?;
    let info = app.traces.upsert_info(info).await?;
    Ok(Json(json!({ "trace_info": TraceInfoV2::new(&info, flavor) })))
}

/// `PATCH /api/2.0/mlflow/traces/{trace_id}`
async fn close_trace(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let known = app.traces.info(&trace_id(&fields)?).await?;
    let ended = fields.i64("timestamp_ms")?;
    let duration = ended.map(|end| DurationMs(end.saturating_sub(known.request_time.0)));
    let mut info = TraceInfo {
        execution_duration: duration.or(known.execution_duration),
        state: fields.choice("status", &STATES)?.unwrap_or_default(),
        finalized: true,
        // Absent fields stay unchanged: values from spans must not be stored as set by the client.
        request_preview: None,
        response_preview: None,
        assessments: Vec::new(),
        ..known
    };
    read_key_values(&mut info, &fields)?;
    let info = app.traces.upsert_info(info).await?;
    Ok(Json(json!({ "trace_info": TraceInfoV2::new(&info, flavor) })))
}

/// `GET /api/2.0/mlflow/traces/{trace_id}/info`
async fn get_trace_info(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let info = app.traces.info(&trace_id(&fields)?).await?;
    Ok(Json(json!({ "trace_info": TraceInfoV2::new(&info, flavor) })))
}

/// `GET /api/2.0/mlflow/traces`
async fn search_traces(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let experiments = experiment_ids(&fields, "experiment_ids")?;
    let experiments = experiments.ok_or_else(|| fields.missing("experiment_ids"))?;
    let page = search(&app, &fields, experiments).await?;
    Ok(Json(page_json(&page, |info| TraceInfoV2::new(info, flavor))))
}

fn read_key_values(info: &mut TraceInfo, fields: &Fields) -> Result<(), ApiError> {
    let pairs = |name| -> Result<_, ApiError> {
        let pairs = fields.key_values(name)?.into_iter();
        Ok(pairs.map(|KeyValue { key, value }| (key, value)).collect())
    };
    set_metadata(info, pairs("request_metadata")?)?;
    Ok(set_tags(info, pairs("tags")?)?)
}

/// A new trace id of 32 hex digits. For Databricks clients it begins with `tr-`, because they
/// assume that a trace without that prefix is stored elsewhere.
fn minted_id(flavor: ClientFlavor) -> TraceId {
    let hex = Uuid::new_v4().simple().to_string();
    let id = match flavor {
        ClientFlavor::Plain => hex,
        ClientFlavor::Databricks => format!("tr-{hex}"),
    };
    TraceId::try_from(id).expect("hex digits are a trace id")
}
