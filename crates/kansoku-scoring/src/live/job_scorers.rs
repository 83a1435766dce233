//! The judges of jobs that are prepared together, read once each.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_model::{ExperimentId, ScorerVersion};
use kansoku_store::StoreError;

use super::job_request::JobRequest;
use super::scorer_job::ScorerJob;
use super::{LiveScoring, active_version, budget};

/// The judge of a job that may be done.
#[derive(Clone)]
pub(super) struct JobScorer {
    pub(super) version: Arc<ScorerVersion>,
    /// Whether it or its experiment has a budget.
    pub(super) has_budget: bool,
}

/// An experiment, a name, a version and a request.
type Key = (ExperimentId, String, i64, JobRequest);

#[derive(Default)]
pub(super) struct JobScorers(HashMap<Key, Option<JobScorer>>);

impl JobScorers {
    /// The judge of a job; `None` if it is not active any more.
    pub(super) async fn find(
        &mut self,
        live: &LiveScoring,
        job: &ScorerJob,
    ) -> Result<Option<JobScorer>, StoreError> {
        let ScorerJob { scorer, version, request, .. } = job;
        let key = (job.experiment(), scorer.clone(), *version, request.clone());
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let found = match active_version::find(live, key.0, &key.1, key.2, &key.3).await? {
            None => None,
            Some(version) => {
                let has_budget = budget::is_limited(live, key.0).await?;
                Some(JobScorer { version: Arc::new(version), has_budget })
            }
        };
        self.0.insert(key, found.clone());
        Ok(found)
    }
}
