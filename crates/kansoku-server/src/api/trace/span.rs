//! One span with its payload: whole, with long texts truncated, or a single field of it.
use axum::{
    http::{Method, header},
    response::{IntoResponse, Response},
};
use kansoku_mlflow::{Fields, ids::trace_id};
use kansoku_model::{Scope, SpanId, TraceId};
use kansoku_otlp::{DecodeError, RawField, SpanField, SpanSet};
use kansoku_store::{StoreError, StoredSpan};
use serde_json::{Value, json};

use super::truncate::{TruncatedText, Truncator};
use crate::{
    ApiError, App,
    http::{read_budget::Charge, streaming::off_thread},
    route_table::Routes,
};

const TOOLS: &str = "mlflow.chat.tools";

/// One span with its payload.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "the answer is written without it; it says what is in there")]
pub(super) struct SpanDetail {
    /// As MLflow's `traces/get` shows it.
    span: Value,
    /// The span in one form for all semantic conventions; absent for a span without payload.
    normalized: Value,
    /// Texts of which the answer has only the beginning.
    truncated: Vec<TruncatedText>,
}

pub(crate) fn routes(routes: &mut Routes) {
    let span = "3.0/kansoku/traces/{trace_id}/spans/{span_id}";
    routes.api(Scope::Read, Method::GET, span, get);
    routes.api(Scope::Read, Method::GET, &format!("{span}/fields/{{field}}"), field);
}

/// `GET /api/3.0/kansoku/traces/{trace_id}/spans/{span_id}?text_max=…`: the span as MLflow's
/// clients read it, and normalized: in one form for all semantic conventions.
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/spans/{span_id}",
    operation_id = "get_span",
    summary = "One span with its payload, as sent and normalized",
    params(
        ("trace_id" = String, Path, description = "`tr-` and 32 hex digits"),
        ("span_id" = String, Path, description = "16 hex digits"),
        ("text_max" = Option<u32>, Query, description = "bytes after which texts are truncated"),
    ),
    responses((status = 200, body = SpanDetail)),
)]
pub(super) async fn get(app: App, fields: Fields) -> Result<Response, ApiError> {
    let (trace, span) = (trace_id(&fields)?, span_id(&fields)?);
    let text_max = text_max(&fields)?;
    let (stored, _charge) = read(&app, &trace, span).await?;
    let written = off_thread(move || {
        let mut json = shown(&stored, &trace, span)?;
        let truncated = match text_max {
            Some(text_max) => truncate_texts(&mut json, text_max)?,
            None => json!([]),
        };
        json.truncate(json.len() - 1);
        json.extend_from_slice(format!(",\"truncated\":{truncated}}}").as_bytes());
        Ok(json)
    });
    let json = written.await.map_err(damaged)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

fn shown(stored: &StoredSpan, trace: &TraceId, span: SpanId) -> Result<Vec<u8>, DecodeError> {
    let spans = spans_in(stored)?;
    let mut json = b"{\"span\":".to_vec();
    for at in 0..spans.len() {
        spans.write_proto(&mut json, at, trace);
    }
    if let Some(normalized) = spans.normalized(span) {
        json.extend_from_slice(b",\"normalized\":");
        serde_json::to_writer(&mut json, &normalized).expect("its keys are texts");
    }
    json.push(b'}');
    Ok(json)
}

/// Truncates long texts in `json`, and returns the list of them. Without any, `json` stays as it is.
fn truncate_texts(json: &mut Vec<u8>, text_max: usize) -> Result<Value, DecodeError> {
    if json.len() <= text_max {
        return Ok(json!([]));
    }
    let mut answer: Value = serde_json::from_slice(json).map_err(DecodeError::Json)?;
    let mut truncator = Truncator::new(text_max);
    let keys = answer["span"]["attributes"].as_array().into_iter().flatten();
    let tools = match keys.into_iter().any(|attribute| attribute["key"] == TOOLS) {
        true => SpanField::attribute(TOOLS),
        false => SpanField::Inputs,
    };
    truncator.span(&mut answer["span"], "/span");
    if let Some(normalized) = answer.get_mut("normalized") {
        truncator.normalized_span(normalized, "/normalized", &tools);
    }
    if !truncator.truncated.is_empty() {
        *json = serde_json::to_vec(&answer).expect("its keys are texts");
    }
    Ok(json!(truncator.truncated))
}

/// `GET …/spans/{span_id}/fields/{field}`: one value as it was sent, whole.
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/{trace_id}/spans/{span_id}/fields/{field}",
    operation_id = "get_span_field",
    summary = "One value of a span as it was sent, whole",
    params(
        ("trace_id" = String, Path, description = "`tr-` and 32 hex digits"),
        ("span_id" = String, Path, description = "16 hex digits"),
        (
            "field" = String, Path,
            description = "`inputs`, `outputs`, `attributes.KEY`, `events.N.KEY`, `links.N.KEY` or \
                           `status.message`"
        ),
    ),
    responses((status = 200, body = Value, description = "JSON where it is JSON, else text")),
)]
pub(super) async fn field(app: App, fields: Fields) -> Result<Response, ApiError> {
    let (trace, span) = (trace_id(&fields)?, span_id(&fields)?);
    let named = fields.required_str("field")?;
    let field: SpanField = named.parse().map_err(ApiError::invalid)?;
    let (stored, _charge) = read(&app, &trace, span).await?;
    let read = off_thread(move || Ok(spans_in(&stored)?.field(span, &field)));
    let Some(RawField { text, is_json }) = read.await.map_err(damaged)? else {
        return Err(ApiError::missing(format!("span `{span}` has no field `{named}`")));
    };
    let content_type = if is_json { "application/json" } else { "text/plain; charset=utf-8" };
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}

/// Reading one span decompresses the chunk that it is in.
pub(super) const CHUNK_BYTES: usize = 16 << 20;
/// What decoding and rendering costs at most, as a multiple of the OTLP.
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

fn span_id(fields: &Fields) -> Result<SpanId, ApiError> {
    let span = fields.required_str("span_id")?.parse();
    span.map_err(|error| ApiError::invalid(format!("`span_id`: {error}")))
}

fn text_max(fields: &Fields) -> Result<Option<usize>, ApiError> {
    let Some(given) = fields.i64("text_max")? else { return Ok(None) };
    let text_max = usize::try_from(given).ok().filter(|text_max| 0 < *text_max);
    let invalid = || ApiError::invalid("`text_max` is a number of bytes from 1 on");
    text_max.map(Some).ok_or_else(invalid)
}

pub(super) fn spans_in(stored: &StoredSpan) -> Result<SpanSet, DecodeError> {
    SpanSet::with_logs(std::slice::from_ref(&stored.otlp), &stored.logs)
}

/// It was good when it came in: the client can do nothing about it now.
pub(super) fn damaged(error: DecodeError) -> StoreError {
    StoreError::backend("read a span", error)
}
