//! The record of a trace, that is, of one request from start to end.
use std::collections::BTreeMap;

use crate::{Assessment, DurationMs, ExperimentId, TimestampMs, TraceId};

/// The data of a trace in lists; MLflow's `TraceInfo`.
///
/// From a client, only the id, the experiment and the time are required; from a store, it is merged
/// with the data from spans.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceInfo {
    pub trace_id: TraceId,
    pub experiment_id: ExperimentId,
    pub client_request_id: Option<String>,
    pub request_time: TimestampMs,
    /// `None` while the trace is in progress.
    pub execution_duration: Option<DurationMs>,
    pub state: TraceState,
    /// The trace's name; in MLflow's JSON it is the tag `mlflow.traceName`.
    pub name: Option<String>,
    pub request_preview: Option<String>,
    pub response_preview: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub assessments: Vec<Assessment>,
    /// The number of stored spans; 0 if the info is from a client.
    pub span_count: u64,
    /// Whether a client wrote the trace's info. If not, it is derived from spans alone.
    pub finalized: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceState {
    #[default]
    Unspecified,
    Ok,
    Error,
    InProgress,
}

impl TraceState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "STATE_UNSPECIFIED",
            Self::Ok => "OK",
            Self::Error => "ERROR",
            Self::InProgress => "IN_PROGRESS",
        }
    }

    /// Parses a state; unknown names are `Unspecified`, as in MLflow.
    pub fn from_text(text: &str) -> Self {
        match text {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            "IN_PROGRESS" => Self::InProgress,
            _ => Self::Unspecified,
        }
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Ok | Self::Error)
    }
}

/// Metadata keys that MLflow or Kansoku interprets.
pub mod metadata_key {
    pub const SESSION: &str = "mlflow.trace.session";
    pub const USER: &str = "mlflow.trace.user";
    pub const TOKEN_USAGE: &str = "mlflow.trace.tokenUsage";
    pub const COST: &str = "mlflow.trace.cost";
    pub const SOURCE_NAME: &str = "mlflow.source.name";
    pub const SOURCE_RUN: &str = "mlflow.sourceRun";
    pub const MODEL_ID: &str = "mlflow.modelId";
    pub const SIZE_STATS: &str = "mlflow.trace.sizeStats";
    pub const SIZE_BYTES: &str = "mlflow.trace.sizeBytes";
    pub const INPUTS: &str = "mlflow.traceInputs";
    pub const OUTPUTS: &str = "mlflow.traceOutputs";
    pub const INFO_FINALIZED: &str = "mlflow.trace.infoFinalized";
}

/// Tag keys that MLflow or Kansoku interprets.
pub mod tag_key {
    pub const TRACE_NAME: &str = "mlflow.traceName";
    pub const ARTIFACT_LOCATION: &str = "mlflow.artifactLocation";
    pub const SPANS_LOCATION: &str = "mlflow.trace.spansLocation";
    pub const ARCHIVE_LOCATION: &str = "mlflow.trace.archiveLocation";
    pub const ARCHIVAL_FAILURE: &str = "mlflow.trace.archivalFailure";
    pub const LINKED_PROMPTS: &str = "mlflow.linkedPrompts";
}
