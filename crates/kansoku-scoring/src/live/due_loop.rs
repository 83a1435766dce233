//! Works on the jobs of a queue as they become due.
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use kansoku_model::{DurationMs, TimestampMs};
use kansoku_store::{JobOrder, JobOutcome, JobSource, StoreError};
use tokio_util::sync::CancellationToken;

use super::{LiveScoring, report};

/// The pause after an error of the store.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);
/// The longest sleep, after which the clock is read again.
pub(super) const SLEEP_MAX: Duration = Duration::from_secs(600);

/// The pause before a job is done again.
const RETRY_AFTER: DurationMs = DurationMs(5_000);

/// A queue whose jobs are settled batch by batch.
pub(super) struct DueLoop {
    pub(super) queue: &'static str,
    /// The work of a batch, for the log.
    pub(super) doing: &'static str,
    /// Does one batch of what is due; returns the number of its jobs.
    pub(super) batch: for<'a> fn(&'a Arc<LiveScoring>) -> BoxFuture<'a, Result<usize, StoreError>>,
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
            let pause = match (self.batch)(live).await {
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
