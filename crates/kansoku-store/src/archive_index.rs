//! Traces that are only in the archive: expired here, and found there by their rows and times.
use std::collections::HashMap;

use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};
use xxhash_rust::xxh3::xxh3_64;

use crate::{ArchiveFile, ArchivedIn, StoreError};

#[async_trait]
pub trait ArchiveIndex: Send + Sync {
    /// By experiment, the time of the newest trace that is only in the archive. The trace may be
    /// deleted or restored since.
    async fn archive_floors(&self) -> Result<HashMap<ExperimentId, TimestampMs>, StoreError>;

    /// Those of these traces that are only in the archive, with their experiments.
    async fn expired_traces(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError>;

    /// The number of an experiment's traces that are only in the archive.
    async fn count_expired(&self, experiment: ExperimentId) -> Result<u64, StoreError>;

    /// The files of a table that have rows of these traces, with those rows. Two traces may have the
    /// same hash, so the rows must be compared with the trace, too.
    async fn locate(
        &self,
        experiment: ExperimentId,
        table: &str,
        traces: &[TraceId],
    ) -> Result<Vec<LocatedRows>, StoreError>;

    /// A page of the row groups of an experiment's table of traces, newest first.
    async fn row_groups(&self, page: RowGroupPage) -> Result<Vec<LocatedRowGroup>, StoreError>;

    /// Deletes traces that are only in the archive: nobody sees them from now on, and the next batch
    /// removes their rows. Returns those that existed.
    async fn delete_expired(
        &self,
        experiment: ExperimentId,
        traces: Vec<(TraceId, ArchivedIn)>,
    ) -> Result<Vec<TraceId>, StoreError>;

    /// Notes that a trace is going to be stored again. Until this is finished, it counts as expired
    /// and is not archived again.
    async fn begin_restore(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
    ) -> Result<(), StoreError>;

    /// The trace is stored again, with everything that the archive has of it.
    async fn finish_restore(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
        archived_in: ArchivedIn,
    ) -> Result<(), StoreError>;

    /// Traces whose restoring a process did not finish.
    async fn open_restores(&self) -> Result<Vec<(TraceId, ExperimentId)>, StoreError>;
}

/// The hash by which the rows of a trace are found. It is stored, and must never change.
pub fn trace_hash(trace: &TraceId) -> u64 {
    xxh3_64(trace.as_str().as_bytes())
}

/// Consecutive rows of a trace in one row group of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraceRows {
    /// The [`trace_hash`] of the trace.
    pub trace: u64,
    pub row_group: u32,
    /// The first row, counted within the row group.
    pub first: u32,
    pub rows: u32,
}

/// A row group of a table of traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowGroupIndex {
    pub rows: u64,
    /// The times of the earliest and the latest trace.
    pub min_time: TimestampMs,
    pub max_time: TimestampMs,
    /// The terms of the traces, in a form of the archive's own.
    pub terms: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LocatedRows {
    /// Without locator and row groups.
    pub file: ArchiveFile,
    pub rows: Vec<TraceRows>,
}

#[derive(Clone, Debug)]
pub struct RowGroupPage {
    pub experiment: ExperimentId,
    /// The range includes both ends.
    pub from: Option<TimestampMs>,
    pub to: Option<TimestampMs>,
    /// The last row group of the page before.
    pub after: Option<RowGroupPosition>,
    pub max_results: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LocatedRowGroup {
    pub position: RowGroupPosition,
    /// Without locator and row groups.
    pub file: ArchiveFile,
    pub row_group: u32,
    pub index: RowGroupIndex,
}

/// The order of row groups: by their latest trace, and then by path and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowGroupPosition {
    pub max_time: TimestampMs,
    pub path: String,
    pub row_group: u32,
}
