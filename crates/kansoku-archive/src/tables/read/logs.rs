//! Log records from rows of `<prefix>_otel_logs`.
use arrow_array::{RecordBatch, StructArray};
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::logs::v1::{
    LogRecord, LogsData, ResourceLogs, ScopeLogs, SeverityNumber,
};
use prost::Message;

use super::attributes::AttributeColumn;
use super::columns::Columns;
use super::origin::{Origin, OriginColumns};
use super::{enum_number, from_hex, otel_trace_id};
use crate::tables::{Table, TableError, TraceKey};

/// The log records of a trace in a batch of rows, as a chunk of `LogsData`; empty if there are none.
///
/// Rows of other traces are skipped. Fails if the columns are not those of the table, or a value is
/// damaged.
pub fn read_logs(batch: &RecordBatch, trace: &TraceId) -> Result<Vec<u8>, TableError> {
    let rows = StructArray::from(batch.clone());
    let columns = Columns::new(Table::Logs, &rows);
    let key = TraceKey::new(trace);
    let traces = columns.strings("trace_id")?;
    let attributes = AttributeColumn::new(&columns, "attributes")?;
    let bodies = AttributeColumn::new(&columns, "body")?;
    let origins = OriginColumns::new(&columns, "log_schema_url")?;
    let mut data = LogsData::default();
    let mut last: Option<Origin> = None;
    for row in (0..columns.rows()).filter(|row| traces.get(*row) == Some(key.as_str())) {
        let origin = origins.origin(row)?;
        let record = read_record(&columns, &attributes, &bodies, row, &key)?;
        push(&mut data, last.as_ref(), &origin, record);
        last = Some(origin);
    }
    Ok(data.encode_to_vec())
}

/// Appends a record, to the last resource and scope if they are its own.
fn push(data: &mut LogsData, last: Option<&Origin>, origin: &Origin, record: LogRecord) {
    if !last.is_some_and(|last| last.has_resource_of(origin)) {
        data.resource_logs.push(ResourceLogs {
            resource: origin.resource.clone(),
            schema_url: origin.resource_schema_url.clone(),
            scope_logs: Vec::new(),
        });
    }
    let Some(resource) = data.resource_logs.last_mut() else { return };
    if last != Some(origin) || resource.scope_logs.is_empty() {
        resource.scope_logs.push(ScopeLogs {
            scope: origin.scope.clone(),
            schema_url: origin.scope_schema_url.clone(),
            log_records: Vec::new(),
        });
    }
    if let Some(scope) = resource.scope_logs.last_mut() {
        scope.log_records.push(record);
    }
}

fn read_record(
    columns: &Columns<'_>,
    attributes: &AttributeColumn<'_>,
    bodies: &AttributeColumn<'_>,
    row: usize,
    key: &TraceKey,
) -> Result<LogRecord, TableError> {
    let attributes = attributes.attributes(row)?;
    let severity = columns.strings("severity_number")?;
    let severity = enum_number(Table::Logs, "severity_number", row, severity.get(row), |name| {
        SeverityNumber::from_str_name(name).map(|number| number as i32)
    })?;
    let span_id = columns.strings("span_id")?;
    Ok(LogRecord {
        time_unix_nano: columns.longs("time_unix_nano")?.nanos(row),
        observed_time_unix_nano: columns.longs("observed_time_unix_nano")?.nanos(row),
        severity_number: severity,
        severity_text: columns.strings("severity_text")?.text(row),
        body: bodies.value(row, &attributes)?,
        trace_id: otel_trace_id(Table::Logs, row, key, attributes.otel_trace_id.as_deref())?,
        attributes: attributes.entries,
        dropped_attributes_count: columns.integers("dropped_attributes_count")?.count(row),
        flags: columns.integers("flags")?.count(row),
        span_id: from_hex(Table::Logs, "span_id", row, span_id.get(row).unwrap_or_default())?,
        event_name: columns.strings("event_name")?.text(row),
    })
}
