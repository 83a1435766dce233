//! New versions of a judge with other instructions.
use axum::Json;
use kansoku_mlflow::scorer::with_instructions;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ScorerPath, list::ListedScorer, spending::spending_today};
use crate::{
    ApiError, App,
    http::extract::{JsonBody, Path},
    params::scorer::no_scoring,
    params::trace_scope::ExperimentInPath,
};

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewInstructions {
    /// The instructions, in MLflow's form with `{{ inputs }}`, `{{ outputs }}` and so on.
    instructions: String,
}

/// `POST /api/3.0/kansoku/experiments/{experiment_id}/scorers/{name}/instructions`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/scorers/{name}/instructions",
    summary = "Make a new version of a judge, with other instructions",
    params(ScorerPath),
    request_body = NewInstructions,
    responses((status = 200, body = ListedScorer)),
)]
pub(super) async fn change_instructions(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(ScorerPath { name, .. }): Path<ScorerPath>,
    JsonBody(new): JsonBody<NewInstructions>,
) -> Result<Json<ListedScorer>, ApiError> {
    let experiment = experiment.experiment_id;
    let runner = app.scorers.as_ref().ok_or_else(no_scoring)?;
    let present = app.meta.scorer(experiment, &name, None).await?;
    let serialized = with_instructions(&present.serialized, &new.instructions)?;
    runner.kind(&serialized).map_err(ApiError::invalid)?;
    let version = app.meta.register_scorer(experiment, &name, &serialized).await?;
    let today = spending_today(&app, experiment).await?;
    Ok(Json(ListedScorer::read(&app, &today, &mut None, version).await?))
}
