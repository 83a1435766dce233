//! A span in the form that MLflow stores and `traces.json` has: ids in base64, each attribute as
//! JSON text, events and links with plain values.
//!
//! The JSON has a space after `,` and `:`, as Python writes it, because text filters rely on that.
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use super::{TRACE_REQUEST_ID, attributes_of};
use crate::id;
use crate::value::{JsonObject, json_text, write_text};
use crate::write::{base64, string, whole};

/// Words that [`span`] writes although they need not be in the OTLP; the letters of all other words
/// in its JSON are in the OTLP, too. A text search that scans OTLP first must not expect to find
/// these. The ids, in base64 and in hex, are not in the OTLP either.
pub const RENDERED_WORDS: &[&str] = &[
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "start_time_unix_nano",
    "end_time_unix_nano",
    "time_unix_nano",
    "events",
    "status",
    "code",
    "message",
    "attributes",
    "links",
    "STATUS_CODE_UNSET",
    "STATUS_CODE_OK",
    "STATUS_CODE_ERROR",
    "null",
    "true",
    "false",
    "NaN",
    "Infinity",
    "tr",
];

/// Writes a span. `trace` is shown as `mlflow.traceRequestId`; without it that attribute is as
/// sent.
pub(super) fn span(out: &mut Vec<u8>, span: &Span, trace: Option<&TraceId>) {
    out.extend_from_slice(b"{\"trace_id\": ");
    base64(out, &span.trace_id);
    out.extend_from_slice(b", \"span_id\": ");
    base64(out, &span.span_id);
    out.extend_from_slice(b", \"parent_span_id\": ");
    match span.parent_span_id.as_slice() {
        [] => out.extend_from_slice(b"null"),
        parent => base64(out, parent),
    }
    out.extend_from_slice(b", \"name\": ");
    string(out, &span.name);
    out.extend_from_slice(b", \"start_time_unix_nano\": ");
    whole(out, span.start_time_unix_nano);
    out.extend_from_slice(b", \"end_time_unix_nano\": ");
    match span.end_time_unix_nano {
        0 => out.extend_from_slice(b"null"),
        end => whole(out, end),
    }
    out.extend_from_slice(b", \"events\": ");
    list(out, &span.events, event);
    out.extend_from_slice(b", \"status\": ");
    status(out, span.status.as_ref());
    out.extend_from_slice(b", \"attributes\": ");
    attributes(out, span, trace);
    out.extend_from_slice(b", \"links\": ");
    list(out, span.links.iter().filter_map(ends), link);
    out.push(b'}');
}

fn attributes(out: &mut Vec<u8>, span: &Span, trace: Option<&TraceId>) {
    out.push(b'{');
    let mut separator: &[u8] = b"";
    if let Some(trace) = trace {
        string(out, TRACE_REQUEST_ID);
        out.extend_from_slice(b": ");
        let mut text = Vec::with_capacity(trace.as_str().len() + 2);
        string(&mut text, trace.as_str());
        string(out, &String::from_utf8_lossy(&text));
        separator = b", ";
    }
    for (key, value) in attributes_of(span, trace) {
        out.extend_from_slice(separator);
        separator = b", ";
        string(out, key);
        out.extend_from_slice(b": ");
        string(out, &json_text(value));
    }
    out.push(b'}');
}

fn status(out: &mut Vec<u8>, status: Option<&Status>) {
    out.extend_from_slice(b"{\"code\": ");
    string(out, status.map(Status::code).unwrap_or_default().as_str_name());
    out.extend_from_slice(b", \"message\": ");
    string(out, status.map_or("", |status| &status.message));
    out.push(b'}');
}

fn event(out: &mut Vec<u8>, event: &Event) {
    out.extend_from_slice(b"{\"name\": ");
    string(out, &event.name);
    out.extend_from_slice(b", \"time_unix_nano\": ");
    whole(out, event.time_unix_nano);
    out.extend_from_slice(b", \"attributes\": ");
    write_text(out, &JsonObject(&event.attributes));
    out.push(b'}');
}

/// The target of a link; `None` if its ids are invalid. Such links are not shown, because readers
/// would reject the whole file.
fn ends(link: &Link) -> Option<(TraceId, String, &Link)> {
    let trace_id = TraceId::from_otel(id::trace_id(&link.trace_id)?);
    Some((trace_id, id::span_id(&link.span_id)?.to_string(), link))
}

fn link(out: &mut Vec<u8>, (trace_id, span_id, link): (TraceId, String, &Link)) {
    out.extend_from_slice(b"{\"trace_id\": ");
    string(out, trace_id.as_str());
    out.extend_from_slice(b", \"span_id\": ");
    string(out, &span_id);
    out.extend_from_slice(b", \"attributes\": ");
    write_text(out, &JsonObject(&link.attributes));
    out.push(b'}');
}

fn list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (n, it) in items.into_iter().enumerate() {
        if 0 < n {
            out.extend_from_slice(b", ");
        }
        item(out, it);
    }
    out.push(b']');
}
