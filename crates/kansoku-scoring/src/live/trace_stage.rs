//! The first stage: decides which scorers assess a trace, and runs its checks.
use std::collections::HashMap;
use std::sync::Arc;

use futures::{FutureExt as _, StreamExt as _, stream};
use kansoku_model::{Assessment, DurationMs, ExperimentId, TimestampMs, TraceId};
use kansoku_store::core::scoring::TRACES_TO_SCORE;
use kansoku_store::{Job, JobId, JobOutcome, NewJob, StoreError};

use super::active::{self, ActiveScorer, ScoredEntity};
use super::assessment::{AssessmentSubject, AssessmentTarget};
use super::budget::PlannedJobs;
use super::due_loop::{DueLoop, newest_of, retry_later};
use super::judge_job::JudgeJob;
use super::load::LoadedTrace;
use super::python_job::python_job;
use super::session_stage::job_after_trace;
use super::{LiveScoring, budget, report};
use crate::{ScoredTrace, Scorer};

/// The number of traces that are taken at once.
const BATCH: usize = 256;
/// The number of traces that are in memory at once.
const LOADED_AT_ONCE: usize = 4;
/// Traces with more span bytes are not scored.
const TRACE_BYTES_MAX: u64 = 64 << 20;
/// How long a trace is not taken again: longer than a batch may take.
const LEASE: DurationMs = DurationMs(300_000);

/// The result of one trace.
struct TraceResult {
    job: JobId,
    outcome: JobOutcome,
    scored: Scored,
    session_job: Option<NewJob>,
}

/// The assessments of checks, and the jobs of judges and Python scorers.
#[derive(Default)]
struct Scored {
    assessments: Vec<Assessment>,
    later: PlannedJobs,
}

pub(super) const LOOP: DueLoop = DueLoop {
    queue: TRACES_TO_SCORE,
    doing: "score traces",
    batch: |live| score_due(live).boxed(),
};

/// Scores one batch of traces that are due; returns their number.
pub(super) async fn score_due(live: &Arc<LiveScoring>) -> Result<usize, StoreError> {
    let jobs = live.jobs.take_jobs(&newest_of(TRACES_TO_SCORE), LEASE, BATCH).await?;
    let count = jobs.len();
    if count == 0 {
        return Ok(0);
    }
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id.clone()).collect();
    if let Err(error) = score_batch(live, jobs).await {
        let retries = ids.into_iter().map(|id| (id, retry_later(live, &error)));
        // If that fails too, the traces are taken again when their lease ends.
        let _ = live.jobs.settle_jobs(retries.collect(), Vec::new()).await;
        return Err(error);
    }
    Ok(count)
}

async fn score_batch(live: &Arc<LiveScoring>, jobs: Vec<Job>) -> Result<(), StoreError> {
    let mut scorers: HashMap<String, Arc<[ActiveScorer]>> = HashMap::new();
    for job in &jobs {
        if !scorers.contains_key(&job.subject) {
            scorers.insert(job.subject.clone(), active_scorers(live, &job.subject).await?);
        }
    }
    let results = stream::iter(jobs).map(|job| {
        let scorers = scorers.get(&job.subject).cloned().unwrap_or_default();
        score(live.clone(), job, scorers)
    });
    let results: Vec<_> = results.buffer_unordered(LOADED_AT_ONCE).collect().await;
    let (mut outcomes, mut new_jobs) = (Vec::new(), Vec::new());
    let (mut assessments, mut skipped) = (Vec::new(), Vec::new());
    for TraceResult { job, outcome, scored, session_job } in results {
        outcomes.push((job, outcome));
        assessments.extend(scored.assessments);
        new_jobs.extend(scored.later.jobs.into_iter().chain(session_job));
        skipped.extend(scored.later.skipped);
    }
    if !assessments.is_empty() {
        live.traces.create_missing_assessments(assessments).await?;
    }
    live.jobs.settle_jobs(outcomes, new_jobs).await?;
    budget::count_skipped(live, skipped).await;
    Ok(())
}

async fn active_scorers(
    live: &LiveScoring,
    subject: &str,
) -> Result<Arc<[ActiveScorer]>, StoreError> {
    match subject.parse() {
        Ok(id) => active::load(live, ExperimentId(id)).await,
        Err(_) => Ok(Arc::default()),
    }
}

async fn score(live: Arc<LiveScoring>, job: Job, scorers: Arc<[ActiveScorer]>) -> TraceResult {
    let mut result = TraceResult {
        job: job.id,
        outcome: JobOutcome::Obsolete,
        scored: Scored::default(),
        session_job: None,
    };
    let Ok(trace) = TraceId::try_from(job.payload) else { return result };
    let session_job = job_after_trace(&live, &trace, &scorers);
    match futures::try_join!(score_trace(&live, &trace, &scorers), session_job) {
        Ok((scored, session_job)) => {
            (result.scored, result.session_job) = (scored, session_job);
        }
        Err(error) => {
            report("score a trace", &error);
            result.outcome = retry_later(&live, &error);
        }
    }
    result
}

async fn score_trace(
    live: &LiveScoring,
    trace: &TraceId,
    scorers: &Arc<[ActiveScorer]>,
) -> Result<Scored, StoreError> {
    let groups = active::choose(ScoredEntity::Trace(trace), scorers);
    if groups.is_empty() {
        return Ok(Scored::default());
    }
    if TRACE_BYTES_MAX < live.traces.span_bytes(std::slice::from_ref(trace)).await? {
        return Ok(Scored::default());
    }
    let Some(loaded) = LoadedTrace::load(&*live.traces, trace).await? else {
        return Ok(Scored::default());
    };
    // Evaluations score their own traces.
    if loaded.source_run().is_some() {
        return Ok(Scored::default());
    }
    let context = active::filter_context(live, &loaded, scorers, &groups).await?;
    let (scorers, now) = (scorers.clone(), live.clock.now());
    // Content is decoded and searched, which may take long.
    let work = tokio::task::spawn_blocking(move || {
        let chosen = active::matching(&loaded, &scorers, groups, context.as_ref());
        run_checks(loaded, &chosen, now)
    });
    work.await.map_err(|panicked| StoreError::backend("score a trace", panicked))?
}

/// Runs the checks among the scorers, and plans the jobs of the others.
fn run_checks(
    loaded: LoadedTrace,
    chosen: &[&ActiveScorer],
    now: TimestampMs,
) -> Result<Scored, StoreError> {
    let others = chosen.iter().copied().filter(|it| it.scorer.check().is_none());
    let later = PlannedJobs::new(ScoredEntity::Trace(loaded.id()), others, |active| {
        let version = &active.version;
        match &*active.scorer {
            Scorer::Python => python_job(loaded.id(), version, now),
            Scorer::Check(_) | Scorer::Judge(_) => {
                JudgeJob::of_trace(loaded.id(), version).to_job(&version.scorer_id, now)
            }
        }
    });
    let checks: Vec<_> = chosen.iter().filter_map(|it| Some((*it, it.scorer.check()?))).collect();
    if checks.is_empty() {
        return Ok(Scored { assessments: Vec::new(), later });
    }
    let target = AssessmentTarget::trace(&loaded);
    let decode = |error| StoreError::backend("decode a trace", error);
    let trace: ScoredTrace = loaded.decode().map_err(decode)?;
    let assessments = checks.into_iter().filter_map(|(active, check)| {
        let subject = AssessmentSubject { target: &target, version: &active.version, now };
        Some(subject.assessment_of_check(check.score(&trace)?))
    });
    Ok(Scored { assessments: assessments.collect(), later })
}
