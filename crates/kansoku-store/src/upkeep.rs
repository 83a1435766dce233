//! What keeps a store small and its disk in view, a little at a time.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, Retention, TimestampMs, TraceId};

use crate::{Audit, Pricer, Reprice, RepricedPage, StoreError};

/// Work in the background; every call is short, so that ingest never waits for long.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// What an experiment takes up.
    async fn storage(&self, experiment: ExperimentId) -> Result<StorageUse, StoreError>;

    /// What all of it takes up.
    async fn size(&self) -> Result<StoreSize, StoreError>;

    /// Up to where `retention` keeps nothing any more; `None` where it keeps all there is.
    async fn expired(
        &self,
        experiment: ExperimentId,
        retention: Retention,
        now: TimestampMs,
    ) -> Result<Option<Cut>, StoreError>;

    /// At most so many traces before the cut, oldest first.
    async fn oldest(
        &self,
        experiment: ExperimentId,
        before: Cut,
        traces_max: usize,
    ) -> Result<Vec<TraceId>, StoreError>;

    /// Gives the disk back some of what deletions left unused; answers the bytes, 0 when there is
    /// nothing worth it.
    async fn reclaim(&self) -> Result<u64, StoreError>;

    /// Counts the store anew and compares; reads every payload there is. `progress` hears now and
    /// then how many traces were counted.
    async fn audit(&self, progress: Box<dyn FnMut(u64) + Send>) -> Result<Audit, StoreError>;

    /// Computes the costs of the next traces anew, and with them their totals. Costs that spans or
    /// clients said themselves stay.
    async fn reprice(&self, which: Reprice, price: Pricer) -> Result<RepricedPage, StoreError>;

    /// Renews what the engine knows of its tables, where they have grown much.
    async fn optimize(&self) -> Result<(), StoreError>;

    /// Writes something small: shows whether the disk takes writes again.
    async fn try_write(&self) -> Result<(), StoreError>;

    /// Why the last write could not be stored, where that was the disk's or the file's fault.
    fn unwritable(&self) -> Option<String>;
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
    /// Of payload outside of the database.
    pub blob_bytes: u64,
    pub traces: u64,
}

/// A place in an experiment's traces by time; what is exactly there is before the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    pub(crate) time: TimestampMs,
    /// Decides between traces of the same time.
    pub(crate) row: i64,
}
