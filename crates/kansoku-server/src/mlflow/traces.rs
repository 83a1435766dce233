//! Traces of API v3: creating one, and reading one or several with their spans.
use std::time::Duration;

use axum::{
    Json,
    http::{Method, header},
    response::{IntoResponse, Response},
};
use kansoku_mlflow::{
    ClientFlavor, Fields,
    ids::{experiment_ids, possible_ids, trace_id},
    trace_info::{TraceInfoV3, read_info_v3},
};
use kansoku_model::{Coded, ErrorCode, Scope, TraceId, TraceInfo, metadata_key};
use kansoku_otlp::SpanForm;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::trace_batch::TraceBatch;
use crate::{
    ApiError, App,
    http::streaming,
    rendering::{
        stored_trace::{self, SpanText},
        trace_line::before_spans,
    },
    route_table::Routes,
};

/// The longest wait of a read for spans that have not arrived yet.
const EXPORT_WAIT_MAX: Duration = Duration::from_secs(3);
const EXPORT_POLL_FIRST: Duration = Duration::from_millis(10);
const EXPORT_POLL_MAX: Duration = Duration::from_millis(320);

/// The most traces in a batch; MLflow's clients request 10 at a time.
const BATCH_TRACES_MAX: usize = 500;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Ingest, Method::POST, "3.0/mlflow/traces", start_trace);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/traces/get", get_trace);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/traces/batchGet", batch_get);
    routes.api(Scope::Read, Method::POST, "3.0/mlflow/traces/batchGetInfos", batch_get_infos);
    routes.api(Scope::Read, Method::GET, "3.0/mlflow/traces/{trace_id}", get_trace_info);
}

/// `POST /api/3.0/mlflow/traces`
async fn start_trace(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let given = fields.required_object("trace")?.required_object("trace_info")?;
    let info = app.traces.upsert_info(read_info_v3(&given, app.clock.now())?).await?;
    Ok(Json(json!({ "trace": { "trace_info": TraceInfoV3::new(&info, flavor) } })))
}

/// `GET /api/3.0/mlflow/traces/{trace_id}`
async fn get_trace_info(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let info = app.traces.info(&trace_id(&fields)?).await?;
    Ok(Json(json!({ "trace": { "trace_info": TraceInfoV3::new(&info, flavor) } })))
}

/// `GET /api/3.0/mlflow/traces/get`
async fn get_trace(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Response, ApiError> {
    let trace_id = trace_id(&fields)?;
    if !fields.bool("allow_partial")?.unwrap_or(false) {
        wait_for_spans(&app, &trace_id).await?;
    }
    let trace = stored_trace::open(&app, &trace_id).await?;
    if trace.has_no_spans() {
        return Err(ApiError::missing(format!("no spans of trace `{trace_id}` are stored")));
    }
    let before = [b"{\"trace\":".as_slice(), &before_spans(&trace.info, flavor)].concat();
    let text = SpanText { before, form: SpanForm::Proto, between: b",", after: b"]}}" };
    trace.render(text).answer().await
}

/// `GET /api/3.0/mlflow/traces/batchGet`: missing and incomplete traces are omitted.
async fn batch_get(app: App, flavor: ClientFlavor, fields: Fields) -> Result<Response, ApiError> {
    let mut infos = infos_asked_for(&app, &fields).await?;
    infos.retain(|info| 0 < info.span_count && is_complete(info));
    let ids: Vec<TraceId> = infos.into_iter().map(|info| info.trace_id).collect();
    stored_trace::refuse_too_large(&app, &ids).await?;
    let body = streaming::body(TraceBatch::new(app, flavor, ids)).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// `POST /api/3.0/mlflow/traces/batchGetInfos`
async fn batch_get_infos(
    app: App,
    flavor: ClientFlavor,
    fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let infos = infos_asked_for(&app, &fields).await?;
    let infos = infos.iter().map(|info| TraceInfoV3::new(info, flavor)).collect();
    Ok(Json(listed("trace_infos", infos)))
}

/// The infos of the requested traces. If the request lists experiments, even none, traces of others
/// are omitted.
async fn infos_asked_for(app: &App, fields: &Fields) -> Result<Vec<TraceInfo>, ApiError> {
    let ids = possible_ids(fields.required_list_str("trace_ids")?);
    if BATCH_TRACES_MAX < ids.len() {
        return Err(ApiError::invalid(format!(
            "`trace_ids` has {} ids; ask for {BATCH_TRACES_MAX} at most",
            ids.len()
        )));
    }
    let experiments = experiment_ids(fields, "experiment_ids")?;
    let mut infos = app.traces.infos(&ids).await?;
    if let Some(experiments) = experiments {
        infos.retain(|info| experiments.contains(&info.experiment_id));
    }
    Ok(infos)
}

/// A list in a response; an empty one is omitted, as in protobuf's JSON.
pub(crate) fn listed<T: Serialize>(name: &str, items: Vec<T>) -> Value {
    if items.is_empty() { json!({}) } else { json!({ name: items }) }
}

/// Waits until all spans of a trace have arrived. A client sends spans and info separately, and may
/// read the trace right after that.
async fn wait_for_spans(app: &App, trace_id: &TraceId) -> Result<(), ApiError> {
    let deadline = Instant::now() + EXPORT_WAIT_MAX;
    let mut pause = EXPORT_POLL_FIRST;
    while !is_complete(&app.traces.info(trace_id).await?) {
        if deadline <= Instant::now() {
            return Err(NotExportedYet(trace_id.clone()).into());
        }
        sleep(pause).await;
        pause = EXPORT_POLL_MAX.min(pause * 2);
    }
    Ok(())
}

/// Whether at least as many spans are stored as the client announced.
fn is_complete(info: &TraceInfo) -> bool {
    let stats = info.metadata.get(metadata_key::SIZE_STATS);
    let stats = stats.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let announced = stats.and_then(|stats| stats.get("num_spans")?.as_u64());
    announced.is_none_or(|announced| announced <= info.span_count)
}

/// Clients recognize this message, and retry.
#[derive(Debug, thiserror::Error)]
#[error("Trace with ID {0} is not fully exported yet, please try again later.")]
struct NotExportedYet(TraceId);

impl Coded for NotExportedYet {
    fn code(&self) -> ErrorCode {
        ErrorCode::ResourceDoesNotExist
    }
}
