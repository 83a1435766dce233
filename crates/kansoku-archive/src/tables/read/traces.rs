//! Records of traces from rows of `<prefix>_traces`.
use std::collections::BTreeMap;

use arrow_array::{Array, RecordBatch, StringArray, StructArray};
use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, Cost, DurationMs, FeedbackError,
    Money, RunId, SpanRow, TimestampMs, TokenUsage, TraceId, TraceInfo, TraceState, metadata_key,
    tag_key,
};
use serde_json::Value;

use super::columns::{Columns, StringMaps, list_range, unexpected_type};
use super::span_rows;
use crate::tables::{PayloadBytes, SpanSummary, Table, TableError};

/// The row of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchivedTrace {
    pub info: TraceInfo,
    pub spans: SpanSummary,
    /// The spans without payload; empty if there are more than
    /// [`SPAN_ROWS_MAX`](crate::tables::SPAN_ROWS_MAX), or the column was not read.
    pub span_rows: Vec<SpanRow>,
    pub run_ids: Vec<RunId>,
    /// The number of the batch in which the row was written.
    pub batch: i64,
    pub payload: PayloadBytes,
}

/// The traces in a batch of rows. Fails if the columns are not those of the table, or a value is
/// damaged.
pub fn read_traces(batch: &RecordBatch) -> Result<Vec<ArchivedTrace>, TableError> {
    let rows = StructArray::from(batch.clone());
    let columns = Columns::new(Table::Traces, &rows);
    (0..columns.rows()).map(|row| read_trace(&columns, row)).collect()
}

fn read_trace(columns: &Columns<'_>, row: usize) -> Result<ArchivedTrace, TableError> {
    let text = |column| Ok(columns.strings(column)?.owned(row));
    let trace_id = columns.strings("trace_id")?.text(row);
    let trace_id =
        TraceId::try_from(trace_id).map_err(|error| damaged_value("trace_id", row, error))?;
    let experiment_id = columns.strings("experiment_id")?.text(row);
    let experiment_id =
        experiment_id.parse().map_err(|error| damaged_value("experiment_id", row, error))?;
    let mut tags = to_strings(&columns.string_maps("tags")?, row);
    tags.remove(tag_key::TRACE_NAME);
    let duration = columns.doubles("execution_duration_ms")?.get(row);
    let number =
        |column| Ok(columns.longs(column)?.get(row).map(|it| u64::try_from(it).unwrap_or(0)));
    let span_count = number("span_count")?.unwrap_or(0);
    Ok(ArchivedTrace {
        info: TraceInfo {
            trace_id,
            experiment_id,
            client_request_id: text("client_request_id")?,
            request_time: to_millis(columns.timestamps("request_time")?.get(row)),
            // The cast saturates.
            execution_duration: duration.map(|millis| DurationMs(millis as i64)),
            state: TraceState::from_text(&columns.strings("state")?.text(row)),
            name: text("trace_name")?,
            request_preview: text("request")?,
            response_preview: text("response")?,
            metadata: read_metadata(columns, row)?,
            tags,
            assessments: read_assessments(columns, row)?,
            span_count,
            finalized: columns.booleans("finalized")?.get(row).unwrap_or(false),
        },
        spans: SpanSummary {
            service_name: text("service_name")?,
            span_count,
            error_count: number("error_count")?.unwrap_or(0),
            first_error: text("first_error")?,
            usage: read_usage(
                number("input_tokens")?,
                number("output_tokens")?,
                number("total_tokens")?,
            ),
            cost: read_cost(columns, row)?,
        },
        span_rows: span_rows::read(columns, row)?,
        run_ids: read_run_ids(columns, row)?,
        batch: columns.longs("batch")?.get(row).unwrap_or(0),
        payload: PayloadBytes {
            spans: number("spans_bytes")?.unwrap_or(0),
            logs: number("logs_bytes")?.unwrap_or(0),
        },
    })
}

/// If the metadata was not read, session and user are in columns of their own.
fn read_metadata(
    columns: &Columns<'_>,
    row: usize,
) -> Result<BTreeMap<String, String>, TableError> {
    if columns.column("trace_metadata").is_some() {
        return Ok(to_strings(&columns.string_maps("trace_metadata")?, row));
    }
    let mut metadata = BTreeMap::new();
    for (key, column) in [(metadata_key::SESSION, "session_id"), (metadata_key::USER, "user_id")] {
        let value = columns.strings(column)?.owned(row);
        metadata.extend(value.map(|value| (key.to_owned(), value)));
    }
    Ok(metadata)
}

fn read_usage(input: Option<u64>, output: Option<u64>, total: Option<u64>) -> Option<TokenUsage> {
    let (input_tokens, output_tokens, total_tokens) = (input?, output?, total?);
    Some(TokenUsage { input_tokens, output_tokens, total_tokens, ..TokenUsage::default() })
}

