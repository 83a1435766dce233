//! Backfills: scorers that assess traces which ended before.
use async_trait::async_trait;
use kansoku_model::{Backfill, BackfillState, ExperimentId};

use crate::{NewJob, StoreError};

#[async_trait]
pub trait BackfillStore: Send + Sync {
    /// Creates a backfill. Fails if the experiment has [`Backfill::UNFINISHED_MAX`] unfinished ones;
    /// the oldest finished ones go beyond [`Backfill::FINISHED_MAX`].
    async fn create_backfill(&self, backfill: Backfill) -> Result<(), StoreError>;

    /// The backfills of an experiment, the newest first.
    async fn backfills(&self, experiment: ExperimentId) -> Result<Vec<Backfill>, StoreError>;

    async fn backfill(&self, experiment: ExperimentId, id: &str) -> Result<Backfill, StoreError>;

    /// The unfinished backfills of all experiments, the oldest first.
    async fn unfinished_backfills(&self) -> Result<Vec<Backfill>, StoreError>;

    /// Changes the state of an unfinished backfill. Fails if it is finished in another state.
    async fn set_backfill_state(
        &self,
        experiment: ExperimentId,
        id: &str,
        state: BackfillState,
    ) -> Result<(), StoreError>;

    /// Stores that a step was done, with the jobs that follow from it, in one write. Does nothing
    /// unless the backfill is running and where the step began, so that a step counts once.
    async fn advance_backfill(&self, id: &str, step: BackfillStep) -> Result<(), StoreError>;
}

/// The traces of one step of a backfill.
#[derive(Clone, Debug, Default)]
pub struct BackfillStep {
    /// The cursor before.
    pub from: Option<String>,
    /// The cursor after; `None` if there are no further traces.
    pub to: Option<String>,
    pub looked_at: u64,
    pub jobs: Vec<NewJob>,
    /// The assessments of checks, which are stored already.
    pub checked: u64,
}

/// Whether a backfill may change from one state to another.
pub fn check_backfill_change(
    id: &str,
    before: BackfillState,
    after: BackfillState,
) -> Result<(), StoreError> {
    if before.is_final() && before != after {
        let before = before.as_str();
        return Err(StoreError::Invalid(format!("backfill `{id}` is {before} already")));
    }
    Ok(())
}
