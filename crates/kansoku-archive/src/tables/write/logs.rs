//! Rows of `<prefix>_otel_logs`.
use arrow_array::RecordBatch;
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData, SeverityNumber};
use prost::Message;

use super::columns::RowWriter;
use super::rows::{Rows, decode};
use super::{AttributeList, Origin};
use crate::tables::attribute_map::to_text;
use crate::tables::ids::{record_id, to_hex};
use crate::tables::{Layout, Table, TableError, TraceKey};

/// Builds rows of log records, from one chunk of a trace after another.
pub struct LogRows {
    rows: Rows,
}

impl LogRows {
    pub fn new(layout: Layout) -> Self {
        Self { rows: Rows::new(Table::Logs, layout) }
    }

    /// Appends the records in a chunk of `LogsData`, in their order, which readers keep among
    /// records of one time. Returns the batches that they complete. Fails if the chunk is malformed
    /// or larger than 256 MiB; no record of it is then appended.
    pub fn append(&mut self, trace: &TraceId, otlp: &[u8]) -> Result<Vec<RecordBatch>, TableError> {
        let data: LogsData = decode(trace.as_str(), otlp)?;
        let key = TraceKey::new(trace);
        let mut batches = Vec::new();
        for resource_logs in &data.resource_logs {
            for scope_logs in &resource_logs.scope_logs {
                let mut origin = Origin {
                    resource: resource_logs.resource.as_ref(),
                    resource_schema_url: &resource_logs.schema_url,
                    scope: scope_logs.scope.as_ref(),
                    scope_schema_url: &scope_logs.schema_url,
                    same_as_last: false,
                };
                for record in &scope_logs.log_records {
                    let write = |row: &mut RowWriter<'_>| write_record(row, &key, record, &origin);
                    batches.extend(self.rows.append(record.encoded_len(), write));
                    origin.same_as_last = true;
                }
            }
        }
        Ok(batches)
    }

    /// The rows since the last batch; `None` if there are none.
    pub fn finish(&mut self) -> Option<RecordBatch> {
        self.rows.finish()
    }
}

fn write_record(row: &mut RowWriter<'_>, key: &TraceKey, record: &LogRecord, origin: &Origin<'_>) {
    let time_ns = match record.time_unix_nano {
        0 => record.observed_time_unix_nano,
        time_ns => time_ns,
    };
    let parts: [&[u8]; 2] = [key.as_str().as_bytes(), &record.encode_to_vec()];
    row.string("record_id", &record_id(time_ns, &parts));
    row.timestamp_ns("time", time_ns);
    row.date("date", time_ns);
    row.optional_string("service_name", origin.service_name().as_deref());
    row.string("event_name", &record.event_name);
    row.string("trace_id", key.as_str());
    row.string("span_id", &to_hex(&record.span_id));
    row.nanos("time_unix_nano", record.time_unix_nano);
    row.nanos("observed_time_unix_nano", record.observed_time_unix_nano);
    row.string("severity_number", &severity_text(record.severity_number));
    row.string("severity_text", &record.severity_text);
    row.value("body", record.body.as_ref());
    let otel_trace_id = key.other_otel_hex(&record.trace_id);
    let list = AttributeList {
        otel_trace_id: otel_trace_id.as_deref(),
        body_type: record.body.as_ref().map(|body| to_text(Some(body)).0),
        ..AttributeList::new(&record.attributes)
    };
    row.attributes("attributes", list);
    row.count("dropped_attributes_count", record.dropped_attributes_count);
    row.count("flags", record.flags);
    origin.write(row, "log_schema_url");
}

/// The name of a severity; the number of an unknown one.
fn severity_text(severity: i32) -> String {
    match SeverityNumber::try_from(severity) {
        Ok(severity) => severity.as_str_name().to_owned(),
        Err(_) => severity.to_string(),
    }
}
