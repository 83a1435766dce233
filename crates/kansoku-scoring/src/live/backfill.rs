//! Backfills: scorers that assess traces which ended before.
//!
//! A backfill goes from the newest trace to the oldest in small steps. A step is stored in one write
//! with the jobs that it added, so that none is lost or doubled, and no step is done while the jobs of
//! the former ones wait: a backfill needs no more memory or rows the more traces it has.
use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{Backfill, BackfillState, ExperimentId, FeedbackSettings};
use kansoku_store::{BackfillStep, JobOrder, JobSource, StoreError, TraceSearch};
use tokio_util::sync::CancellationToken;

use super::backfill_plan::{BackfillScorers, StepPlan};
use super::due_loop::{SLEEP_MAX, STORE_PAUSE};
use super::job_request::JobRequest;
use super::{LiveScoring, check_tasks, report};

/// The queue of judges that are to run for backfills, after those of live traces.
pub const BACKFILL_JUDGEMENTS: &str = "scoring.backfill.judges";
/// The queue of Python scorers that are to run for backfills.
pub const BACKFILL_PYTHON_JOBS: &str = "scoring.backfill.python";

/// The number of traces of a step.
const STEP_TRACES: usize = 100;
/// A backfill with more jobs that wait adds none.
const WAITING_MAX: u64 = 200;
/// How often a backfill looks whether it can go on.
const PAUSE: Duration = Duration::from_millis(500);
/// The time limit for finding the traces of a step.
const SEARCH_DEADLINE: Duration = Duration::from_secs(300);

/// The subject of the jobs of a scorer in a backfill.
pub fn backfill_subject(backfill_id: &str, scorer_id: &str) -> String {
    format!("{backfill_id} {scorer_id}")
}

impl LiveScoring {
    /// Goes on with a backfill that was created or resumed.
    pub fn wake_backfills(&self) {
        self.backfills_changed.send_modify(|()| ());
    }

    /// The number of traces and sessions that wait for a scorer of a backfill.
    pub async fn count_waiting(&self, backfill: &Backfill) -> Result<u64, StoreError> {
        let mut waiting = 0;
        for scorer in &backfill.scorers {
            let subject = backfill_subject(&backfill.backfill_id, &scorer.scorer_id);
            for queue in [BACKFILL_JUDGEMENTS, BACKFILL_PYTHON_JOBS] {
                waiting += self.jobs.backlog(queue, &subject).await?.waiting;
            }
        }
        Ok(waiting)
    }
}

pub(super) async fn run(live: &Arc<LiveScoring>, stop: &CancellationToken) {
    let mut changed = live.backfills_changed.subscribe();
    while !stop.is_cancelled() {
        changed.borrow_and_update();
        let pause = match advance_due(live).await {
            Ok(0) => pause(live).await,
            Ok(_) => continue,
            Err(error) => {
                report("go on with backfills", &error);
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            Ok(()) = changed.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn pause(live: &LiveScoring) -> Duration {
    match live.meta.unfinished_backfills().await {
        Ok(all) if all.iter().any(|it| it.state == BackfillState::Running) => PAUSE,
        Ok(_) => SLEEP_MAX,
        Err(error) => {
            report("read backfills", &error);
            STORE_PAUSE
        }
    }
}

/// Does a step of each backfill that is running and has room; returns the number of steps.
pub(super) async fn advance_due(live: &Arc<LiveScoring>) -> Result<usize, StoreError> {
    let mut steps = 0;
    for backfill in live.meta.unfinished_backfills().await? {
        if backfill.state == BackfillState::Running {
            match advance(live, &backfill).await {
                Ok(is_advanced) => steps += usize::from(is_advanced),
                Err(error) => report("go on with a backfill", &error),
            }
        }
    }
    Ok(steps)
}

/// Returns whether a step was done.
async fn advance(live: &Arc<LiveScoring>, backfill: &Backfill) -> Result<bool, StoreError> {
    let (experiment, id) = (backfill.experiment_id, &backfill.backfill_id);
    let waiting = live.count_waiting(backfill).await?;
    if backfill.progress.is_walked {
        if waiting == 0 {
            live.meta.set_backfill_state(experiment, id, BackfillState::Done).await?;
        }
        return Ok(false);
    }
    if WAITING_MAX <= waiting {
        return Ok(false);
    }
    let scorers = match BackfillScorers::load(live, backfill).await {
        Ok(scorers) => scorers,
        // Somebody deleted the experiment.
        Err(StoreError::ExperimentDeleted(_) | StoreError::ExperimentNotFound(_)) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    if !scorers.have_budget(live, experiment).await? {
        return Ok(false);
    }
    let page = live.traces.search(search(live, backfill).await?).await?;
    let mut plan = StepPlan::new(backfill, &scorers);
    for trace in &page.traces {
        plan.add(live, trace).await?;
    }
    let request = JobRequest::of_backfill(backfill);
    let checked = check_tasks::run(live, plan.checks, &request).await?;
    let step = BackfillStep {
        from: backfill.progress.cursor.clone(),
        to: page.next_page_token,
        looked_at: page.traces.len() as u64,
        jobs: plan.jobs,
        checked,
    };
    live.meta.advance_backfill(id, step).await?;
    Ok(true)
}

async fn search(live: &LiveScoring, backfill: &Backfill) -> Result<TraceSearch, StoreError> {
    let invalid = |error: kansoku_filter::FilterError| StoreError::Invalid(error.to_string());
    let filter = Filter::parse(&backfill.filter).map_err(invalid)?;
    let experiment = live.meta.experiment(backfill.experiment_id).await?;
    let filter = filter.with_feedback_settings(&FeedbackSettings::from_tags(&experiment.tags));
    Ok(TraceSearch {
        experiments: vec![backfill.experiment_id],
        filter: filter.and(Filter::between(backfill.from, backfill.to)),
        order_by: Vec::new(),
        max_results: STEP_TRACES,
        page_token: backfill.progress.cursor.clone(),
        deadline: SEARCH_DEADLINE,
    })
}

/// Whether the jobs of a backfill are still to be done.
pub(super) async fn is_wanted(
    live: &LiveScoring,
    experiment: ExperimentId,
    id: &str,
) -> Result<bool, StoreError> {
    match live.meta.backfill(experiment, id).await {
        Ok(backfill) => Ok(backfill.state != BackfillState::Cancelled),
        Err(StoreError::BackfillNotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The jobs of backfills that may be done, the longest due first: none of a paused backfill, and none
/// of these scorers. `None` if the queue is empty.
pub(super) async fn source(
    live: &LiveScoring,
    queue: &str,
    except_scorers: &[String],
) -> Result<Option<JobSource>, StoreError> {
    let mut source = JobSource {
        queue: queue.to_owned(),
        except_subjects: Vec::new(),
        order: JobOrder::LongestDue,
    };
    if live.jobs.next_job_due(&source).await?.is_none() {
        return Ok(None);
    }
    for backfill in live.meta.unfinished_backfills().await? {
        let is_paused = backfill.state == BackfillState::Paused;
        let excepted = backfill
            .scorers
            .iter()
            .filter(|it| is_paused || except_scorers.contains(&it.scorer_id));
        let subjects = excepted.map(|it| backfill_subject(&backfill.backfill_id, &it.scorer_id));
        source.except_subjects.extend(subjects);
    }
    Ok(Some(source))
}
