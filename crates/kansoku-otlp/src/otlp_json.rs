//! OTLP/JSON: protobuf's JSON with hex ids.
//!
//! Written over a parsed tree because senders are looser than generated readers:
//! numbers as text, enums by name, `null`, fields of tomorrow.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use serde_json::Value;

use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES, from_base64, from_hex};
use crate::json::{At, Misfit, count_u32, double, list, object, text, whole_i64, whole_u64};
use crate::value::{DEPTH_MAX, any};

/// Reads a message: one arm per field, under its JSON name or its proto name.
macro_rules! message {
    ($message:ident, $value:expr, $at:expr, { $($camel:literal $(| $snake:literal)? => |$v:ident, $here:ident| $set:expr,)* }) => {{
        let at: &At<'_> = $at;
        for (name, value) in object($value, at)? {
            match name.as_str() {
                $($camel $(| $snake)? => {
                    let here = at.field($camel);
                    let ($v, $here) = (value, &here);
                    $set;
                })*
                _ => {}
            }
        }
        Ok($message)
    }};
}

pub(crate) mod logs;
pub(crate) mod write;

pub(crate) fn traces_data(body: Value) -> Result<TracesData, Misfit> {
    if body.is_null() {
        return Err(At::ROOT.misfit("an object"));
    }
    let mut data = TracesData::default();
    message!(data, body, &At::ROOT, {
        "resourceSpans" | "resource_spans" => |v, at| data.resource_spans = list(v, at, resource_spans)?,
    })
}

fn resource_spans(value: Value, at: &At<'_>) -> Result<ResourceSpans, Misfit> {
    let mut spans = ResourceSpans::default();
    message!(spans, value, at, {
        "resource" => |v, at| spans.resource = optional(v, at, resource)?,
        "scopeSpans" | "scope_spans" => |v, at| spans.scope_spans = list(v, at, scope_spans)?,
        "schemaUrl" | "schema_url" => |v, at| spans.schema_url = text(v, at)?,
    })
}

fn resource(value: Value, at: &At<'_>) -> Result<Resource, Misfit> {
    let mut resource = Resource::default();
    message!(resource, value, at, {
        "attributes" => |v, at| resource.attributes = attributes(v, at)?,
        "droppedAttributesCount" | "dropped_attributes_count" => |v, at| resource.dropped_attributes_count = count_u32(v, at)?,
        "entityRefs" | "entity_refs" => |v, at| resource.entity_refs = list(v, at, entity_ref)?,
    })
}

fn entity_ref(value: Value, at: &At<'_>) -> Result<EntityRef, Misfit> {
    let mut entity = EntityRef::default();
    message!(entity, value, at, {
        "schemaUrl" | "schema_url" => |v, at| entity.schema_url = text(v, at)?,
        "type" => |v, at| entity.r#type = text(v, at)?,
        "idKeys" | "id_keys" => |v, at| entity.id_keys = list(v, at, text)?,
        "descriptionKeys" | "description_keys" => |v, at| entity.description_keys = list(v, at, text)?,
    })
}

fn scope_spans(value: Value, at: &At<'_>) -> Result<ScopeSpans, Misfit> {
    let mut spans = ScopeSpans::default();
    message!(spans, value, at, {
        "scope" => |v, at| spans.scope = optional(v, at, scope)?,
        "spans" => |v, at| spans.spans = list(v, at, span)?,
        "schemaUrl" | "schema_url" => |v, at| spans.schema_url = text(v, at)?,
    })
}

fn scope(value: Value, at: &At<'_>) -> Result<InstrumentationScope, Misfit> {
    let mut scope = InstrumentationScope::default();
    message!(scope, value, at, {
        "name" => |v, at| scope.name = text(v, at)?,
        "version" => |v, at| scope.version = text(v, at)?,
        "attributes" => |v, at| scope.attributes = attributes(v, at)?,
        "droppedAttributesCount" | "dropped_attributes_count" => |v, at| scope.dropped_attributes_count = count_u32(v, at)?,
    })
}

fn span(value: Value, at: &At<'_>) -> Result<Span, Misfit> {
    let mut span = Span::default();
    message!(span, value, at, {
        "traceId" | "trace_id" => |v, at| span.trace_id = hex(v, at, TRACE_ID_BYTES)?,
        "spanId" | "span_id" => |v, at| span.span_id = hex(v, at, SPAN_ID_BYTES)?,
        "parentSpanId" | "parent_span_id" => |v, at| span.parent_span_id = hex(v, at, SPAN_ID_BYTES)?,
        "traceState" | "trace_state" => |v, at| span.trace_state = text(v, at)?,
        "flags" => |v, at| span.flags = count_u32(v, at)?,
        "name" => |v, at| span.name = text(v, at)?,
        "kind" => |v, at| span.kind = enumeration(v, at, |name| {
            SpanKind::from_str_name(name).map(i32::from)
        })?,
        "startTimeUnixNano" | "start_time_unix_nano" => |v, at| span.start_time_unix_nano = whole_u64(v, at)?,
        "endTimeUnixNano" | "end_time_unix_nano" => |v, at| span.end_time_unix_nano = whole_u64(v, at)?,
        "attributes" => |v, at| span.attributes = attributes(v, at)?,
        "droppedAttributesCount" | "dropped_attributes_count" => |v, at| span.dropped_attributes_count = count_u32(v, at)?,
        "events" => |v, at| span.events = list(v, at, event)?,
        "droppedEventsCount" | "dropped_events_count" => |v, at| span.dropped_events_count = count_u32(v, at)?,
        "links" => |v, at| span.links = list(v, at, link)?,
        "droppedLinksCount" | "dropped_links_count" => |v, at| span.dropped_links_count = count_u32(v, at)?,
        "status" => |v, at| span.status = optional(v, at, status)?,
    })
}

