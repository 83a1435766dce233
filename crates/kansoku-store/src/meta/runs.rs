//! Runs: MLflow's records of executions, with parameters, metrics and inputs.
use async_trait::async_trait;
use kansoku_filter::{RunFilter, RunOrderBy};
use kansoku_model::{
    ExperimentId, KeyValue, LifecycleStage, Metric, Run, RunId, RunInfo, RunStatus, TimestampMs,
    ViewType,
};
use serde_json::Value;

use crate::StoreError;

/// Runs. Edits of a deleted run fail, except [`RunEdit::SetStage`].
#[async_trait]
pub trait RunStore: Send + Sync {
    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError>;

    async fn run(&self, id: &RunId) -> Result<Run, StoreError>;

    /// A page of runs, and whether more follow.
    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError>;

    /// Applies an edit completely, or fails without a change.
    async fn edit_run(&self, id: &RunId, edit: RunEdit) -> Result<(), StoreError>;

    /// All values of a metric, sorted by time, step and value.
    async fn metric_history(&self, id: &RunId, key: &str) -> Result<Vec<Metric>, StoreError>;

    async fn update_run(&self, id: &RunId, update: RunUpdate) -> Result<RunInfo, StoreError> {
        self.edit_run(id, RunEdit::Update(update)).await?;
        Ok(self.run(id).await?.info)
    }

    async fn delete_run(&self, id: &RunId) -> Result<(), StoreError> {
        self.edit_run(id, RunEdit::SetStage(LifecycleStage::Deleted)).await
    }

    async fn restore_run(&self, id: &RunId) -> Result<(), StoreError> {
        self.edit_run(id, RunEdit::SetStage(LifecycleStage::Active)).await
    }

    async fn log_batch(
        &self,
        id: &RunId,
        metrics: Vec<Metric>,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<(), StoreError> {
        self.edit_run(id, RunEdit::Log { metrics, params, tags }).await
    }

    async fn delete_run_tag(&self, id: &RunId, key: &str) -> Result<(), StoreError> {
        self.edit_run(id, RunEdit::DeleteTag { key: key.to_owned() }).await
    }

    async fn log_inputs(
        &self,
        id: &RunId,
        datasets: Vec<Value>,
        model_inputs: Vec<Value>,
        model_outputs: Vec<Value>,
    ) -> Result<(), StoreError> {
        self.edit_run(id, RunEdit::LogInputs { datasets, model_inputs, model_outputs }).await
    }
}

/// A change of one run.
#[derive(Clone, Debug)]
pub enum RunEdit {
    Update(RunUpdate),
    SetStage(LifecycleStage),
    /// A param keeps its first value; logging another value fails.
    Log {
        metrics: Vec<Metric>,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    },
    /// Fails if there is no such tag.
    DeleteTag {
        key: String,
    },
    /// Adds to the inputs and outputs that were logged before; duplicates are not added.
    LogInputs {
        datasets: Vec<Value>,
        model_inputs: Vec<Value>,
        model_outputs: Vec<Value>,
    },
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
