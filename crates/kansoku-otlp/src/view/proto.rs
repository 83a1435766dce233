//! A span in protobuf's JSON as in MLflow's responses: proto field names, ids in base64, numbers as
//! numbers, typed attributes, no empty fields.
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use super::{TRACE_REQUEST_ID, attributes_of};
use crate::id;
use crate::value::{write_proto_attribute, write_proto_value};
use crate::write::{base64, list, name, string, whole};

pub(super) fn span(out: &mut Vec<u8>, span: &Span, trace: &TraceId) {
    out.extend_from_slice(b"{\"trace_id\":");
    base64(out, &span.trace_id);
    out.extend_from_slice(b",\"span_id\":");
    base64(out, &span.span_id);
    if !span.parent_span_id.is_empty() {
        out.extend_from_slice(b",\"parent_span_id\":");
        base64(out, &span.parent_span_id);
    }
    out.extend_from_slice(b",\"name\":");
    string(out, &span.name);
    out.extend_from_slice(b",\"start_time_unix_nano\":");
    whole(out, span.start_time_unix_nano);
    if span.end_time_unix_nano != 0 {
        out.extend_from_slice(b",\"end_time_unix_nano\":");
        whole(out, span.end_time_unix_nano);
    }
    out.extend_from_slice(b",\"attributes\":[{\"key\":");
    string(out, TRACE_REQUEST_ID);
    out.extend_from_slice(b",\"value\":{\"string_value\":");
    string(out, trace.as_str());
    out.extend_from_slice(b"}}");
    for (key, value) in attributes_of(span, Some(trace)) {
        out.extend_from_slice(b",{\"key\":");
        string(out, key);
        out.extend_from_slice(b",\"value\":");
        write_proto_attribute(out, value);
        out.push(b'}');
    }
    out.push(b']');
    list_unless_empty(out, "events", span.events.iter(), event);
    list_unless_empty(out, "links", span.links.iter().filter(leads_somewhere), link);
    out.extend_from_slice(b",\"status\":");
    status(out, span.status.as_ref());
    out.push(b'}');
}

fn event(out: &mut Vec<u8>, event: &Event) {
    out.extend_from_slice(b"{\"time_unix_nano\":");
    whole(out, event.time_unix_nano);
    out.extend_from_slice(b",\"name\":");
    string(out, &event.name);
    list_unless_empty(out, "attributes", event.attributes.iter(), attribute);
    out.push(b'}');
}

/// Whether a link has valid ids. Others are not shown, as in the stored form.
pub(super) fn leads_somewhere(link: &&Link) -> bool {
    id::trace_id(&link.trace_id).is_some() && id::span_id(&link.span_id).is_some()
}

fn link(out: &mut Vec<u8>, link: &Link) {
    out.extend_from_slice(b"{\"trace_id\":");
    base64(out, &link.trace_id);
    out.extend_from_slice(b",\"span_id\":");
    base64(out, &link.span_id);
    list_unless_empty(out, "attributes", link.attributes.iter(), attribute);
    out.push(b'}');
}

fn status(out: &mut Vec<u8>, status: Option<&Status>) {
    let message = status.map_or("", |status| &status.message);
    let code = status.map(Status::code).unwrap_or_default();
    out.push(b'{');
    if !message.is_empty() {
        name(out, "message");
        string(out, message);
    }
    if code != StatusCode::Unset {
        if !message.is_empty() {
            out.push(b',');
        }
        name(out, "code");
        string(out, code.as_str_name());
    }
    out.push(b'}');
}

fn attribute(out: &mut Vec<u8>, attribute: &KeyValue) {
    out.extend_from_slice(b"{\"key\":");
    string(out, &attribute.key);
    out.extend_from_slice(b",\"value\":");
    write_proto_value(out, attribute.value.as_ref());
    out.push(b'}');
}

fn list_unless_empty<T>(
    out: &mut Vec<u8>,
    field: &str,
    items: impl Iterator<Item = T>,
    item: impl FnMut(&mut Vec<u8>, T),
) {
    let mut items = items.peekable();
    if items.peek().is_some() {
        out.push(b',');
        name(out, field);
        list(out, items, item);
    }
}
