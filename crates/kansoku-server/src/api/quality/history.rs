//! The feedback of one name over time, by version of its scorer and by group of traces.
use axum::Json;
use kansoku_analytics::{
    breakdown::Breakdown,
    buckets::Buckets,
    feedback_history::{FeedbackHistory, FeedbackHistoryFold},
};
use kansoku_model::TimestampMs;
use serde::{Deserialize, Serialize};

use super::of_name;
use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope, check_buckets},
};

const BUCKETS_DEFAULT: usize = 60;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// the name of the feedback
    feedback: String,
    /// the maximum number of buckets, 1 to 200
    buckets: Option<i64>,
    /// the field to group by, as `group_by` of `GET …/fields`: model, tag:KEY, …
    by: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FeedbackHistoryAnswer {
    from_ms: i64,
    to_ms: i64,
    bucket_ms: i64,
    #[serde(flatten)]
    history: FeedbackHistory,
    complete: bool,
    covered_from_ms: Option<i64>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/quality/history`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/quality/history",
    summary = "The feedback of one name over time, by version of its scorer and by group",
    params(ExperimentPath, HistoryQuery, ScopeQuery),
    responses((status = 200, body = FeedbackHistoryAnswer)),
)]
pub(super) async fn get_history(
    app: App,
    scope: TraceScope,
    Query(HistoryQuery { feedback, buckets, by }): Query<HistoryQuery>,
) -> Result<Json<FeedbackHistoryAnswer>, ApiError> {
    let count = check_buckets(buckets, BUCKETS_DEFAULT, 1)?;
    let by = by.filter(|by| !by.is_empty());
    let breakdown = by.map(|by| Breakdown::parse(&by)).transpose()?;
    let fold = FeedbackHistoryFold::new(&feedback, breakdown);
    let query = of_name(&scope, &feedback)?.scan_query(&app, fold.projection());
    let (fold, coverage) = app.traces.fold_scan(query, fold, FeedbackHistoryFold::add).await?;
    let (oldest, newest) = fold.times().unzip();
    let (from, to) = scope.range(oldest, newest, app.clock.now());
    let buckets = Buckets::between(from, to, count);
    Ok(Json(FeedbackHistoryAnswer {
        from_ms: from.0,
        to_ms: to.0,
        bucket_ms: buckets.length_ms,
        history: fold.finish(buckets, &scope.feedback),
        complete: coverage.complete,
        covered_from_ms: coverage.covered_from.map(|TimestampMs(time)| time),
    }))
}
