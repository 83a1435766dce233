//! Scorers as a token for some experiments may use them.
use async_trait::async_trait;
use kansoku_model::{
    Backfill, BackfillState, ExperimentId, OnlineScoringConfig, ScorerUsage, ScorerVersion,
    ScoringBudget, ScoringFailure, UtcDay,
};
use kansoku_store::{
    BackfillStep, BackfillStore, DayUsage, FailureQuery, ScorerStore, ScorerUsageStore,
    ScoringBudgets, ScoringFailureStore, StoreError,
};

use super::meta::ScopedMeta;

#[async_trait]
impl ScorerStore for ScopedMeta {
    async fn register_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        serialized: &str,
    ) -> Result<ScorerVersion, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.register_scorer(experiment, name, serialized).await
    }

    async fn scorers(
        &self,
        experiments: Option<Vec<ExperimentId>>,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        if let Some(asked) = &experiments {
            self.rights.check_all(asked).await?;
            return self.inner.scorers(experiments).await;
        }
        let mut own = Vec::new();
        for scorer in self.inner.scorers(None).await? {
            if self.rights.includes(scorer.experiment_id).await? {
                own.push(scorer);
            }
        }
        Ok(own)
    }

    async fn scorer_versions(
        &self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.scorer_versions(experiment, name).await
    }

    async fn scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<ScorerVersion, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.scorer(experiment, name, version).await
    }

    async fn delete_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<(), StoreError> {
        self.rights.check(experiment).await?;
        self.inner.delete_scorer(experiment, name, version).await
    }

    async fn set_online_scoring(
        &self,
        experiment: ExperimentId,
        name: &str,
        sample_rate: f64,
        filter: Option<String>,
    ) -> Result<OnlineScoringConfig, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.set_online_scoring(experiment, name, sample_rate, filter).await
    }

    async fn online_scoring(
        &self,
        scorer_ids: &[String],
    ) -> Result<Vec<OnlineScoringConfig>, StoreError> {
        let mut own = Vec::new();
        for config in self.inner.online_scoring(scorer_ids).await? {
            if self.rights.includes(config.experiment_id).await? {
                own.push(config);
            }
        }
        Ok(own)
    }
}

#[async_trait]
impl ScorerUsageStore for ScopedMeta {
    async fn add_scorer_usage(
        &self,
        experiment: ExperimentId,
        day: UtcDay,
        usage: Vec<(String, ScorerUsage)>,
    ) -> Result<(), StoreError> {
        self.rights.check(experiment).await?;
        self.inner.add_scorer_usage(experiment, day, usage).await
    }

    async fn scorer_usage(
        &self,
        experiment: ExperimentId,
        from: UtcDay,
    ) -> Result<Vec<DayUsage>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.scorer_usage(experiment, from).await
    }

    async fn set_scoring_budget(
        &self,
        experiment: ExperimentId,
        scorer: Option<&str>,
        budget: ScoringBudget,
    ) -> Result<(), StoreError> {
        self.rights.check(experiment).await?;
        self.inner.set_scoring_budget(experiment, scorer, budget).await
    }

    async fn scoring_budgets(
        &self,
        experiment: ExperimentId,
    ) -> Result<ScoringBudgets, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.scoring_budgets(experiment).await
    }
}

#[async_trait]
impl ScoringFailureStore for ScopedMeta {
    async fn add_scoring_failures(
        &self,
        experiment: ExperimentId,
        failures: Vec<ScoringFailure>,
    ) -> Result<(), StoreError> {
        self.rights.check(experiment).await?;
        self.inner.add_scoring_failures(experiment, failures).await
    }

    async fn scoring_failures(
        &self,
        query: FailureQuery,
    ) -> Result<(Vec<ScoringFailure>, bool), StoreError> {
        self.rights.check(query.experiment).await?;
        self.inner.scoring_failures(query).await
    }

    async fn count_scoring_failures(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.count_scoring_failures(experiment).await
    }

    async fn delete_scoring_failures(
        &self,
        experiment: ExperimentId,
        ids: &[String],
    ) -> Result<(), StoreError> {
        self.rights.check(experiment).await?;
        self.inner.delete_scoring_failures(experiment, ids).await
    }
}

#[async_trait]
impl BackfillStore for ScopedMeta {
    async fn create_backfill(&self, backfill: Backfill) -> Result<(), StoreError> {
        self.rights.check(backfill.experiment_id).await?;
        self.inner.create_backfill(backfill).await
    }

    async fn backfills(&self, experiment: ExperimentId) -> Result<Vec<Backfill>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.backfills(experiment).await
    }

    async fn backfill(&self, experiment: ExperimentId, id: &str) -> Result<Backfill, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.backfill(experiment, id).await
    }

    async fn unfinished_backfills(&self) -> Result<Vec<Backfill>, StoreError> {
        let mut own = Vec::new();
        for backfill in self.inner.unfinished_backfills().await? {
            if self.rights.includes(backfill.experiment_id).await? {
                own.push(backfill);
            }
        }
        Ok(own)
    }

    async fn set_backfill_state(
        &self,
        experiment: ExperimentId,
        id: &str,
        state: BackfillState,
    ) -> Result<(), StoreError> {
        self.rights.check(experiment).await?;
        self.inner.set_backfill_state(experiment, id, state).await
    }

    /// Steps are done by the server, never by a caller: the id may be that of any experiment.
    async fn advance_backfill(&self, _: &str, _: BackfillStep) -> Result<(), StoreError> {
        Err(StoreError::Invalid("a backfill is advanced by the server".to_owned()))
    }
}
