//! `traces.json`, the file in which clients upload a trace's spans, in all versions that MLflow's
//! clients have written.
//!
//! The versions differ in the spelling of ids and statuses and, before MLflow 3, in the names of
//! fields. One reader accepts all names.
use std::marker::PhantomData;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use serde::de::{Deserializer, MapAccess};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::TracesJsonError;
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES, from_any};
use crate::json::{self, At, Field, Message, Read, ReadError};
use crate::json_tree;
use crate::value::{
    DEPTH_MAX, any, from_json, from_json_text, is_worth_typing, to_text, without_nan,
};

/// Reads the file. Invalid ids become empty, and `split_as` rejects their spans. Fails if it is not
/// JSON, has no list `spans`, has a value of the wrong type, or takes too much memory.
pub fn parse(bytes: &[u8]) -> Result<TracesData, TracesJsonError> {
    let spans = parse_lenient(bytes)?.spans.0.ok_or(TracesJsonError::NoSpans)?;
    let spans = spans.into_iter().map(Into::into).collect();
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    Ok(TracesData { resource_spans: vec![ResourceSpans { scope_spans, ..Default::default() }] })
}

/// Reads the file, in which Python may have written NaN and infinities without quotes, which is not
/// JSON.
fn parse_lenient(bytes: &[u8]) -> Result<File, TracesJsonError> {
    let error = match json::read(bytes) {
        Err(ReadError::Json(error)) => error,
        read => return Ok(read?),
    };
    match std::str::from_utf8(bytes).ok().and_then(without_nan) {
        Some(strict) => match json::read(strict.as_bytes()) {
            Err(ReadError::Json(_)) => Err(TracesJsonError::Json(error)),
            read => Ok(read?),
        },
        None => Err(TracesJsonError::Json(error)),
    }
}

#[derive(Default)]
struct File {
    spans: Spans,
}

impl Message for File {
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "spans" => self.spans = field.get("spans")?,
            _ => field.skip()?,
        }
        Ok(())
    }
}

/// The list of spans; `None` if there is no list.
#[derive(Default)]
struct Spans(Option<Vec<FileSpan>>);

impl Read for Spans {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error> {
        Ok(Self(json::list_or_else(json, at)?))
    }
}

/// A span in the form of the file.
#[derive(Default)]
struct FileSpan {
    span: Span,
    status: Status,
}

impl From<FileSpan> for Span {
    fn from(FileSpan { span, status }: FileSpan) -> Self {
        let status = (status != Status::default()).then_some(status);
        Span { status, ..span }
    }
}

impl Message for FileSpan {
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error> {
        let Self { span, status } = self;
        match name {
            "trace_id" => span.trace_id = id(field, name, TRACE_ID_BYTES)?,
            "span_id" => span.span_id = id(field, name, SPAN_ID_BYTES)?,
            "parent_span_id" | "parent_id" => {
                span.parent_span_id = id(field, name, SPAN_ID_BYTES)?;
            }
            "context" => {
                let context: Context = field.get(name)?;
                span.trace_id = context.trace_id.unwrap_or(std::mem::take(&mut span.trace_id));
                span.span_id = context.span_id.unwrap_or(std::mem::take(&mut span.span_id));
            }
            "trace_state" => span.trace_state = field.text(name)?,
            "name" => span.name = field.text(name)?,
            "start_time_unix_nano" | "start_time" => span.start_time_unix_nano = field.u64(name)?,
            "end_time_unix_nano" | "end_time" => span.end_time_unix_nano = field.u64(name)?,
            "status" => {
                let given: FileStatus = field.get(name)?;
                status.code = given.code.unwrap_or(status.code);
                status.message = given.message.unwrap_or(std::mem::take(&mut status.message));
            }
            "status_code" => status.code = status_code(&field.text(name)?),
            "status_message" => status.message = field.text(name)?,
            "attributes" => span.attributes = field.get::<Attributes<JsonText>>(name)?.entries,
            "events" => span.events = unwrapped(field.get::<Vec<FileEvent>>(name)?),
            "links" => span.links = unwrapped(field.get::<Vec<FileLink>>(name)?),
            _ => field.skip()?,
        }
        Ok(())
    }
}

/// Unwraps each item in place: `collect` reuses the list's allocation.
fn unwrapped<W: Into<T>, T>(list: Vec<W>) -> Vec<T> {
    list.into_iter().map(Into::into).collect()
}

