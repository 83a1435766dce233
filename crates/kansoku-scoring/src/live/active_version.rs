//! The scorer of a job, when the job is done.
use kansoku_model::{ExperimentId, ScorerVersion};
use kansoku_store::StoreError;

use super::job_request::JobRequest;
use super::{LiveScoring, backfill};

/// A version of a scorer; `None` if it was deleted, if its backfill was cancelled, or if the
/// scorer stopped and nobody requested the job: what was stopped costs nothing more.
pub(super) async fn find(
    live: &LiveScoring,
    experiment: ExperimentId,
    name: &str,
    version: i64,
    request: &JobRequest,
) -> Result<Option<ScorerVersion>, StoreError> {
    let version = match live.meta.scorer(experiment, name, Some(version)).await {
        Ok(version) => version,
        Err(StoreError::ScorerNotFound { .. } | StoreError::ExperimentDeleted(_)) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if let Some(backfill) = &request.backfill {
        return Ok(backfill::is_wanted(live, experiment, backfill).await?.then_some(version));
    }
    if request.is_explicit() {
        return Ok(Some(version));
    }
    let configs = live.meta.online_scoring(std::slice::from_ref(&version.scorer_id)).await?;
    let is_active = configs.iter().any(|config| 0.0 < config.sample_rate);
    Ok(is_active.then_some(version))
}
