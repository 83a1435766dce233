use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, Retention, TimestampMs, TraceId};
use kansoku_store::backup::{BackupError, Manifest};
use kansoku_store::{
    Audit, ClockMark, ClockMarks, Maintenance, Pricer, Reprice, RepricedPage, RetentionCursor,
    StorageUse, StoreError, StoreSize, TraceShare,
};

use crate::auth::rights::BoundRights;

pub(crate) struct ScopedMaintenance {
    inner: Arc<dyn Maintenance>,
    rights: Arc<BoundRights>,
}

impl ScopedMaintenance {
    pub(crate) fn new(inner: Arc<dyn Maintenance>, rights: Arc<BoundRights>) -> Self {
        Self { inner, rights }
    }

    fn refuse<T>(&self, what: &str) -> Result<T, StoreError> {
        Err(self.rights.forbidden(format!("{what}, which is about all experiments")))
    }
}

#[async_trait]
impl Maintenance for ScopedMaintenance {
    async fn storage(&self, experiment: ExperimentId) -> Result<StorageUse, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.storage(experiment).await
    }

    async fn size(&self) -> Result<StoreSize, StoreError> {
        self.refuse("the size of the store")
    }

    async fn expired(
        &self,
        experiment: ExperimentId,
        retention: Retention,
        now: TimestampMs,
    ) -> Result<Option<RetentionCursor>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.expired(experiment, retention, now).await
    }

    async fn oldest(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
        traces_max: usize,
    ) -> Result<Vec<TraceId>, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.oldest(experiment, before, traces_max).await
    }

    async fn share_before(
        &self,
        experiment: ExperimentId,
        before: &RetentionCursor,
    ) -> Result<TraceShare, StoreError> {
        self.rights.check(experiment).await?;
        self.inner.share_before(experiment, before).await
    }

    async fn clock_marks(&self) -> Result<ClockMarks, StoreError> {
        self.refuse("the time that was last seen")
    }

    async fn mark_clock(&self, _: ClockMark) -> Result<bool, StoreError> {
        self.refuse("the time that was last seen")
    }

    async fn reclaim(&self) -> Result<u64, StoreError> {
        self.refuse("reclaiming space")
    }

    async fn audit(&self, _: Box<dyn FnMut(u64) + Send>) -> Result<Audit, StoreError> {
        self.refuse("an audit")
    }

    async fn reprice(&self, _: Reprice, _: Pricer) -> Result<RepricedPage, StoreError> {
        self.refuse("repricing")
    }

    async fn optimize(&self) -> Result<(), StoreError> {
        self.refuse("renewing statistics")
    }

    async fn try_write(&self) -> Result<(), StoreError> {
        self.refuse("a trial write")
    }

    async fn back_up(&self, _: &Path) -> Result<Manifest, BackupError> {
        Ok(self.refuse("a backup")?)
    }

    fn unwritable(&self) -> Option<String> {
        self.inner.unwritable()
    }
}
