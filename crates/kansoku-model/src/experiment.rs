use serde::{Deserialize, Serialize};

use crate::{ExperimentId, KeyValue, TimestampMs};

/// What traces and runs belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    pub experiment_id: ExperimentId,
    pub name: String,
    /// Where its artifacts live; empty means the server's own artifact folder.
    pub artifact_location: String,
    pub lifecycle_stage: LifecycleStage,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
    pub tags: Vec<KeyValue>,
}

impl Experiment {
    /// Longest name, in characters.
    pub const NAME_LENGTH_MAX: usize = 500;

    /// Whether a name can be shown in one line: has no line breaks and other control characters.
    pub fn is_name_printable(name: &str) -> bool {
        !name.chars().any(char::is_control)
    }
}

/// Deletion is soft: a deleted experiment refuses writes and can be restored.
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

/// Which experiments or runs a search shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViewType {
    #[default]
    ActiveOnly,
    DeletedOnly,
    All,
}
