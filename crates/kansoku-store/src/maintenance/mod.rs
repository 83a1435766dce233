//! Maintenance of a store: retention, compaction, repricing, audit, backup.
use std::path::Path;

use async_trait::async_trait;
use kansoku_model::{DurationMs, ExperimentId, Retention, TimestampMs, TraceId};

use crate::backup::{BackupError, Manifest};
use crate::{Audit, StoreError};

mod reprice;

pub use reprice::*;

/// Background work. Calls that write are short, so that ingest never waits for long.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// The storage used by an experiment.
    async fn storage(&self, experiment: ExperimentId) -> Result<StorageUse, StoreError>;

    /// The storage used by the whole store.
    async fn size(&self) -> Result<StoreSize, StoreError>;

    /// The position up to which all traces have expired under `retention`; `None` if none has.
    async fn expired(
        &self,
        experiment: ExperimentId,
        retention: Retention,
        now: TimestampMs,
    ) -> Result<Option<RetentionCursor>, StoreError>;

    /// The traces up to the cursor, oldest first, at most `traces_max`.
    async fn oldest(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
        traces_max: usize,
    ) -> Result<Vec<TraceId>, StoreError>;

    /// The stored clock marks, which survive restarts.
    async fn clock_marks(&self) -> Result<ClockMarks, StoreError>;

    /// Changes the clock marks; returns whether the change was made.
    async fn mark_clock(&self, mark: ClockMark) -> Result<bool, StoreError>;

    /// Counts the stored data and compares it with the ledger; reads the whole payload. `progress`
    /// is called now and then with the number of traces counted so far.
    async fn audit(&self, progress: Box<dyn FnMut(u64) + Send>) -> Result<Audit, StoreError>;

    /// Recomputes the costs of the spans of the next traces, and the totals of these traces. Costs
    /// that spans or clients set themselves stay.
    async fn reprice(&self, which: Reprice, price: Pricer) -> Result<RepricedPage, StoreError>;

    /// Makes a small write, to check whether the disk accepts writes again.
    async fn try_write(&self) -> Result<(), StoreError>;

    /// The number of traces up to the cursor, and of all traces of the experiment.
    async fn share_before(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
    ) -> Result<TraceShare, StoreError> {
        let traces = self.oldest(experiment, before, usize::MAX).await?.len() as u64;
        Ok(TraceShare { traces, of: self.storage(experiment).await?.traces })
    }

    /// Stores the current time of the clock.
    async fn mark_time(&self, now: TimestampMs) -> Result<(), StoreError> {
        self.mark_clock(ClockMark::Seen(now)).await.map(drop)
    }

    /// Stores that retention by age is waiting.
    async fn begin_wait(&self, wait: RetentionWait) -> Result<(), StoreError> {
        self.mark_clock(ClockMark::BeginWait(wait)).await.map(drop)
    }

    /// Stores the remaining time of the wait; returns `false` if [`Maintenance::end_wait`] was
    /// called before.
    async fn continue_wait(&self, wait: RetentionWait) -> Result<bool, StoreError> {
        self.mark_clock(ClockMark::ContinueWait(wait)).await
    }

    /// Ends the wait; returns whether there was one.
    async fn end_wait(&self) -> Result<bool, StoreError> {
        self.mark_clock(ClockMark::EndWait).await
    }

    /// Returns some space that deletions left unused to the file system. The result is in bytes,
    /// and 0 if there is too little to return.
    async fn reclaim(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Updates the engine's statistics of its tables, if these have grown much.
    async fn optimize(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Copies everything acknowledged so far to the new folder `to`; returns when the copy is on
    /// disk. Fails with `Unsupported` if the engine has its own means of backup.
    async fn back_up(&self, _to: &Path) -> Result<Manifest, BackupError> {
        Err(BackupError::Unsupported)
    }

    /// The reason why the last write failed, if that was the fault of the disk or the file.
    fn unwritable(&self) -> Option<String> {
        None
    }
}

/// A change of the clock marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMark {
    /// The clock showed this time.
    Seen(TimestampMs),
    /// Retention by age starts to wait.
    BeginWait(RetentionWait),
    /// The wait continues; has no effect if there is none.
    ContinueWait(RetentionWait),
    /// The wait ends; has no effect if there is none.
    EndWait,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageUse {
    pub traces: u64,
    pub spans: u64,
    /// Compressed payload of spans, without indexes and rows.
    pub payload_bytes: u64,
    pub oldest: Option<TimestampMs>,
    pub newest: Option<TimestampMs>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreSize {
    /// Includes space that deletions left unused.
    pub database_bytes: u64,
    /// Payload stored outside of the database.
    pub blob_bytes: u64,
    pub traces: u64,
}

/// A part of the traces of an experiment: `traces` out of `of`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceShare {
    pub traces: u64,
    pub of: u64,
}

/// The stored marks of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockMarks {
    /// The last time that was stored, accurate to about a minute.
    pub last_seen: Option<TimestampMs>,
    pub wait: Option<RetentionWait>,
}

/// A wait of retention by age, because the clock is far ahead of the last time that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionWait {
    /// The time that the clock would show if it had not jumped.
    pub believed: TimestampMs,
    /// The time that the server still has to run before it trusts the clock.
    pub left: DurationMs,
}

/// A position in an experiment's traces by time; its format is the engine's. A trace at exactly
/// this position has expired, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionCursor(String);

impl RetentionCursor {
    pub fn new(position: impl Into<String>) -> Self {
        Self(position.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