/// The ids of a span in files before MLflow 3.
#[derive(Default)]
struct Context {
    trace_id: Option<Vec<u8>>,
    span_id: Option<Vec<u8>>,
}

impl Message for Context {
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "trace_id" => self.trace_id = Some(id(field, name, TRACE_ID_BYTES)?),
            "span_id" => self.span_id = Some(id(field, name, SPAN_ID_BYTES)?),
            _ => field.skip()?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct FileStatus {
    code: Option<i32>,
    message: Option<String>,
}

impl Message for FileStatus {
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "code" => self.code = Some(status_code(&field.text(name)?)),
            "message" => self.message = Some(field.text(name)?),
            _ => field.skip()?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct FileEvent(Event);

impl From<FileEvent> for Event {
    fn from(event: FileEvent) -> Self {
        event.0
    }
}

impl Message for FileEvent {
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "name" => self.0.name = field.text(name)?,
            "time_unix_nano" | "timestamp" => self.0.time_unix_nano = field.u64(name)?,
            "attributes" => self.0.attributes = field.get::<Attributes<Plain>>(name)?.entries,
            _ => field.skip()?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct FileLink(Link);

impl From<FileLink> for Link {
    fn from(link: FileLink) -> Self {
        link.0
    }
}

impl Message for FileLink {
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "trace_id" => self.0.trace_id = id(field, name, TRACE_ID_BYTES)?,
            "span_id" => self.0.span_id = id(field, name, SPAN_ID_BYTES)?,
            "attributes" => self.0.attributes = field.get::<Attributes<Plain>>(name)?.entries,
            _ => field.skip()?,
        }
        Ok(())
    }
}

fn id<'de, A: MapAccess<'de>>(
    field: Field<'_, A>,
    name: &str,
    bytes: usize,
) -> Result<Vec<u8>, A::Error> {
    Ok(from_any(&field.text(name)?, bytes).unwrap_or_default())
}

/// Reads `STATUS_CODE_OK`, `StatusCode.OK` or `OK`; any unknown status is unset.
fn status_code(name: &str) -> i32 {
    let bare = name.trim_start_matches("STATUS_CODE_").trim_start_matches("StatusCode.");
    match bare {
        "OK" => StatusCode::Ok.into(),
        "ERROR" => StatusCode::Error.into(),
        _ => StatusCode::Unset.into(),
    }
}

/// The conversion of a JSON value in the file to an attribute value.
trait Meaning: Sized {
    fn of_text(text: String) -> AnyValue;
    fn of_tree(value: Value) -> AnyValue;
}

/// Attributes of a span: each value is a string of JSON.
struct JsonText;

impl Meaning for JsonText {
    fn of_text(text: String) -> AnyValue {
        from_json_text(text)
    }

    /// No client writes this, but it has only one possible meaning.
    fn of_tree(value: Value) -> AnyValue {
        from_json_text(to_text(&value))
    }
}

/// Attributes of events and links, which are plain values.
struct Plain;

impl Meaning for Plain {
    fn of_text(text: String) -> AnyValue {
        any(Any::StringValue(text))
    }

    fn of_tree(value: Value) -> AnyValue {
        let text = to_text(&value);
        match from_json(value, DEPTH_MAX) {
            Some(typed) if is_worth_typing(&typed, &text) => typed,
            _ => any(Any::StringValue(text)),
        }
    }
}

/// An object whose fields are attributes.
struct Attributes<M> {
    entries: Vec<KeyValue>,
    entry_type: PhantomData<M>,
}

impl<M: Meaning> Read for Attributes<M> {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error> {
        let fields = json::fields(json, at, |raw: &RawValue| match raw.get() {
            text if text.starts_with('"') => {
                let text: String = serde_json::from_str(text).unwrap_or_default();
                M::of_text(text)
            }
            text => match json_tree::parse(text) {
                Some(value) => M::of_tree(value),
                None => any(Any::StringValue(text.to_owned())),
            },
        })?;
        let entry = |(key, value)| KeyValue { key, value: Some(value), key_strindex: 0 };
        Ok(Self { entries: fields.into_iter().map(entry).collect(), entry_type: PhantomData })
    }
}

#[cfg(test)]
mod tests;
