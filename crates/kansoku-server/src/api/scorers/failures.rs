//! Scorers that could not assess a trace or session, until somebody retries or deletes them.
use axum::Json;
use kansoku_model::{ExperimentId, ScoringFailure};
use kansoku_store::FailureQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    ApiError, App,
    http::extract::{JsonBody, Query},
    params::scorer::no_scoring,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
};

const PAGE: usize = 50;
const PAGE_MAX: usize = 500;
/// The most failures that are named in one request.
const IDS_MAX: usize = 1_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FailuresQuery {
    /// the name of a scorer; without it, those of all scorers
    scorer: Option<String>,
    /// the number of failures to leave out, the latest first
    offset: Option<usize>,
    /// 1 to 500 (50 by default)
    max_results: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureList {
    /// The latest first.
    failures: Vec<ListedFailure>,
    /// Whether more follow.
    more: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedFailure {
    failure_id: String,
    scorer: String,
    version: i64,
    /// The trace, or the first one of the session.
    trace_id: String,
    /// The session that the scorer assesses as a whole.
    session: Option<String>,
    reason: String,
    attempts: u32,
    time_ms: i64,
}

impl From<ScoringFailure> for ListedFailure {
    fn from(failure: ScoringFailure) -> Self {
        Self {
            failure_id: failure.failure_id,
            scorer: failure.scorer,
            version: failure.version,
            trace_id: failure.trace_id.to_string(),
            session: failure.session,
            reason: failure.reason,
            attempts: failure.attempts,
            time_ms: failure.time.0,
        }
    }
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/scorers/failures`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/failures",
    summary = "Traces and sessions that scorers could not assess, with the reasons",
    params(ExperimentPath, FailuresQuery),
    responses((status = 200, body = FailureList)),
)]
pub(super) async fn list_failures(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Query(query): Query<FailuresQuery>,
) -> Result<Json<FailureList>, ApiError> {
    let experiment = experiment.experiment_id;
    let max_results = query.max_results.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&max_results) {
        let message = format!("`max_results` is a number from 1 to {PAGE_MAX}");
        return Err(ApiError::invalid(message));
    }
    let scorer_id = match query.scorer {
        Some(name) => Some(app.meta.scorer(experiment, &name, None).await?.scorer_id),
        None => None,
    };
    let offset = query.offset.unwrap_or(0).min(ScoringFailure::COUNT_MAX);
    let query = FailureQuery { experiment, scorer_id, offset, max_results };
    let (failures, more) = app.meta.scoring_failures(query).await?;
    Ok(Json(FailureList { failures: failures.into_iter().map(Into::into).collect(), more }))
}

/// Failures of one scorer.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChosenFailures {
    /// The name of the scorer.
    scorer: String,
    /// At most 1000; without it, all of the scorer.
    failure_ids: Option<Vec<String>>,
}

impl ChosenFailures {
    fn check(&self) -> Result<(), ApiError> {
        match &self.failure_ids {
            Some(ids) if IDS_MAX < ids.len() => {
                Err(ApiError::invalid(format!("'failure_ids' has more than {IDS_MAX} entries")))
            }
            _ => Ok(()),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetriedFailures {
    /// The number of traces and sessions that wait for the scorer now.
    retried: usize,
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/scorers/failures/retry`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/failures/retry",
    summary = "Run the latest version of a scorer again where it failed",
    params(ExperimentPath),
    request_body = ChosenFailures,
    responses((status = 200, body = RetriedFailures)),
)]
pub(super) async fn retry_failures(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(chosen): JsonBody<ChosenFailures>,
) -> Result<Json<RetriedFailures>, ApiError> {
    chosen.check()?;
    let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
    let ids = chosen.failure_ids.as_deref();
    let retried = runner.retry_failures(experiment.experiment_id, &chosen.scorer, ids).await?;
    Ok(Json(RetriedFailures { retried }))
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeletedFailures {}

/// `DELETE /api/3.0/kansoku/experiments/{experiment_id}/scorers/failures`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/failures",
    summary = "Forget failures of a scorer; the errors on the traces stay",
    params(ExperimentPath),
    request_body = ChosenFailures,
    responses((status = 200, body = DeletedFailures)),
)]
pub(super) async fn delete_failures(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    JsonBody(chosen): JsonBody<ChosenFailures>,
) -> Result<Json<DeletedFailures>, ApiError> {
    chosen.check()?;
    let experiment = experiment.experiment_id;
    let ids = ids_of(&app, experiment, chosen).await?;
    app.meta.delete_scoring_failures(experiment, &ids).await?;
    Ok(Json(DeletedFailures {}))
}

async fn ids_of(
    app: &App,
    experiment: ExperimentId,
    chosen: ChosenFailures,
) -> Result<Vec<String>, ApiError> {
    let scorer = app.meta.scorer(experiment, &chosen.scorer, None).await?;
    let query = FailureQuery {
        experiment,
        scorer_id: Some(scorer.scorer_id),
        offset: 0,
        max_results: ScoringFailure::COUNT_MAX,
    };
    let (failures, _) = app.meta.scoring_failures(query).await?;
    let ids = failures.into_iter().map(|failure| failure.failure_id);
    Ok(match chosen.failure_ids {
        Some(named) => ids.filter(|id| named.contains(id)).collect(),
        None => ids.collect(),
    })
}
