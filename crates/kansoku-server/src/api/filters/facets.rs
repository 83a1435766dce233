//! The values of a field with their numbers of traces, for the completion of filters.
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use axum::{Json, http::Method};
use kansoku_analytics::{
    feedback::{FacetValue, verdict_of_text},
    field_values::{add_projection, each_value},
};
use kansoku_filter::{Field, Projection};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::Scope;
use kansoku_store::{ScanProjection, ScanQuery, ScannedTrace};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::root_values;
use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope},
    route_table::Routes,
};

const VALUES_DEFAULT: usize = 20;
const VALUES_MAX: usize = 1000;
/// The most traces that are read, newest first.
const TRACES_MAX: usize = 20_000;
/// Short, because the request is made while a user types.
const DEADLINE_MAX: Duration = Duration::from_secs(3);
/// The most distinct values that are counted.
const DISTINCT_MAX: usize = 50_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/facets",
        list_facets,
    );
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FacetQuery {
    /// a field as in a filter, such as `tags.env`
    field: String,
    /// the prefix of values, in any case
    prefix: Option<String>,
    /// the maximum number of values, 1 to 1000
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetList {
    field: String,
    values: Vec<FacetValue>,
    /// Whether all traces in scope were read.
    complete: bool,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/facets?field=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/facets",
    summary = "Values of a field, with the number of traces of each",
    params(ExperimentPath, FacetQuery, ScopeQuery),
    responses((status = 200, body = FacetList)),
)]
pub(super) async fn list_facets(
    app: App,
    Query(query): Query<FacetQuery>,
    scope: TraceScope,
) -> Result<Json<FacetList>, ApiError> {
    let name = query.field;
    let bad_field = |error| ApiError::invalid(format!("`field`: {error}"));
    let field = Field::parse(&name).map_err(bad_field)?;
    let max_results = check_max_results(query.max_results, VALUES_DEFAULT, VALUES_MAX)?;
    let prefix = query.prefix.unwrap_or_default().to_lowercase();
    let rule = field.feedback_name().map(|feedback| scope.feedback.rule(feedback));
    if let Some(Ok(root)) = field.root_field() {
        let values = root_values::values(&app, &scope, root).await?;
        let mut counts = Counts::new(prefix);
        for value in &values {
            counts.see(value);
            counts.end_of_trace();
        }
        let values = counts.finish(max_results);
        return Ok(Json(FacetList { field: name, values, complete: false }));
    }
    if field.projection() == Projection::None {
        return Ok(Json(FacetList { field: name, values: Vec::new(), complete: true }));
    }
    let mut projection = ScanProjection::default();
    add_projection(&field, &mut projection);
    let query = ScanQuery {
        traces_max: TRACES_MAX,
        deadline: app.limits.search_deadline.min(DEADLINE_MAX),
        ..scope.scan_query(&app, projection)
    };
    let add = move |counts: &mut Counts, scanned: &ScannedTrace| {
        each_value(&field, scanned, &mut |value| counts.see(value));
        counts.end_of_trace();
    };
    let (counts, coverage) = app.traces.fold_scan(query, Counts::new(prefix), add).await?;
    let mut values = counts.finish(max_results);
    if let Some(rule) = rule {
        for value in &mut values {
            value.verdict = verdict_of_text(&rule, &value.value);
        }
    }
    Ok(Json(FacetList { field: name, values, complete: coverage.complete }))
}

struct Counts {
    prefix: String,
    counts: HashMap<Arc<str>, u64>,
    /// The distinct values of the current trace.
    of_trace: HashSet<Arc<str>>,
}

impl Counts {
    fn new(prefix: String) -> Self {
        Self { prefix, counts: HashMap::new(), of_trace: HashSet::new() }
    }

    fn see(&mut self, value: &str) {
        if self.of_trace.contains(value) {
            return;
        }
        let known = self.counts.get_key_value(value).map(|(known, _)| known.clone());
        let is_wanted = || {
            self.counts.len() < DISTINCT_MAX
                && (self.prefix.is_empty() || value.to_lowercase().starts_with(&self.prefix))
        };
        let value = known.or_else(|| is_wanted().then(|| value.into()));
        self.of_trace.extend(value);
    }

    fn end_of_trace(&mut self) {
        for value in self.of_trace.drain() {
            *self.counts.entry(value).or_default() += 1;
        }
    }

    /// The most frequent values.
    fn finish(self, max_results: usize) -> Vec<FacetValue> {
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        counts.truncate(max_results);
        let counts = counts.into_iter();
        counts
            .map(|(value, traces)| FacetValue { value: value.to_string(), traces, verdict: None })
            .collect()
    }
}
