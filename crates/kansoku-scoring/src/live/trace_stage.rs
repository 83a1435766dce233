//! The first stage: decides which scorers assess a trace, and runs its checks.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use kansoku_model::{Assessment, DurationMs, ExperimentId, TimestampMs, TraceId};
use kansoku_store::core::scoring::TRACES_TO_SCORE;
use kansoku_store::{Job, JobId, JobOrder, JobOutcome, JobSource, NewJob, StoreError};
use tokio_util::sync::CancellationToken;

use super::active::{self, ActiveScorer};
use super::assessment::AssessmentSubject;
use super::judge_job::JudgeJob;
use super::load::LoadedTrace;
use super::{LiveScoring, report};
use crate::{ScoredTrace, Scorer};

/// The number of traces that are taken at once.
const BATCH: usize = 256;
/// The number of traces that are in memory at once.
const LOADED_AT_ONCE: usize = 4;
/// Traces with more span bytes are not scored.
const TRACE_BYTES_MAX: u64 = 64 << 20;
/// How long a trace is not taken again: longer than a batch may take.
const LEASE: DurationMs = DurationMs(300_000);
/// When a trace that could not be read is read again.
const RETRY_AFTER: DurationMs = DurationMs(5_000);
/// The pause after an error of the store.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// The longest sleep, after which the clock is read again.
const SLEEP_MAX: Duration = Duration::from_secs(600);

/// The result of one trace.
struct TraceResult {
    job: JobId,
    outcome: JobOutcome,
    assessments: Vec<Assessment>,
    judge_jobs: Vec<NewJob>,
}

pub(super) async fn run(live: &Arc<LiveScoring>, stop: &CancellationToken) {
    let mut added = live.jobs.jobs_added();
    while !stop.is_cancelled() {
        added.borrow_and_update();
        let pause = match score_due(live).await {
            Ok(0) => pause_until_due(live).await,
            Ok(_) => continue,
            Err(error) => {
                report("score traces", &error);
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            changed = added.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn pause_until_due(live: &LiveScoring) -> Duration {
    match live.jobs.next_job_due(&source()).await {
        Ok(None) => SLEEP_MAX,
        Ok(Some(due)) => {
            let wait = due.0.saturating_sub(live.clock.now().0).max(1).cast_unsigned();
            Duration::from_millis(wait).min(SLEEP_MAX)
        }
        Err(error) => {
            report("look for traces to score", &error);
            STORE_PAUSE
        }
    }
}

/// The newest first: a verdict is worth more the sooner it is there.
fn source() -> JobSource {
    JobSource {
        queue: TRACES_TO_SCORE.to_owned(),
        except_subjects: Vec::new(),
        order: JobOrder::NewestDue,
    }
}

/// Scores one batch of traces that are due; returns their number.
pub(super) async fn score_due(live: &Arc<LiveScoring>) -> Result<usize, StoreError> {
    let jobs = live.jobs.take_jobs(&source(), LEASE, BATCH).await?;
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
    let (mut outcomes, mut assessments, mut judge_jobs) = (Vec::new(), Vec::new(), Vec::new());
    for result in results {
        outcomes.push((result.job, result.outcome));
        assessments.extend(result.assessments);
        judge_jobs.extend(result.judge_jobs);
    }
    if !assessments.is_empty() {
        live.traces.create_missing_assessments(assessments).await?;
    }
    live.jobs.settle_jobs(outcomes, judge_jobs).await
}

fn retry_later(live: &LiveScoring, error: &StoreError) -> JobOutcome {
    let at = TimestampMs(live.clock.now().0.saturating_add(RETRY_AFTER.0));
    JobOutcome::Retry { at, result: error.to_string() }
}

async fn active_scorers(
    live: &LiveScoring,
    subject: &str,
) -> Result<Arc<[ActiveScorer]>, StoreError> {
    match subject.parse() {
        Ok(id) => active::load(&*live.meta, &live.compiled, ExperimentId(id)).await,
        Err(_) => Ok(Arc::default()),
    }
}

async fn score(live: Arc<LiveScoring>, job: Job, scorers: Arc<[ActiveScorer]>) -> TraceResult {
    let mut result = TraceResult {
        job: job.id,
        outcome: JobOutcome::Obsolete,
        assessments: Vec::new(),
        judge_jobs: Vec::new(),
    };
    let Ok(trace) = TraceId::try_from(job.payload) else { return result };
    match score_trace(&live, &trace, &scorers).await {
        Ok((assessments, judge_jobs)) => {
            result.assessments = assessments;
            result.judge_jobs = judge_jobs;
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
) -> Result<(Vec<Assessment>, Vec<NewJob>), StoreError> {
    let groups = active::choose(trace, scorers);
    if groups.is_empty() {
        return Ok(Default::default());
    }
    if TRACE_BYTES_MAX < live.traces.span_bytes(std::slice::from_ref(trace)).await? {
        return Ok(Default::default());
    }
    let Some(loaded) = LoadedTrace::load(&*live.traces, trace).await? else {
        return Ok(Default::default());
    };
    // Evaluations score their own traces.
    if loaded.source_run().is_some() {
        return Ok(Default::default());
    }
    let has_filter = groups.iter().any(|group| scorers[group[0]].filter.is_some());
    let context = match has_filter {
        true => Some(loaded.filter_context(&*live.traces).await?),
        false => None,
    };
    let (scorers, now) = (scorers.clone(), live.clock.now());
    // Content is decoded and searched, which may take long.
    let work = tokio::task::spawn_blocking(move || {
        let is_matched = |group: &Vec<usize>| match (&scorers[group[0]].filter, &context) {
            (Some(filter), Some(context)) => loaded.matches(filter, context),
            _ => true,
        };
        let matched = groups.into_iter().filter(is_matched).flatten();
        let chosen: Vec<_> = matched.map(|position| &scorers[position]).collect();
        run_checks(loaded, &chosen, now)
    });
    work.await.map_err(|panicked| StoreError::backend("score a trace", panicked))?
}

/// Runs the checks among the scorers, and creates the jobs of the judges.
fn run_checks(
    loaded: LoadedTrace,
    chosen: &[&ActiveScorer],
    now: TimestampMs,
) -> Result<(Vec<Assessment>, Vec<NewJob>), StoreError> {
    let judge_jobs = chosen.iter().filter(|it| matches!(*it.scorer, Scorer::Judge(_)));
    let judge_job = |it: &&ActiveScorer| {
        JudgeJob::new(loaded.id(), &it.version).to_job(&it.version.scorer_id, now)
    };
    let judge_jobs = judge_jobs.map(judge_job).collect();
    let checks: Vec<_> = chosen.iter().filter_map(|it| Some((*it, it.scorer.check()?))).collect();
    if checks.is_empty() {
        return Ok((Vec::new(), judge_jobs));
    }
    let decode = |error| StoreError::backend("decode a trace", error);
    let trace: ScoredTrace = loaded.decode().map_err(decode)?;
    let assessments = checks.into_iter().filter_map(|(active, check)| {
        let subject = AssessmentSubject { trace: &trace, version: &active.version, now };
        Some(subject.assessment_of_check(check.score(&trace)?))
    });
    Ok((assessments.collect(), judge_jobs))
}
