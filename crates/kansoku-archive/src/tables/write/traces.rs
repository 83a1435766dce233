//! Rows of `<prefix>_traces`.
use arrow_array::RecordBatch;
use kansoku_model::{
    Assessment, AssessmentValue, FeedbackError, RunId, SpanRow, TimestampMs, TraceInfo,
    metadata_key, tag_key,
};

use super::columns::RowWriter;
use super::rows::Rows;
use super::span_rows::{self, SPAN_ROW_BYTES};
use crate::tables::{Layout, SpanSummary, Table};

/// The bytes of the OTLP of a trace in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadBytes {
    pub spans: u64,
    pub logs: u64,
}

/// Everything that the row of a trace contains.
#[derive(Clone, Copy, Debug)]
pub struct TraceRecord<'a> {
    pub info: &'a TraceInfo,
    pub spans: &'a SpanSummary,
    /// The spans without payload. More than [`SPAN_ROWS_MAX`] are not written.
    pub span_rows: &'a [SpanRow],
    pub run_ids: &'a [RunId],
    /// The number of the batch in which the row is written.
    pub batch: i64,
    pub payload: PayloadBytes,
}

/// The row of a trace is read whole, and those of many traces at once. The rows of the spans of larger
/// traces are made from their payload again.
pub const SPAN_ROWS_MAX: usize = 10_000;

/// Builds rows of traces.
pub struct TraceRows {
    rows: Rows,
}

impl TraceRows {
    pub fn new(layout: Layout) -> Self {
        Self { rows: Rows::new(Table::Traces, layout) }
    }

    /// Appends the row of a trace. Returns the batch that it completes.
    pub fn append(&mut self, record: &TraceRecord<'_>) -> Option<RecordBatch> {
        let bytes = payload_bytes(record.info) + written_rows(record).len() * SPAN_ROW_BYTES;
        self.rows.append(bytes, |row| write_trace(row, record))
    }

    /// The rows since the last batch; `None` if there are none.
    pub fn finish(&mut self) -> Option<RecordBatch> {
        self.rows.finish()
    }
}

fn written_rows<'a>(record: &TraceRecord<'a>) -> &'a [SpanRow] {
    let fits = record.span_rows.len() <= SPAN_ROWS_MAX;
    record.span_rows.split_at(if fits { record.span_rows.len() } else { 0 }).0
}

fn payload_bytes(info: &TraceInfo) -> usize {
    let previews = [&info.request_preview, &info.response_preview];
    let texts = info.tags.iter().chain(&info.metadata);
    let assessments = info.assessments.iter().map(|it| {
        let value = it.value.json().map_or(0, |json| json.len());
        it.rationale.as_ref().map_or(0, String::len) + value
    });
    previews.into_iter().flatten().map(String::len).sum::<usize>()
        + texts.map(|(key, value)| key.len() + value.len()).sum::<usize>()
        + assessments.sum::<usize>()
}

