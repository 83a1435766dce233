//! Rows of `<prefix>_otel_spans`.
use std::borrow::Cow;

use arrow_array::RecordBatch;
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, TracesData};
use prost::Message;

use super::columns::RowWriter;
use super::rows::{Rows, decode};
use super::{AttributeList, Origin, RepeatedSpans};
use crate::tables::ids::{record_id, to_hex};
use crate::tables::{Layout, Table, TableError, TraceKey};

/// Builds rows of spans, from one chunk of a trace after another.
pub struct SpanRows {
    rows: Rows,
}

impl SpanRows {
    pub fn new(layout: Layout) -> Self {
        Self { rows: Rows::new(Table::Spans, layout) }
    }

    /// Appends the spans in a chunk of `TracesData`, by start, except those that a later chunk
    /// repeats. Returns the batches that they complete. Fails if the chunk is malformed or larger
    /// than 256 MiB; no span of it is then appended.
    pub fn append(
        &mut self,
        trace: &TraceId,
        otlp: &[u8],
        repeated: &mut RepeatedSpans,
    ) -> Result<Vec<RecordBatch>, TableError> {
        let data: TracesData = decode(trace.as_str(), otlp)?;
        let key = TraceKey::new(trace);
        let mut spans: Vec<(Place, &Span)> = Vec::new();
        for (resource, resource_spans) in data.resource_spans.iter().enumerate() {
            for (scope, scope_spans) in resource_spans.scope_spans.iter().enumerate() {
                let place = Place { resource, scope };
                let latest = scope_spans.spans.iter().filter(|it| repeated.is_latest(&it.span_id));
                spans.extend(latest.map(|span| (place, span)));
            }
        }
        // The sort is stable: the spans of one moment stay in the order in which readers show them.
        spans.sort_by_key(|(_, span)| span.start_time_unix_nano);
        let mut batches = Vec::new();
        let mut last = None;
        for (place, span) in spans {
            let resource_spans = &data.resource_spans[place.resource];
            let scope_spans = &resource_spans.scope_spans[place.scope];
            let origin = Origin {
                resource: resource_spans.resource.as_ref(),
                resource_schema_url: &resource_spans.schema_url,
                scope: scope_spans.scope.as_ref(),
                scope_schema_url: &scope_spans.schema_url,
                same_as_last: last == Some(place),
            };
            last = Some(place);
            let write = |row: &mut RowWriter<'_>| write_span(row, &key, span, &origin);
            batches.extend(self.rows.append(span.encoded_len(), write));
        }
        Ok(batches)
    }

    /// The rows since the last batch; `None` if there are none.
    pub fn finish(&mut self) -> Option<RecordBatch> {
        self.rows.finish()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    resource: usize,
    scope: usize,
}

fn write_span(row: &mut RowWriter<'_>, key: &TraceKey, span: &Span, origin: &Origin<'_>) {
    let start_ns = span.start_time_unix_nano;
    row.string("record_id", &record_id(start_ns, &[key.as_str().as_bytes(), &span.span_id]));
    row.timestamp_ns("time", start_ns);
    row.date("date", start_ns);
    row.optional_string("service_name", origin.service_name().as_deref());
    row.string("trace_id", key.as_str());
    row.string("span_id", &to_hex(&span.span_id));
    row.string("trace_state", &span.trace_state);
    let parent = Some(&span.parent_span_id).filter(|id| !id.is_empty()).map(|id| to_hex(id));
    row.optional_string("parent_span_id", parent.as_deref());
    row.count("flags", span.flags);
    row.string("name", &span.name);
    row.string("kind", &kind_text(span.kind));
    row.nanos("start_time_unix_nano", start_ns);
    row.nanos("end_time_unix_nano", span.end_time_unix_nano);
    let otel_trace_id = key.other_otel_hex(&span.trace_id);
    let otel_trace_id = otel_trace_id.as_deref();
    row.attributes(
        "attributes",
        AttributeList { otel_trace_id, ..AttributeList::new(&span.attributes) },
    );
    row.count("dropped_attributes_count", span.dropped_attributes_count);
    row.structures("events", &span.events, write_event);
    row.count("dropped_events_count", span.dropped_events_count);
    row.structures("links", &span.links, write_link);
    row.count("dropped_links_count", span.dropped_links_count);
    let unset = Status::default();
    row.structure("status", Some(span.status.as_ref().unwrap_or(&unset)), write_status);
    origin.write(row, "span_schema_url");
}

fn write_event(fields: &mut RowWriter<'_>, event: &Event) {
    fields.nanos("time_unix_nano", event.time_unix_nano);
    fields.string("name", &event.name);
    fields.attributes("attributes", AttributeList::new(&event.attributes));
    fields.count("dropped_attributes_count", event.dropped_attributes_count);
}

fn write_link(fields: &mut RowWriter<'_>, link: &Link) {
    fields.string("trace_id", &to_hex(&link.trace_id));
    fields.string("span_id", &to_hex(&link.span_id));
    fields.string("trace_state", &link.trace_state);
    fields.attributes("attributes", AttributeList::new(&link.attributes));
    fields.count("dropped_attributes_count", link.dropped_attributes_count);
    fields.count("flags", link.flags);
}

fn write_status(fields: &mut RowWriter<'_>, status: &Status) {
    fields.string("message", &status.message);
    match StatusCode::try_from(status.code) {
        Ok(code) => fields.string("code", code.as_str_name()),
        Err(_) => fields.string("code", &status.code.to_string()),
    }
}

/// The name of a kind; the number of an unknown one.
fn kind_text(kind: i32) -> Cow<'static, str> {
    match SpanKind::try_from(kind) {
        Ok(kind) => Cow::Borrowed(kind.as_str_name()),
        Err(_) => Cow::Owned(kind.to_string()),
    }
}
