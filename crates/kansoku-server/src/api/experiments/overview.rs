//! The figures of an experiment over a time range, compared with the period before, and broken down
//! into groups.
//!
//! The figures include all traces in scope. Data from spans and assessments is of the newest 20,000
//! of these traces, because it is read from rows.
use std::collections::HashSet;
use std::sync::Arc;

use axum::{Json, http::Method};
use kansoku_analytics::{
    breakdown::{Breakdown, BreakdownFold},
    buckets::Buckets,
    feedback::{FeedbackTrend, FeedbackTrendFold},
    figures::{Figures, PointFold},
    series::{OverviewGroup, OverviewPoint, series},
    span_stats::{ModelStat, SpanFold, SpanStat},
};
use kansoku_model::{Scope, TimestampMs};
use kansoku_store::{Coverage, ScanProjection, ScanQuery, ScannedTrace};
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ROWS_MAX, ScopeQuery, TraceScope, check_buckets},
    route_table::Routes,
};

const BUCKETS_DEFAULT: usize = 60;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/overview",
        get_overview,
    );
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OverviewQuery {
    /// the maximum number of buckets, 1 to 200
    buckets: Option<i64>,
    /// the field to group by, as `group_by` of `GET …/fields`: session, model, tag:KEY, …
    by: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Overview {
    from_ms: i64,
    to_ms: i64,
    bucket_ms: i64,
    figures: Figures,
    /// The figures of the previous period of equal length; zeros without `from`.
    previous: Figures,
    series: Vec<OverviewPoint>,
    by: Vec<OverviewGroup>,
    models: Vec<ModelStat>,
    tools: Vec<SpanStat>,
    retrievers: Vec<SpanStat>,
    feedback: Vec<FeedbackTrend>,
    complete: bool,
    covered_from_ms: Option<i64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/overview`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/overview",
    summary = "Totals and time series of an experiment, its spans and its feedback",
    params(ExperimentPath, ScopeQuery, OverviewQuery),
    responses((status = 200, body = Overview)),
)]
pub(super) async fn get_overview(
    app: App,
    scope: TraceScope,
    Query(query): Query<OverviewQuery>,
) -> Result<Json<Overview>, ApiError> {
    let count = check_buckets(query.buckets, BUCKETS_DEFAULT, 1)?;
    let by = query.by.filter(|by| !by.is_empty());
    let breakdown = by.map(|by| Breakdown::parse(&by)).transpose()?;
    let (points, mut coverage) = points(&app, &scope).await?;
    let (oldest, newest) = points.ends().unzip();
    let (from, to) = scope.range(oldest, newest, app.clock.now());
    let buckets = Buckets::between(from, to, count);
    // Few traces are read once with all details; of many traces, spans are not read.
    let at_once = |breakdown: &Breakdown| breakdown.is_of_spans() || points.all.len() <= ROWS_MAX;
    let (breakdown_at_once, breakdown_apart) = match breakdown {
        Some(breakdown) if at_once(&breakdown) => (Some(breakdown), None),
        breakdown => (None, breakdown),
    };
    let (mut details, seen) = details(&app, &scope, breakdown_at_once).await?;
    narrow(&mut coverage, seen);
    if let Some(breakdown) = breakdown_apart {
        let (groups, seen) = groups(&app, &scope, breakdown).await?;
        narrow(&mut coverage, seen);
        details.groups = Some(groups);
    }
    let previous = previous(&app, &scope, from, to).await?;
    let Details { mut spans, feedback, users, groups, .. } = details;
    let mut figures = points.figures();
    figures.users = users.len() as u64;
    Ok(Json(Overview {
        from_ms: from.0,
        to_ms: to.0,
        bucket_ms: buckets.length_ms,
        figures,
        previous,
        series: series(&points.all, buckets),
        by: groups.map(|groups| groups.finish(buckets)).unwrap_or_default(),
        models: spans.models(),
        tools: spans.tools(buckets),
        retrievers: spans.retrievers(buckets),
        feedback: feedback.finish(buckets, &scope.feedback),
        complete: coverage.complete,
        covered_from_ms: coverage.covered_from.map(|time| time.0),
    }))
}

/// A response is as complete as the least complete of its parts.
fn narrow(coverage: &mut Coverage, part: Coverage) {
    coverage.complete &= part.complete;
    coverage.covered_from = coverage.covered_from.max(part.covered_from);
}

/// The traces in scope; read from packed columns if there is no filter.
async fn points(app: &App, scope: &TraceScope) -> Result<(PointFold, Coverage), ApiError> {
    let query = scope.scan_query(app, ScanProjection::default());
    Ok(app.traces.fold_scan(query, PointFold::default(), PointFold::add).await?)
}

/// Traces by group, if there are more than are read in detail.
async fn groups(
    app: &App,
    scope: &TraceScope,
    breakdown: Breakdown,
) -> Result<(BreakdownFold, Coverage), ApiError> {
    let mut projection = ScanProjection { user: true, ..ScanProjection::default() };
    breakdown.project(&mut projection);
    let query = scope.scan_query(app, projection);
    Ok(app.traces.fold_scan(query, BreakdownFold::new(breakdown), BreakdownFold::add).await?)
}

#[derive(Default)]
struct Details {
    traces: u64,
    spans: SpanFold,
    feedback: FeedbackTrendFold,
    users: HashSet<Arc<str>>,
    groups: Option<BreakdownFold>,
}

impl Details {
    fn add(&mut self, scanned: &ScannedTrace) {
        self.traces += 1;
        self.spans.add(scanned, self.traces);
        self.feedback.add(scanned.time, &scanned.assessments);
        self.users.extend(scanned.user.clone());
        if let Some(groups) = &mut self.groups {
            groups.add(scanned);
        }
    }
}

async fn details(
    app: &App,
    scope: &TraceScope,
    breakdown: Option<Breakdown>,
) -> Result<(Details, Coverage), ApiError> {
    let mut projection =
        ScanProjection { user: true, assessments: true, spans: true, ..ScanProjection::default() };
    if let Some(breakdown) = &breakdown {
        breakdown.project(&mut projection);
    }
    let query = ScanQuery { traces_max: ROWS_MAX, ..scope.scan_query(app, projection) };
    let details = Details { groups: breakdown.map(BreakdownFold::new), ..Details::default() };
    Ok(app.traces.fold_scan(query, details, Details::add).await?)
}

async fn previous(
    app: &App,
    scope: &TraceScope,
    from: TimestampMs,
    to: TimestampMs,
) -> Result<Figures, ApiError> {
    if scope.from.is_none() {
        return Ok(Figures::default());
    }
    let length = to.0.saturating_sub(from.0).saturating_add(1);
    let before = TraceScope {
        from: Some(TimestampMs(from.0.saturating_sub(length))),
        to: Some(TimestampMs(from.0.saturating_sub(1))),
        ..scope.clone()
    };
    let (points, _) = points(app, &before).await?;
    let mut figures = points.figures();
    figures.users = users(app, &before).await?;
    Ok(figures)
}

async fn users(app: &App, scope: &TraceScope) -> Result<u64, ApiError> {
    let projection = ScanProjection { user: true, ..ScanProjection::default() };
    let query = ScanQuery { traces_max: ROWS_MAX, ..scope.scan_query(app, projection) };
    let add =
        |users: &mut HashSet<Arc<str>>, scanned: &ScannedTrace| users.extend(scanned.user.clone());
    let (users, _) = app.traces.fold_scan(query, HashSet::new(), add).await?;
    Ok(users.len() as u64)
}
