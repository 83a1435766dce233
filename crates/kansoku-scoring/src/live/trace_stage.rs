//! The first stage: decides which scorers assess a trace, and runs its checks.
use std::collections::HashMap;
use std::sync::Arc;

use futures::{FutureExt as _, StreamExt as _, stream};
use kansoku_model::{DurationMs, ExperimentId};
use kansoku_store::core::scoring::TRACES_TO_SCORE;
use kansoku_store::{Job, JobId, JobOutcome, StoreError};

use super::active::{self, ActiveScorer};
use super::budget::PlannedJobs;
use super::due_loop::{DueLoop, retry_after_pause, retry_later};
use super::trace_tasks::{Scored, TraceTask, score_tasks};
use super::{LiveScoring, budget, report};

/// The most traces whose feedback is stored at once.
const PART_TRACES_MAX: usize = 64;
/// With so many scorers for its traces, a part is complete.
const PART_SCORERS: usize = 1_000;
/// The number of parts that are worked on at once.
const PARTS_AT_ONCE: usize = 2;

pub(super) const LOOP: DueLoop = DueLoop {
    queue: TRACES_TO_SCORE,
    doing: "score traces",
    batch: 128,
    // One is read and checked while the feedback of another is written.
    batches_at_once: 2,
    lease: DurationMs(300_000),
    work: |live, jobs| score(live, jobs).boxed(),
};

async fn score(live: Arc<LiveScoring>, jobs: Vec<Job>) -> Result<(), StoreError> {
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id.clone()).collect();
    let Err(error) = score_batch(&live, jobs).await else { return Ok(()) };
    let retries = ids.into_iter().map(|id| (id, retry_later(&live, &error)));
    // If that fails too, the traces are taken again when their lease ends.
    let _ = live.jobs.settle_jobs(retries.collect(), Vec::new()).await;
    Err(error)
}

async fn score_batch(live: &Arc<LiveScoring>, jobs: Vec<Job>) -> Result<(), StoreError> {
    let mut scorers: HashMap<String, Arc<[ActiveScorer]>> = HashMap::new();
    for job in &jobs {
        if !scorers.contains_key(&job.subject) {
            scorers.insert(job.subject.clone(), active_scorers(live, &job.subject).await?);
        }
    }
    let (mut tasks, mut outcomes) = (Vec::with_capacity(jobs.len()), Vec::new());
    for job in jobs {
        let scorers = scorers.get(&job.subject).cloned().unwrap_or_default();
        let id = job.id.clone();
        match TraceTask::new(job, scorers) {
            Some(task) => tasks.push(task),
            None => outcomes.push((id, JobOutcome::Obsolete)),
        }
    }
    let parts = parts(tasks).into_iter().map(|part| score_part(live, part));
    let mut parts = stream::iter(parts).buffer_unordered(PARTS_AT_ONCE);
    let mut later = PlannedJobs::default();
    while let Some(part) = parts.next().await {
        let (ended, planned) = part?;
        outcomes.extend(ended);
        later.add(planned);
    }
    live.jobs.settle_jobs(outcomes, later.jobs).await?;
    budget::count_skipped(live, later.skipped).await;
    Ok(())
}

fn parts(tasks: Vec<TraceTask>) -> Vec<Vec<TraceTask>> {
    let (mut parts, mut scorers) = (vec![Vec::new()], 0);
    for task in tasks {
        let last = parts.last_mut().expect("there is always one");
        scorers += task.sampled_count();
        last.push(task);
        if PART_SCORERS <= scorers || PART_TRACES_MAX <= last.len() {
            parts.push(Vec::new());
            scorers = 0;
        }
    }
    parts
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

/// Scores some traces, and stores their feedback. Returns how their jobs end, and those that follow.
async fn score_part(
    live: &LiveScoring,
    tasks: Vec<TraceTask>,
) -> Result<(Vec<(JobId, JobOutcome)>, PlannedJobs), StoreError> {
    let (mut outcomes, mut later, mut assessments) =
        (Vec::new(), PlannedJobs::default(), Vec::new());
    for (job, scored) in score_tasks(live, tasks).await {
        let outcome = match scored {
            Ok(Scored { is_incomplete: true, .. }) => {
                retry_after_pause(live, "its root span is missing")
            }
            Ok(scored) => {
                assessments.extend(scored.assessments);
                later.add(scored.later);
                JobOutcome::Obsolete
            }
            Err(error) => {
                report("score a trace", &error);
                retry_later(live, &error)
            }
        };
        outcomes.push((job, outcome));
    }
    if !assessments.is_empty() {
        live.traces.create_missing_assessments(assessments).await?;
    }
    Ok((outcomes, later))
}
