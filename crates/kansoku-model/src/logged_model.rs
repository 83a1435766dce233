//! Logged models: versions of an application or model, which traces and metrics name.
use crate::{ExperimentId, KeyValue, LifecycleStage, Metric, ModelId, RunId, TimestampMs};

#[derive(Clone, Debug, PartialEq)]
pub struct LoggedModel {
    pub info: LoggedModelInfo,
    pub params: Vec<KeyValue>,
    pub tags: Vec<KeyValue>,
    /// The newest [`LoggedModel::METRICS_MAX`] values, by key, time, step and run.
    pub metrics: Vec<ModelMetric>,
}

impl LoggedModel {
    pub const METRICS_MAX: usize = 1000;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedModelInfo {
    pub model_id: ModelId,
    pub experiment_id: ExperimentId,
    pub name: String,
    /// Empty where the client named none.
    pub model_type: String,
    /// The run that made it; empty where none did.
    pub source_run_id: String,
    pub status: LoggedModelStatus,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
    pub lifecycle_stage: LifecycleStage,
}

/// A value of a metric, and the run that logged it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMetric {
    pub run_id: RunId,
    pub metric: Metric,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggedModelStatus {
    Unspecified,
    /// Its files are being uploaded.
    Pending,
    Ready,
    Failed,
}

impl LoggedModelStatus {
    const ALL: [Self; 4] = [Self::Unspecified, Self::Pending, Self::Ready, Self::Failed];

    /// The word that filters compare.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "UNSPECIFIED",
            Self::Pending => "PENDING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}
