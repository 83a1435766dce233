//! Brings traces from the store to the archive, in batches of one experiment each.
//!
//! A batch is in the archive exactly once, wherever the process ends: the catalog of the store knows
//! an open batch and the names of its files, and the log of each table knows the last batch that was
//! committed to it.
mod backlog;
mod batch;
pub(crate) mod batch_writer;
mod compaction;
mod error;
mod experiment_tables;
pub(crate) mod locator;
mod owner;
mod rewriting;
mod settings;
mod status;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{Clock, ExperimentId, TimestampMs};
use kansoku_store::{
    ArchiveBatch, ArchiveCatalog, BatchFiles, BatchPlan, MetaStore, QueuedChange, StoreError,
    TraceStore,
};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use batch::BatchReader;
use batch_writer::BatchTarget;
use compaction::{Pace, Purpose, Schedule};
use experiment_tables::ExperimentTables;

pub use compaction::{CompactionBacklog, MergedFiles, compaction_backlogs};
pub use error::ArchiveError;
pub use settings::{ArchiveSettings, ENABLED_TAG, PREFIX_TAG, is_enabled};
pub use status::{ArchiveStatus, SharedStatus};

/// The most traces of a batch.
const TRACES_MAX: usize = 20_000;
/// Traces that were stored before, queued in one write.
const QUEUED_A_WRITE: usize = 2_000;
/// Traces whose root has not ended are archived after this time without changes.
const ABANDONED_MS: i64 = 600_000;
/// Replaced files stay for readers that have opened an older version of a table.
const REPLACED_KEPT_MS: i64 = 3_600_000;
/// Files with rows of deleted traces stay for queries that are running.
const ERASED_KEPT_MS: i64 = 60_000;
/// Files that are deleted at once.
const DELETED_AT_ONCE: usize = 100;

/// The stores that an archiver reads.
#[derive(Clone)]
pub struct ArchiveSource {
    pub traces: Arc<dyn TraceStore>,
    pub meta: Arc<dyn MetaStore>,
    pub catalog: Arc<dyn ArchiveCatalog>,
    pub clock: Arc<dyn Clock>,
}

/// When there may be something to do again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextRound {
    AfterInterval,
    /// Nothing is queued. Replaced files can be deleted, or files of a day merged, at this time.
    AfterChange {
        or_at: Option<TimestampMs>,
    },
}

