//! Columns of lists with values of spans, named by paths: of root spans in lists of traces, of each
//! span in lists of spans.
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use kansoku_filter::{Field, eval::text_of_value};
use kansoku_model::{RootField, SpanId, TraceId};
use kansoku_store::{RootValues, RootValuesQuery, SpanValuesQuery, TraceListItem, WantedValues};
use serde_json::Value;

use super::{
    csv_table::without_formula,
    trace_list_item::{TraceListItemJson, conversion::trace_list_item_json},
};
use crate::{ApiError, App};

const COLUMNS_MAX: usize = 20;
/// The longest time that reading values can delay a page of a list.
const PAGE_DEADLINE_MAX: Duration = Duration::from_secs(2);
/// The memory charged for reading spans of a trace, in bytes.
const TRACE_CHARGE: usize = 16 << 20;

/// The values of a row, by the requested names.
pub(crate) type RowValues = BTreeMap<String, Value>;

/// How long reading the values of a page of a list may take.
pub(crate) fn page_deadline(app: &App) -> Duration {
    app.limits.search_deadline.min(PAGE_DEADLINE_MAX)
}

/// The names of the requested fields, and the fields.
#[derive(Default)]
pub(crate) struct ValueColumns(Vec<(String, RootField)>);

impl ValueColumns {
    /// Parses fields separated by commas. The parameter can be repeated, and commas in quotes do not
    /// separate.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, ApiError> {
        let mut columns: Vec<(String, RootField)> = Vec::new();
        for name in texts.iter().flat_map(|text| split(text)) {
            let invalid = |message: String| ApiError::invalid(format!("`columns`: {message}"));
            let field = Field::parse(name).map_err(|error| invalid(error.to_string()))?;
            let root = field.root_field().ok_or_else(|| {
                invalid(format!("`{name}` is neither in `inputs`, `outputs` nor `span.attributes`"))
            })?;
            let root = root.map_err(|error| invalid(format!("`{name}`: {error}")))?;
            if columns.iter().all(|(_, known)| *known != root) {
                columns.push((name.to_owned(), root));
            }
        }
        if COLUMNS_MAX < columns.len() {
            let message = format!("`columns` has {} fields; ask for {COLUMNS_MAX}", columns.len());
            return Err(ApiError::invalid(message));
        }
        Ok(Self(columns))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Converts the traces to rows with the values of their root spans, as far as they are read
    /// before the deadline.
    pub(crate) async fn trace_rows(
        &self,
        app: &App,
        traces: Vec<TraceListItem>,
        deadline: Duration,
    ) -> Result<Vec<TraceListItemJson>, ApiError> {
        if self.0.is_empty() {
            return Ok(traces.into_iter().map(trace_list_item_json).collect());
        }
        let _charge = app.reads.charge(TRACE_CHARGE).await?;
        let query = RootValuesQuery {
            traces: traces.iter().map(|trace| trace.info.trace_id.clone()).collect(),
            wanted: self.wanted(),
            deadline,
        };
        let found = app.traces.root_values(query).await?.into_iter();
        let mut found: HashMap<TraceId, RowValues> =
            found.map(|(trace, values)| (trace, self.named(values))).collect();
        let row = |trace: TraceListItem| {
            let values = found.remove(&trace.info.trace_id);
            TraceListItemJson { values, ..trace_list_item_json(trace) }
        };
        Ok(traces.into_iter().map(row).collect())
    }

    /// The values of each of the spans, as far as they are read before the deadline.
    pub(crate) async fn of_spans(
        &self,
        app: &App,
        spans: Vec<(TraceId, SpanId)>,
        deadline: Duration,
    ) -> Result<HashMap<(TraceId, SpanId), RowValues>, ApiError> {
        if self.0.is_empty() {
            return Ok(HashMap::new());
        }
        let _charge = app.reads.charge(TRACE_CHARGE).await?;
        let query = SpanValuesQuery { spans, wanted: self.wanted(), deadline };
        let found = app.traces.span_values(query).await?.into_iter();
        Ok(found.map(|(span, values)| (span, self.named(values))).collect())
    }

    /// The cells of a row of a table, in the order of the names.
    pub(crate) fn cells(&self, values: Option<&RowValues>) -> impl Iterator<Item = String> {
        self.names().map(move |name| match values.and_then(|values| values.get(name)) {
            None | Some(Value::Null) => String::new(),
            Some(Value::Number(number)) => number.to_string(),
            Some(value) => without_formula(text_of_value(value)),
        })
    }

    fn wanted(&self) -> WantedValues {
        WantedValues::Fields(self.0.iter().map(|(_, field)| field.clone()).collect())
    }

    fn named(&self, values: RootValues) -> RowValues {
        let name = |field: &RootField| self.0.iter().find(|(_, known)| known == field);
        let values = values.into_iter();
        values.filter_map(|(field, value)| Some((name(&field)?.0.clone(), value))).collect()
    }
}

/// Splits a text at the commas that are not in quotes.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    let parts = text.split(move |c: char| match (quote, c) {
        (None, '`' | '"') => {
            quote = Some(c);
            false
        }
        (Some(open), c) if open == c => {
            quote = None;
            false
        }
        (None, ',') => true,
        _ => false,
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Vec<String>, String> {
        let columns = ValueColumns::parse(&[text.to_owned()]);
        columns
            .map(|columns| columns.0.into_iter().map(|(_, root)| root.to_string()).collect())
            .map_err(|error| error.reason())
    }

    #[test]
    fn columns_are_named_as_filters_name_them() {
        let read = parse("inputs.a.b, outputs.`x, y`,span.attributes.k,inputs.a.b,").unwrap();
        assert_eq!(read, ["inputs.a.b", "outputs.x, y", "attributes.k"]);
        assert_eq!(parse("").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_value_of_a_root_is_refused() {
        for text in ["status", "inputs", "inputs.", "inputs.a..b", "tags.env", "'x'", "nope.a"] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("`columns`"), "{text}: {error}");
        }
        let many: Vec<String> = (0..=COLUMNS_MAX).map(|n| format!("inputs.k{n}")).collect();
        assert!(parse(&many.join(",")).unwrap_err().contains("21 fields"));
    }

    #[test]
    fn a_cell_is_empty_without_a_value_and_never_a_formula() {
        let columns = ["inputs.a", "inputs.b", "inputs.c", "inputs.d"].map(str::to_owned);
        let columns = ValueColumns::parse(&columns).unwrap();
        let values = json!({ "inputs.a": -3, "inputs.b": "=1+1", "inputs.d": true });
        let values: RowValues = serde_json::from_value(values).unwrap();
        assert_eq!(columns.cells(Some(&values)).collect::<Vec<_>>(), ["-3", "'=1+1", "", "true"]);
        assert_eq!(columns.cells(None).collect::<String>(), "");
    }
}
