//! One span with its payload: whole, with long texts truncated, or a single field of it.
use axum::{
    http::{Method, header},
    response::{IntoResponse, Response},
};
use kansoku_model::{Scope, SpanId, TraceId};
use kansoku_otlp::{DecodeError, RawField, SpanField, SpanSet};
use kansoku_store::{StoreError, StoredSpan};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;

use super::truncate::{TruncatedText, Truncator};
use crate::{
    ApiError, App,
    http::{
        extract::{Path, Query},
        read_budget::Charge,
        streaming::off_thread,
    },
    route_table::Routes,
};

const TOOLS: &str = "mlflow.chat.tools";

/// One span with its payload.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
pub(super) struct SpanDetail {
    /// The span as in MLflow's `traces/get`.
    span: Value,
    /// The span in one form for all semantic conventions; absent for a span without payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    normalized: Option<Value>,
    /// The texts of which the response contains only the beginning.
    truncated: Vec<TruncatedText>,
}

pub(crate) fn routes(routes: &mut Routes) {
    let span = "3.0/kansoku/traces/{trace_id}/spans/{span_id}";
    routes.api(Scope::Read, Method::GET, span, get_span);
    routes.api(Scope::Read, Method::GET, &format!("{span}/fields/{{field}}"), get_span_field);
}

/// The path of a route about one span.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SpanPath {
    /// `tr-` and 32 hex digits
    #[param(value_type = String)]
    trace_id: TraceId,
    /// 16 hex digits
    span_id: String,
}

impl SpanPath {
    fn ids(self) -> Result<(TraceId, SpanId), ApiError> {
        let span = self.span_id.parse();
        let span = span.map_err(|error| ApiError::invalid(format!("`span_id`: {error}")))?;
        Ok((self.trace_id, span))
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SpanQuery {
    /// the length in bytes to which texts are truncated
    text_max: Option<i64>,
}

/// The field in the path of a route about one value of a span.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct FieldPath {
    /// `inputs`, `outputs`, `attributes.KEY`, `events.N.KEY`, `links.N.KEY` or `status.message`
    field: String,
}

/// `GET /api/3.0/kansoku/traces/{trace_id}/spans/{span_id}?text_max=…`: the span as MLflow's
/// clients read it, and the normalized span.
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/spans/{span_id}",
    summary = "A span with its payload, as sent and normalized",
    params(SpanPath, SpanQuery),
    responses((status = 200, body = SpanDetail)),
)]
pub(super) async fn get_span(
    app: App,
    Path(path): Path<SpanPath>,
    Query(query): Query<SpanQuery>,
) -> Result<Response, ApiError> {
    let (trace, span) = path.ids()?;
    let text_max = check_text_max(query.text_max)?;
    let (stored, _charge) = read(&app, &trace, span).await?;
    let written = off_thread(move || {
        let json = write_detail(&stored, &trace, span)?;
        match text_max {
            Some(text_max) if text_max < json.len() => truncate_texts(json, text_max),
            _ => Ok(json),
        }
    });
    let json = written.await.map_err(damaged)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// Writes a [`SpanDetail`] with full texts directly as JSON, without an intermediate tree.
fn write_detail(
    stored: &StoredSpan,
    trace: &TraceId,
    span: SpanId,
) -> Result<Vec<u8>, DecodeError> {
    let spans = spans_in(stored)?;
    let mut json = b"{\"span\":".to_vec();
    for at in 0..spans.len() {
        spans.write_proto(&mut json, at, trace);
    }
    if let Some(normalized) = spans.normalized(span) {
        json.extend_from_slice(b",\"normalized\":");
        serde_json::to_writer(&mut json, &normalized).expect("its keys are texts");
    }
    json.extend_from_slice(b",\"truncated\":[]}");
    Ok(json)
}

/// Truncates the long texts of a [`SpanDetail`]. If there are none, returns `json` unchanged.
fn truncate_texts(json: Vec<u8>, text_max: usize) -> Result<Vec<u8>, DecodeError> {
    let mut detail: SpanDetail = serde_json::from_slice(&json).map_err(DecodeError::Json)?;
    let mut truncator = Truncator::new(text_max);
    let keys = detail.span["attributes"].as_array().into_iter().flatten();
    let tools = match keys.into_iter().any(|attribute| attribute["key"] == TOOLS) {
        true => SpanField::attribute(TOOLS),
        false => SpanField::Inputs,
    };
    truncator.span(&mut detail.span, "/span");
    if let Some(normalized) = &mut detail.normalized {
        truncator.normalized_span(normalized, "/normalized", &tools);
    }
    if truncator.truncated.is_empty() {
        return Ok(json);
    }
    detail.truncated = truncator.truncated;
    Ok(serde_json::to_vec(&detail).expect("its keys are texts"))
}

/// `GET …/spans/{span_id}/fields/{field}`: one value as it was sent, in full.
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/spans/{span_id}/fields/{field}",
    summary = "One complete value of a span, as sent",
    params(SpanPath, FieldPath),
    responses((status = 200, body = Value, description = "The value, as JSON if it is JSON, else as text")),
)]
pub(super) async fn get_span_field(
    app: App,
    Path(path): Path<SpanPath>,
    Path(FieldPath { field: named }): Path<FieldPath>,
) -> Result<Response, ApiError> {
    let (trace, span) = path.ids()?;
    let field: SpanField = named.parse().map_err(ApiError::invalid)?;
    let (stored, _charge) = read(&app, &trace, span).await?;
    let read = off_thread(move || Ok(spans_in(&stored)?.field(span, &field)));
    let Some(RawField { text, is_json }) = read.await.map_err(damaged)? else {
        return Err(ApiError::missing(format!("span `{span}` has no field `{named}`")));
    };
    let content_type = if is_json { "application/json" } else { "text/plain; charset=utf-8" };
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}

/// The memory charged for reading one span, in bytes, since that decompresses its chunk.
pub(super) const CHUNK_BYTES: usize = 16 << 20;
/// The most memory for decoding and rendering, as a multiple of the OTLP's size.
const DECODED_FACTOR: usize = 4;

async fn read(app: &App, trace: &TraceId, span: SpanId) -> Result<(StoredSpan, Charge), ApiError> {
    let mut charge = app.reads.charge(CHUNK_BYTES).await?;
    let stored = app.traces.span(trace, span).await?;
    charge.set(decoded_bytes(&stored));
    Ok((stored, charge))
}

pub(super) fn decoded_bytes(stored: &StoredSpan) -> usize {
    let logs: usize = stored.logs.iter().map(Vec::len).sum();
    (stored.otlp.len() + logs) * DECODED_FACTOR
}

fn check_text_max(given: Option<i64>) -> Result<Option<usize>, ApiError> {
    let Some(given) = given else { return Ok(None) };
    let text_max = usize::try_from(given).ok().filter(|text_max| 0 < *text_max);
    let invalid = || ApiError::invalid("`text_max` is a number of bytes from 1 on");
    text_max.map(Some).ok_or_else(invalid)
}

pub(super) fn spans_in(stored: &StoredSpan) -> Result<SpanSet, DecodeError> {
    SpanSet::with_logs(std::slice::from_ref(&stored.otlp), &stored.logs)
}

/// The stored bytes were valid when they were received, so this is not the client's fault.
pub(super) fn damaged(error: DecodeError) -> StoreError {
    StoreError::backend("read a span", error)
}
