//! Scorers as a token for some experiments may use them.
use async_trait::async_trait;
use kansoku_model::{
    ExperimentId, OnlineScoringConfig, ScorerUsage, ScorerVersion, ScoringBudget, UtcDay,
};
use kansoku_store::{DayUsage, ScorerStore, ScorerUsageStore, ScoringBudgets, StoreError};

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
