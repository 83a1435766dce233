//! Decides which judges and Python scorers assess a session that had no new trace for a while.
use std::sync::Arc;

use futures::FutureExt as _;
use kansoku_model::{DurationMs, ExperimentId, TraceId};
use kansoku_store::{Job, JobOutcome, NewJob, StoreError};

use super::active::{self, ActiveScorer, ScoredEntity};
use super::budget::PlannedJobs;
use super::due_loop::{DueLoop, retry_later};
use super::job_request::JobRequest;
use super::load::LoadedTrace;
use super::session::{SESSIONS_TO_SCORE, Session, session_job, session_of};
use super::{LiveScoring, budget, report, scorer_job};

pub(super) const LOOP: DueLoop = DueLoop {
    queue: SESSIONS_TO_SCORE,
    doing: "find the judges of sessions",
    batch: 16,
    batches_at_once: 1,
    lease: DurationMs(1_200_000),
    work: |live, jobs| plan_judges(live, jobs).boxed(),
};

/// The job of the session of a trace that ended, if scorers assess sessions.
pub(super) async fn job_after_trace(
    live: &LiveScoring,
    trace: &TraceId,
    scorers: &[ActiveScorer],
) -> Result<Option<NewJob>, StoreError> {
    if !scorers.iter().any(|active| active.scorer.is_session_level()) {
        return Ok(None);
    }
    let info = live.traces.infos(std::slice::from_ref(trace)).await?.pop();
    Ok(info.and_then(|info| {
        let session = session_of(&info)?;
        Some(session_job(info.experiment_id, session, live.clock.now(), live.session_idle))
    }))
}

/// Finds the judges of idle sessions.
async fn plan_judges(live: Arc<LiveScoring>, jobs: Vec<Job>) -> Result<(), StoreError> {
    for job in jobs {
        let (outcome, judges) = match plan(&live, &job).await {
            Ok(judges) => (JobOutcome::Obsolete, judges),
            Err(error) => {
                report("read a session", &error);
                (retry_later(&live, &error), PlannedJobs::default())
            }
        };
        live.jobs.settle_jobs(vec![(job.id, outcome)], judges.jobs).await?;
        budget::count_skipped(&live, judges.skipped).await;
    }
    Ok(())
}

/// The judges that the session is sampled for and whose filter its first trace matches.
async fn plan(live: &LiveScoring, job: &Job) -> Result<PlannedJobs, StoreError> {
    let none = Ok(PlannedJobs::default());
    let Ok(experiment) = job.subject.parse().map(ExperimentId) else { return none };
    let scorers = active::load(live, experiment).await?;
    let groups = active::choose(ScoredEntity::Session(&job.payload), &scorers);
    if groups.is_empty() {
        return none;
    }
    let session = Session::find(&*live.traces, experiment, &job.payload).await?;
    let Some(session) = session else { return none };
    let first = LoadedTrace::load(&*live.traces, &session.first).await?;
    let Some(first) = first else { return none };
    let context = active::filter_context(live, &first, &scorers, &groups).await?;
    let now = live.clock.now();
    let work = tokio::task::spawn_blocking(move || {
        let matched = active::matching(&first, &scorers, groups, context.as_ref());
        PlannedJobs::new(ScoredEntity::Session(&session.id), matched, |active| {
            let (scorer, version) = (&active.scorer, &active.version);
            scorer_job::of_session(scorer, version, &session, JobRequest::default(), now)
        })
    });
    work.await.map_err(|panicked| StoreError::backend("match a session", panicked))
}
