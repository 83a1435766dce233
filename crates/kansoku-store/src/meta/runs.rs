//! Runs: MLflow's records of executions, with parameters, metrics and inputs.
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use async_trait::async_trait;
use kansoku_filter::{RunFilter, RunOrderBy};
use kansoku_model::{
    DatasetInput, DatasetSummary, ExperimentId, KeyValue, LifecycleStage, Metric, ModelId,
    ModelOutput, Run, RunId, RunInfo, RunStatus, TimestampMs, ViewType,
};

use crate::StoreError;
use crate::core::runs::{compare_points, sampled_points};

/// Runs. Edits of a deleted run fail, except [`RunEdit::SetStage`].
#[async_trait]
pub trait RunStore: Send + Sync {
    async fn create_run(&self, info: RunInfo, tags: Vec<KeyValue>) -> Result<Run, StoreError>;

    async fn run(&self, id: &RunId) -> Result<Run, StoreError>;

    /// A page of runs, and whether more follow.
    async fn search_runs(&self, search: RunSearch) -> Result<(Vec<Run>, bool), StoreError>;

    /// Applies an edit completely, or fails without a change.
    async fn edit_run(&self, id: &RunId, edit: RunEdit) -> Result<(), StoreError>;

    /// A page of a metric's values, and whether more follow. Values are sorted by time, step and
    /// value, NaN before numbers; an unknown run has none.
    async fn metric_history(&self, query: MetricHistory)
    -> Result<(Vec<Metric>, bool), StoreError>;

    /// A sample of a metric's values: spread evenly over the values sorted by step, time and value,
    /// and including the last one.
    async fn metric_sample(&self, query: MetricSample) -> Result<Vec<Metric>, StoreError> {
        const VALUES_AT_ONCE: usize = 10_000;
        let mut all = Vec::new();
        loop {
            let page = MetricHistory {
                run: query.run.clone(),
                key: query.key.clone(),
                offset: all.len(),
                max_results: VALUES_AT_ONCE,
            };
            let (values, more) = self.metric_history(page).await?;
            all.extend(values);
            if !more {
                break;
            }
        }
        if let Some(steps) = &query.steps {
            all.retain(|metric| steps.contains(&metric.step));
        }
        all.sort_by(compare_points);
        let wanted = sampled_points(all.len(), query.points_max);
        Ok(wanted.into_iter().map(|at| all[at].clone()).collect())
    }

    /// The datasets that runs of the experiments read, each once per context, sorted. At most
    /// [`DatasetSummary::COUNT_MAX`] are returned.
    async fn dataset_summaries(
        &self,
        experiments: &[ExperimentId],
    ) -> Result<Vec<DatasetSummary>, StoreError> {
        const RUNS_AT_ONCE: usize = 1000;
        let (mut offset, mut found) = (0, BTreeSet::new());
        loop {
            let (runs, more) = self
                .search_runs(RunSearch {
                    experiments: experiments.to_vec(),
                    filter: RunFilter::all(),
                    order_by: Vec::new(),
                    view: ViewType::All,
                    offset,
                    max_results: RUNS_AT_ONCE,
                })
                .await?;
            offset += runs.len();
            for Run { info, dataset_inputs, .. } in runs {
                found.extend(dataset_inputs.into_iter().map(|input| DatasetSummary {
                    experiment_id: info.experiment_id,
                    context: input.context().map(str::to_owned),
                    name: input.dataset.name,
                    digest: input.dataset.digest,
                }));
            }
            if !more {
                return Ok(found.into_iter().take(DatasetSummary::COUNT_MAX).collect());
            }
        }
    }

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
        datasets: Vec<DatasetInput>,
        model_inputs: Vec<ModelId>,
        model_outputs: Vec<ModelOutput>,
    ) -> Result<(), StoreError> {
        self.edit_run(id, RunEdit::LogInputs { datasets, model_inputs, model_outputs }).await
    }
}

/// A change of one run.
#[derive(Clone, Debug)]
pub enum RunEdit {
    Update(RunUpdate),
    SetStage(LifecycleStage),
    /// A param keeps its first value; logging another value fails. A value of a metric that was
    /// logged before, at the same step and time, is not logged again.
    Log {
        metrics: Vec<Metric>,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    },
    /// Fails if there is no such tag.
    DeleteTag {
        key: String,
    },
    /// Adds to the inputs and outputs that were logged before; duplicates are not added. The first
    /// dataset that an experiment logs under a name and digest stays the one of that name and digest.
    LogInputs {
        datasets: Vec<DatasetInput>,
        model_inputs: Vec<ModelId>,
        model_outputs: Vec<ModelOutput>,
    },
    /// Adds a JSON object to the list in the tag [`MODEL_HISTORY_TAG`](crate::core::runs::MODEL_HISTORY_TAG).
    AddModelRecord(serde_json::Value),
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

/// A page of the values of a metric.
#[derive(Clone, Debug)]
pub struct MetricHistory {
    pub run: RunId,
    pub key: String,
    pub offset: usize,
    pub max_results: usize,
}

#[derive(Clone, Debug)]
pub struct MetricSample {
    pub run: RunId,
    pub key: String,
    /// All where absent.
    pub steps: Option<RangeInclusive<i64>>,
    pub points_max: usize,
}
