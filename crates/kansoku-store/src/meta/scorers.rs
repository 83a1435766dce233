//! Scorers registered with an experiment, and which of its new traces they are to assess.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, OnlineScoringConfig, ScorerVersion};

use crate::StoreError;

/// Scorers. All of them fail for a deleted experiment.
#[async_trait]
pub trait ScorerStore: Send + Sync {
    /// Creates the next version of a scorer: one more than the highest number it has.
    async fn register_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        serialized: &str,
    ) -> Result<ScorerVersion, StoreError>;

    /// The latest version of each scorer, by experiment and name; `None` asks for those of all
    /// experiments. Deleted and unknown experiments have none.
    async fn scorers(
        &self,
        experiments: Option<Vec<ExperimentId>>,
    ) -> Result<Vec<ScorerVersion>, StoreError>;

    /// All versions of a scorer, oldest first. Fails if there is none.
    async fn scorer_versions(
        &self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<Vec<ScorerVersion>, StoreError>;

    /// Fails if there is no such scorer or version. Without a version all of them are deleted,
    /// and the scorer with them.
    async fn delete_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<(), StoreError>;

    /// Replaces the configuration of a scorer.
    async fn set_online_scoring(
        &self,
        experiment: ExperimentId,
        name: &str,
        sample_rate: f64,
        filter: Option<String>,
    ) -> Result<OnlineScoringConfig, StoreError>;

    /// The configurations of these scorers, by scorer id; those that have none are left out.
    async fn online_scoring(
        &self,
        scorer_ids: &[String],
    ) -> Result<Vec<OnlineScoringConfig>, StoreError>;

    /// The latest versions of the scorers of an experiment that assess new traces, with their
    /// configurations, by name.
    async fn active_scorers(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<(ScorerVersion, OnlineScoringConfig)>, StoreError> {
        let latest = self.scorers(Some(vec![experiment])).await?;
        let ids: Vec<_> = latest.iter().map(|version| version.scorer_id.clone()).collect();
        let configs = self.online_scoring(&ids).await?;
        let active = latest.into_iter().filter_map(|version| {
            let config = configs.iter().find(|config| config.scorer_id == version.scorer_id)?;
            (0.0 < config.sample_rate).then(|| (version, config.clone()))
        });
        Ok(active.collect())
    }

    /// One version of a scorer, by default the latest.
    async fn scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<ScorerVersion, StoreError> {
        let mut versions = self.scorer_versions(experiment, name).await?;
        let found = match version {
            None => versions.pop(),
            Some(number) => versions.into_iter().find(|it| it.version == number),
        };
        found.ok_or_else(|| StoreError::scorer_not_found(experiment, name, version))
    }
}
