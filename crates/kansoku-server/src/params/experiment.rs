//! Experiments that requests can change.
use kansoku_model::{Experiment, ExperimentId, LifecycleStage};
use kansoku_store::StoreError;

/// Fails for a deleted experiment.
pub(crate) fn active(experiment: Experiment) -> Result<ExperimentId, StoreError> {
    match experiment.lifecycle_stage {
        LifecycleStage::Active => Ok(experiment.experiment_id),
        LifecycleStage::Deleted => Err(StoreError::ExperimentDeleted(experiment.experiment_id)),
    }
}
