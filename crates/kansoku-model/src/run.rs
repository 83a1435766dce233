//! Runs: the records that `mlflow.start_run` creates and traces are linked to.
use crate::{ExperimentId, KeyValue, LifecycleStage, RunId, TimestampMs};

#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub info: RunInfo,
    /// The latest value of each metric.
    pub metrics: Vec<Metric>,
    pub params: Vec<Param>,
    pub tags: Vec<KeyValue>,
    /// Dataset inputs as the client sent them.
    pub dataset_inputs: Vec<serde_json::Value>,
    /// Model inputs and outputs as the client sent them.
    pub model_inputs: Vec<serde_json::Value>,
    pub model_outputs: Vec<serde_json::Value>,
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
}

/// A run's parameter; it never changes once set.
pub type Param = KeyValue;
