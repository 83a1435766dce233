//! Scorers that could not assess a trace or session.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, ScoringFailure};

use crate::StoreError;

/// Failures are deleted with their trace and their scorer.
#[async_trait]
pub trait ScoringFailureStore: Send + Sync {
    /// Keeps failures of an experiment, of which the oldest go beyond
    /// [`ScoringFailure::COUNT_MAX`]. A failure that is there already is left out.
    async fn add_scoring_failures(
        &self,
        experiment: ExperimentId,
        failures: Vec<ScoringFailure>,
    ) -> Result<(), StoreError>;

    /// Failures, the latest first, and whether more follow.
    async fn scoring_failures(
        &self,
        query: FailureQuery,
    ) -> Result<(Vec<ScoringFailure>, bool), StoreError>;

    /// The number of failures by scorer id.
    async fn count_scoring_failures(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<(String, u64)>, StoreError>;

    /// Deletes failures by their ids. Those of other experiments stay.
    async fn delete_scoring_failures(
        &self,
        experiment: ExperimentId,
        ids: &[String],
    ) -> Result<(), StoreError>;
}

#[derive(Clone, Debug)]
pub struct FailureQuery {
    pub experiment: ExperimentId,
    /// `None` for all scorers.
    pub scorer_id: Option<String>,
    pub offset: usize,
    pub max_results: usize,
}
