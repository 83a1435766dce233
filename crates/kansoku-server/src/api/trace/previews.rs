//! Previews of spans: inputs, outputs and messages, truncated for the transcript of a trace.
use axum::{
    http::{HeaderMap, Method},
    response::Response,
};
use kansoku_model::{Scope, SpanId};
use kansoku_otlp::{NormalizedSpan, Side, SpanField, SpanSet};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{TracePath, span, truncate::Truncator};
use crate::{
    ApiError, App,
    http::{
        extract::{JsonBody, Path},
        json_response,
        streaming::off_thread,
    },
    route_table::Routes,
};

const SPANS_MAX: usize = 50;
/// Longer texts are truncated, in bytes.
const TEXT_MAX: usize = 4000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::POST, "3.0/kansoku/traces/{trace_id}/previews", preview_spans);
}

/// The spans to preview.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct PreviewRequest {
    /// Span ids, at most 50.
    span_ids: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PreviewList {
    previews: Vec<SpanPreview>,
}

/// Texts are truncated to 4,000 bytes. Longer `data:` URLs are cut before their content.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SpanPreview {
    span_id: String,
    /// The last message of the user, or else the inputs.
    input: Option<String>,
    /// The last message of the model, or else the outputs.
    output: Option<String>,
    messages: Vec<Value>,
    tool_calls: Vec<Value>,
    documents: Vec<Value>,
    /// The error message, in one line.
    error: Option<String>,
}

/// `POST /api/3.0/kansoku/traces/{trace_id}/previews`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/traces/{trace_id}/previews",
    summary = "Previews of the inputs and outputs of spans",
    params(TracePath),
    request_body(content = PreviewRequest),
    responses((status = 200, body = PreviewList)),
)]
pub(super) async fn preview_spans(
    app: App,
    Path(TracePath { trace_id: trace }): Path<TracePath>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<PreviewRequest>,
) -> Result<Response, ApiError> {
    let wanted = parse_span_ids(&request.span_ids)?;
    let mut charge = app.reads.charge(span::CHUNK_BYTES).await?;
    let stored = app.traces.some_spans(&trace, &wanted).await?;
    charge.set(span::decoded_bytes(&stored));
    let spans = off_thread(move || span::spans_in(&stored)).await.map_err(span::damaged)?;
    let list = move || {
        let previews = wanted.iter().filter_map(|span| SpanPreview::new(&spans, *span)).collect();
        PreviewList { previews }
    };
    Ok(json_response::answer(&headers, list).await)
}

fn parse_span_ids(given: &[String]) -> Result<Vec<SpanId>, ApiError> {
    if SPANS_MAX < given.len() {
        let message = format!("`span_ids` has {} ids; ask for {SPANS_MAX} at once", given.len());
        return Err(ApiError::invalid(message));
    }
    let parse = |(n, id): (usize, &String)| {
        id.parse().map_err(|error| ApiError::invalid(format!("`span_ids[{n}]`: {error}")))
    };
    given.iter().enumerate().map(parse).collect()
}

impl SpanPreview {
    fn new(spans: &SpanSet, span: SpanId) -> Option<Self> {
        let normalized = spans.normalized(span)?;
        // The content of a tool message, if it is the output.
        let result = normalized.tool_calls.first().and_then(|call| call.result.as_ref());
        Some(Self {
            span_id: span.to_string(),
            input: input_or_output(&normalized, Side::Input, normalized.inputs.as_ref()),
            output: input_or_output(
                &normalized,
                Side::Output,
                result.or(normalized.outputs.as_ref()),
            ),
            messages: shortened(&normalized.messages),
            tool_calls: shortened(&normalized.tool_calls),
            documents: shortened(&normalized.documents),
            error: spans.error(span),
        })
    }
}

/// The last text of the user or the model, or else the value itself.
fn input_or_output(span: &NormalizedSpan, side: Side, value: Option<&Value>) -> Option<String> {
    let text = match side {
        Side::Input => span.last_text(side, Some("user")),
        Side::Output => span.last_text(side, None),
    };
    let mut text = text.or_else(|| {
        Some(match value? {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        })
    })?;
    text.truncate(text.floor_char_boundary(TEXT_MAX));
    Some(text)
}

fn shortened<T: Serialize>(items: &[T]) -> Vec<Value> {
    let shorten = |item: &T| {
        let mut item = serde_json::to_value(item).expect("its keys are texts");
        without_bytes(&mut item);
        Truncator::new(TEXT_MAX).texts(&mut item, "", &SpanField::Inputs);
        item
    };
    items.iter().map(shorten).collect()
}

/// Cuts long `data:` URLs before their content, since part of a picture cannot be shown.
fn without_bytes(value: &mut Value) {
    match value {
        Value::String(text) if TEXT_MAX < text.len() && text.starts_with("data:") => {
            if let Some(comma) = text.find(',') {
                text.truncate(comma + 1);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_bytes),
        Value::Object(fields) => fields.values_mut().for_each(without_bytes),
        _ => {}
    }
}
