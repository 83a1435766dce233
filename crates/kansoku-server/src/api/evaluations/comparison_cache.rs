//! The comparisons that are kept for further pages and other filters of the same runs.
use std::sync::Arc;

use kansoku_model::{ExperimentId, FeedbackSettings, Run, RunId};
use kansoku_store::TraceStore;

use super::compared::Compared;
use crate::{
    ApiError, App, ReadBudget,
    http::read_cache::{ReadCache, ResultKey},
};

/// The comparisons that are kept; cheap to clone.
#[derive(Clone)]
pub struct ComparisonCache(ReadCache<ComparisonKey, Compared>);

impl ComparisonCache {
    /// `traces` is the store of all callers.
    pub fn new(traces: &dyn TraceStore, reads: &ReadBudget) -> Self {
        Self(ReadCache::new(traces.changes(), reads))
    }

    /// The comparison of runs of one experiment.
    pub(super) async fn get_or_read(
        &self,
        app: &App,
        experiment: ExperimentId,
        runs: &[Run],
        settings: &FeedbackSettings,
    ) -> Result<Arc<Compared>, ApiError> {
        let key = ComparisonKey {
            experiment,
            runs: runs.iter().map(|run| run.info.run_id.clone()).collect(),
            settings: settings.clone(),
        };
        self.0.get_or_read(key, async || Compared::read(app, runs, settings.clone()).await).await
    }
}

#[derive(PartialEq)]
struct ComparisonKey {
    experiment: ExperimentId,
    /// In the order of the comparison.
    runs: Vec<RunId>,
    settings: FeedbackSettings,
}

impl ResultKey for ComparisonKey {
    fn experiment(&self) -> ExperimentId {
        self.experiment
    }
}
