//! Backfills: scorers that assess traces which ended before.
use axum::Json;
use kansoku_model::{Backfill, BackfillProgress, BackfillState, ErrorCode, TraceId};
use kansoku_store::SpendingOfDay;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::spending::spending_today;
use crate::{
    ApiError, App,
    http::extract::{JsonBody, Path},
    params::backfill::{NewBackfill, wake},
    params::scorer::no_scoring,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
};

/// The most traces that are assessed again by one request.
const RESCORED_MAX: usize = 100;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackfillList {
    /// The newest first.
    backfills: Vec<ListedBackfill>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedBackfill {
    backfill_id: String,
    scorers: Vec<ListedBackfillScorer>,
    filter: String,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    /// Whether only traces are selected that another version of the scorer assessed.
    only_former: bool,
    /// `running`, `paused`, `cancelled` or `done`.
    state: &'static str,
    /// The name of the token that created it.
    created_by: Option<String>,
    created_ms: i64,
    finished_ms: Option<i64>,
    /// The number of traces that matched when it was created.
    selected: u64,
    /// Whether all of them were counted; otherwise there are more.
    selected_complete: bool,
    looked_at: u64,
    /// The traces and sessions that judges and Python scorers were given.
    jobs_added: u64,
    /// Those of them that are assessed, or that there was nothing to say about.
    jobs_done: u64,
    /// The assessments that checks gave.
    checked: u64,
    /// Whether it waits for the next day of UTC, because a budget is nearly used up.
    waits_for_budget: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedBackfillScorer {
    scorer: String,
    version: i64,
    sample_rate: f64,
}

impl ListedBackfill {
    async fn read(app: &App, today: &SpendingOfDay, backfill: Backfill) -> Result<Self, ApiError> {
        let waiting = match (&app.scorers, backfill.is_finished()) {
            (Some(runner), false) => runner.count_waiting(&backfill).await?,
            _ => 0,
        };
        let is_near_limit = |id: &str| today.open_share(id, 0, 0) < 1.0;
        let waits_for_budget = backfill.state == BackfillState::Running
            && backfill.scorers.iter().any(|it| is_near_limit(&it.scorer_id));
        let BackfillProgress { looked_at, jobs_added, checked, .. } = backfill.progress;
        let scorers = backfill.scorers.into_iter().map(|it| ListedBackfillScorer {
            scorer: it.name,
            version: it.version,
            sample_rate: it.sample_rate,
        });
        Ok(Self {
            backfill_id: backfill.backfill_id,
            scorers: scorers.collect(),
            filter: backfill.filter,
            from_ms: backfill.from.map(|time| time.0),
            to_ms: backfill.to.map(|time| time.0),
            only_former: backfill.only_former,
            state: backfill.state.as_str(),
            created_by: backfill.created_by,
            created_ms: backfill.created.0,
            finished_ms: backfill.finished.map(|time| time.0),
            selected: backfill.selected,
            selected_complete: backfill.is_selected_complete,
            looked_at,
            jobs_added,
            jobs_done: jobs_added.saturating_sub(waiting),
            checked,
            waits_for_budget,
        })
    }
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills",
    summary = "Let scorers assess traces that ended before",
    params(ExperimentPath),
    request_body = NewBackfill,
    responses((status = 200, body = ListedBackfill)),
)]
pub(super) async fn create_backfill(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(new): JsonBody<NewBackfill>,
) -> Result<Json<ListedBackfill>, ApiError> {
    let id = experiment.experiment_id;
    let backfill = new.check(&app, experiment).await?.create(&app).await?;
    let today = spending_today(&app, id).await?;
    Ok(Json(ListedBackfill::read(&app, &today, backfill).await?))
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills",
    summary = "The backfills of an experiment with their progress",
    params(ExperimentPath),
    responses((status = 200, body = BackfillList)),
)]
pub(super) async fn list_backfills(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
) -> Result<Json<BackfillList>, ApiError> {
    let experiment = experiment.experiment_id;
    let today = spending_today(&app, experiment).await?;
    let mut backfills = Vec::new();
    for backfill in app.meta.backfills(experiment).await? {
        backfills.push(ListedBackfill::read(&app, &today, backfill).await?);
    }
    Ok(Json(BackfillList { backfills }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct BackfillPath {
    backfill_id: String,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills/{backfill_id}`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills/{backfill_id}",
    summary = "One backfill with its progress",
    params(ExperimentPath, BackfillPath),
    responses((status = 200, body = ListedBackfill)),
)]
pub(super) async fn get_backfill(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(BackfillPath { backfill_id }): Path<BackfillPath>,
) -> Result<Json<ListedBackfill>, ApiError> {
    let experiment = experiment.experiment_id;
    let today = spending_today(&app, experiment).await?;
    let backfill = app.meta.backfill(experiment, &backfill_id).await?;
    Ok(Json(ListedBackfill::read(&app, &today, backfill).await?))
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WantedState {
    Running,
    Paused,
    Cancelled,
}

/// A change of a backfill that is not finished.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BackfillChange {
    state: WantedState,
}

/// `PATCH /api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills/{backfill_id}`
#[utoipa::path(
    patch,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/backfills/{backfill_id}",
    summary = "Pause, resume or cancel a backfill",
    params(ExperimentPath, BackfillPath),
    request_body = BackfillChange,
    responses((status = 200, body = ListedBackfill)),
)]
pub(super) async fn change_backfill(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(BackfillPath { backfill_id }): Path<BackfillPath>,
    JsonBody(change): JsonBody<BackfillChange>,
) -> Result<Json<ListedBackfill>, ApiError> {
    let experiment = experiment.experiment_id;
    let state = match change.state {
        WantedState::Running => BackfillState::Running,
        WantedState::Paused => BackfillState::Paused,
        WantedState::Cancelled => BackfillState::Cancelled,
    };
    app.meta.set_backfill_state(experiment, &backfill_id, state).await?;
    wake(&app);
    let today = spending_today(&app, experiment).await?;
    let backfill = app.meta.backfill(experiment, &backfill_id).await?;
    Ok(Json(ListedBackfill::read(&app, &today, backfill).await?))
}

/// A scorer, and traces that it is to assess again.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Rescore {
    /// The name of the scorer.
    scorer: String,
    /// At most 100.
    trace_ids: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rescored {
    /// The number of traces and sessions that are assessed again. Those of checks are already.
    rescored: usize,
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/scorers/rescore`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/rescore",
    summary = "Run the latest version of a scorer on traces again, and replace its feedback",
    params(ExperimentPath),
    request_body = Rescore,
    responses((status = 200, body = Rescored)),
)]
pub(super) async fn rescore(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(request): JsonBody<Rescore>,
) -> Result<Json<Rescored>, ApiError> {
    let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
    let experiment = experiment.experiment_id;
    if request.trace_ids.is_empty() || RESCORED_MAX < request.trace_ids.len() {
        return Err(ApiError::invalid(format!("'trace_ids' has 1 to {RESCORED_MAX} entries")));
    }
    let ids =
        request.trace_ids.into_iter().map(|id| TraceId::try_from(id).map_err(ApiError::invalid));
    let ids: Vec<TraceId> = ids.collect::<Result<_, _>>()?;
    let experiments = app.traces.experiments_of(&ids).await?;
    if let Some(foreign) = ids.iter().find(|id| experiments.get(*id) != Some(&experiment)) {
        let message = format!("the experiment has no trace `{foreign}`");
        return Err(ApiError::new(ErrorCode::ResourceDoesNotExist, message));
    }
    Ok(Json(Rescored { rescored: runner.rescore(experiment, &request.scorer, &ids).await? }))
}
