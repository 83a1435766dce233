//! OTLP/JSON: protobuf's JSON with hex ids.
//!
//! It is read field by field, because senders are less strict than generated readers: numbers as
//! strings, enums by name, `null`, fields of later versions.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use serde::de::MapAccess;

use crate::DecodeError;
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES, from_base64, from_hex};
use crate::json::{self, Field, Message};

/// Implements reading of a message: one arm per field, by its JSON name or its proto name.
macro_rules! message {
    ($type:ty, { $($camel:literal $(| $snake:literal)? => |$message:ident, $field:ident, $name:ident| $set:expr,)* }) => {
        impl Message for $type {
            fn read_field<'de, A: MapAccess<'de>>(
                &mut self,
                name: &str,
                field: Field<'_, A>,
            ) -> Result<(), A::Error> {
                match name {
                    $($camel $(| $snake)? => {
                        let ($message, $field, $name) = (self, field, $camel);
                        $set;
                    })*
                    _ => field.skip()?,
                }
                Ok(())
            }
        }
    };
}

pub(crate) mod logs;
pub(crate) mod write;

message!(TracesData, {
    "resourceSpans" | "resource_spans" => |it, v, name| it.resource_spans = v.get(name)?,
});

message!(ResourceSpans, {
    "resource" => |it, v, name| it.resource = v.get(name)?,
    "scopeSpans" | "scope_spans" => |it, v, name| it.scope_spans = v.get(name)?,
    "schemaUrl" | "schema_url" => |it, v, name| it.schema_url = v.text(name)?,
});

message!(Resource, {
    "attributes" => |it, v, name| it.attributes = v.get(name)?,
    "droppedAttributesCount" | "dropped_attributes_count" => |it, v, name| it.dropped_attributes_count = v.count(name)?,
    "entityRefs" | "entity_refs" => |it, v, name| it.entity_refs = v.get(name)?,
});

message!(EntityRef, {
    "schemaUrl" | "schema_url" => |it, v, name| it.schema_url = v.text(name)?,
    "type" => |it, v, name| it.r#type = v.text(name)?,
    "idKeys" | "id_keys" => |it, v, name| it.id_keys = v.get(name)?,
    "descriptionKeys" | "description_keys" => |it, v, name| it.description_keys = v.get(name)?,
});

message!(ScopeSpans, {
    "scope" => |it, v, name| it.scope = v.get(name)?,
    "spans" => |it, v, name| it.spans = v.get(name)?,
    "schemaUrl" | "schema_url" => |it, v, name| it.schema_url = v.text(name)?,
});

message!(InstrumentationScope, {
    "name" => |it, v, name| it.name = v.text(name)?,
    "version" => |it, v, name| it.version = v.text(name)?,
    "attributes" => |it, v, name| it.attributes = v.get(name)?,
    "droppedAttributesCount" | "dropped_attributes_count" => |it, v, name| it.dropped_attributes_count = v.count(name)?,
});

message!(Span, {
    "traceId" | "trace_id" => |it, v, name| it.trace_id = hex(v, name, TRACE_ID_BYTES)?,
    "spanId" | "span_id" => |it, v, name| it.span_id = hex(v, name, SPAN_ID_BYTES)?,
    "parentSpanId" | "parent_span_id" => |it, v, name| it.parent_span_id = hex(v, name, SPAN_ID_BYTES)?,
    "traceState" | "trace_state" => |it, v, name| it.trace_state = v.text(name)?,
    "flags" => |it, v, name| it.flags = v.count(name)?,
    "name" => |it, v, name| it.name = v.text(name)?,
    "kind" => |it, v, name| it.kind = v.enumeration(name, |name| {
            SpanKind::from_str_name(name).map(i32::from)
        })?,
    "startTimeUnixNano" | "start_time_unix_nano" => |it, v, name| it.start_time_unix_nano = v.u64(name)?,
    "endTimeUnixNano" | "end_time_unix_nano" => |it, v, name| it.end_time_unix_nano = v.u64(name)?,
    "attributes" => |it, v, name| it.attributes = v.get(name)?,
    "droppedAttributesCount" | "dropped_attributes_count" => |it, v, name| it.dropped_attributes_count = v.count(name)?,
    "events" => |it, v, name| it.events = v.get(name)?,
    "droppedEventsCount" | "dropped_events_count" => |it, v, name| it.dropped_events_count = v.count(name)?,
    "links" => |it, v, name| it.links = v.get(name)?,
    "droppedLinksCount" | "dropped_links_count" => |it, v, name| it.dropped_links_count = v.count(name)?,
    "status" => |it, v, name| it.status = v.get(name)?,
});

