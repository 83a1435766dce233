use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, ScoringFailure};

use super::ReferenceStore;
use super::meta::page;
use crate::{FailureQuery, ScoringFailureStore, StoreError};

#[async_trait]
impl ScoringFailureStore for ReferenceStore {
    async fn add_scoring_failures(
        &self,
        experiment: ExperimentId,
        failures: Vec<ScoringFailure>,
    ) -> Result<(), StoreError> {
        let kept = &mut self.state().scoring_failures;
        for failure in failures {
            if !kept.iter().any(|it| it.failure_id == failure.failure_id) {
                kept.push(ScoringFailure { experiment_id: experiment, ..failure });
            }
        }
        let count = kept.iter().filter(|it| it.experiment_id == experiment).count();
        let mut surplus = count.saturating_sub(ScoringFailure::COUNT_MAX);
        kept.retain(|it| {
            let is_surplus = 0 < surplus && it.experiment_id == experiment;
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
        Ok(())
    }

    async fn scoring_failures(
        &self,
        query: FailureQuery,
    ) -> Result<(Vec<ScoringFailure>, bool), StoreError> {
        let state = self.state();
        let latest_first = state.scoring_failures.iter().rev();
        let found = latest_first.filter(|it| {
            let is_of_scorer = query.scorer_id.as_ref().is_none_or(|id| *id == it.scorer_id);
            it.experiment_id == query.experiment && is_of_scorer
        });
        Ok(page(found.cloned().collect(), query.offset, query.max_results))
    }

    async fn count_scoring_failures(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let state = self.state();
        let mut counts = BTreeMap::new();
        for failure in state.scoring_failures.iter().filter(|it| it.experiment_id == experiment) {
            *counts.entry(failure.scorer_id.clone()).or_default() += 1;
        }
        Ok(counts.into_iter().collect())
    }

    async fn delete_scoring_failures(
        &self,
        experiment: ExperimentId,
        ids: &[String],
    ) -> Result<(), StoreError> {
        let is_named =
            |it: &ScoringFailure| it.experiment_id == experiment && ids.contains(&it.failure_id);
        self.state().scoring_failures.retain(|it| !is_named(it));
        Ok(())
    }
}
