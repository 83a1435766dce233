//! Rows of the list as a table for spreadsheets.
use bytes::Bytes;
use kansoku_filter::listed_numbers;
use kansoku_model::TimestampMs;
use serde_json::{Map, Value, json};

use crate::rendering::trace_list_item::TraceListItemJson;

const COLUMNS: &str = "trace_id,request_time,state,recovered,name,duration_ms,input,output,\
    error_span,error,span_count,failed_spans,input_tokens,output_tokens,total_tokens,\
    cached_tokens,cost,session,user,version,environment,client_request_id,run_ids,source,tags,\
    metadata,assessments";

/// What every row has, and then the numbers that the catalogue of fields adds.
pub(super) fn header() -> Bytes {
    let added = listed_numbers().map(|(def, _)| format!(",{}", def.name));
    format!("{COLUMNS}{}\r\n", added.collect::<String>()).into()
}

pub(super) fn rows(rows: impl Iterator<Item = TraceListItemJson>) -> Bytes {
    let mut table = String::new();
    for row in rows {
        let added = listed_numbers()
            .map(|(def, _)| row.numbers.get(def.name).map(i64::to_string).unwrap_or_default());
        for (n, cell) in cells(&row).into_iter().chain(added).enumerate() {
            if 0 < n {
                table.push(',');
            }
            push(&mut table, &cell);
        }
        table.push_str("\r\n");
    }
    table.into()
}

fn cells(row: &TraceListItemJson) -> [String; 27] {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let text = |text: &Option<String>| shown(text.as_deref());
    let object = |entries| json!(entries).to_string();
    let error = row.error.as_ref();
    let judged = row.assessments.iter().map(|a| (a.name.clone(), a.value.clone()));
    [
        row.trace_id.clone(),
        TimestampMs(row.request_time_ms).to_string(),
        row.state.to_owned(),
        row.recovered.to_string(),
        text(&row.name),
        shown(row.duration_ms),
        text(&row.input),
        text(&row.output),
        shown(error.map(|error| &error.span)),
        error.map(|error| text(&error.message)).unwrap_or_default(),
        row.span_count.to_string(),
        row.failed_spans.to_string(),
        shown(row.input_tokens),
        shown(row.output_tokens),
        shown(row.total_tokens),
        shown(row.cached_tokens),
        shown(row.cost),
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

/// In quotes where it needs them. A spreadsheet takes what begins with certain signs for a formula:
/// an apostrophe keeps it text. Numbers of ours are never negative.
fn push(table: &mut String, cell: &str) {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let is_quoted = is_formula || cell.contains([',', '"', '\r', '\n', ';', '\t']);
    if !is_quoted {
        table.push_str(cell);
        return;
    }
    table.push('"');
    if is_formula {
        table.push('\'');
    }
    table.push_str(&cell.replace('"', "\"\""));
    table.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut table = String::new();
        push(&mut table, text);
        table
    }

    #[test]
    fn a_cell_is_read_as_it_was_and_never_as_a_formula() {
        assert_eq!(cell("plain text"), "plain text");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(cell("two\nlines"), "\"two\nlines\"");
        for formula in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"] {
            assert_eq!(cell(formula), format!("\"'{formula}\""));
        }
    }
}
