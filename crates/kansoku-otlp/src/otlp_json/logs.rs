//! Log records in OTLP/JSON.
use opentelemetry_proto::tonic::logs::v1::{
    LogRecord, LogsData, ResourceLogs, ScopeLogs, SeverityNumber,
};
use serde::de::MapAccess;

use super::hex;
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES};
use crate::json::{Field, Message};

message!(LogsData, {
    "resourceLogs" | "resource_logs" => |it, v, name| it.resource_logs = v.get(name)?,
});

message!(ResourceLogs, {
    "resource" => |it, v, name| it.resource = v.get(name)?,
    "scopeLogs" | "scope_logs" => |it, v, name| it.scope_logs = v.get(name)?,
    "schemaUrl" | "schema_url" => |it, v, name| it.schema_url = v.text(name)?,
});

message!(ScopeLogs, {
    "scope" => |it, v, name| it.scope = v.get(name)?,
    "logRecords" | "log_records" => |it, v, name| it.log_records = v.get(name)?,
    "schemaUrl" | "schema_url" => |it, v, name| it.schema_url = v.text(name)?,
});

message!(LogRecord, {
    "timeUnixNano" | "time_unix_nano" => |it, v, name| it.time_unix_nano = v.u64(name)?,
    "observedTimeUnixNano" | "observed_time_unix_nano" => |it, v, name| it.observed_time_unix_nano = v.u64(name)?,
    "severityNumber" | "severity_number" => |it, v, name| it.severity_number = v.enumeration(name, |name| {
            SeverityNumber::from_str_name(name).map(i32::from)
        })?,
    "severityText" | "severity_text" => |it, v, name| it.severity_text = v.text(name)?,
    "body" => |it, v, name| it.body = v.get(name)?,
    "attributes" => |it, v, name| it.attributes = v.get(name)?,
    "droppedAttributesCount" | "dropped_attributes_count" => |it, v, name| it.dropped_attributes_count = v.count(name)?,
    "flags" => |it, v, name| it.flags = v.count(name)?,
    "traceId" | "trace_id" => |it, v, name| it.trace_id = hex(v, name, TRACE_ID_BYTES)?,
    "spanId" | "span_id" => |it, v, name| it.span_id = hex(v, name, SPAN_ID_BYTES)?,
    "eventName" | "event_name" => |it, v, name| it.event_name = v.text(name)?,
});
