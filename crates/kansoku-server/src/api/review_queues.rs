//! How far the review queues of an experiment are. The queues themselves are read and changed by
//! MLflow's routes.
use std::collections::BTreeMap;

use axum::{Json, http::Method};
use kansoku_model::{ReviewQueueId, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    ApiError, App,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/experiments/{experiment_id}/review-queues/progress";
    routes.api(Scope::Read, Method::GET, path, get_review_progress);
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewProgressList {
    /// By queue id. Queues without items are not included.
    queues: Vec<ReviewProgress>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewProgress {
    queue_id: String,
    /// The number of items that nobody has completed or declined.
    pending: u64,
    complete: u64,
    declined: u64,
    /// The number of complete and declined items of each reviewer.
    by_reviewer: BTreeMap<String, u64>,
}

impl From<(ReviewQueueId, kansoku_store::ReviewProgress)> for ReviewProgress {
    fn from((queue, progress): (ReviewQueueId, kansoku_store::ReviewProgress)) -> Self {
        let kansoku_store::ReviewProgress { pending, complete, declined, by_reviewer } = progress;
        Self { queue_id: queue.0, pending, complete, declined, by_reviewer }
    }
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/review-queues/progress`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/review-queues/progress",
    summary = "Items of the review queues, counted by status and reviewer",
    params(ExperimentPath),
    responses((status = 200, body = ReviewProgressList)),
)]
pub(super) async fn get_review_progress(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
) -> Result<Json<ReviewProgressList>, ApiError> {
    let progress = app.meta.review_progress(experiment.experiment_id).await?;
    let queues = progress.into_iter().map(ReviewProgress::from).collect();
    Ok(Json(ReviewProgressList { queues }))
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(get_review_progress))]
pub(crate) struct Document;
