//! The scorer of a job, when the job is done.
use kansoku_model::{ExperimentId, ScorerVersion};
use kansoku_store::StoreError;

use super::LiveScoring;

/// A version of a scorer; `None` if it was deleted, or the scorer stopped: what was stopped costs
/// nothing more.
pub(super) async fn find(
    live: &LiveScoring,
    experiment: ExperimentId,
    name: &str,
    version: i64,
) -> Result<Option<ScorerVersion>, StoreError> {
    let version = match live.meta.scorer(experiment, name, Some(version)).await {
        Ok(version) => version,
        Err(StoreError::ScorerNotFound { .. } | StoreError::ExperimentDeleted(_)) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let configs = live.meta.online_scoring(std::slice::from_ref(&version.scorer_id)).await?;
    let is_active = configs.iter().any(|config| 0.0 < config.sample_rate);
    Ok(is_active.then_some(version))
}
