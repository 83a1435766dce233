//! Log records in OTLP/JSON.
use opentelemetry_proto::tonic::logs::v1::{
    LogRecord, LogsData, ResourceLogs, ScopeLogs, SeverityNumber,
};
use serde_json::Value;

use super::{any_value, attributes, enumeration, hex, optional, resource, scope};
use crate::id::{SPAN_ID_BYTES, TRACE_ID_BYTES};
use crate::json::{At, Misfit, count_u32, list, object, text, whole_u64};
use crate::value::DEPTH_MAX;

pub(crate) fn logs_data(body: Value) -> Result<LogsData, Misfit> {
    if body.is_null() {
        return Err(At::ROOT.misfit("an object"));
    }
    let mut data = LogsData::default();
    message!(data, body, &At::ROOT, {
        "resourceLogs" | "resource_logs" => |v, at| data.resource_logs = list(v, at, resource_logs)?,
    })
}

fn resource_logs(value: Value, at: &At<'_>) -> Result<ResourceLogs, Misfit> {
    let mut logs = ResourceLogs::default();
    message!(logs, value, at, {
        "resource" => |v, at| logs.resource = optional(v, at, resource)?,
        "scopeLogs" | "scope_logs" => |v, at| logs.scope_logs = list(v, at, scope_logs)?,
        "schemaUrl" | "schema_url" => |v, at| logs.schema_url = text(v, at)?,
    })
}

fn scope_logs(value: Value, at: &At<'_>) -> Result<ScopeLogs, Misfit> {
    let mut logs = ScopeLogs::default();
    message!(logs, value, at, {
        "scope" => |v, at| logs.scope = optional(v, at, scope)?,
        "logRecords" | "log_records" => |v, at| logs.log_records = list(v, at, record)?,
        "schemaUrl" | "schema_url" => |v, at| logs.schema_url = text(v, at)?,
    })
}

fn record(value: Value, at: &At<'_>) -> Result<LogRecord, Misfit> {
    let mut record = LogRecord::default();
    message!(record, value, at, {
        "timeUnixNano" | "time_unix_nano" => |v, at| record.time_unix_nano = whole_u64(v, at)?,
        "observedTimeUnixNano" | "observed_time_unix_nano" => |v, at| record.observed_time_unix_nano = whole_u64(v, at)?,
        "severityNumber" | "severity_number" => |v, at| record.severity_number = enumeration(v, at, |name| {
            SeverityNumber::from_str_name(name).map(i32::from)
        })?,
        "severityText" | "severity_text" => |v, at| record.severity_text = text(v, at)?,
        "body" => |v, at| record.body = optional(v, at, |v, at| any_value(v, at, DEPTH_MAX))?,
        "attributes" => |v, at| record.attributes = attributes(v, at)?,
        "droppedAttributesCount" | "dropped_attributes_count" => |v, at| record.dropped_attributes_count = count_u32(v, at)?,
        "flags" => |v, at| record.flags = count_u32(v, at)?,
        "traceId" | "trace_id" => |v, at| record.trace_id = hex(v, at, TRACE_ID_BYTES)?,
        "spanId" | "span_id" => |v, at| record.span_id = hex(v, at, SPAN_ID_BYTES)?,
        "eventName" | "event_name" => |v, at| record.event_name = text(v, at)?,
    })
}
