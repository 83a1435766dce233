//! Columns of lists with values of root spans, named by paths.
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use kansoku_filter::Field;
use kansoku_model::{RootField, TraceId};
use kansoku_store::{RootValuesQuery, TraceListItem, WantedValues};
use serde_json::Value;

use crate::{
    ApiError, App,
    rendering::trace_list_item::{TraceListItemJson, conversion::trace_list_item_json},
};

const COLUMNS_MAX: usize = 20;
/// The longest time that reading values can delay a list.
const DEADLINE_MAX: Duration = Duration::from_secs(2);
/// The memory charged for reading the root of a trace, in bytes.
const TRACE_CHARGE: usize = 16 << 20;

/// The names of the requested fields, and the fields.
pub(super) struct Columns(Vec<(String, RootField)>);

impl Columns {
    /// Parses fields separated by commas. The parameter can be repeated, and commas in quotes do not
    /// separate.
    pub(super) fn parse(texts: &[String]) -> Result<Self, ApiError> {
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

    /// Converts the traces to rows with their values.
    pub(super) async fn rows(
        self,
        app: &App,
        traces: Vec<TraceListItem>,
    ) -> Result<Vec<TraceListItemJson>, ApiError> {
        if self.0.is_empty() {
            return Ok(traces.into_iter().map(trace_list_item_json).collect());
        }
        let ids = traces.iter().map(|trace| trace.info.trace_id.clone()).collect();
        let mut values = self.read(app, ids).await?;
        let row = |trace: TraceListItem| {
            let values = values.remove(&trace.info.trace_id);
            TraceListItemJson { values, ..trace_list_item_json(trace) }
        };
        Ok(traces.into_iter().map(row).collect())
    }

    async fn read(
        self,
        app: &App,
        traces: Vec<TraceId>,
    ) -> Result<HashMap<TraceId, BTreeMap<String, Value>>, ApiError> {
        let _charge = app.reads.charge(TRACE_CHARGE).await?;
        let (names, fields): (Vec<String>, Vec<RootField>) = self.0.into_iter().unzip();
        let query = RootValuesQuery {
            traces,
            wanted: WantedValues::Fields(fields.clone()),
            deadline: app.limits.search_deadline.min(DEADLINE_MAX),
        };
        let found = app.traces.root_values(query).await?.into_iter();
        let named = |field: &RootField| {
            let at = fields.iter().position(|known| known == field);
            at.map(|at| names[at].clone())
        };
        let by_name = found.map(|(trace, values)| {
            let values = values.into_iter();
            (trace, values.filter_map(|(field, value)| Some((named(&field)?, value))).collect())
        });
        Ok(by_name.collect())
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
    use super::*;

    fn parse(text: &str) -> Result<Vec<String>, String> {
        let columns = Columns::parse(&[text.to_owned()]);
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
}
