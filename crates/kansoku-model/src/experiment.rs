use serde::{Deserialize, Serialize};

use crate::{ExperimentId, KeyValue, TimestampMs};

/// A container of traces and runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    pub experiment_id: ExperimentId,
    pub name: String,
    /// The location of its artifacts; empty for the server's own artifact folder.
    pub artifact_location: String,
    pub lifecycle_stage: LifecycleStage,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
    pub tags: Vec<KeyValue>,
}

impl Experiment {
    /// The longest name, in characters.
    pub const NAME_LENGTH_MAX: usize = 500;

    /// Whether a name fits in one line, that is, has no line breaks and other control characters.
    pub fn is_name_printable(name: &str) -> bool {
        !name.chars().any(char::is_control)
    }
}

/// Deletion is soft: a deleted experiment rejects writes and can be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LifecycleStage {
    Active,
    Deleted,
}

impl LifecycleStage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }

    pub fn from_text(text: &str) -> Self {
        if text == "deleted" { Self::Deleted } else { Self::Active }
    }
}

/// The experiments or runs that a search returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViewType {
    #[default]
    ActiveOnly,
    DeletedOnly,
    All,
}
