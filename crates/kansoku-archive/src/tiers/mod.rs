//! One store of the traces that are stored here and those that are only in the archive.
//!
//! [`Tiers`] implements the required methods of the traits over both; everything else follows from
//! them. [`TieredStore`] uses it only where traces of the archive can be part of the result, and
//! otherwise the store, which is faster. A trace of the archive that is written to is stored here
//! again first.
mod found;
mod hot_first;
mod reads;
mod restore;
mod scan;
mod search;
mod writes;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use kansoku_filter::Filter;
use kansoku_model::{Assessment, ExperimentId, TimestampMs};
use kansoku_store::{ArchiveIndex, StoreError, TraceReads, TraceStore};
use tokio::sync::Mutex;

use crate::reader::{ArchiveReader, SessionAssessments};

pub use hot_first::TieredStore;

/// Both tiers as one store. `hot` is the store, whose traces are the newest.
struct Tiers {
    hot: Arc<dyn TraceStore>,
    index: Arc<dyn ArchiveIndex>,
    archive: ArchiveReader,
    /// By experiment, the time of the newest trace that is only in the archive, or later.
    floors: RwLock<HashMap<ExperimentId, TimestampMs>>,
    /// Traces are restored one by one.
    restoring: Mutex<()>,
}

impl Tiers {
    async fn open(
        hot: Arc<dyn TraceStore>,
        index: Arc<dyn ArchiveIndex>,
        archive: ArchiveReader,
    ) -> Result<Self, StoreError> {
        let floors = RwLock::new(index.archive_floors().await?);
        Ok(Self { hot, index, archive, floors, restoring: Mutex::default() })
    }

    /// The time of the newest trace of an experiment that is only in the archive; `None` if there is
    /// none.
    fn floor(&self, experiment: ExperimentId) -> Option<TimestampMs> {
        self.floors.read().unwrap_or_else(PoisonError::into_inner).get(&experiment).copied()
    }

    /// Whether any trace is only in the archive.
    fn has_expired(&self) -> bool {
        !self.floors.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Traces have expired.
    async fn read_floors(&self) -> Result<(), StoreError> {
        let floors = self.index.archive_floors().await?;
        *self.floors.write().unwrap_or_else(PoisonError::into_inner) = floors;
        Ok(())
    }

    /// Whether traces that are only in the archive can be in this range and match the filter.
    fn reaches_archive(
        &self,
        experiment: ExperimentId,
        filter: &Filter,
        from: Option<TimestampMs>,
    ) -> bool {
        let Some(floor) = self.floor(experiment) else { return false };
        let from = from.max(filter.required(&[]).from_ms.map(TimestampMs));
        from.is_none_or(|from| from <= floor)
    }
}

#[async_trait]
impl SessionAssessments for Tiers {
    async fn read_assessments(
        &self,
        experiment: ExperimentId,
        session: &str,
        with_archive: bool,
    ) -> Result<Vec<Assessment>, StoreError> {
        match with_archive {
            true => self.session_assessments(experiment, session).await,
            false => self.hot.session_assessments(experiment, session).await,
        }
    }
}
