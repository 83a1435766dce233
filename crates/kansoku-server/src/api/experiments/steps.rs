//! The steps of an experiment, that is, its spans by name and type, and the step graph.
use axum::{Json, http::Method};
use kansoku_analytics::{
    buckets::Buckets,
    step_graph::{GraphEdge, GraphNode, StepGraph, StepGraphFold},
    steps::{Step, StepFold, StepSplit, Steps},
};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::Scope;
use kansoku_store::{Coverage, ScanProjection};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope, check_buckets},
    route_table::Routes,
};

const BUCKETS_DEFAULT: usize = 30;
const STEPS_DEFAULT: usize = 200;
const STEPS_MAX: usize = 1000;
/// The default limit; larger graphs are not readable.
const NODES_DEFAULT: usize = 60;
const NODES_MAX: usize = 200;

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/experiments/{experiment_id}/steps";
    routes.api(Scope::Read, Method::GET, path, list_steps);
    let path = "3.0/kansoku/experiments/{experiment_id}/steps/graph";
    routes.api(Scope::Read, Method::GET, path, get_step_graph);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StepListQuery {
    /// splits each step by a field, such as version, model, user, tag:KEY, …
    by: Option<String>,
    /// the maximum number of buckets, 1 to 200
    buckets: Option<i64>,
    /// the maximum number of steps, 1 to 1000
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepList {
    from_ms: i64,
    to_ms: i64,
    bucket_ms: i64,
    traces: u64,
    /// The sum of the critical paths of all traces, in milliseconds.
    path_ms: f64,
    /// Sorted by their time on critical paths, longest first.
    steps: Vec<Step>,
    /// The number of all steps; the list may contain fewer.
    steps_total: usize,
    /// Calls of steps beyond the first 10,000, which are not listed separately.
    left_out_calls: u64,
    complete: bool,
    covered_from_ms: Option<i64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/steps`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/steps",
    summary = "Calls, failures, durations, tokens and cost of spans by name and type",
    params(ExperimentPath, ScopeQuery, StepListQuery),
    responses((status = 200, body = StepList)),
)]
pub(super) async fn list_steps(
    app: App,
    scope: TraceScope,
    Query(query): Query<StepListQuery>,
) -> Result<Json<StepList>, ApiError> {
    let buckets = check_buckets(query.buckets, BUCKETS_DEFAULT, 1)?;
    let max_results = check_max_results(query.max_results, STEPS_DEFAULT, STEPS_MAX)?;
    let by = query.by.filter(|by| !by.is_empty());
    let split = by.map(|by| StepSplit::parse(&by)).transpose()?;
    let projection = split.as_ref().map(StepSplit::projection).unwrap_or_default();
    let scan = scope.scan_query(&app, projection);
    let add = |fold: &mut StepFold, columns: &_| drop(fold.add(columns));
    let start = StepFold::new(split);
    let (fold, coverage) = app.traces.fold_span_scan(scan, start.projection(), start, add).await?;
    let (oldest, newest) = fold.ends().unzip();
    let (from, to) = scope.range(oldest, newest, app.clock.now());
    let buckets = Buckets::between(from, to, buckets);
    let Steps { steps, steps_total, traces, path_ms, left_out_calls } =
        fold.finish(buckets, max_results);
    let Coverage { complete, covered_from, .. } = coverage;
    Ok(Json(StepList {
        from_ms: from.0,
        to_ms: to.0,
        bucket_ms: buckets.length_ms,
        traces,
        path_ms,
        steps,
        steps_total,
        left_out_calls,
        complete,
        covered_from_ms: covered_from.map(|time| time.0),
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StepGraphQuery {
    /// the maximum number of nodes, 1 to 200; the most frequent steps are kept
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepGraphAnswer {
    traces: u64,
    /// Most frequent steps first.
    nodes: Vec<GraphNode>,
    /// Most frequent first.
    edges: Vec<GraphEdge>,
    /// The number of all steps; only the most frequent are nodes.
    nodes_total: usize,
    complete: bool,
    covered_from_ms: Option<i64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/steps/graph`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/steps/graph",
    summary = "The graph of steps: which call which, and which follow which",
    params(ExperimentPath, ScopeQuery, StepGraphQuery),
    responses((status = 200, body = StepGraphAnswer)),
)]
pub(super) async fn get_step_graph(
    app: App,
    scope: TraceScope,
    Query(query): Query<StepGraphQuery>,
) -> Result<Json<StepGraphAnswer>, ApiError> {
    let nodes_max = check_max_results(query.max_results, NODES_DEFAULT, NODES_MAX)?;
    let scan = scope.scan_query(&app, ScanProjection::default());
    let start = StepGraphFold::default();
    let (fold, coverage) =
        app.traces.fold_span_scan(scan, start.projection(), start, StepGraphFold::add).await?;
    let StepGraph { nodes, edges, nodes_total, traces } = fold.finish(nodes_max);
    let Coverage { complete, covered_from, .. } = coverage;
    let covered_from_ms = covered_from.map(|time| time.0);
    Ok(Json(StepGraphAnswer { traces, nodes, edges, nodes_total, complete, covered_from_ms }))
}