message!(Event, {
    "timeUnixNano" | "time_unix_nano" => |it, v, name| it.time_unix_nano = v.u64(name)?,
    "name" => |it, v, name| it.name = v.text(name)?,
    "attributes" => |it, v, name| it.attributes = v.get(name)?,
    "droppedAttributesCount" | "dropped_attributes_count" => |it, v, name| it.dropped_attributes_count = v.count(name)?,
});

message!(Link, {
    "traceId" | "trace_id" => |it, v, name| it.trace_id = hex(v, name, TRACE_ID_BYTES)?,
    "spanId" | "span_id" => |it, v, name| it.span_id = hex(v, name, SPAN_ID_BYTES)?,
    "traceState" | "trace_state" => |it, v, name| it.trace_state = v.text(name)?,
    "attributes" => |it, v, name| it.attributes = v.get(name)?,
    "droppedAttributesCount" | "dropped_attributes_count" => |it, v, name| it.dropped_attributes_count = v.count(name)?,
    "flags" => |it, v, name| it.flags = v.count(name)?,
});

message!(Status, {
    "message" => |it, v, name| it.message = v.text(name)?,
    "code" => |it, v, name| it.code = v.enumeration(name, |name| {
            StatusCode::from_str_name(name).map(i32::from)
        })?,
});

message!(KeyValue, {
    "key" => |it, v, name| it.key = v.text(name)?,
    "value" => |it, v, name| it.value = v.get(name)?,
});

message!(ArrayValue, {
    "values" => |it, v, name| it.values = v.get(name)?,
});

message!(KeyValueList, {
    "values" => |it, v, name| it.values = v.get(name)?,
});

impl Message for AnyValue {
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error> {
        let value = match name {
            "stringValue" | "string_value" => {
                field.unless_null("stringValue")?.map(Any::StringValue)
            }
            "boolValue" | "bool_value" => field.bool("boolValue")?.map(Any::BoolValue),
            "intValue" | "int_value" => field.i64("intValue")?.map(Any::IntValue),
            "doubleValue" | "double_value" => field.double("doubleValue")?.map(Any::DoubleValue),
            "bytesValue" | "bytes_value" => {
                let bytes = field.parsed("bytesValue", "base64", from_base64)?;
                bytes.map(Any::BytesValue)
            }
            "arrayValue" | "array_value" => {
                field.unless_null::<ArrayValue>("arrayValue")?.map(Any::ArrayValue)
            }
            "kvlistValue" | "kvlist_value" => {
                field.unless_null::<KeyValueList>("kvlistValue")?.map(Any::KvlistValue)
            }
            _ => return field.skip(),
        };
        if value.is_some() {
            self.value = value;
        }
        Ok(())
    }
}

/// Reads the body of an export. Fails if it is not JSON, has a value of the wrong type, or takes
/// too much memory.
pub(crate) fn read<T: Message>(body: &[u8]) -> Result<T, DecodeError> {
    Ok(json::read(body)?)
}

fn hex<'de, A: MapAccess<'de>>(
    field: Field<'_, A>,
    name: &str,
    bytes: usize,
) -> Result<Vec<u8>, A::Error> {
    let id = field.parsed(name, "an id in hex digits", |text| from_hex(text, bytes))?;
    Ok(id.unwrap_or_default())
}

#[cfg(test)]
mod tests;
