//! Maintenance of a store: retention, compaction, repricing, audit, backup. Each call does a little.
use std::path::Path;

use async_trait::async_trait;
use kansoku_model::{DurationMs, ExperimentId, Retention, TimestampMs, TraceId};

use crate::backup::{BackupError, Manifest};
use crate::{Audit, StoreError};

mod reprice;

pub use reprice::*;

/// Work in the background; every call is short, so that ingest never waits for long.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// The space that an experiment takes.
    async fn storage(&self, experiment: ExperimentId) -> Result<StorageUse, StoreError>;

    /// The space that the whole store takes.
    async fn size(&self) -> Result<StoreSize, StoreError>;

    /// The position up to which `retention` keeps nothing any more; `None` where it keeps all there
    /// is.
    async fn expired(
        &self,
        experiment: ExperimentId,
        retention: Retention,
        now: TimestampMs,
    ) -> Result<Option<RetentionCursor>, StoreError>;

    /// At most so many traces up to the cursor, oldest first.
    async fn oldest(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
        traces_max: usize,
    ) -> Result<Vec<TraceId>, StoreError>;

    /// The stored marks of the clock, which survive restarts.
    async fn clock_marks(&self) -> Result<ClockMarks, StoreError>;

    /// Changes what is remembered of the clock. Answers whether the change was made.
    async fn mark_clock(&self, mark: ClockMark) -> Result<bool, StoreError>;

    /// Counts the store anew and compares; reads every payload there is. `progress` hears now and
    /// then how many traces were counted.
    async fn audit(&self, progress: Box<dyn FnMut(u64) + Send>) -> Result<Audit, StoreError>;

    /// Computes the costs of the next traces anew, and with them their totals. Costs that spans or
    /// clients said themselves stay.
    async fn reprice(&self, which: Reprice, price: Pricer) -> Result<RepricedPage, StoreError>;

    /// Writes something small: shows whether the disk takes writes again.
    async fn try_write(&self) -> Result<(), StoreError>;

    /// How many traces there are up to the cursor, and in all.
    async fn share_before(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
    ) -> Result<TraceShare, StoreError> {
        let traces = self.oldest(experiment, before, usize::MAX).await?.len() as u64;
        Ok(TraceShare { traces, of: self.storage(experiment).await?.traces })
    }

    /// Remembers that the clock said this.
    async fn mark_time(&self, now: TimestampMs) -> Result<(), StoreError> {
        self.mark_clock(ClockMark::Seen(now)).await.map(drop)
    }

    /// Remembers that retention by age waits.
    async fn begin_wait(&self, wait: RetentionWait) -> Result<(), StoreError> {
        self.mark_clock(ClockMark::BeginWait(wait)).await.map(drop)
    }

    /// Remembers how long it still is; answers false where [`Maintenance::end_wait`] came before.
    async fn continue_wait(&self, wait: RetentionWait) -> Result<bool, StoreError> {
        self.mark_clock(ClockMark::ContinueWait(wait)).await
    }

    /// Answers whether there was a wait.
    async fn end_wait(&self) -> Result<bool, StoreError> {
        self.mark_clock(ClockMark::EndWait).await
    }

    /// Gives the disk back some of what deletions left unused; answers the bytes, 0 when there is
    /// nothing worth it.
    async fn reclaim(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Renews what the engine knows of its tables, where they have grown much.
    async fn optimize(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Copies everything acknowledged so far to the new folder `to`; returns when that is on disk.
    /// An engine that is backed up by means of its own refuses.
    async fn back_up(&self, _to: &Path) -> Result<Manifest, BackupError> {
        Err(BackupError::Unsupported)
    }

    /// Why the last write could not be stored, where that was the disk's or the file's fault.
    fn unwritable(&self) -> Option<String> {
        None
    }
}

/// A change of what is remembered of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMark {
    /// The clock said this.
    Seen(TimestampMs),
    /// Retention by age waits.
    BeginWait(RetentionWait),
    /// It still waits; not made where it waits no more.
    ContinueWait(RetentionWait),
    /// It waits no more; not made where it did not wait.
    EndWait,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageUse {
    pub traces: u64,
    pub spans: u64,
    /// Compressed span payload; indexes and narrow rows come on top.
    pub payload_bytes: u64,
    pub oldest: Option<TimestampMs>,
    pub newest: Option<TimestampMs>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreSize {
    /// With what deletions left unused.
    pub database_bytes: u64,
    /// Bytes of payload outside of the database.
    pub blob_bytes: u64,
    pub traces: u64,
}

/// Some of the traces of an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceShare {
    pub traces: u64,
    pub of: u64,
}

/// The stored marks of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockMarks {
    /// The last time that was seen, to the minute or so.
    pub last_seen: Option<TimestampMs>,
    pub wait: Option<RetentionWait>,
}

/// Retention by age waits, because the clock is far ahead of what was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionWait {
    /// The time that the clock would show, had it not jumped.
    pub believed: TimestampMs,
    /// How long the server is still to run before the clock is believed.
    pub left: DurationMs,
}

/// A position in an experiment's traces by time, made and read by the engine. A trace at exactly
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
