//! The rows of the list as CSV.
use bytes::Bytes;
use kansoku_filter::listed_numbers;
use kansoku_model::TimestampMs;
use serde_json::{Map, Value, json};

use crate::rendering::trace_list_item::TraceListItemJson;

/// The columns of every row, except those of [`listed_numbers`], which follow.
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

pub(super) fn header() -> Bytes {
    let added = listed_numbers().map(|(def, _)| def.name);
    table([COLUMNS.into_iter().chain(added)])
}

pub(super) fn rows(rows: impl Iterator<Item = TraceListItemJson>) -> Bytes {
    table(rows.map(|row| {
        let added = listed_numbers()
            .map(|(def, _)| row.numbers.get(def.name).map(i64::to_string).unwrap_or_default());
        let cells: Vec<_> = cells(&row).into_iter().chain(added).map(without_formula).collect();
        cells
    }))
}

fn table<R: IntoIterator<Item: AsRef<[u8]>>>(rows: impl IntoIterator<Item = R>) -> Bytes {
    let mut builder = csv::WriterBuilder::new();
    let mut table = builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        table.write_record(row).expect("rows of one width are written to memory");
    }
    table.into_inner().expect("memory takes what is written").into()
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

/// Spreadsheets interpret cells that begin with certain characters as formulas; an apostrophe
/// prevents that. The numbers in the table are never negative.
fn without_formula(cell: String) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{cell}"),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_as_it_was_and_never_as_a_formula() {
        let cells = ["plain text", "a, \"b\"", "two\nlines"];
        let formulas = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"];
        let row = cells.into_iter().chain(formulas).map(|cell| without_formula(cell.to_owned()));
        let written = table([row.collect::<Vec<_>>()]);
        let mut reader = csv::ReaderBuilder::new();
        let mut read = reader.has_headers(false).from_reader(&written[..]);
        let read: Vec<_> =
            read.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(read[..3], cells);
        assert_eq!(read[3..], formulas.map(|formula| format!("'{formula}")));
        assert!(written.ends_with(b"\r\n"));
    }
}
