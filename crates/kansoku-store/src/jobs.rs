//! A durable queue of jobs: work that is done later, and again if it fails.
//!
//! A job stays until its outcome is stored, so one whose process ends meanwhile is done again.
//! Finished jobs are the log of their subject.
use std::fmt;

use async_trait::async_trait;
use kansoku_model::{DurationMs, TimestampMs, uuid_text};
use tokio::sync::watch;
use xxhash_rust::xxh3::xxh3_128;

use crate::StoreError;

/// The most finished jobs of one subject that are kept.
pub const JOBS_FINISHED_MAX: usize = 100;

/// Queues by name, which share nothing but the table.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Adds jobs. One whose id is there already is left out unless [`NewJob::postpones`], and so is one
    /// whose subject has [`NewJob::waiting_max`] jobs waiting.
    async fn add_jobs(&self, jobs: Vec<NewJob>) -> Result<(), StoreError> {
        self.settle_jobs(Vec::new(), jobs).await
    }

    /// Takes at most `max` jobs that are due, in the order of their source: counts the attempts, and
    /// makes the jobs due again after `lease`, in case that nobody settles them.
    async fn take_jobs(
        &self,
        from: &JobSource,
        lease: DurationMs,
        max: usize,
    ) -> Result<Vec<Job>, StoreError>;

    /// [`JobQueue::take_jobs`] for one job.
    async fn take_job(
        &self,
        from: &JobSource,
        lease: DurationMs,
    ) -> Result<Option<Job>, StoreError> {
        Ok(self.take_jobs(from, lease, 1).await?.pop())
    }

    /// When the next job is due.
    async fn next_job_due(&self, from: &JobSource) -> Result<Option<TimestampMs>, StoreError>;

    /// Stores the outcomes of attempts, and adds the jobs that follow from them, in one write. An
    /// outcome of a job that is gone, or that was postponed since it was taken, does nothing.
    async fn settle_jobs(
        &self,
        outcomes: Vec<(JobId, JobOutcome)>,
        added: Vec<NewJob>,
    ) -> Result<(), StoreError>;

    /// [`JobQueue::settle_jobs`] for one job.
    async fn settle_job(&self, id: &JobId, outcome: JobOutcome) -> Result<(), StoreError> {
        self.settle_jobs(vec![(id.clone(), outcome)], Vec::new()).await
    }

    /// The jobs of a subject, the newest first, and whether more follow.
    async fn jobs(&self, query: JobQuery) -> Result<(Vec<Job>, bool), StoreError>;

    /// The jobs of a subject that wait.
    async fn backlog(&self, queue: &str, subject: &str) -> Result<Backlog, StoreError>;

    /// Makes the jobs of a queue due that were taken and not settled, because the process that took
    /// them has ended. Must not run while another process takes from the queue.
    async fn release_jobs(&self, queue: &str) -> Result<(), StoreError>;

    /// A number that changes after jobs were added, by whatever write.
    fn jobs_added(&self) -> watch::Receiver<u64>;
}

/// Unique over all queues.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub String);

impl JobId {
    /// A UUID of these bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(uuid_text(bits))
    }

    /// The same for the same key, so that a job is added once.
    pub fn from_key(key: &str) -> Self {
        Self::from_bits(xxh3_128(key.as_bytes()))
    }

    pub fn random() -> Self {
        Self::from_bits(rand::random())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub id: JobId,
    pub queue: String,
    /// The thing for which it is done, such as a webhook.
    pub subject: String,
    /// The kind of work, such as the name of an event.
    pub kind: String,
    /// The input, which a finished job no longer has.
    pub payload: String,
    pub due: TimestampMs,
    /// The most jobs of its subject that wait at a time; `None` for any number.
    pub waiting_max: Option<usize>,
    /// Whether it makes the job with its id that waits due when it is due itself, so that work which
    /// is asked for again and again is done once, after a pause. The attempts are counted anew.
    pub postpones: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub subject: String,
    pub kind: String,
    pub payload: String,
    pub state: JobState,
    /// How often it was taken.
    pub attempts: u32,
    pub created: TimestampMs,
    /// When it is taken next; of a finished one, when it was finished.
    pub due: TimestampMs,
    /// The text that the outcome of the last attempt has.
    pub result: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    Waiting,
    Succeeded,
    /// The last attempt failed, and there will be no other.
    Failed,
}

impl JobState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Succeeded, Self::Failed].into_iter().find(|it| it.as_str() == text)
    }
}

/// How far behind the work for a subject is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub waiting: u64,
    /// When the oldest of them was added.
    pub oldest: Option<TimestampMs>,
}

impl Backlog {
    /// How long the oldest of them waits.
    pub fn lag(&self, now: TimestampMs) -> Option<DurationMs> {
        self.oldest.map(|oldest| now.since(oldest))
    }
}

/// The jobs that may be taken.
#[derive(Clone, Debug, Default)]
pub struct JobSource {
    pub queue: String,
    /// Subjects that are busy: their jobs wait.
    pub except_subjects: Vec<String>,
    pub order: JobOrder,
}

/// Which of several due jobs is taken first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobOrder {
    /// The one that has been due for the longest time.
    #[default]
    LongestDue,
    /// The one that became due last, for work that is worth less the later it is done.
    NewestDue,
}

/// The outcome of an attempt, with a short text about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    Succeeded {
        result: String,
    },
    Failed {
        result: String,
    },
    Retry {
        at: TimestampMs,
        result: String,
    },
    /// There is nothing to do any more; the job is removed.
    Obsolete,
}

#[derive(Clone, Debug)]
pub struct JobQuery {
    pub queue: String,
    pub subject: String,
    pub offset: usize,
    pub max_results: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid() {
        let id = JobId::from_bits(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        assert_eq!(id.as_str(), "00112233-4455-6677-8899-aabbccddeeff");
    }
}
