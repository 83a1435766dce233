//! [`ArchiveCatalog`] on SQLite.
mod batches;
pub(crate) mod expired;
mod files;
mod index;
mod locators;
pub(crate) mod queue;
mod row_groups;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};

use crate::SqliteStore;
use crate::engine::tx::Tx;
use kansoku_store::{
    ArchiveBacklog, ArchiveBatch, ArchiveCatalog, ArchiveFile, ArchiveSize, BatchFiles, BatchPlan,
    StoreError, TraceRows,
};

/// Number of traces that one write takes out of the queue, so that ingest never waits for long.
const SETTLED_A_WRITE: usize = 500;

#[async_trait]
impl ArchiveCatalog for SqliteStore {
    async fn begin_archiving(&self) -> Result<String, StoreError> {
        self.write("begin to archive", queue::begin).await
    }

    async fn queue_stored_traces(&self, traces_max: usize) -> Result<bool, StoreError> {
        let now = self.options.clock.now();
        let queue = move |tx: &Tx<'_>| queue::queue_stored(tx, traces_max, now);
        self.write("queue stored traces for the archive", queue).await
    }

    async fn archive_backlogs(&self) -> Result<Vec<ArchiveBacklog>, StoreError> {
        self.read("count the traces that wait for the archive", queue::backlogs).await
    }

    async fn archive_prefix(
        &self,
        experiment: ExperimentId,
        wanted: &str,
    ) -> Result<String, StoreError> {
        let wanted = wanted.to_owned();
        let prefix = move |tx: &Tx<'_>| queue::prefix(tx, experiment, &wanted);
        self.write("name the tables of an experiment", prefix).await
    }

    async fn plan_batch(&self, plan: BatchPlan) -> Result<Option<ArchiveBatch>, StoreError> {
        // The writer only opens the batch: finding its traces takes long.
        let due = self.read("find traces to archive", move |db| batches::due(db, plan)).await?;
        if due.traces.is_empty() && due.forgotten.is_empty() {
            return Ok(None);
        }
        let open = move |tx: &Tx<'_>| batches::open_due(tx, plan.experiment, due);
        self.write("plan a batch of the archive", open).await
    }

    async fn plan_rewrite(&self, experiment: ExperimentId) -> Result<ArchiveBatch, StoreError> {
        let open = move |tx: &Tx<'_>| batches::open(tx, experiment, Vec::new());
        self.write("plan a batch of the archive", open).await
    }

    async fn open_batches(&self) -> Result<Vec<ArchiveBatch>, StoreError> {
        self.read("read the open batches of the archive", batches::all_open).await
    }

    async fn reserve_file(&self, experiment: ExperimentId, path: &str) -> Result<(), StoreError> {
        let path = path.to_owned();
        let reserve = move |tx: &Tx<'_>| files::reserve(tx, experiment, &path);
        self.write("reserve a file of the archive", reserve).await
    }

    async fn postpone_traces(
        &self,
        experiment: ExperimentId,
        traces: &[TraceId],
    ) -> Result<(), StoreError> {
        if traces.is_empty() {
            return Ok(());
        }
        let (traces, now) = (traces.to_vec(), self.options.clock.now());
        let postpone = move |tx: &Tx<'_>| batches::postpone(tx, experiment, &traces, now);
        self.write("postpone traces of a batch", postpone).await
    }

    async fn batch_written(
        &self,
        experiment: ExperimentId,
        files: BatchFiles,
    ) -> Result<(), StoreError> {
        let written = move |tx: &Tx<'_>| {
            batches::number(tx, experiment)?;
            files::write(tx, experiment, &files)?;
            batches::mark_written(tx, experiment)
        };
        self.write("store the files of a batch", written).await
    }

    async fn finish_batch(
        &self,
        experiment: ExperimentId,
        delete_after: TimestampMs,
    ) -> Result<(), StoreError> {
        let traces = move |db: &_| {
            let (number, _) = batches::number(db, experiment)?;
            Ok((number, batches::traces(db, experiment)?))
        };
        let (number, traces) = self.read("read the open batch of the archive", traces).await?;
        for some in traces.chunks(SETTLED_A_WRITE) {
            let some = some.to_vec();
            let settle = move |tx: &Tx<'_>| batches::settle(tx, experiment, number, &some);
            self.write("take archived traces out of the queue", settle).await?;
        }
        let now = self.options.clock.now();
        let finish = move |tx: &Tx<'_>| {
            files::finish(tx, experiment, delete_after, now)?;
            batches::close(tx, experiment)
        };
        self.write("finish a batch of the archive", finish).await
    }

    async fn drop_batch(&self, experiment: ExperimentId) -> Result<(), StoreError> {
        let now = self.options.clock.now();
        let drop = move |tx: &Tx<'_>| batches::drop_open(tx, experiment, now);
        self.write("drop a batch of the archive", drop).await
    }

    async fn archive_files(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<ArchiveFile>, StoreError> {
        self.read("list the files of the archive", move |db| files::live(db, experiment)).await
    }

    async fn file_locator(&self, path: &str) -> Result<Vec<TraceRows>, StoreError> {
        let path = path.to_owned();
        self.read("read the locator of a file", move |db| locators::read(db, &path)).await
    }

    async fn deletable_files(&self, files_max: usize) -> Result<Vec<String>, StoreError> {
        let now = self.options.clock.now();
        let list = move |db: &_| files::deletable(db, now, files_max);
        self.read("list removed files of the archive", list).await
    }

    async fn next_deletion(&self) -> Result<Option<TimestampMs>, StoreError> {
        self.read("look for removed files of the archive", files::next_deletion).await
    }

    async fn forget_files(&self, paths: &[String]) -> Result<(), StoreError> {
        let paths = paths.to_vec();
        self.write("forget deleted files of the archive", move |tx| files::forget(tx, &paths)).await
    }

    async fn unqueued_traces(
        &self,
        after: Option<&TraceId>,
        traces_max: usize,
    ) -> Result<Vec<(ExperimentId, TraceId)>, StoreError> {
        let after = after.cloned();
        let list = move |db: &_| queue::unqueued(db, after.as_ref(), traces_max);
        self.read("list traces that are archived", list).await
    }

    async fn archive_sizes(&self) -> Result<Vec<ArchiveSize>, StoreError> {
        self.read("measure the archive", files::sizes).await
    }
}
