//! The required methods of the stores of scoring.
use async_trait::async_trait;
use kansoku_model::{
    Backfill, BackfillState, ExperimentId, ScorerUsage, ScoringBudget, ScoringFailure, UtcDay,
};

use super::RequiredOnly;
use crate::*;

#[async_trait]
impl ScorerUsageStore for RequiredOnly {
    async fn add_scorer_usage(
        &self,
        experiment: ExperimentId,
        day: UtcDay,
        usage: Vec<(String, ScorerUsage)>,
    ) -> Result<(), StoreError> {
        self.meta.add_scorer_usage(experiment, day, usage).await
    }

    async fn scorer_usage(
        &self,
        experiment: ExperimentId,
        from: UtcDay,
    ) -> Result<Vec<DayUsage>, StoreError> {
        self.meta.scorer_usage(experiment, from).await
    }

    async fn set_scoring_budget(
        &self,
        experiment: ExperimentId,
        scorer: Option<&str>,
        budget: ScoringBudget,
    ) -> Result<(), StoreError> {
        self.meta.set_scoring_budget(experiment, scorer, budget).await
    }

    async fn scoring_budgets(
        &self,
        experiment: ExperimentId,
    ) -> Result<ScoringBudgets, StoreError> {
        self.meta.scoring_budgets(experiment).await
    }
}

#[async_trait]
impl ScoringFailureStore for RequiredOnly {
    async fn add_scoring_failures(
        &self,
        experiment: ExperimentId,
        failures: Vec<ScoringFailure>,
    ) -> Result<(), StoreError> {
        self.meta.add_scoring_failures(experiment, failures).await
    }

    async fn scoring_failures(
        &self,
        query: FailureQuery,
    ) -> Result<(Vec<ScoringFailure>, bool), StoreError> {
        self.meta.scoring_failures(query).await
    }

    async fn count_scoring_failures(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.meta.count_scoring_failures(experiment).await
    }

    async fn delete_scoring_failures(
        &self,
        experiment: ExperimentId,
        ids: &[String],
    ) -> Result<(), StoreError> {
        self.meta.delete_scoring_failures(experiment, ids).await
    }
}

#[async_trait]
impl BackfillStore for RequiredOnly {
    async fn create_backfill(&self, backfill: Backfill) -> Result<(), StoreError> {
        self.meta.create_backfill(backfill).await
    }

    async fn backfills(&self, experiment: ExperimentId) -> Result<Vec<Backfill>, StoreError> {
        self.meta.backfills(experiment).await
    }

    async fn backfill(&self, experiment: ExperimentId, id: &str) -> Result<Backfill, StoreError> {
        self.meta.backfill(experiment, id).await
    }

    async fn unfinished_backfills(&self) -> Result<Vec<Backfill>, StoreError> {
        self.meta.unfinished_backfills().await
    }

    async fn set_backfill_state(
        &self,
        experiment: ExperimentId,
        id: &str,
        state: BackfillState,
    ) -> Result<(), StoreError> {
        self.meta.set_backfill_state(experiment, id, state).await
    }

    async fn advance_backfill(&self, id: &str, step: BackfillStep) -> Result<(), StoreError> {
        self.meta.advance_backfill(id, step).await
    }
}
