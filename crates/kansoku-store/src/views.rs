//! Searches somebody wants to come back to.
use kansoku_model::{ExperimentId, TimestampMs};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    pub view_id: String,
    pub experiment: ExperimentId,
    pub name: String,
    /// The query string of the page, without `?`.
    pub state: String,
    pub create_time: TimestampMs,
    pub update_time: TimestampMs,
}

impl SavedView {
    /// Of one experiment.
    pub const COUNT_MAX: u64 = 1000;
}

/// What a change sets; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ViewUpdate {
    pub name: Option<String>,
    pub state: Option<String>,
}
