//! Reads traces and scores them, several at a time.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_model::{Assessment, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::{Job, JobId, StoreError};

use super::active::{self, ActiveScorer, ScoredEntity};
use super::assessment::{AssessmentSubject, AssessmentTarget};
use super::budget::PlannedJobs;
use super::job_request::JobRequest;
use super::load::{FilterContext, LoadedTrace, ReadTraces, TraceReader};
use super::session_stage::job_after_trace;
use super::{LiveScoring, scorer_job};
use crate::ScoredTrace;
use crate::checks::Check;

/// How often a trace without an ended root span is looked at again. A client may send the info of a
/// trace before its spans.
const ROOT_WAITS_MAX: u32 = 12;

/// A trace that is to be scored.
pub(super) struct TraceTask {
    job: JobId,
    attempts: u32,
    trace: TraceId,
    scorers: Arc<[ActiveScorer]>,
    /// The positions of the scorers that it is sampled for; those of a group share a filter.
    sampled: Vec<Vec<usize>>,
    scored: Scored,
}

/// The assessments of checks, and the jobs of judges and Python scorers.
#[derive(Default)]
pub(super) struct Scored {
    /// Whether its root span is still on its way.
    pub(super) is_incomplete: bool,
    pub(super) assessments: Vec<Assessment>,
    pub(super) later: PlannedJobs,
}

type TaskResult = (JobId, Result<Scored, StoreError>);

impl TraceTask {
    /// `None` if the job names no trace.
    pub(super) fn new(job: Job, scorers: Arc<[ActiveScorer]>) -> Option<Self> {
        let Job { id: job, attempts, payload, .. } = job;
        let trace = TraceId::try_from(payload).ok()?;
        let sampled = active::choose(ScoredEntity::Trace(&trace), &scorers);
        Some(Self { job, attempts, trace, scorers, sampled, scored: Scored::default() })
    }

    pub(super) fn sampled_count(&self) -> usize {
        self.sampled.iter().map(Vec::len).sum()
    }

    /// Adds the job of the trace's session.
    async fn add_session(&mut self, live: &LiveScoring) -> Result<(), StoreError> {
        let job = job_after_trace(live, &self.trace, &self.scorers).await?;
        self.scored.later.jobs.extend(job);
        Ok(())
    }

    /// Runs the checks, and plans the jobs of the other scorers. Content is decoded and searched,
    /// which may take long.
    fn score(
        mut self,
        loaded: LoadedTrace,
        context: Option<&FilterContext>,
        now: TimestampMs,
    ) -> TaskResult {
        let chosen = active::matching(&loaded, &self.scorers, self.sampled, context);
        self.scored.later.add(planned_jobs(&loaded, &chosen, now));
        let checks = chosen.iter().filter_map(|it| Some((&it.version, it.scorer.check()?)));
        let assessments = run_checks(loaded, &checks.collect::<Vec<_>>(), now);
        let scored = assessments.map(|assessments| Scored { assessments, ..self.scored });
        (self.job, scored)
    }
}

/// Scores traces, as many at once as fit into a read.
pub(super) async fn score_tasks(live: &LiveScoring, tasks: Vec<TraceTask>) -> Vec<TaskResult> {
    let (mut results, mut left) =
        (Vec::with_capacity(tasks.len()), Vec::with_capacity(tasks.len()));
    for mut task in tasks {
        match task.add_session(live).await {
            Ok(()) if task.sampled.is_empty() => results.push((task.job, Ok(task.scored))),
            Ok(()) => left.push(task),
            Err(error) => results.push((task.job, Err(error))),
        }
    }
    let mut reader = TraceReader::new(left.iter().map(|task| task.trace.clone()));
    while let Some(ReadTraces { looked_at, traces }) = reader.next(&*live.traces).await {
        let mut tasks = left.drain(..looked_at);
        match traces {
            Ok(traces) => results.extend(score_read(live, tasks.collect(), traces).await),
            Err(error) => results.extend(tasks.next().map(|task| (task.job, Err(error)))),
        }
    }
    results
}

/// Scores traces that were looked at. Those that were not found or are too large have no result but
/// an empty one.
async fn score_read(
    live: &LiveScoring,
    tasks: Vec<TraceTask>,
    traces: Vec<LoadedTrace>,
) -> Vec<TaskResult> {
    let mut found: HashMap<TraceId, LoadedTrace> =
        traces.into_iter().map(|loaded| (loaded.id().clone(), loaded)).collect();
    let (mut results, mut ready) = (Vec::with_capacity(tasks.len()), Vec::new());
    for task in tasks {
        let loaded = found.remove(&task.trace);
        // Evaluations score their own traces.
        let Some(loaded) = loaded.filter(|loaded| loaded.source_run().is_none()) else {
            results.push((task.job, Ok(task.scored)));
            continue;
        };
        if !loaded.has_ended_root() && task.attempts <= ROOT_WAITS_MAX {
            let scored = Scored { is_incomplete: true, ..task.scored };
            results.push((task.job, Ok(scored)));
            continue;
        }
        match active::filter_context(live, &loaded, &task.scorers, &task.sampled).await {
            Ok(context) => ready.push((task, loaded, context)),
            Err(error) => results.push((task.job, Err(error))),
        }
    }
    let jobs: Vec<_> = ready.iter().map(|(task, ..)| task.job.clone()).collect();
    let now = live.clock.now();
    let work = tokio::task::spawn_blocking(move || -> Vec<TaskResult> {
        let ready = ready.into_iter();
        ready.map(|(task, loaded, context)| task.score(loaded, context.as_ref(), now)).collect()
    });
    match work.await {
        Ok(scored) => results.extend(scored),
        Err(panicked) => {
            let message = panicked.to_string();
            let failed = || StoreError::backend("score a trace", message.clone());
            results.extend(jobs.into_iter().map(|job| (job, Err(failed()))));
        }
    }
    results
}

/// The jobs of the scorers that are no checks.
fn planned_jobs(loaded: &LoadedTrace, chosen: &[&ActiveScorer], now: TimestampMs) -> PlannedJobs {
    let others = chosen.iter().copied().filter(|it| it.scorer.check().is_none());
    PlannedJobs::new(ScoredEntity::Trace(loaded.id()), others, |active| {
        let request = JobRequest::default();
        scorer_job::of_trace(&active.scorer, &active.version, loaded.id(), request, now)
    })
}

/// The assessments of checks. Content is decoded and searched, which may take long.
pub(super) fn run_checks(
    loaded: LoadedTrace,
    checks: &[(&ScorerVersion, &Check)],
    now: TimestampMs,
) -> Result<Vec<Assessment>, StoreError> {
    if checks.is_empty() {
        return Ok(Vec::new());
    }
    let target = AssessmentTarget::trace(&loaded);
    let decode = |error| StoreError::backend("decode a trace", error);
    let trace: ScoredTrace = loaded.decode().map_err(decode)?;
    let assessments = checks.iter().filter_map(|(version, check)| {
        let subject = AssessmentSubject { target: &target, version, now };
        Some(subject.assessment_of_check(check.score(&trace)?))
    });
    Ok(assessments.collect())
}
