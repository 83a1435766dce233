//! Writes OTLP/JSON (OTLP specification, "JSON Protobuf Encoding"): ids in hex, 64-bit integers as
//! strings, enums by number. Empty fields are omitted.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

use crate::value::not_finite;
use crate::write;

type Out = Vec<u8>;

pub(crate) fn resource_spans(out: &mut Out, spans: &ResourceSpans) {
    let mut object = Object::begin(out);
    object.message("resource", spans.resource.as_ref(), resource);
    object.list("scopeSpans", &spans.scope_spans, scope_spans);
    object.text("schemaUrl", &spans.schema_url);
    object.end();
}

pub(crate) fn resource_logs(out: &mut Out, logs: &ResourceLogs) {
    let mut object = Object::begin(out);
    object.message("resource", logs.resource.as_ref(), resource);
    object.list("scopeLogs", &logs.scope_logs, scope_logs);
    object.text("schemaUrl", &logs.schema_url);
    object.end();
}

fn resource(out: &mut Out, resource: &Resource) {
    let mut object = Object::begin(out);
    object.list("attributes", &resource.attributes, key_value);
    object.count("droppedAttributesCount", resource.dropped_attributes_count);
    object.list("entityRefs", &resource.entity_refs, entity_ref);
    object.end();
}

fn entity_ref(out: &mut Out, entity: &EntityRef) {
    let string = |out: &mut Out, text: &String| write::string(out, text);
    let mut object = Object::begin(out);
    object.text("schemaUrl", &entity.schema_url);
    object.text("type", &entity.r#type);
    object.list("idKeys", &entity.id_keys, string);
    object.list("descriptionKeys", &entity.description_keys, string);
    object.end();
}

fn scope_spans(out: &mut Out, spans: &ScopeSpans) {
    let mut object = Object::begin(out);
    object.message("scope", spans.scope.as_ref(), scope);
    object.list("spans", &spans.spans, span);
    object.text("schemaUrl", &spans.schema_url);
    object.end();
}

fn scope_logs(out: &mut Out, logs: &ScopeLogs) {
    let mut object = Object::begin(out);
    object.message("scope", logs.scope.as_ref(), scope);
    object.list("logRecords", &logs.log_records, record);
    object.text("schemaUrl", &logs.schema_url);
    object.end();
}

fn scope(out: &mut Out, scope: &InstrumentationScope) {
    let mut object = Object::begin(out);
    object.text("name", &scope.name);
    object.text("version", &scope.version);
    object.list("attributes", &scope.attributes, key_value);
    object.count("droppedAttributesCount", scope.dropped_attributes_count);
    object.end();
}

fn span(out: &mut Out, span: &Span) {
    let mut object = Object::begin(out);
    object.id("traceId", &span.trace_id);
    object.id("spanId", &span.span_id);
    object.text("traceState", &span.trace_state);
    object.id("parentSpanId", &span.parent_span_id);
    object.count("flags", span.flags);
    object.text("name", &span.name);
    object.number("kind", span.kind);
    object.time("startTimeUnixNano", span.start_time_unix_nano);
    object.time("endTimeUnixNano", span.end_time_unix_nano);
    object.list("attributes", &span.attributes, key_value);
    object.count("droppedAttributesCount", span.dropped_attributes_count);
    object.list("events", &span.events, event);
    object.count("droppedEventsCount", span.dropped_events_count);
    object.list("links", &span.links, link);
    object.count("droppedLinksCount", span.dropped_links_count);
    object.message("status", span.status.as_ref(), status);
    object.end();
}

fn event(out: &mut Out, event: &Event) {
    let mut object = Object::begin(out);
    object.time("timeUnixNano", event.time_unix_nano);
    object.text("name", &event.name);
    object.list("attributes", &event.attributes, key_value);
    object.count("droppedAttributesCount", event.dropped_attributes_count);
    object.end();
}

fn link(out: &mut Out, link: &Link) {
    let mut object = Object::begin(out);
    object.id("traceId", &link.trace_id);
    object.id("spanId", &link.span_id);
    object.text("traceState", &link.trace_state);
    object.list("attributes", &link.attributes, key_value);
    object.count("droppedAttributesCount", link.dropped_attributes_count);
    object.count("flags", link.flags);
    object.end();
}

fn status(out: &mut Out, status: &Status) {
    let mut object = Object::begin(out);
    object.text("message", &status.message);
    object.number("code", status.code);
    object.end();
}

fn record(out: &mut Out, record: &LogRecord) {
    let mut object = Object::begin(out);
    object.time("timeUnixNano", record.time_unix_nano);
    object.time("observedTimeUnixNano", record.observed_time_unix_nano);
    object.number("severityNumber", record.severity_number);
    object.text("severityText", &record.severity_text);
    object.message("body", record.body.as_ref(), any_value);
    object.list("attributes", &record.attributes, key_value);
    object.count("droppedAttributesCount", record.dropped_attributes_count);
    object.count("flags", record.flags);
    object.id("traceId", &record.trace_id);
    object.id("spanId", &record.span_id);
    object.text("eventName", &record.event_name);
    object.end();
}

fn key_value(out: &mut Out, entry: &KeyValue) {
    let mut object = Object::begin(out);
    object.text("key", &entry.key);
    object.message("value", entry.value.as_ref(), any_value);
    object.end();
}

fn any_value(out: &mut Out, value: &AnyValue) {
    let mut object = Object::begin(out);
    match &value.value {
        // An index into the string table of a profile, which traces do not have.
        None | Some(Any::StringValueStrindex(_)) => {}
        Some(Any::StringValue(text)) => write::string(object.field("stringValue"), text),
        Some(Any::BoolValue(flag)) => write::whole(object.field("boolValue"), flag),
        Some(Any::IntValue(number)) => quoted(object.field("intValue"), number),
        Some(Any::DoubleValue(number)) => double(object.field("doubleValue"), *number),
        Some(Any::BytesValue(bytes)) => write::base64(object.field("bytesValue"), bytes),
        Some(Any::ArrayValue(array)) => {
            let mut list = Object::begin(object.field("arrayValue"));
            list.list("values", &array.values, any_value);
            list.end();
        }
        Some(Any::KvlistValue(entries)) => {
            let mut list = Object::begin(object.field("kvlistValue"));
            list.list("values", &entries.values, key_value);
            list.end();
        }
    }
    object.end();
}

fn double(out: &mut Out, number: f64) {
    match number.is_finite() {
        true => write::double(out, number),
        false => write::string(out, not_finite(number)),
    }
}

/// Writes a 64-bit integer as a string, because not every reader supports such numbers.
fn quoted(out: &mut Out, number: impl std::fmt::Display) {
    out.push(b'"');
    write::whole(out, number);
    out.push(b'"');
}

/// An object that is written field by field; empty fields are left out.
struct Object<'a> {
    out: &'a mut Out,
    empty: bool,
}

impl<'a> Object<'a> {
    fn begin(out: &'a mut Out) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    fn end(self) {
        self.out.push(b'}');
    }

    fn field(&mut self, name: &str) -> &mut Out {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        write::name(self.out, name);
        self.out
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            write::string(self.field(name), text);
        }
    }

    fn id(&mut self, name: &str, id: &[u8]) {
        if !id.is_empty() {
            write::hex(self.field(name), id);
        }
    }

    fn count(&mut self, name: &str, count: u32) {
        if count != 0 {
            write::whole(self.field(name), count);
        }
    }

    fn number(&mut self, name: &str, number: i32) {
        if number != 0 {
            write::whole(self.field(name), number);
        }
    }

    fn time(&mut self, name: &str, time_ns: u64) {
        if time_ns != 0 {
            quoted(self.field(name), time_ns);
        }
    }

    fn message<T>(&mut self, name: &str, message: Option<&T>, write: fn(&mut Out, &T)) {
        if let Some(message) = message {
            write(self.field(name), message);
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], write: fn(&mut Out, &T)) {
        if !items.is_empty() {
            write::list(self.field(name), items, write);
        }
    }
}
