//! `<prefix>_otel_spans`: one row per span.
use super::super::definition::{Column, ColumnType};
use super::{DATE, RECORD_ID, RESOURCE, RESOURCE_SCHEMA_URL, SCOPE, SERVICE_NAME, TIME};
use ColumnType::{Attributes, Integer, List, Long, String, Struct};

pub(in crate::tables) const SPANS: &[Column] = &[
    RECORD_ID,
    TIME,
    DATE,
    SERVICE_NAME,
    Column::new("trace_id", String),
    Column::distinct("span_id", String),
    Column::new("trace_state", String),
    Column::distinct("parent_span_id", String),
    Column::new("flags", Integer),
    Column::new("name", String),
    Column::new("kind", String),
    Column::distinct("start_time_unix_nano", Long),
    Column::distinct("end_time_unix_nano", Long),
    Column::distinct("attributes", Attributes),
    Column::new("dropped_attributes_count", Integer),
    Column::new("events", List(&EVENT)),
    Column::new("dropped_events_count", Integer),
    Column::new("links", List(&LINK)),
    Column::new("dropped_links_count", Integer),
    Column::new(
        "status",
        Struct(&[Column::distinct("message", String), Column::new("code", String)]),
    ),
    RESOURCE,
    RESOURCE_SCHEMA_URL,
    SCOPE,
    Column::new("span_schema_url", String),
];

const EVENT: ColumnType = Struct(&[
    Column::distinct("time_unix_nano", Long),
    Column::new("name", String),
    Column::distinct("attributes", Attributes),
    Column::new("dropped_attributes_count", Integer),
]);

const LINK: ColumnType = Struct(&[
    Column::distinct("trace_id", String),
    Column::distinct("span_id", String),
    Column::new("trace_state", String),
    Column::distinct("attributes", Attributes),
    Column::new("dropped_attributes_count", Integer),
    Column::new("flags", Integer),
]);