async fn sleep_or_forever(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// The only writer of an archive.
pub struct Archiver {
    source: ArchiveSource,
    store: Arc<dyn ObjectStore>,
    store_id: String,
    settings: ArchiveSettings,
    tables: HashMap<ExperimentId, ExperimentTables>,
    schedule: Schedule,
    status: SharedStatus,
}

impl Archiver {
    /// Begins to queue changes of traces for the archive. Nothing is read from the archive yet: it may
    /// be away when the server starts.
    pub async fn begin(
        source: ArchiveSource,
        store: Arc<dyn ObjectStore>,
        settings: ArchiveSettings,
    ) -> Result<Self, ArchiveError> {
        let store_id = source.catalog.begin_archiving().await?;
        let (tables, status) = (HashMap::new(), SharedStatus::default());
        let schedule = Schedule::default();
        Ok(Self { source, store, store_id, settings, tables, schedule, status })
    }

    pub fn status(&self) -> SharedStatus {
        self.status.clone()
    }

    /// Archives until `stop` is cancelled; then the open batch is completed.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut changes = self.source.traces.changes();
        let mut pace = Pace::gentle(stop.clone());
        let mut next = NextRound::AfterInterval;
        let mut is_ready = false;
        while !stop.is_cancelled() {
            if let NextRound::AfterChange { or_at } = next {
                let due = or_at.map(|at| self.until(at));
                tokio::select! {
                    () = stop.cancelled() => return,
                    changed = changes.recv() => if let Err(RecvError::Closed) = changed { return },
                    () = sleep_or_forever(due) => {}
                }
            }
            let interval_end = Instant::now() + self.settings.every;
            // After a round that failed, batches may be open.
            if is_ready {
                pace.until(interval_end);
                self.compact_quietly(&mut pace).await;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep_until(interval_end) => {}
            }
            changes = changes.resubscribe();
            let round = self.round(&stop).await;
            is_ready = round.is_ok();
            next = match round {
                Ok(next) => next,
                Err(error) => {
                    self.status.failed(&error);
                    // It may have failed between two steps: the next round begins with the tables as
                    // they are.
                    self.tables.clear();
                    NextRound::AfterInterval
                }
            };
        }
    }

    /// Archives everything that is due.
    pub async fn round(&mut self, stop: &CancellationToken) -> Result<NextRound, ArchiveError> {
        self.prepare().await?;
        let catalog = self.source.catalog.clone();
        while catalog.queue_stored_traces(QUEUED_A_WRITE).await? {
            if stop.is_cancelled() {
                return Ok(NextRound::AfterInterval);
            }
        }
        let mut problem = None;
        for backlog in catalog.archive_backlogs().await? {
            match self.archive_experiment(backlog.experiment, stop).await {
                Ok(()) => {}
                // The other experiments have tables of their own.
                Err(error) => problem = Some(error),
            }
        }
        self.delete_files().await?;
        if let Some(error) = problem {
            return Err(error);
        }
        self.status.succeeded(self.now());
        let merge_at = self.next_merge().await?;
        let is_idle =
            self.source.waiting().await?.is_empty() && merge_at.is_none_or(|at| self.now() < at);
        match is_idle {
            true => {
                let deletion_at = catalog.next_deletion().await?;
                Ok(NextRound::AfterChange { or_at: deletion_at.into_iter().chain(merge_at).min() })
            }
            false => Ok(NextRound::AfterInterval),
        }
    }

    /// Makes this store the archive's writer, and completes what a process before began.
    async fn prepare(&mut self) -> Result<(), ArchiveError> {
        owner::claim(&self.store, &self.store_id).await?;
        for batch in self.source.catalog.open_batches().await? {
            self.recover(batch).await?;
        }
        Ok(())
    }

    fn until(&self, at: TimestampMs) -> Duration {
        Duration::from_millis(at.0.saturating_sub(self.now().0).try_into().unwrap_or(0))
    }

    fn now(&self) -> TimestampMs {
        self.source.clock.now()
    }

    async fn archive_experiment(
        &mut self,
        experiment: ExperimentId,
        stop: &CancellationToken,
    ) -> Result<(), ArchiveError> {
        let stored = match self.source.meta.experiment(experiment).await {
            Ok(stored) => stored,
            Err(StoreError::ExperimentNotFound(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let is_archived = is_enabled(&stored);
        if is_archived {
            let prefix = settings::wanted_prefix(&stored)?;
            self.source.catalog.archive_prefix(experiment, &prefix).await?;
        }
        while !stop.is_cancelled() {
            let now = self.now();
            let quiet = i64::try_from(self.settings.quiet.as_millis()).unwrap_or(i64::MAX);
            let plan = BatchPlan {
                experiment,
                quiet_since: TimestampMs(now.0.saturating_sub(quiet)),
                abandoned_since: TimestampMs(now.0.saturating_sub(ABANDONED_MS)),
                traces_max: TRACES_MAX,
                // Deleted traces leave the archive also if no others come.
                only_deleted: !is_archived,
            };
            let Some(batch) = self.source.catalog.plan_batch(plan).await? else { return Ok(()) };
            self.archive(&batch).await?;
        }
        Ok(())
    }

    /// Writes, commits and finishes a batch.
    async fn archive(&mut self, batch: &ArchiveBatch) -> Result<(), ArchiveError> {
        // Opened first: tables that cannot be written to cost no files.
        self.tables(batch, batch.number - 1).await?;
        let (experiment, now) = (batch.experiment, self.now());
        let reader = BatchReader { traces: &*self.source.traces, experiment, now };
        let catalog = self.source.catalog.clone();
        let files = match reader.write(self.target(batch), batch).await {
            Ok(files) => files,
            // Some of its rows may be in the files already.
            Err(ArchiveError::Trace { trace, source }) => {
                catalog.postpone_traces(experiment, std::slice::from_ref(&trace)).await?;
                catalog.drop_batch(experiment).await?;
                self.status.postponed(&ArchiveError::Trace { trace, source });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        catalog.batch_written(experiment, files.clone()).await?;
        self.complete(batch, &files, Purpose::Changes).await
    }

    /// The place of the files of a batch.
    fn target(&self, batch: &ArchiveBatch) -> BatchTarget {
        BatchTarget {
            store: self.store.clone(),
            catalog: self.source.catalog.clone(),
            experiment: batch.experiment,
            prefix: batch.prefix.clone(),
            layout: self.settings.layout,
            number: batch.number,
        }
    }

    async fn recover_experiment(&mut self, experiment: ExperimentId) -> Result<(), ArchiveError> {
        let open = self.source.catalog.open_batches().await?;
        match open.into_iter().find(|batch| batch.experiment == experiment) {
            Some(batch) => self.recover(batch).await,
            None => Ok(()),
        }
    }

    /// Does what is left to do of a batch that a process did not finish.
    async fn recover(&mut self, batch: ArchiveBatch) -> Result<(), ArchiveError> {
        let experiment = batch.experiment;
        let Some(files) = &batch.files else {
            return Ok(self.source.catalog.drop_batch(experiment).await?);
        };
        let live = self.source.catalog.archive_files(experiment).await?;
        let purpose = compaction::purpose(&batch, files, &live);
        self.complete(&batch, files, purpose).await
    }

    /// Commits and finishes a batch whose files are written.
    async fn complete(
        &mut self,
        batch: &ArchiveBatch,
        files: &BatchFiles,
        purpose: Purpose,
    ) -> Result<(), ArchiveError> {
        let (now, experiment) = (self.now(), batch.experiment);
        let tables = self.tables(batch, batch.number).await?;
        tables.commit(batch.number, files, purpose, now).await?;
        // The traces of a batch that another process wrote are not known.
        let is_erasing = purpose == Purpose::Changes
            && (batch.traces.is_empty()
                || batch.traces.iter().any(|trace| trace.change == QueuedChange::Deleted));
        let kept_ms = if is_erasing { ERASED_KEPT_MS } else { REPLACED_KEPT_MS };
        let delete_after = TimestampMs(now.0.saturating_add(kept_ms));
        self.source.catalog.finish_batch(experiment, delete_after).await?;
        self.schedule.forget(experiment);
        match purpose {
            Purpose::Changes => self.status.archived(batch.number, files),
            Purpose::Compaction => self.status.compacted(files),
        }
        Ok(())
    }

    /// The tables of a batch, which are opened once. Fails if they have a batch after `known_batch`.
    async fn tables(
        &mut self,
        batch: &ArchiveBatch,
        known_batch: i64,
    ) -> Result<&mut ExperimentTables, ArchiveError> {
        let now = self.now();
        match self.tables.entry(batch.experiment) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(vacant) => {
                let (prefix, layout) = (batch.prefix.clone(), self.settings.layout);
                let opened =
                    ExperimentTables::open(&self.store, &self.store_id, prefix, layout, now);
                let tables = opened.await?;
                tables.require_known(known_batch)?;
                Ok(vacant.insert(tables))
            }
        }
    }

    /// Deletes files that were replaced, or written in vain.
    async fn delete_files(&self) -> Result<(), ArchiveError> {
        loop {
            let paths = self.source.catalog.deletable_files(DELETED_AT_ONCE).await?;
            for path in &paths {
                match self.store.delete(&Path::from(path.as_str())).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(source) => {
                        return Err(ArchiveError::Unavailable {
                            doing: "delete a file of",
                            source,
                        });
                    }
                }
            }
            self.source.catalog.forget_files(&paths).await?;
            if paths.len() < DELETED_AT_ONCE {
                return Ok(());
            }
        }
    }
}
