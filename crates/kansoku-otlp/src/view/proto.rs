//! A span in protobuf's JSON as MLflow's reads answer it: proto field names,
//! ids in base64, numbers as numbers, attributes typed, nothing that is empty.
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde_json::{Map, Value, json};

use super::{TRACE_REQUEST_ID, attributes_of};
use crate::id::{self, to_base64};
use crate::value::{proto_attribute, proto_value};

pub(super) fn span(span: &Span, trace: &TraceId) -> Value {
    let mut message = Map::new();
    set(&mut message, "trace_id", to_base64(&span.trace_id));
    set(&mut message, "span_id", to_base64(&span.span_id));
    if !span.parent_span_id.is_empty() {
        set(&mut message, "parent_span_id", to_base64(&span.parent_span_id));
    }
    set(&mut message, "name", span.name.as_str());
    set(&mut message, "start_time_unix_nano", span.start_time_unix_nano);
    if span.end_time_unix_nano != 0 {
        set(&mut message, "end_time_unix_nano", span.end_time_unix_nano);
    }
    let own_id = json!({ "key": TRACE_REQUEST_ID, "value": { "string_value": trace.as_str() } });
    let attributes = attributes_of(span, Some(trace)).into_iter();
    let attributes = attributes.map(|(key, value)| entry(key, value, proto_attribute));
    set(&mut message, "attributes", std::iter::once(own_id).chain(attributes).collect::<Vec<_>>());
    set_list(&mut message, "events", span.events.iter().map(event));
    set_list(&mut message, "links", span.links.iter().filter_map(link));
    set(&mut message, "status", status(span.status.as_ref()));
    Value::Object(message)
}

fn event(event: &Event) -> Value {
    let mut message = Map::new();
    set(&mut message, "time_unix_nano", event.time_unix_nano);
    set(&mut message, "name", event.name.as_str());
    set_list(&mut message, "attributes", plain(&event.attributes));
    Value::Object(message)
}

/// A link to nowhere is not shown, as in the stored form.
fn link(link: &Link) -> Option<Value> {
    let mut message = Map::new();
    set(&mut message, "trace_id", to_base64(&id::trace_id(&link.trace_id)?));
    id::span_id(&link.span_id)?;
    set(&mut message, "span_id", to_base64(&link.span_id));
    set_list(&mut message, "attributes", plain(&link.attributes));
    Some(Value::Object(message))
}

fn status(status: Option<&Status>) -> Value {
    let mut message = Map::new();
    let Some(status) = status else { return Value::Object(message) };
    if !status.message.is_empty() {
        set(&mut message, "message", status.message.as_str());
    }
    if status.code() != StatusCode::Unset {
        set(&mut message, "code", status.code().as_str_name());
    }
    Value::Object(message)
}

fn plain(attributes: &[KeyValue]) -> impl Iterator<Item = Value> {
    attributes.iter().map(|attribute| entry(&attribute.key, attribute.value.as_ref(), proto_value))
}

fn entry(key: &str, value: Option<&AnyValue>, json: impl Fn(Option<&AnyValue>) -> Value) -> Value {
    json!({ "key": key, "value": json(value) })
}

fn set(message: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    message.insert(field.to_owned(), value.into());
}

fn set_list(message: &mut Map<String, Value>, field: &str, values: impl Iterator<Item = Value>) {
    let values: Vec<Value> = values.collect();
    if !values.is_empty() {
        set(message, field, values);
    }
}
