//! The five tables of an experiment, as columns: their definitions, and traces as rows and back.
//!
//! A table is defined once, in [`columns`]. The schema in Delta's log, Arrow's schema, the builders
//! of rows and the columns with statistics all come from that definition. Nothing here does I/O,
//! and no OTLP and no file makes it panic.
mod attribute_map;
mod columns;
mod definition;
mod error;
mod ids;
mod read;
mod reserved;
mod row_times;
mod schema;
mod service_name;
mod summary;
mod terms;
mod trace_key;
mod write;

pub use definition::{Column, ColumnType, Layout, Table};
pub use error::TableError;
pub use read::{ArchivedTrace, read_logs, read_spans, read_traces};
pub use service_name::service_name;
pub use summary::SpanSummary;
pub(crate) use terms::terms;
pub(crate) use trace_key::TraceColumn;
pub use trace_key::TraceKey;
pub use write::{
    Annotation, AnnotationRows, Change, LogRows, PayloadBytes, RepeatedSpans, SPAN_ROWS_MAX,
    SpanRows, TraceRecord, TraceRows,
};