fn read_cost(columns: &Columns<'_>, row: usize) -> Result<Option<Cost>, TableError> {
    let money = |column| Ok(columns.doubles(column)?.get(row).map(Money::from_dollars));
    let costs = (money("input_cost")?, money("output_cost")?, money("total_cost")?);
    let (Some(input), Some(output), Some(total)) = costs else { return Ok(None) };
    Ok(Some(Cost { input, output, total }))
}

fn read_run_ids(columns: &Columns<'_>, row: usize) -> Result<Vec<RunId>, TableError> {
    let Some(list) = columns.lists("run_ids")?.filter(|list| list.is_valid(row)) else {
        return Ok(Vec::new());
    };
    let Some(ids) = list.values().as_any().downcast_ref::<StringArray>() else {
        return Err(unexpected_type(Table::Traces, "run_ids", list.values()));
    };
    let present = list_range(list.value_offsets(), row).filter(|at| ids.is_valid(*at));
    Ok(present.map(|at| RunId(ids.value(at).to_owned())).collect())
}

fn read_assessments(columns: &Columns<'_>, row: usize) -> Result<Vec<Assessment>, TableError> {
    let Some((list, fields)) = columns.struct_lists("assessments")? else { return Ok(Vec::new()) };
    if list.is_null(row) {
        return Ok(Vec::new());
    }
    list_range(list.value_offsets(), row).map(|at| read_assessment(&fields, at)).collect()
}

fn read_assessment(fields: &Columns<'_>, at: usize) -> Result<Assessment, TableError> {
    let trace_id = fields.strings("trace_id")?.text(at);
    let trace_id =
        TraceId::try_from(trace_id).map_err(|error| damaged_value("assessments", at, error))?;
    let source = fields.structs("source")?;
    Ok(Assessment {
        assessment_id: AssessmentId(fields.strings("assessment_id")?.text(at)),
        assessment_name: fields.strings("name")?.text(at),
        trace_id,
        span_id: fields.strings("span_id")?.owned(at),
        source: match source {
            Some(source) => AssessmentSource {
                source_type: source.strings("source_type")?.text(at),
                source_id: source.strings("source_id")?.owned(at),
            },
            None => AssessmentSource { source_type: String::new(), source_id: None },
        },
        create_time: to_millis(fields.timestamps("create_time")?.get(at)),
        last_update_time: to_millis(fields.timestamps("last_update_time")?.get(at)),
        value: read_value(fields, at)?,
        rationale: fields.strings("rationale")?.owned(at),
        metadata: to_strings(&fields.string_maps("metadata")?, at),
        overrides: fields.strings("overrides")?.owned(at).map(AssessmentId),
        valid: fields.booleans("valid")?.get(at).unwrap_or(true),
    })
}

fn read_value(fields: &Columns<'_>, at: usize) -> Result<AssessmentValue, TableError> {
    let present = |column| Ok(fields.structs(column)?.filter(|fields| fields.is_present(at)));
    if let Some(issue) = present("issue")? {
        return Ok(AssessmentValue::Issue { issue_name: issue.strings("issue_name")?.text(at) });
    }
    if let Some(expectation) = present("expectation")? {
        return Ok(AssessmentValue::Expectation(read_json(&expectation, at)?));
    }
    let Some(feedback) = present("feedback")? else {
        return Ok(AssessmentValue::Feedback { value: Value::Null, error: None });
    };
    let error = match feedback.structs("error")?.filter(|error| error.is_present(at)) {
        Some(error) => Some(FeedbackError {
            error_code: error.strings("error_code")?.owned(at),
            error_message: error.strings("error_message")?.owned(at),
            stack_trace: error.strings("stack_trace")?.owned(at),
        }),
        None => None,
    };
    Ok(AssessmentValue::Feedback { value: read_json(&feedback, at)?, error })
}

fn read_json(fields: &Columns<'_>, at: usize) -> Result<Value, TableError> {
    let Some(json) = fields.strings("value")?.get(at) else { return Ok(Value::Null) };
    serde_json::from_str(json).map_err(|error| damaged_value("assessments", at, error))
}

fn to_strings(maps: &StringMaps<'_>, row: usize) -> BTreeMap<String, String> {
    let present = maps.entries(row).filter_map(|(key, value)| Some((key, value?)));
    present.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn to_millis(micros: Option<i64>) -> TimestampMs {
    TimestampMs(micros.unwrap_or(0).div_euclid(1000))
}

fn damaged_value(column: &'static str, row: usize, error: impl std::fmt::Display) -> TableError {
    TableError::DamagedValue { table: Table::Traces, column, row, reason: error.to_string() }
}
