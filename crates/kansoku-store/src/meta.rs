//! The store of all that no trace filter can mention: experiments and runs.
use async_trait::async_trait;
use kansoku_filter::{ExperimentFilter, ExperimentOrderBy, RunFilter, RunOrderBy};
use kansoku_model::{
    Experiment, ExperimentId, KeyValue, Metric, Run, RunId, RunInfo, RunStatus, TimestampMs,
    ViewType,
};
use serde_json::Value;

use crate::{SavedView, StoreError, ViewUpdate};

#[async_trait]
pub trait MetaStore: Send + Sync {
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

    async fn view(&self, view_id: &str) -> Result<SavedView, StoreError>;
    /// The saved views of an experiment, by name.
    async fn views(&self, experiment: ExperimentId) -> Result<Vec<SavedView>, StoreError>;
    async fn create_view(
        &self,
        experiment: ExperimentId,
        name: &str,
        state: &str,
    ) -> Result<SavedView, StoreError>;
    async fn update_view(&self, view_id: &str, update: ViewUpdate)
    -> Result<SavedView, StoreError>;
    async fn delete_view(&self, view_id: &str) -> Result<(), StoreError>;

    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError>;
    async fn run(&self, id: &RunId) -> Result<Run, StoreError>;
    async fn update_run(&self, id: &RunId, update: RunUpdate) -> Result<RunInfo, StoreError>;
    async fn delete_run(&self, id: &RunId) -> Result<(), StoreError>;
    async fn restore_run(&self, id: &RunId) -> Result<(), StoreError>;
    /// The page, and whether more follow.
    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError>;
    /// All or nothing; a param keeps its first value and refuses another.
    async fn log_batch(
        &self,
        id: &RunId,
        metrics: Vec<Metric>,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<(), StoreError>;
    async fn delete_run_tag(&self, id: &RunId, key: &str) -> Result<(), StoreError>;
    /// Adds to what was logged before.
    async fn log_inputs(
        &self,
        id: &RunId,
        datasets: Vec<Value>,
        model_inputs: Vec<Value>,
        model_outputs: Vec<Value>,
    ) -> Result<(), StoreError>;
    async fn metric_history(&self, id: &RunId, key: &str) -> Result<Vec<Metric>, StoreError>;
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

#[derive(Clone, Debug, Default)]
pub struct RunUpdate {
    pub status: Option<RunStatus>,
    pub end_time: Option<TimestampMs>,
    pub run_name: Option<String>,
}

#[derive(Clone, Debug)]
pub struct RunSearch {
    pub experiments: Vec<ExperimentId>,
    pub filter: RunFilter,
    pub order_by: Vec<RunOrderBy>,
    pub view: ViewType,
    pub offset: usize,
    pub max_results: usize,
}
