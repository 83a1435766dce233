//! Experiments: the containers of traces and runs.
use async_trait::async_trait;
use kansoku_filter::{ExperimentFilter, ExperimentOrderBy};
use kansoku_model::{Experiment, ExperimentId, KeyValue, ViewType};

use crate::StoreError;

#[async_trait]
pub trait ExperimentStore: Send + Sync {
    async fn create_experiment(&self, new: NewExperiment) -> Result<ExperimentId, StoreError>;
    async fn experiment(&self, id: ExperimentId) -> Result<Experiment, StoreError>;
    /// Finds deleted experiments too.
    async fn experiment_by_name(&self, name: &str) -> Result<Experiment, StoreError>;
    /// The page, and whether more follow.
    async fn search_experiments(
        &self,
        search: ExperimentSearch,
    ) -> Result<(Vec<Experiment>, bool), StoreError>;
    async fn rename_experiment(&self, id: ExperimentId, name: &str) -> Result<(), StoreError>;
    /// Refused where it is deleted already; traces and runs remain.
    async fn delete_experiment(&self, id: ExperimentId) -> Result<(), StoreError>;
    async fn restore_experiment(&self, id: ExperimentId) -> Result<(), StoreError>;
    async fn set_experiment_tag(
        &self,
        id: ExperimentId,
        key: &str,
        value: &str,
    ) -> Result<(), StoreError>;
    async fn delete_experiment_tag(&self, id: ExperimentId, key: &str) -> Result<(), StoreError>;
}

#[derive(Clone, Debug)]
pub struct NewExperiment {
    pub name: String,
    pub artifact_location: Option<String>,
    pub tags: Vec<KeyValue>,
}

#[derive(Clone, Debug)]
pub struct ExperimentSearch {
    pub filter: ExperimentFilter,
    pub order_by: Vec<ExperimentOrderBy>,
    pub view: ViewType,
    pub offset: usize,
    pub max_results: usize,
}