fn event(value: Value, at: &At<'_>) -> Result<Event, Misfit> {
    let mut event = Event::default();
    message!(event, value, at, {
        "timeUnixNano" | "time_unix_nano" => |v, at| event.time_unix_nano = whole_u64(v, at)?,
        "name" => |v, at| event.name = text(v, at)?,
        "attributes" => |v, at| event.attributes = attributes(v, at)?,
        "droppedAttributesCount" | "dropped_attributes_count" => |v, at| event.dropped_attributes_count = count_u32(v, at)?,
    })
}

fn link(value: Value, at: &At<'_>) -> Result<Link, Misfit> {
    let mut link = Link::default();
    message!(link, value, at, {
        "traceId" | "trace_id" => |v, at| link.trace_id = hex(v, at, TRACE_ID_BYTES)?,
        "spanId" | "span_id" => |v, at| link.span_id = hex(v, at, SPAN_ID_BYTES)?,
        "traceState" | "trace_state" => |v, at| link.trace_state = text(v, at)?,
        "attributes" => |v, at| link.attributes = attributes(v, at)?,
        "droppedAttributesCount" | "dropped_attributes_count" => |v, at| link.dropped_attributes_count = count_u32(v, at)?,
        "flags" => |v, at| link.flags = count_u32(v, at)?,
    })
}

fn status(value: Value, at: &At<'_>) -> Result<Status, Misfit> {
    let mut status = Status::default();
    message!(status, value, at, {
        "message" => |v, at| status.message = text(v, at)?,
        "code" => |v, at| status.code = enumeration(v, at, |name| {
            StatusCode::from_str_name(name).map(i32::from)
        })?,
    })
}

fn attributes(value: Value, at: &At<'_>) -> Result<Vec<KeyValue>, Misfit> {
    list(value, at, |value, at| key_value(value, at, DEPTH_MAX))
}

fn key_value(value: Value, at: &At<'_>, depth: usize) -> Result<KeyValue, Misfit> {
    let mut entry = KeyValue::default();
    message!(entry, value, at, {
        "key" => |v, at| entry.key = text(v, at)?,
        "value" => |v, at| entry.value = optional(v, at, |v, at| any_value(v, at, depth))?,
    })
}

fn any_value(value: Value, at: &At<'_>, depth: usize) -> Result<AnyValue, Misfit> {
    let mut read = AnyValue::default();
    for (name, value) in object(value, at)? {
        if value.is_null() {
            continue;
        }
        let at = &at.field(&name);
        let deeper = || depth.checked_sub(1).ok_or_else(|| at.misfit("less deeply nested"));
        read = any(match name.as_str() {
            "stringValue" | "string_value" => Any::StringValue(text(value, at)?),
            "boolValue" | "bool_value" => {
                Any::BoolValue(value.as_bool().ok_or_else(|| at.misfit("true or false"))?)
            }
            "intValue" | "int_value" => Any::IntValue(whole_i64(value, at)?),
            "doubleValue" | "double_value" => Any::DoubleValue(double(value, at)?),
            "bytesValue" | "bytes_value" => {
                Any::BytesValue(from_base64(&text(value, at)?).ok_or_else(|| at.misfit("base64"))?)
            }
            "arrayValue" | "array_value" => {
                let depth = deeper()?;
                let mut array = ArrayValue::default();
                for (name, value) in object(value, at)? {
                    if name == "values" {
                        let item = |value, at: &At<'_>| any_value(value, at, depth);
                        array.values = list(value, &at.field("values"), item)?;
                    }
                }
                Any::ArrayValue(array)
            }
            "kvlistValue" | "kvlist_value" => {
                let depth = deeper()?;
                let mut entries = KeyValueList::default();
                for (name, value) in object(value, at)? {
                    if name == "values" {
                        let entry = |value, at: &At<'_>| key_value(value, at, depth);
                        entries.values = list(value, &at.field("values"), entry)?;
                    }
                }
                Any::KvlistValue(entries)
            }
            _ => continue,
        });
    }
    Ok(read)
}

fn optional<T>(
    value: Value,
    at: &At<'_>,
    read: impl Fn(Value, &At<'_>) -> Result<T, Misfit>,
) -> Result<Option<T>, Misfit> {
    if value.is_null() { Ok(None) } else { read(value, at).map(Some) }
}

fn hex(value: Value, at: &At<'_>, bytes: usize) -> Result<Vec<u8>, Misfit> {
    from_hex(&text(value, at)?, bytes).ok_or_else(|| at.misfit("an id in hex digits"))
}

/// By number or by name; an unknown name is the default, as protobuf readers that ignore the unknown do.
fn enumeration(
    value: Value,
    at: &At<'_>,
    by_name: impl Fn(&str) -> Option<i32>,
) -> Result<i32, Misfit> {
    match value {
        Value::Null => Ok(0),
        Value::Number(number) => {
            number.as_i64().and_then(|n| i32::try_from(n).ok()).ok_or_else(|| at.misfit("an enum"))
        }
        Value::String(name) => Ok(name.parse().ok().or_else(|| by_name(&name)).unwrap_or(0)),
        _ => Err(at.misfit("an enum, by number or by name")),
    }
}

#[cfg(test)]
mod tests;
