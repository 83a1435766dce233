//! Runs: MLflow's records of executions, with parameters, metrics and inputs.
use async_trait::async_trait;
use kansoku_filter::{RunFilter, RunOrderBy};
use kansoku_model::{
    ExperimentId, KeyValue, Metric, Run, RunId, RunInfo, RunStatus, TimestampMs, ViewType,
};
use serde_json::Value;

use crate::StoreError;

#[async_trait]
pub trait RunStore: Send + Sync {
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
