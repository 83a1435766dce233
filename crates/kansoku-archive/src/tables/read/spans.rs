//! Spans from rows of `<prefix>_otel_spans`.
use arrow_array::{Array, ListArray, RecordBatch, StructArray};
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use prost::Message;

use super::attributes::AttributeColumn;
use super::columns::{Columns, list_range};
use super::origin::{Origin, OriginColumns};
use super::{enum_number, from_hex, otel_trace_id};
use crate::tables::{Table, TableError, TraceKey};

/// The spans of a trace in a batch of rows, as a chunk of `TracesData`; empty if there are none.
///
/// Rows of other traces are skipped. Fails if the columns are not those of the table, or a value is
/// damaged.
pub fn read_spans(batch: &RecordBatch, trace: &TraceId) -> Result<Vec<u8>, TableError> {
    let rows = StructArray::from(batch.clone());
    let columns = Columns::new(Table::Spans, &rows);
    let key = TraceKey::new(trace);
    let traces = columns.strings("trace_id")?;
    let spans = SpanColumns::new(&columns)?;
    let origins = OriginColumns::new(&columns, "span_schema_url")?;
    let mut data = TracesData::default();
    let mut last: Option<Origin> = None;
    for row in (0..columns.rows()).filter(|row| traces.get(*row) == Some(key.as_str())) {
        let origin = origins.origin(row)?;
        let span = spans.span(row, &key)?;
        push(&mut data, last.as_ref(), &origin, span);
        last = Some(origin);
    }
    Ok(data.encode_to_vec())
}

/// Appends a span, to the last resource and scope if they are its own.
fn push(data: &mut TracesData, last: Option<&Origin>, origin: &Origin, span: Span) {
    if !last.is_some_and(|last| last.has_resource_of(origin)) {
        data.resource_spans.push(ResourceSpans {
            resource: origin.resource.clone(),
            schema_url: origin.resource_schema_url.clone(),
            scope_spans: Vec::new(),
        });
    }
    let Some(resource) = data.resource_spans.last_mut() else { return };
    if last != Some(origin) || resource.scope_spans.is_empty() {
        resource.scope_spans.push(ScopeSpans {
            scope: origin.scope.clone(),
            schema_url: origin.scope_schema_url.clone(),
            spans: Vec::new(),
        });
    }
    if let Some(scope) = resource.scope_spans.last_mut() {
        scope.spans.push(span);
    }
}

struct SpanColumns<'a> {
    columns: Columns<'a>,
    attributes: AttributeColumn<'a>,
    events: Option<(&'a ListArray, Columns<'a>)>,
    links: Option<(&'a ListArray, Columns<'a>)>,
    status: Option<Columns<'a>>,
}

impl<'a> SpanColumns<'a> {
    fn new(columns: &Columns<'a>) -> Result<Self, TableError> {
        Ok(Self {
            columns: *columns,
            attributes: AttributeColumn::new(columns, "attributes")?,
            events: columns.struct_lists("events")?,
            links: columns.struct_lists("links")?,
            status: columns.structs("status")?,
        })
    }

    fn span(&self, row: usize, key: &TraceKey) -> Result<Span, TableError> {
        let columns = &self.columns;
        let id = |column| match columns.strings(column)?.get(row) {
            Some(hex) => from_hex(Table::Spans, column, row, hex),
            None => Ok(Vec::new()),
        };
        let attributes = self.attributes.attributes(row)?;
        let kind =
            enum_number(Table::Spans, "kind", row, columns.strings("kind")?.get(row), |name| {
                SpanKind::from_str_name(name).map(|kind| kind as i32)
            })?;
        Ok(Span {
            trace_id: otel_trace_id(Table::Spans, row, key, attributes.otel_trace_id.as_deref())?,
            span_id: id("span_id")?,
            trace_state: columns.strings("trace_state")?.text(row),
            parent_span_id: id("parent_span_id")?,
            flags: columns.integers("flags")?.count(row),
            name: columns.strings("name")?.text(row),
            kind,
            start_time_unix_nano: columns.longs("start_time_unix_nano")?.nanos(row),
            end_time_unix_nano: columns.longs("end_time_unix_nano")?.nanos(row),
            attributes: attributes.entries,
            dropped_attributes_count: columns.integers("dropped_attributes_count")?.count(row),
            events: each_item(self.events, row, read_event)?,
            dropped_events_count: columns.integers("dropped_events_count")?.count(row),
            links: each_item(self.links, row, read_link)?,
            dropped_links_count: columns.integers("dropped_links_count")?.count(row),
            status: self.status(row)?,
        })
    }

    /// `None` for the default, which is how OTLP writes it.
    fn status(&self, row: usize) -> Result<Option<Status>, TableError> {
        let Some(fields) = self.status.as_ref().filter(|it| it.is_present(row)) else {
            return Ok(None);
        };
        let code = fields.strings("code")?;
        let code = enum_number(Table::Spans, "status", row, code.get(row), |name| {
            StatusCode::from_str_name(name).map(|code| code as i32)
        })?;
        let status = Status { message: fields.strings("message")?.text(row), code };
        Ok((status != Status::default()).then_some(status))
    }
}

/// Reads the elements of a row's list; NULL is empty.
fn each_item<T>(
    column: Option<(&ListArray, Columns<'_>)>,
    row: usize,
    read: fn(&Columns<'_>, &AttributeColumn<'_>, usize) -> Result<T, TableError>,
) -> Result<Vec<T>, TableError> {
    let Some((list, fields)) = column.filter(|(list, _)| list.is_valid(row)) else {
        return Ok(Vec::new());
    };
    let range = list_range(list.value_offsets(), row);
    if range.is_empty() {
        return Ok(Vec::new());
    }
    let attributes = AttributeColumn::new(&fields, "attributes")?;
    range.map(|at| read(&fields, &attributes, at)).collect()
}

fn read_event(
    fields: &Columns<'_>,
    attributes: &AttributeColumn<'_>,
    at: usize,
) -> Result<Event, TableError> {
    Ok(Event {
        time_unix_nano: fields.longs("time_unix_nano")?.nanos(at),
        name: fields.strings("name")?.text(at),
        attributes: attributes.attributes(at)?.entries,
        dropped_attributes_count: fields.integers("dropped_attributes_count")?.count(at),
    })
}

fn read_link(
    fields: &Columns<'_>,
    attributes: &AttributeColumn<'_>,
    at: usize,
) -> Result<Link, TableError> {
    let id = |column| match fields.strings(column)?.get(at) {
        Some(hex) => from_hex(Table::Spans, column, at, hex),
        None => Ok(Vec::new()),
    };
    Ok(Link {
        trace_id: id("trace_id")?,
        span_id: id("span_id")?,
        trace_state: fields.strings("trace_state")?.text(at),
        attributes: attributes.attributes(at)?.entries,
        dropped_attributes_count: fields.integers("dropped_attributes_count")?.count(at),
        flags: fields.integers("flags")?.count(at),
    })
}
