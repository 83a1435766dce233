use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, LifecycleStage, OnlineScoringConfig, ScorerVersion};

use super::{ReferenceStore, State};
use crate::{ScorerStore, StoreError};

/// By experiment and name.
pub(super) type Scorers = BTreeMap<(ExperimentId, String), Stored>;

pub(super) struct Stored {
    scorer_id: String,
    versions: BTreeMap<i64, ScorerVersion>,
    config: Option<OnlineScoringConfig>,
}

fn random_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

fn check_count(count: usize, what: &str) -> Result<(), StoreError> {
    match count < ScorerVersion::COUNT_MAX {
        true => Ok(()),
        false => Err(StoreError::Invalid(format!("too many {what}"))),
    }
}

impl State {
    pub(super) fn has_active_scorers(&self, experiment: ExperimentId) -> bool {
        let mut scorers = self.scorers.iter().filter(|((id, _), _)| *id == experiment);
        scorers.any(|(_, it)| it.config.as_ref().is_some_and(|config| 0.0 < config.sample_rate))
    }

    pub(super) fn scorer_id(
        &mut self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<String, StoreError> {
        Ok(self.scorer(experiment, name)?.scorer_id.clone())
    }

    /// A scorer of an active experiment.
    fn scorer(&mut self, experiment: ExperimentId, name: &str) -> Result<&mut Stored, StoreError> {
        self.require_active(experiment)?;
        let found = self.scorers.get_mut(&(experiment, name.to_owned()));
        found.ok_or_else(|| StoreError::scorer_not_found(experiment, name, None))
    }
}

#[async_trait]
impl ScorerStore for ReferenceStore {
    async fn register_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        serialized: &str,
    ) -> Result<ScorerVersion, StoreError> {
        let now = self.now();
        let mut state = self.state();
        state.require_active(experiment)?;
        let key = (experiment, name.to_owned());
        if !state.scorers.contains_key(&key) {
            let count = state.scorers.keys().filter(|(id, _)| *id == experiment).count();
            check_count(count, "scorers")?;
        }
        let stored = state.scorers.entry(key).or_insert_with(|| Stored {
            scorer_id: random_id(),
            versions: BTreeMap::new(),
            config: None,
        });
        check_count(stored.versions.len(), "versions")?;
        let version = ScorerVersion {
            scorer_id: stored.scorer_id.clone(),
            experiment_id: experiment,
            name: name.to_owned(),
            version: stored.versions.keys().next_back().unwrap_or(&0) + 1,
            serialized: serialized.to_owned(),
            creation_time: now,
        };
        stored.versions.insert(version.version, version.clone());
        Ok(version)
    }

    async fn scorers(
        &self,
        experiments: Option<Vec<ExperimentId>>,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        let state = self.state();
        let is_asked_for = |id: ExperimentId| {
            let stage = state.experiments.get(&id).map(|it| it.lifecycle_stage);
            stage == Some(LifecycleStage::Active)
                && experiments.as_ref().is_none_or(|asked| asked.contains(&id))
        };
        let scorers = state.scorers.iter().filter(|((id, _), _)| is_asked_for(*id));
        let latest = scorers.filter_map(|(_, stored)| stored.versions.values().next_back());
        Ok(latest.cloned().collect())
    }

    async fn scorer_versions(
        &self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<Vec<ScorerVersion>, StoreError> {
        let mut state = self.state();
        let versions: Vec<_> = state.scorer(experiment, name)?.versions.values().cloned().collect();
        match versions.is_empty() {
            true => Err(StoreError::scorer_not_found(experiment, name, None)),
            false => Ok(versions),
        }
    }

    async fn delete_scorer(
        &self,
        experiment: ExperimentId,
        name: &str,
        version: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let stored = state.scorer(experiment, name)?;
        let missing = Err(StoreError::scorer_not_found(experiment, name, version));
        match version {
            Some(number) if stored.versions.remove(&number).is_none() => missing,
            None if stored.versions.is_empty() => missing,
            Some(_) => Ok(()),
            None => {
                let scorer_id = stored.scorer_id.clone();
                state.spending.forget_budget(experiment, &scorer_id);
                state.scoring_failures.retain(|it| it.scorer_id != scorer_id);
                state.scorers.remove(&(experiment, name.to_owned()));
                Ok(())
            }
        }
    }

    async fn set_online_scoring(
        &self,
        experiment: ExperimentId,
        name: &str,
        sample_rate: f64,
        filter: Option<String>,
    ) -> Result<OnlineScoringConfig, StoreError> {
        let mut state = self.state();
        let stored = state.scorer(experiment, name)?;
        let config = OnlineScoringConfig {
            config_id: random_id(),
            scorer_id: stored.scorer_id.clone(),
            experiment_id: experiment,
            sample_rate,
            filter,
        };
        stored.config = Some(config.clone());
        Ok(config)
    }

    async fn online_scoring(
        &self,
        scorer_ids: &[String],
    ) -> Result<Vec<OnlineScoringConfig>, StoreError> {
        let state = self.state();
        let asked = state.scorers.values().filter(|stored| scorer_ids.contains(&stored.scorer_id));
        let mut configs: Vec<_> = asked.filter_map(|stored| stored.config.clone()).collect();
        configs.sort_by(|a, b| a.scorer_id.cmp(&b.scorer_id));
        Ok(configs)
    }
}
