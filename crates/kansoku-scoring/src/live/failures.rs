//! Scorers that could not assess a trace or session: kept until somebody retries or deletes them.
use kansoku_model::{ExperimentId, ScorerVersion, ScoringFailure, TraceId};
use kansoku_store::{FailureQuery, Job, JobId, NewJob, StoreError};

use super::assessment::AssessmentTarget;
use super::job_request::JobRequest;
use super::session::Session;
use super::{LiveScoring, scorer_job};
use crate::Scorer;

/// The number of failures that are retried in one write.
const BATCH: usize = 500;

/// The job of a scorer that failed, and will not be done again by itself.
pub(super) struct FailedJob<'a> {
    pub(super) id: &'a JobId,
    pub(super) attempts: u32,
    pub(super) version: &'a ScorerVersion,
    pub(super) trace: &'a TraceId,
    pub(super) session: Option<&'a str>,
}

impl<'a> FailedJob<'a> {
    pub(super) fn of_judge(
        job: &'a Job,
        version: &'a ScorerVersion,
        target: &'a AssessmentTarget,
    ) -> Self {
        let (trace, session) = (target.trace_id(), target.session_id());
        Self { id: &job.id, attempts: job.attempts, version, trace, session }
    }

    /// Stores the failure. A repeated write stores it once.
    pub(super) async fn keep(&self, live: &LiveScoring, reason: &str) -> Result<(), StoreError> {
        let Self { id, attempts, version, trace, session } = self;
        let failure = ScoringFailure {
            failure_id: id.to_string(),
            experiment_id: version.experiment_id,
            scorer_id: version.scorer_id.clone(),
            scorer: version.name.clone(),
            version: version.version,
            trace_id: (*trace).clone(),
            session: session.map(str::to_owned),
            reason: reason.chars().take(ScoringFailure::REASON_CHARS_MAX).collect(),
            attempts: *attempts,
            time: live.clock.now(),
        };
        live.meta.add_scoring_failures(version.experiment_id, vec![failure]).await
    }
}

impl LiveScoring {
    /// Runs the latest version of a scorer for its failures, or for those with these ids, even if it
    /// is stopped. Returns the number of jobs. The feedback with the error stays until there is a new
    /// one.
    pub async fn retry_failures(
        &self,
        experiment: ExperimentId,
        scorer: &str,
        ids: Option<&[String]>,
    ) -> Result<usize, StoreError> {
        let version = self.meta.scorer(experiment, scorer, None).await?;
        let scorer_id = Some(version.scorer_id.clone());
        let mut query = FailureQuery { experiment, scorer_id, offset: 0, max_results: BATCH };
        let mut count = 0;
        // Those that fail again meanwhile come first, and are left to the next retry.
        for _ in 0..ScoringFailure::COUNT_MAX.div_ceil(BATCH) {
            let (page, more) = self.meta.scoring_failures(query.clone()).await?;
            let is_named = |it: &ScoringFailure| ids.is_none_or(|ids| ids.contains(&it.failure_id));
            let (retried, others): (Vec<_>, Vec<_>) = page.into_iter().partition(is_named);
            let mut jobs = Vec::new();
            for failure in &retried {
                jobs.extend(self.retry_job(failure, &version).await?);
            }
            count += jobs.len();
            // If the process ends in between, the failure is there with its job, which has the same
            // id when it is retried again.
            self.jobs.add_jobs(jobs).await?;
            let retried: Vec<_> = retried.into_iter().map(|failure| failure.failure_id).collect();
            self.meta.delete_scoring_failures(experiment, &retried).await?;
            query.offset += others.len();
            if !more {
                break;
            }
        }
        Ok(count)
    }

    /// `None` if there is nothing to assess any more.
    async fn retry_job(
        &self,
        failure: &ScoringFailure,
        version: &ScorerVersion,
    ) -> Result<Option<NewJob>, StoreError> {
        let Some(scorer) = self.compiled.get(version) else { return Ok(None) };
        let now = self.clock.now();
        let request = JobRequest::again(now);
        let trace = &failure.trace_id;
        let job = match (&*scorer, &failure.session) {
            (Scorer::Check(_), _) => return Ok(None),
            (scorer, session) if scorer.is_session_level() != session.is_some() => return Ok(None),
            (scorer, None) => scorer_job::of_trace(scorer, version, trace, request, now),
            (scorer, Some(id)) => {
                let session = Session::find(&*self.traces, failure.experiment_id, id).await?;
                let Some(session) = session else { return Ok(None) };
                scorer_job::of_session(scorer, version, &session, request, now)
            }
        };
        let id = JobId::from_key(&format!("retry of {}", failure.failure_id));
        Ok(Some(NewJob { id, ..job }))
    }
}
