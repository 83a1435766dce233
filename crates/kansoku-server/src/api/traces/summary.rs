//! The summary above a list of traces: a histogram by outcome, latencies, tokens and cost.
use axum::{Json, http::Method};
use kansoku_analytics::{buckets::Buckets, outcome::Outcome};
use kansoku_model::{Money, Scope, TimestampMs};
use kansoku_store::{Coverage, ScanProjection, ScannedTrace, percentile};
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
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/traces/summary",
        summarize_traces,
    );
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceSummaryQuery {
    /// the maximum number of buckets, 1 to 200
    buckets: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceSummary {
    from_ms: i64,
    to_ms: i64,
    bucket_ms: i64,
    buckets: Vec<SummaryBucket>,
    traces: u64,
    errors: u64,
    recovered: u64,
    in_progress: u64,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    input_tokens: u64,
    output_tokens: u64,
    cached_tokens: u64,
    total_tokens: u64,
    /// In US dollars.
    cost: f64,
    newest_ms: Option<i64>,
    oldest_ms: Option<i64>,
    complete: bool,
    covered_from_ms: Option<i64>,
}

/// The numbers of traces that began in a time interval, by outcome; each trace counts once.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct SummaryBucket {
    start_ms: i64,
    ok: u64,
    error: u64,
    recovered: u64,
    in_progress: u64,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/traces/summary`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/traces/summary",
    summary = "Count, percentiles and histogram of the matching traces",
    params(ExperimentPath, ScopeQuery, TraceSummaryQuery),
    responses((status = 200, body = TraceSummary)),
)]
pub(super) async fn summarize_traces(
    app: App,
    scope: TraceScope,
    Query(query): Query<TraceSummaryQuery>,
) -> Result<Json<TraceSummary>, ApiError> {
    let count = check_buckets(query.buckets, BUCKETS_DEFAULT, 1)?;
    let query = scope.scan_query(&app, ScanProjection::default());
    let (sum, coverage) = app.traces.fold_scan(query, Sum::default(), Sum::add).await?;
    Ok(Json(sum.finish(&scope, coverage, count, app.clock.now())))
}

/// Without a time range in the request, the range is known only at the end, so all times are kept
/// until then.
#[derive(Default)]
struct Sum {
    traces: Vec<(TimestampMs, Outcome)>,
    durations: Vec<f64>,
    input_tokens: u64,
    output_tokens: u64,
    cached_tokens: u64,
    total_tokens: u64,
    cost: Money,
}

impl Sum {
    fn add(&mut self, scanned: &ScannedTrace) {
        self.traces.push((scanned.time, Outcome::from_scanned(scanned)));
        self.durations.extend(scanned.duration_ms.map(|ms| ms as f64));
        if let Some(usage) = scanned.usage {
            let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
            add(&mut self.input_tokens, usage.input_tokens);
            add(&mut self.output_tokens, usage.output_tokens);
            add(&mut self.cached_tokens, usage.cache_read_input_tokens.unwrap_or(0));
            add(&mut self.total_tokens, usage.total_tokens);
        }
        self.cost = self.cost.saturating_add(scanned.cost.unwrap_or_default());
    }

    fn finish(
        mut self,
        scope: &TraceScope,
        coverage: Coverage,
        count: usize,
        now: TimestampMs,
    ) -> TraceSummary {
        let oldest = self.traces.iter().map(|(time, _)| *time).min();
        let newest = self.traces.iter().map(|(time, _)| *time).max();
        let (from, to) = scope.range(oldest, newest, now);
        let range = Buckets::between(from, to, count);
        let start = |n| SummaryBucket { start_ms: range.start_ms(n), ..SummaryBucket::default() };
        let mut buckets: Vec<SummaryBucket> = (0..range.count).map(start).collect();
        let mut all = SummaryBucket::default();
        for (time, outcome) in &self.traces {
            let bucket = range.index_of(*time).and_then(|n| buckets.get_mut(n));
            for bucket in bucket.into_iter().chain([&mut all]) {
                match outcome {
                    Outcome::Ok => bucket.ok += 1,
                    Outcome::Error => bucket.error += 1,
                    Outcome::Recovered => bucket.recovered += 1,
                    Outcome::InProgress => bucket.in_progress += 1,
                }
            }
        }
        let [p50_ms, p95_ms, p99_ms] =
            [50.0, 95.0, 99.0].map(|percent| percentile(&mut self.durations, percent));
        TraceSummary {
            from_ms: from.0,
            to_ms: to.0,
            bucket_ms: range.length_ms,
            buckets,
            traces: self.traces.len() as u64,
            errors: all.error,
            recovered: all.recovered,
            in_progress: all.in_progress,
            p50_ms,
            p95_ms,
            p99_ms,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cached_tokens: self.cached_tokens,
            total_tokens: self.total_tokens,
            cost: self.cost.as_dollars(),
            newest_ms: newest.map(|time| time.0),
            oldest_ms: oldest.map(|time| time.0),
            complete: coverage.complete,
            covered_from_ms: coverage.covered_from.map(|time| time.0),
        }
    }
}
