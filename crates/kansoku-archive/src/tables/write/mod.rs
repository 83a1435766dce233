//! Rows of tables, from traces.
mod annotations;
mod columns;
mod logs;
mod map;
mod repeated;
mod rows;
mod span_rows;
mod spans;
mod traces;
mod variant;

use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::attribute_map::TextType;

pub use annotations::{Annotation, AnnotationRows, Change};
pub use logs::LogRows;
pub use repeated::RepeatedSpans;
pub(super) use rows::CHUNK_BYTES_MAX;
pub use spans::SpanRows;
pub use traces::{PayloadBytes, SPAN_ROWS_MAX, TraceRecord, TraceRows};

/// Attributes for one row.
#[derive(Clone, Copy, Default)]
struct AttributeList<'a> {
    entries: &'a [KeyValue],
    /// The OpenTelemetry trace id, if it does not follow from the trace's key.
    otel_trace_id: Option<&'a str>,
    /// The type of a log record's body, which has no place of its own in layout v1.
    body_type: Option<TextType>,
    /// Whether the entries are those of the last row, which are then copied.
    same_as_last: bool,
}

impl<'a> AttributeList<'a> {
    fn new(entries: &'a [KeyValue]) -> Self {
        Self { entries, ..Self::default() }
    }
}

/// The resource and the scope of a span or log record.
#[derive(Clone, Copy)]
struct Origin<'a> {
    resource: Option<&'a Resource>,
    resource_schema_url: &'a str,
    scope: Option<&'a InstrumentationScope>,
    scope_schema_url: &'a str,
    /// Whether resource and scope are those of the last row.
    same_as_last: bool,
}

impl<'a> Origin<'a> {
    fn service_name(&self) -> Option<String> {
        kansoku_otlp::service_name(self.resource)
    }

    /// Writes the columns that spans and log records have in common at their end.
    fn write(&self, row: &mut columns::RowWriter<'_>, schema_url_column: &'static str) {
        row.structure("resource", self.resource, |fields, resource| {
            let list = AttributeList::new(&resource.attributes);
            fields.attributes(
                "attributes",
                AttributeList { same_as_last: self.same_as_last, ..list },
            );
            fields.count("dropped_attributes_count", resource.dropped_attributes_count);
        });
        row.string("resource_schema_url", self.resource_schema_url);
        row.structure("instrumentation_scope", self.scope, |fields, scope| {
            fields.string("name", &scope.name);
            fields.string("version", &scope.version);
            let list = AttributeList::new(&scope.attributes);
            fields.attributes(
                "attributes",
                AttributeList { same_as_last: self.same_as_last, ..list },
            );
            fields.count("dropped_attributes_count", scope.dropped_attributes_count);
        });
        row.string(schema_url_column, self.scope_schema_url);
    }
}
