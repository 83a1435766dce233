//! `traces.json`, the file in which clients upload a trace's spans, in every form
//! an MLflow client ever wrote it.
//!
//! The forms differ in how ids and statuses are spelled and, before MLflow 3, in
//! the names of fields; all are read by one reader that knows every name.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use serde_json::Value;

use crate::TracesJsonError;
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES, from_any};
use crate::json::{At, Misfit, list, object, text, whole_u64};
use crate::value::{DEPTH_MAX, any, from_json, from_json_text, to_text, without_nan};

/// Reads the file; ids that are none are left for `split_as` to reject with their span.
pub fn parse(bytes: &[u8]) -> Result<TracesData, TracesJsonError> {
    let mut file = object(parse_lenient(bytes)?, &At::ROOT)?;
    let Some(spans @ Value::Array(_)) = file.remove("spans") else {
        return Err(TracesJsonError::NoSpans);
    };
    let spans = list(spans, &At::ROOT.field("spans"), span)?;
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    Ok(TracesData { resource_spans: vec![ResourceSpans { scope_spans, ..Default::default() }] })
}

/// Python writes NaN and infinities bare, which is no JSON.
fn parse_lenient(bytes: &[u8]) -> Result<Value, TracesJsonError> {
    serde_json::from_slice(bytes).or_else(|error| {
        let strict = std::str::from_utf8(bytes).ok().and_then(without_nan);
        let parsed = strict.and_then(|strict| serde_json::from_str(&strict).ok());
        parsed.ok_or(TracesJsonError::Json(error))
    })
}

fn span(value: Value, at: &At<'_>) -> Result<Span, Misfit> {
    let mut span = Span::default();
    let mut status = Status::default();
    for (name, value) in object(value, at)? {
        let at = &at.field(&name);
        match name.as_str() {
            "trace_id" => span.trace_id = id(value, at, TRACE_ID_BYTES)?,
            "span_id" => span.span_id = id(value, at, SPAN_ID_BYTES)?,
            "parent_span_id" | "parent_id" => span.parent_span_id = id(value, at, SPAN_ID_BYTES)?,
            "context" => {
                for (name, value) in object(value, at)? {
                    let at = &at.field(&name);
                    match name.as_str() {
                        "trace_id" => span.trace_id = id(value, at, TRACE_ID_BYTES)?,
                        "span_id" => span.span_id = id(value, at, SPAN_ID_BYTES)?,
                        _ => {}
                    }
                }
            }
            "trace_state" => span.trace_state = text(value, at)?,
            "name" => span.name = text(value, at)?,
            "start_time_unix_nano" | "start_time" => {
                span.start_time_unix_nano = whole_u64(value, at)?;
            }
            "end_time_unix_nano" | "end_time" => span.end_time_unix_nano = whole_u64(value, at)?,
            "status" => {
                for (name, value) in object(value, at)? {
                    let at = &at.field(&name);
                    match name.as_str() {
                        "code" => status.code = status_code(&text(value, at)?),
                        "message" => status.message = text(value, at)?,
                        _ => {}
                    }
                }
            }
            "status_code" => status.code = status_code(&text(value, at)?),
            "status_message" => status.message = text(value, at)?,
            "attributes" => span.attributes = attributes(value, at)?,
            "events" => span.events = list(value, at, event)?,
            "links" => span.links = list(value, at, link)?,
            _ => {}
        }
    }
    span.status = (status != Status::default()).then_some(status);
    Ok(span)
}

fn event(value: Value, at: &At<'_>) -> Result<Event, Misfit> {
    let mut event = Event::default();
    for (name, value) in object(value, at)? {
        let at = &at.field(&name);
        match name.as_str() {
            "name" => event.name = text(value, at)?,
            "time_unix_nano" | "timestamp" => event.time_unix_nano = whole_u64(value, at)?,
            "attributes" => event.attributes = values(value, at)?,
            _ => {}
        }
    }
    Ok(event)
}

fn link(value: Value, at: &At<'_>) -> Result<Link, Misfit> {
    let mut link = Link::default();
    for (name, value) in object(value, at)? {
        let at = &at.field(&name);
        match name.as_str() {
            "trace_id" => link.trace_id = id(value, at, TRACE_ID_BYTES)?,
            "span_id" => link.span_id = id(value, at, SPAN_ID_BYTES)?,
            "attributes" => link.attributes = values(value, at)?,
            _ => {}
        }
    }
    Ok(link)
}

fn id(value: Value, at: &At<'_>, bytes: usize) -> Result<Vec<u8>, Misfit> {
    Ok(from_any(&text(value, at)?, bytes).unwrap_or_default())
}

/// `STATUS_CODE_OK`, `StatusCode.OK` or `OK`.
fn status_code(name: &str) -> i32 {
    let bare = name.trim_start_matches("STATUS_CODE_").trim_start_matches("StatusCode.");
    match bare {
        "OK" => StatusCode::Ok.into(),
        "ERROR" => StatusCode::Error.into(),
        _ => StatusCode::Unset.into(),
    }
}

/// Attributes of a span: each value is JSON text.
fn attributes(value: Value, at: &At<'_>) -> Result<Vec<KeyValue>, Misfit> {
    entries(value, at, |value| match value {
        Value::String(text) => from_json_text(text),
        // Nobody writes this, but it can mean only one thing.
        other => from_json_text(to_text(&other)),
    })
}

/// Attributes of events and links: plain values.
fn values(value: Value, at: &At<'_>) -> Result<Vec<KeyValue>, Misfit> {
    entries(value, at, |value| {
        let text = to_text(&value);
        from_json(value, DEPTH_MAX).unwrap_or_else(|| any(Any::StringValue(text)))
    })
}

fn entries(
    value: Value,
    at: &At<'_>,
    read: impl Fn(Value) -> AnyValue,
) -> Result<Vec<KeyValue>, Misfit> {
    let entries = object(value, at)?.into_iter();
    let entry = |(key, value)| KeyValue { key, value: Some(read(value)), key_strindex: 0 };
    Ok(entries.map(entry).collect())
}

#[cfg(test)]
mod tests;
