//! The rows of the list as CSV.
use bytes::Bytes;
use kansoku_filter::listed_numbers;
use kansoku_model::TimestampMs;
use serde_json::{Map, Value, json};

use crate::rendering::{
    csv_table::{table, without_formula},
    trace_list_item::TraceListItemJson,
    value_columns::ValueColumns,
};

/// The columns of every row, except those of [`listed_numbers`] and the requested ones, which follow.
const COLUMNS: [&str; 27] = [
    "trace_id",
    "request_time",
    "state",
    "recovered",
    "name",
    "duration_ms",
    "input",
    "output",
    "error_span",
    "error",
    "span_count",
    "failed_spans",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cached_tokens",
    "cost",
    "session",
    "user",
    "version",
    "environment",
    "client_request_id",
    "run_ids",
    "source",
    "tags",
    "metadata",
    "assessments",
];

pub(super) fn header(columns: &ValueColumns) -> Bytes {
    let numbers = listed_numbers().map(|(def, _)| def.name);
    table([COLUMNS.into_iter().chain(numbers).chain(columns.names())])
}

pub(super) fn rows(rows: &[TraceListItemJson], columns: &ValueColumns) -> Bytes {
    table(rows.iter().map(|row| {
        let numbers = listed_numbers()
            .map(|(def, _)| row.numbers.get(def.name).map(i64::to_string).unwrap_or_default());
        let cells = cells(row).into_iter().chain(numbers).map(without_formula);
        cells.chain(columns.cells(row.values.as_ref())).collect::<Vec<_>>()
    }))
}

fn cells(row: &TraceListItemJson) -> [String; 27] {
    fn text_or_empty<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let text = |text: &Option<String>| text_or_empty(text.as_deref());
    let object = |entries| json!(entries).to_string();
    let error = row.error.as_ref();
    let judged = row.assessments.iter().map(|a| (a.name.clone(), a.value.clone()));
    [
        row.trace_id.clone(),
        TimestampMs(row.request_time_ms).to_string(),
        row.state.to_owned(),
        row.recovered.to_string(),
        text(&row.name),
        text_or_empty(row.duration_ms),
        text(&row.input),
        text(&row.output),
        text_or_empty(error.map(|error| &error.span)),
        error.map(|error| text(&error.message)).unwrap_or_default(),
        row.span_count.to_string(),
        row.failed_spans.to_string(),
        text_or_empty(row.input_tokens),
        text_or_empty(row.output_tokens),
        text_or_empty(row.total_tokens),
        text_or_empty(row.cached_tokens),
        text_or_empty(row.cost),
        text(&row.session),
        text(&row.user),
        text(&row.version),
        text(&row.environment),
        text(&row.client_request_id),
        row.run_ids.join(" "),
        text(&row.source),
        object(&row.tags),
        object(&row.metadata),
        Value::Object(judged.collect::<Map<_, _>>()).to_string(),
    ]
}
