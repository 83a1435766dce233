//! Fields and values of the newest traces and spans, as suggestions for filters and columns.
use std::{collections::HashMap, time::Duration};

use kansoku_filter::{Filter, eval::text_of_value};
use kansoku_model::{ExperimentId, RootField};
use kansoku_store::{RootValuesQuery, SpanSearch, SpanValuesQuery, TraceSearch, WantedValues};

use crate::{ApiError, App, params::trace_scope::TraceScope};

/// The number of traces and of spans whose fields are suggested, and of traces whose values are.
const LEAVES_TRACES: usize = 50;
const LEAVES_SPANS: usize = 200;
const VALUES_TRACES: usize = 200;
/// Short, because suggestions are requested while the user types.
const DEADLINE: Duration = Duration::from_millis(500);
const FIELDS_MAX: usize = 200;
/// The memory charged for reading the root of a trace, in bytes.
const TRACE_CHARGE: usize = 16 << 20;

/// A field of spans.
pub(super) struct Leaf {
    pub(super) field: RootField,
    /// The number of traces or spans that have it.
    pub(super) rows: u64,
    /// Whether all values are numbers.
    pub(super) is_number: bool,
    pub(super) example: String,
}

/// The fields of root spans in the newest traces of an experiment, the most frequent first.
pub(super) async fn leaves(app: &App, experiment: ExperimentId) -> Result<Vec<Leaf>, ApiError> {
    let search = TraceSearch {
        experiments: vec![experiment],
        filter: Filter::all(),
        order_by: Vec::new(),
        max_results: LEAVES_TRACES,
        page_token: None,
        deadline: app.limits.search_deadline,
    };
    Ok(counted(read(app, search, WantedValues::Leaves).await?))
}

/// The fields of the newest spans of an experiment, the most frequent first.
pub(super) async fn span_leaves(
    app: &App,
    experiment: ExperimentId,
) -> Result<Vec<Leaf>, ApiError> {
    let search = SpanSearch {
        experiment,
        filter: Filter::all(),
        max_results: LEAVES_SPANS,
        page_token: None,
        deadline: app.limits.search_deadline,
    };
    let found = app.traces.search_spans(search).await?.spans.into_iter();
    let _charge = app.reads.charge(TRACE_CHARGE).await?;
    let query = SpanValuesQuery {
        spans: found.map(|it| (it.trace.trace_id.clone(), it.span.span_id)).collect(),
        wanted: WantedValues::Leaves,
        deadline: DEADLINE,
    };
    let order = query.spans.clone();
    let mut values = app.traces.span_values(query).await?;
    Ok(counted(order.iter().filter_map(|span| values.remove(span)).flatten()))
}

fn counted(values: impl IntoIterator<Item = (RootField, serde_json::Value)>) -> Vec<Leaf> {
    let mut leaves: Vec<Leaf> = Vec::new();
    let mut known: HashMap<RootField, usize> = HashMap::new();
    for (field, value) in values {
        if let Some(at) = known.get(&field) {
            leaves[*at].rows += 1;
            leaves[*at].is_number &= value.is_number();
        } else if leaves.len() < FIELDS_MAX {
            known.insert(field.clone(), leaves.len());
            let (is_number, example) = (value.is_number(), text_of_value(&value));
            leaves.push(Leaf { field, rows: 1, is_number, example });
        }
    }
    leaves.sort_by_key(|leaf| std::cmp::Reverse(leaf.rows));
    leaves
}

/// The values of a field in the newest traces of a scope, as texts.
pub(super) async fn values(
    app: &App,
    scope: &TraceScope,
    field: RootField,
) -> Result<Vec<String>, ApiError> {
    let search = scope.search(app, VALUES_TRACES);
    let found = read(app, search, WantedValues::Fields(vec![field])).await?;
    Ok(found.iter().map(|(_, value)| text_of_value(value)).collect())
}

async fn read(
    app: &App,
    search: TraceSearch,
    wanted: WantedValues,
) -> Result<Vec<(RootField, serde_json::Value)>, ApiError> {
    let found = app.traces.search(search).await?.traces;
    let _charge = app.reads.charge(TRACE_CHARGE).await?;
    let query = RootValuesQuery {
        traces: found.into_iter().map(|info| info.trace_id).collect(),
        wanted,
        deadline: DEADLINE,
    };
    let values = app.traces.root_values(query).await?;
    Ok(values.into_iter().flat_map(|(_, values)| values).collect())
}
