//! Saved views: searches that the members of an experiment share.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs};

use crate::StoreError;

#[async_trait]
pub trait ViewStore: Send + Sync {
    async fn view(&self, view_id: &str) -> Result<SavedView, StoreError>;
    /// The saved views of an experiment: those with a position first, then the others by name.
    async fn views(&self, experiment: ExperimentId) -> Result<Vec<SavedView>, StoreError>;
    async fn create_view(
        &self,
        experiment: ExperimentId,
        name: &str,
        state: &str,
    ) -> Result<SavedView, StoreError>;
    async fn update_view(&self, view_id: &str, update: ViewUpdate)
    -> Result<SavedView, StoreError>;
    async fn delete_view(&self, view_id: &str) -> Result<(), StoreError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    pub view_id: String,
    pub experiment: ExperimentId,
    pub name: String,
    /// The query string of the page's URL, without `?`.
    pub state: String,
    /// The position among the views of the experiment, if one of them was moved.
    pub position: Option<u32>,
    pub create_time: TimestampMs,
    pub update_time: TimestampMs,
}

impl SavedView {
    /// The most views of one experiment.
    pub const COUNT_MAX: u64 = 1000;
}

/// The fields that an update sets; `None` leaves a field unchanged.
#[derive(Clone, Debug, Default)]
pub struct ViewUpdate {
    pub name: Option<String>,
    pub state: Option<String>,
    /// The new position among the views of the experiment, from 0; past the end means last.
    pub place: Option<usize>,
}