fn write_trace(row: &mut RowWriter<'_>, record: &TraceRecord<'_>) {
    let TraceRecord { info, spans, run_ids, batch, payload, .. } = record;
    row.string("trace_id", info.trace_id.as_str());
    row.optional_string("client_request_id", info.client_request_id.as_deref());
    row.optional_timestamp_us("request_time", Some(to_micros(info.request_time)));
    row.string("state", info.state.as_str());
    let duration = info.execution_duration.map(|duration| duration.0 as f64);
    row.optional_double("execution_duration_ms", duration);
    row.optional_string("request", info.request_preview.as_deref());
    row.optional_string("response", info.response_preview.as_deref());
    let name = info.name.as_deref().map(|name| (tag_key::TRACE_NAME, name));
    // The name is a tag in MLflow's JSON, and users of Delta sync look for it there.
    row.string_map(
        "tags",
        entries(&info.tags).filter(|(key, _)| *key != tag_key::TRACE_NAME).chain(name),
    );
    row.string_map("trace_metadata", entries(&info.metadata));
    row.structures("assessments", &info.assessments, write_assessment);
    row.string("experiment_id", &info.experiment_id.to_string());
    row.optional_string("trace_name", info.name.as_deref());
    let metadata = |key| info.metadata.get(key).map(String::as_str);
    row.optional_string("session_id", metadata(metadata_key::SESSION));
    row.optional_string("user_id", metadata(metadata_key::USER));
    row.optional_string("service_name", spans.service_name.as_deref());
    row.optional_long("span_count", Some(to_i64(info.span_count.max(spans.span_count))));
    row.optional_long("error_count", Some(to_i64(spans.error_count)));
    row.optional_string("first_error", spans.first_error.as_deref());
    row.optional_long("input_tokens", spans.usage.map(|usage| to_i64(usage.input_tokens)));
    row.optional_long("output_tokens", spans.usage.map(|usage| to_i64(usage.output_tokens)));
    row.optional_long("total_tokens", spans.usage.map(|usage| to_i64(usage.total_tokens)));
    row.optional_double("input_cost", spans.cost.map(|cost| cost.input.as_dollars()));
    row.optional_double("output_cost", spans.cost.map(|cost| cost.output.as_dollars()));
    row.optional_double("total_cost", spans.cost.map(|cost| cost.total.as_dollars()));
    row.boolean("finalized", info.finalized);
    row.strings("run_ids", run_ids.iter().map(RunId::as_str));
    row.optional_long("batch", Some(*batch));
    row.optional_long("spans_bytes", Some(to_i64(payload.spans)));
    row.optional_long("logs_bytes", Some(to_i64(payload.logs)));
    row.structures("span_rows", written_rows(record), span_rows::write);
}

fn write_assessment(fields: &mut RowWriter<'_>, assessment: &Assessment) {
    fields.string("assessment_id", assessment.assessment_id.as_str());
    fields.string("trace_id", assessment.trace_id.as_str());
    fields.string("name", &assessment.assessment_name);
    fields.structure("source", Some(&assessment.source), |fields, source| {
        fields.optional_string("source_id", source.source_id.as_deref());
        fields.string("source_type", &source.source_type);
    });
    fields.optional_timestamp_us("create_time", Some(to_micros(assessment.create_time)));
    fields.optional_timestamp_us("last_update_time", Some(to_micros(assessment.last_update_time)));
    let (mut expectation, mut feedback, mut issue) = (None, None, None);
    match &assessment.value {
        AssessmentValue::Expectation(value) => expectation = Some(value),
        AssessmentValue::Feedback { value, error } => feedback = Some((value, error)),
        AssessmentValue::Issue { issue_name } => issue = Some(issue_name),
    }
    fields.structure("expectation", expectation, |fields, value| {
        fields.string("value", &value.to_string());
    });
    fields.structure("feedback", feedback, |fields, (value, error)| {
        fields.string("value", &value.to_string());
        fields.structure("error", error.as_ref(), write_error);
    });
    fields.optional_string("rationale", assessment.rationale.as_deref());
    fields.string_map("metadata", entries(&assessment.metadata));
    fields.optional_string("span_id", assessment.span_id.as_deref());
    fields.structure("issue", issue, |fields, name| fields.string("issue_name", name));
    fields.optional_string("overrides", assessment.overrides.as_ref().map(|id| id.as_str()));
    fields.boolean("valid", assessment.valid);
}

fn write_error(fields: &mut RowWriter<'_>, error: &FeedbackError) {
    fields.optional_string("error_code", error.error_code.as_deref());
    fields.optional_string("error_message", error.error_message.as_deref());
    fields.optional_string("stack_trace", error.stack_trace.as_deref());
}

fn entries(map: &std::collections::BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    map.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

/// Times that do not fit, some 290,000 years away, become the last ones that do.
pub(super) fn to_micros(time: TimestampMs) -> i64 {
    time.0.saturating_mul(1000)
}

pub(super) fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
