//! A record of a dataset as Kansoku's routes show it.
use kansoku_model::{DatasetRecord as StoredRecord, RecordSource, RecordSourceType};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A record as it is in one version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetRecord {
    record_id: String,
    #[schema(value_type = Object)]
    inputs: Value,
    /// Any JSON; `null` for none.
    #[schema(value_type = Option<Value>)]
    outputs: Value,
    #[schema(value_type = Option<Object>)]
    expectations: Option<Value>,
    #[schema(value_type = Object)]
    tags: Value,
    /// `TRACE`, `HUMAN`, `DOCUMENT`, `CODE` or `UNSPECIFIED`.
    source_type: Option<&'static str>,
    /// The fields of the source, as the client sent them: `trace_id` for `TRACE`, else any.
    #[schema(value_type = Option<Object>)]
    source_data: Option<Value>,
    /// The trace it was made from, which may have been deleted since.
    source_trace_id: Option<String>,
    /// The first version that has it.
    added_in: u64,
    create_time_ms: i64,
    created_by: Option<String>,
    update_time_ms: i64,
    updated_by: Option<String>,
}

impl From<StoredRecord> for DatasetRecord {
    fn from(record: StoredRecord) -> Self {
        let is_trace = |source: &&RecordSource| source.source_type == RecordSourceType::Trace;
        let trace = record.source.as_ref().filter(is_trace).and_then(RecordSource::source_id);
        Self {
            source_trace_id: trace.map(str::to_owned),
            source_type: record.source.as_ref().map(|source| source.source_type.as_str()),
            source_data: record.source.map(|source| Value::Object(source.source_data)),
            record_id: record.record_id.0,
            inputs: Value::Object(record.inputs),
            outputs: record.content.outputs,
            expectations: record.content.expectations.map(|it| json!(it)),
            tags: Value::Object(record.content.tags),
            added_in: record.added_in,
            create_time_ms: record.created.0,
            created_by: record.created_by,
            update_time_ms: record.last_update.0,
            updated_by: record.last_updated_by,
        }
    }
}
