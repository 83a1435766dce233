//! The catalog of an archive: which traces it lacks, and which files it consists of.
//!
//! The archive itself is files in another place. A batch brings traces there exactly once: it is
//! planned here, its files are reserved and written, they are named here, committed to the logs of
//! their tables, and the batch is finished here. Wherever a process ends in between, the next one
//! finds the open batch and what is left to do.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};

use crate::{RowGroupIndex, StoreError, TraceRows};

/// How long a trace that cannot be archived waits until that is tried again.
pub const POSTPONED_MS: i64 = 3_600_000;

#[async_trait]
pub trait ArchiveCatalog: Send + Sync {
    /// Queues each trace that changes from now on, in the commit that changes it. Returns a random
    /// id of this store, which stays the same.
    async fn begin_archiving(&self) -> Result<String, StoreError>;

    /// Queues some of the traces that were stored before, at most `traces_max`. Returns whether some
    /// are left.
    async fn queue_stored_traces(&self, traces_max: usize) -> Result<bool, StoreError>;

    /// The queued traces by experiment.
    async fn archive_backlogs(&self) -> Result<Vec<ArchiveBacklog>, StoreError>;

    /// The prefix of the names of an experiment's tables: `wanted`, or the one that it has already.
    /// Fails if another experiment has it.
    async fn archive_prefix(
        &self,
        experiment: ExperimentId,
        wanted: &str,
    ) -> Result<String, StoreError>;

    /// Opens a batch, which the experiment must have none of. `None` if no trace is due.
    async fn plan_batch(&self, plan: BatchPlan) -> Result<Option<ArchiveBatch>, StoreError>;

    /// Opens a batch without traces, which only replaces files.
    async fn plan_rewrite(&self, experiment: ExperimentId) -> Result<ArchiveBatch, StoreError>;

    /// The open batches: a process ended before it finished them.
    async fn open_batches(&self) -> Result<Vec<ArchiveBatch>, StoreError>;

    /// Names a file before it is written, so that it is deleted if the batch is dropped.
    async fn reserve_file(&self, experiment: ExperimentId, path: &str) -> Result<(), StoreError>;

    /// Traces that cannot be archived as they are: they leave the open batch, and are due again in
    /// an hour.
    async fn postpone_traces(
        &self,
        experiment: ExperimentId,
        traces: &[TraceId],
    ) -> Result<(), StoreError>;

    /// All files of the open batch are written. From now on it can only be finished.
    async fn batch_written(
        &self,
        experiment: ExperimentId,
        files: BatchFiles,
    ) -> Result<(), StoreError>;

    /// The files of the open batch are committed to the logs of their tables. The files that it
    /// removed can be deleted at `delete_after`; so can those that were removed before, if they are
    /// still there, because they may have the same rows.
    async fn finish_batch(
        &self,
        experiment: ExperimentId,
        delete_after: TimestampMs,
    ) -> Result<(), StoreError>;

    /// Gives up an open batch whose files are not written. Its traces stay queued.
    async fn drop_batch(&self, experiment: ExperimentId) -> Result<(), StoreError>;

    /// The files of an experiment's tables, without those of the open batch.
    async fn archive_files(&self, experiment: ExperimentId)
    -> Result<Vec<ArchiveFile>, StoreError>;

    /// The locator of a file, sorted; empty if there is no such file.
    async fn file_locator(&self, path: &str) -> Result<Vec<TraceRows>, StoreError>;

    /// Removed files that can be deleted now, at most `files_max`.
    async fn deletable_files(&self, files_max: usize) -> Result<Vec<String>, StoreError>;

    /// When the next removed file can be deleted; `None` if there is none.
    async fn next_deletion(&self) -> Result<Option<TimestampMs>, StoreError>;

    /// The files were deleted.
    async fn forget_files(&self, paths: &[String]) -> Result<(), StoreError>;

    /// Stored traces that are not queued, of experiments with tables: these must have their rows. They
    /// come in the order of their ids, at most `traces_max` after the trace `after`.
    async fn unqueued_traces(
        &self,
        after: Option<&TraceId>,
        traces_max: usize,
    ) -> Result<Vec<(ExperimentId, TraceId)>, StoreError>;

    /// The size of the archive by experiment.
    async fn archive_sizes(&self) -> Result<Vec<ArchiveSize>, StoreError>;
}

/// Traces of an experiment that changed since they were archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveBacklog {
    pub experiment: ExperimentId,
    pub traces: u64,
    /// When the trace changed that waits longest.
    pub oldest_change: TimestampMs,
}

/// The conditions under which traces are due for a batch. Deleted ones are due at once.
#[derive(Clone, Copy, Debug)]
pub struct BatchPlan {
    pub experiment: ExperimentId,
    /// Complete traces are due that have not changed since.
    pub quiet_since: TimestampMs,
    /// Traces whose root has not ended are due that have not changed since.
    pub abandoned_since: TimestampMs,
    pub traces_max: usize,
    /// Only traces that are no longer stored in the experiment are due.
    pub only_deleted: bool,
}

/// Changes of the archive of one experiment that become visible together.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveBatch {
    pub experiment: ExperimentId,
    /// The prefix of the names of the experiment's tables.
    pub prefix: String,
    /// Larger than those of all batches of the experiment before.
    pub number: i64,
    pub traces: Vec<QueuedTrace>,
    /// The files, if they are written.
    pub files: Option<BatchFiles>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedTrace {
    pub trace_id: TraceId,
    /// `None` if the trace is no longer stored in the experiment.
    pub request_time: Option<TimestampMs>,
    /// The position of the trace's last change in the queue.
    pub sequence: i64,
    /// The batches with its rows, if the trace was archived before.
    pub archived_in: Option<ArchivedIn>,
    pub change: QueuedChange,
}

/// The batches that archived a trace last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchivedIn {
    /// Its spans and log records.
    pub spans: i64,
    /// The rest, which is written again with each change.
    pub info: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueuedChange {
    /// The trace is new, or got spans or log records.
    Spans,
    /// Only its info, assessments or links changed.
    Info,
    /// The trace was deleted, or moved to another experiment.
    Deleted,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchFiles {
    pub added: Vec<ArchiveFile>,
    /// Paths of files whose rows are in added files, or erased.
    pub removed: Vec<String>,
}

/// A file of a table of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveFile {
    /// The path in the archive.
    pub path: String,
    /// The table's name without prefix.
    pub table: String,
    /// The rows are from batches of this range.
    pub first_batch: i64,
    pub last_batch: i64,
    pub bytes: u64,
    pub rows: u64,
    /// The times of the earliest and the latest trace.
    pub min_time: TimestampMs,
    pub max_time: TimestampMs,
    /// Statistics for the table's log.
    pub statistics: String,
    pub footer_checksum: u64,
    /// The rows of each trace. Empty in lists of files, as are the row groups.
    pub locator: Vec<TraceRows>,
    /// The row groups of a table of traces.
    pub row_groups: Vec<RowGroupIndex>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSize {
    pub experiment: ExperimentId,
    pub prefix: String,
    pub files: u64,
    pub bytes: u64,
    /// The rows of the table of traces.
    pub traces: u64,
    /// The rows of the table of spans.
    pub spans: u64,
}
