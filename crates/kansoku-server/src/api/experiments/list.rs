//! The list of experiments, with their recent activity.
use std::collections::{BTreeMap, HashMap};

use axum::{Json, http::Method};
use kansoku_filter::ExperimentFilter;
use kansoku_model::{Experiment, Scope, TimestampMs, ViewType};
use kansoku_store::{Activity, ActivityQuery, ExperimentSearch, WindowFigures};
use serde::{Deserialize, Serialize};

use crate::{ApiError, App, http::extract::Query, route_table::Routes};

const WINDOW_DAYS_DEFAULT: i64 = 7;
const WINDOW_DAYS_MAX: i64 = 366;
const DAY_MS: i64 = 86_400_000;
const SPARKLINE_BUCKETS: usize = 48;
/// The most experiments in a response; the newest are kept.
const EXPERIMENTS_MAX: usize = 10_000;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/experiments", list_experiments);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExperimentListQuery {
    /// the length of the window, 1 to 366 days; 7 if absent
    window_days: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ExperimentList {
    experiments: Vec<ExperimentSummary>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ExperimentSummary {
    experiment_id: String,
    name: String,
    /// `active` or `deleted`.
    lifecycle_stage: String,
    creation_time_ms: i64,
    last_update_time_ms: i64,
    tags: BTreeMap<String, String>,
    /// The number of all its traces, independent of the window.
    traces: u64,
    last_trace_ms: Option<i64>,
    window: ExperimentWindow,
    /// The number of traces in each of 48 equal parts of the window.
    sparkline: Vec<u64>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ExperimentWindow {
    days: i64,
    traces: u64,
    errors: u64,
    /// In US dollars.
    cost: f64,
    p95_ms: Option<f64>,
}

/// `GET /api/3.0/kansoku/experiments`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments",
    summary = "All experiments with their recent activity",
    params(ExperimentListQuery),
    responses((status = 200, body = ExperimentList)),
)]
pub(super) async fn list_experiments(
    app: App,
    Query(query): Query<ExperimentListQuery>,
) -> Result<Json<ExperimentList>, ApiError> {
    let days = check_window_days(query.window_days)?;
    let search = ExperimentSearch {
        filter: ExperimentFilter::parse("")?,
        order_by: Vec::new(),
        view: ViewType::All,
        offset: 0,
        max_results: EXPERIMENTS_MAX,
    };
    let (experiments, _) = app.meta.search_experiments(search).await?;
    let now = app.clock.now();
    let query = ActivityQuery {
        experiments: experiments.iter().map(|experiment| experiment.experiment_id).collect(),
        from: TimestampMs(now.0.saturating_sub(days * DAY_MS) + 1),
        to: now,
        buckets: SPARKLINE_BUCKETS,
        deadline: app.limits.search_deadline,
    };
    let activities = app.traces.activity(query).await?;
    let mut activities: HashMap<_, _> =
        activities.into_iter().map(|activity| (activity.experiment, activity)).collect();
    let summary = |experiment: Experiment| {
        let activity = activities.remove(&experiment.experiment_id);
        summary(experiment, activity, days)
    };
    Ok(Json(ExperimentList { experiments: experiments.into_iter().map(summary).collect() }))
}

fn check_window_days(given: Option<i64>) -> Result<i64, ApiError> {
    let days = given.unwrap_or(WINDOW_DAYS_DEFAULT);
    if (1..=WINDOW_DAYS_MAX).contains(&days) {
        return Ok(days);
    }
    let message = format!("`window_days` must lie between 1 and {WINDOW_DAYS_MAX}, got {days}");
    Err(ApiError::invalid(message))
}

fn summary(experiment: Experiment, activity: Option<Activity>, days: i64) -> ExperimentSummary {
    let (traces, last, window, series) = match activity {
        Some(activity) => (activity.traces, activity.last, activity.window, activity.series),
        None => (0, None, WindowFigures::default(), vec![0; SPARKLINE_BUCKETS]),
    };
    ExperimentSummary {
        experiment_id: experiment.experiment_id.to_string(),
        name: experiment.name,
        lifecycle_stage: experiment.lifecycle_stage.as_str().to_owned(),
        creation_time_ms: experiment.creation_time.0,
        last_update_time_ms: experiment.last_update_time.0,
        tags: experiment.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        traces,
        last_trace_ms: last.map(|time| time.0),
        window: ExperimentWindow {
            days,
            traces: window.traces,
            errors: window.errors,
            cost: window.cost.as_dollars(),
            p95_ms: window.p95_ms,
        },
        sparkline: series,
    }
}
