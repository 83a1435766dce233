//! The summary above a list of spans: histogram, errors, percentiles of duration, tokens, cost.
use axum::{Json, http::Method};
use kansoku_analytics::{
    buckets::Buckets,
    span_summary::{SpanBucket, SpanFigures, SpanSummaryFold},
};
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

const BUCKETS_DEFAULT: usize = 60;

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/experiments/{experiment_id}/spans/summary";
    routes.api(Scope::Read, Method::GET, path, summarize_spans);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpanSummaryQuery {
    /// the maximum number of buckets, 1 to 200
    buckets: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanSummary {
    from_ms: i64,
    to_ms: i64,
    bucket_ms: i64,
    /// Spans by the request time of their traces.
    buckets: Vec<SpanBucket>,
    #[serde(flatten)]
    figures: SpanFigures,
    newest_ms: Option<i64>,
    oldest_ms: Option<i64>,
    complete: bool,
    covered_from_ms: Option<i64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/spans/summary`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/spans/summary",
    summary = "A histogram and totals of spans",
    params(ExperimentPath, ScopeQuery, SpanSummaryQuery),
    responses((status = 200, body = SpanSummary)),
)]
pub(super) async fn summarize_spans(
    app: App,
    scope: TraceScope,
    Query(query): Query<SpanSummaryQuery>,
) -> Result<Json<SpanSummary>, ApiError> {
    let count = check_buckets(query.buckets, BUCKETS_DEFAULT, 1)?;
    let scan = scope.scan_query(&app, ScanProjection::default());
    let start = SpanSummaryFold::default();
    let (fold, coverage) =
        app.traces.fold_matching_spans(scan, start, SpanSummaryFold::add).await?;
    let (oldest, newest) = fold.ends().unzip();
    let (from, to) = scope.range(oldest, newest, app.clock.now());
    let range = Buckets::between(from, to, count);
    let (figures, buckets) = fold.finish(range);
    let Coverage { complete, covered_from, .. } = coverage;
    Ok(Json(SpanSummary {
        from_ms: from.0,
        to_ms: to.0,
        bucket_ms: range.length_ms,
        buckets,
        figures,
        newest_ms: newest.map(|time| time.0),
        oldest_ms: oldest.map(|time| time.0),
        complete,
        covered_from_ms: covered_from.map(|time| time.0),
    }))
}
