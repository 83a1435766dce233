use async_trait::async_trait;
use kansoku_model::{Backfill, BackfillState, ExperimentId};

use super::{ReferenceStore, State};
use crate::{BackfillStep, BackfillStore, StoreError, check_backfill_change};

#[async_trait]
impl BackfillStore for ReferenceStore {
    async fn create_backfill(&self, backfill: Backfill) -> Result<(), StoreError> {
        let mut state = self.state();
        let experiment = backfill.experiment_id;
        state.require_active(experiment)?;
        let of_experiment = |it: &&Backfill| it.experiment_id == experiment;
        let (finished, unfinished): (Vec<_>, Vec<_>) =
            state.backfills.iter().filter(of_experiment).partition(|it| it.is_finished());
        if Backfill::UNFINISHED_MAX <= unfinished.len() {
            return Err(StoreError::Invalid("too many unfinished backfills".to_owned()));
        }
        let surplus = finished.len().saturating_sub(Backfill::FINISHED_MAX);
        let surplus: Vec<_> =
            finished.into_iter().take(surplus).map(|it| it.backfill_id.clone()).collect();
        state.backfills.retain(|it| !surplus.contains(&it.backfill_id));
        state.backfills.push(backfill);
        Ok(())
    }

    async fn backfills(&self, experiment: ExperimentId) -> Result<Vec<Backfill>, StoreError> {
        let state = self.state();
        let newest_first = state.backfills.iter().rev();
        Ok(newest_first.filter(|it| it.experiment_id == experiment).cloned().collect())
    }

    async fn backfill(&self, experiment: ExperimentId, id: &str) -> Result<Backfill, StoreError> {
        Ok(self.state().backfill(experiment, id)?.clone())
    }

    async fn unfinished_backfills(&self) -> Result<Vec<Backfill>, StoreError> {
        let state = self.state();
        Ok(state.backfills.iter().filter(|it| !it.is_finished()).cloned().collect())
    }

    async fn set_backfill_state(
        &self,
        experiment: ExperimentId,
        id: &str,
        after: BackfillState,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let backfill = state.backfill(experiment, id)?;
        check_backfill_change(id, backfill.state, after)?;
        if after.is_final() && backfill.finished.is_none() {
            backfill.finished = Some(now);
        }
        backfill.state = after;
        Ok(())
    }

    async fn advance_backfill(&self, id: &str, step: BackfillStep) -> Result<(), StoreError> {
        let mut state = self.state();
        let found = state.backfills.iter_mut().find(|it| it.backfill_id == id);
        let Some(backfill) = found else { return Ok(()) };
        let progress = &mut backfill.progress;
        let is_there = progress.cursor == step.from && !progress.is_walked;
        if backfill.state != BackfillState::Running || !is_there {
            return Ok(());
        }
        progress.is_walked = step.to.is_none();
        progress.cursor = step.to;
        progress.looked_at += step.looked_at;
        progress.jobs_added += step.jobs.len() as u64;
        progress.checked += step.checked;
        self.add(&mut state, step.jobs);
        Ok(())
    }
}

impl State {
    fn backfill(
        &mut self,
        experiment: ExperimentId,
        id: &str,
    ) -> Result<&mut Backfill, StoreError> {
        let is_it = |it: &&mut Backfill| it.experiment_id == experiment && it.backfill_id == id;
        let found = self.backfills.iter_mut().find(is_it);
        found.ok_or_else(|| StoreError::BackfillNotFound(id.to_owned()))
    }
}
