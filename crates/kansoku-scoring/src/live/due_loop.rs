//! Works on the jobs of a queue as they become due.
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use kansoku_model::{DurationMs, TimestampMs};
use kansoku_store::{Job, JobOrder, JobOutcome, JobSource, StoreError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{LiveScoring, report};

/// The pause after an error of the store.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);
/// The longest sleep, after which the clock is read again.
pub(super) const SLEEP_MAX: Duration = Duration::from_secs(600);

/// The pause before a job is done again.
const RETRY_AFTER: DurationMs = DurationMs(5_000);

type BatchWork = BoxFuture<'static, Result<(), StoreError>>;

/// A queue whose jobs are settled batch by batch.
pub(super) struct DueLoop {
    pub(super) queue: &'static str,
    /// The work of a batch, for the log.
    pub(super) doing: &'static str,
    /// The number of jobs that are taken at once.
    pub(super) batch: usize,
    /// The number of batches that are worked on at once.
    pub(super) batches_at_once: usize,
    /// How long a job is not taken again: longer than a batch may take.
    pub(super) lease: DurationMs,
    /// Works on a batch, and settles its jobs.
    pub(super) work: fn(Arc<LiveScoring>, Vec<Job>) -> BatchWork,
}

/// The newest first: a verdict is worth more the sooner it is there.
pub(super) fn newest_of(queue: &str) -> JobSource {
    let except_subjects = Vec::new();
    JobSource { queue: queue.to_owned(), except_subjects, order: JobOrder::NewestDue }
}

/// The outcome of a job that the store failed for.
pub(super) fn retry_later(live: &LiveScoring, error: &StoreError) -> JobOutcome {
    retry_after_pause(live, error.to_string())
}

/// The outcome of a job that is to be done again after a pause.
pub(super) fn retry_after_pause(live: &LiveScoring, why: impl Into<String>) -> JobOutcome {
    let at = TimestampMs(live.clock.now().0.saturating_add(RETRY_AFTER.0));
    JobOutcome::Retry { at, result: why.into() }
}

impl DueLoop {
    /// Runs until `stop` is cancelled, and sleeps while nothing is due.
    pub(super) async fn run(&self, live: &Arc<LiveScoring>, stop: &CancellationToken) {
        let mut added = live.jobs.jobs_added();
        while !stop.is_cancelled() {
            added.borrow_and_update();
            let pause = match self.work_on_due(live, stop).await {
                Ok(0) => self.pause_until_due(live).await,
                Ok(_) => continue,
                Err(error) => {
                    report(self.doing, &error);
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

    /// Works on what is due until nothing is left, a batch fails, or `stop` is cancelled. Returns the
    /// number of jobs.
    pub(super) async fn work_on_due(
        &self,
        live: &Arc<LiveScoring>,
        stop: &CancellationToken,
    ) -> Result<usize, StoreError> {
        let (mut running, mut count, mut result) = (JoinSet::new(), 0, Ok(()));
        loop {
            while result.is_ok() && running.len() < self.batches_at_once && !stop.is_cancelled() {
                match live.jobs.take_jobs(&newest_of(self.queue), self.lease, self.batch).await {
                    Ok(jobs) if jobs.is_empty() => break,
                    Ok(jobs) => {
                        count += jobs.len();
                        running.spawn((self.work)(live.clone(), jobs));
                    }
                    Err(error) => result = Err(error),
                }
            }
            let Some(ended) = running.join_next().await else { return result.map(|()| count) };
            let panicked = |error| Err(StoreError::backend(self.doing, error));
            result = result.and(ended.unwrap_or_else(panicked));
        }
    }

    async fn pause_until_due(&self, live: &LiveScoring) -> Duration {
        match live.jobs.next_job_due(&newest_of(self.queue)).await {
            Ok(None) => SLEEP_MAX,
            Ok(Some(due)) => {
                let wait = due.0.saturating_sub(live.clock.now().0).max(1).cast_unsigned();
                Duration::from_millis(wait).min(SLEEP_MAX)
            }
            Err(error) => {
                report(self.doing, &error);
                STORE_PAUSE
            }
        }
    }
}
