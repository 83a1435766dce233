//! Runs: the records that `mlflow.start_run` creates and traces are linked to.
use crate::{ExperimentId, KeyValue, LifecycleStage, ModelId, RunId, TimestampMs};

#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub info: RunInfo,
    /// The latest value of each metric.
    pub metrics: Vec<Metric>,
    pub params: Vec<Param>,
    pub tags: Vec<KeyValue>,
    pub dataset_inputs: Vec<DatasetInput>,
    pub model_inputs: Vec<ModelId>,
    pub model_outputs: Vec<ModelOutput>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInfo {
    pub run_id: RunId,
    pub experiment_id: ExperimentId,
    pub run_name: String,
    pub user_id: String,
    pub status: RunStatus,
    pub start_time: Option<TimestampMs>,
    pub end_time: Option<TimestampMs>,
    pub lifecycle_stage: LifecycleStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

impl RunStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Scheduled => "SCHEDULED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Running, Self::Scheduled, Self::Finished, Self::Failed, Self::Killed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// One value of a metric at a time and step.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub key: String,
    pub value: f64,
    pub timestamp: TimestampMs,
    pub step: i64,
    pub subject: MetricSubject,
}

/// The logged model that a metric rates, and the dataset it was computed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricSubject {
    pub model_id: Option<ModelId>,
    pub dataset_name: Option<String>,
    pub dataset_digest: Option<String>,
}

/// A run's parameter; it never changes once set.
pub type Param = KeyValue;

/// A dataset that a run read, with the tags of this use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInput {
    pub dataset: RunDataset,
    pub tags: Vec<KeyValue>,
}

impl DatasetInput {
    /// The tag that says what the dataset was used for, such as `training` or `eval`.
    pub const CONTEXT_TAG: &str = "mlflow.data.context";

    pub fn context(&self) -> Option<&str> {
        let tag = self.tags.iter().find(|tag| tag.key == Self::CONTEXT_TAG)?;
        Some(&tag.value)
    }
}

/// A dataset as runs name it. Within an experiment, name and digest identify it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDataset {
    pub name: String,
    pub digest: String,
    pub source_type: String,
    pub source: String,
    pub schema: Option<String>,
    pub profile: Option<String>,
}

/// A model that a run made, and the step it was made at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelOutput {
    pub model_id: ModelId,
    pub step: i64,
}

/// A dataset that runs of an experiment read, in one context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatasetSummary {
    pub experiment_id: ExperimentId,
    pub name: String,
    pub digest: String,
    pub context: Option<String>,
}

impl DatasetSummary {
    pub const COUNT_MAX: usize = 1000;
}
