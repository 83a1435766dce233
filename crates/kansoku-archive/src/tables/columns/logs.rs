//! `<prefix>_otel_logs`: one row per log record.
use super::super::definition::{Column, ColumnType};
use super::{DATE, RECORD_ID, RESOURCE, RESOURCE_SCHEMA_URL, SCOPE, SERVICE_NAME, TIME};
use ColumnType::{Attributes, Integer, Long, String, Value};

pub(in crate::tables) const LOGS: &[Column] = &[
    RECORD_ID,
    TIME,
    DATE,
    SERVICE_NAME,
    Column::new("event_name", String),
    Column::new("trace_id", String),
    Column::new("span_id", String),
    Column::distinct("time_unix_nano", Long),
    Column::distinct("observed_time_unix_nano", Long),
    Column::new("severity_number", String),
    Column::new("severity_text", String),
    Column::distinct("body", Value),
    Column::distinct("attributes", Attributes),
    Column::new("dropped_attributes_count", Integer),
    Column::new("flags", Integer),
    RESOURCE,
    RESOURCE_SCHEMA_URL,
    SCOPE,
    Column::new("log_schema_url", String),
];
