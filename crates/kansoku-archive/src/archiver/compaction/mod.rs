//! Merges the many small files of batches into few large ones.
//!
//! A merge is a batch of the experiment without traces: it goes through the catalog and one commit,
//! and is exact wherever the process ends. An experiment has one open batch, so its traces wait while
//! files are merged, and merges begin only between two rounds of the archiver.
mod backlog;
mod input;
mod merge;
mod pace;
mod plan;

use std::collections::HashMap;

use kansoku_model::{ExperimentId, TimestampMs};
use kansoku_store::{ArchiveBatch, ArchiveFile, BatchFiles, POSTPONED_MS};
use tokio_util::sync::CancellationToken;

pub use backlog::{CompactionBacklog, compaction_backlogs};
pub(super) use pace::Pace;
use plan::{Merge, Plan, plan};

use super::batch_writer::table_folder;
use super::{ArchiveError, Archiver};

/// The reason why a batch exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Changes,
    /// The same rows in fewer files.
    Compaction,
}

/// Files that were merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedFiles {
    /// The name of the table.
    pub table: String,
    pub files: usize,
    /// The size of the new file.
    pub bytes: u64,
}

/// The merges that are known to be due.
#[derive(Default)]
pub(super) struct Schedule {
    plans: HashMap<ExperimentId, Plan>,
    /// When merges that failed are tried again, by experiment, table and day.
    postponed: HashMap<(ExperimentId, &'static str, i64), TimestampMs>,
}

impl Schedule {
    /// The files of an experiment changed.
    pub(super) fn forget(&mut self, experiment: ExperimentId) {
        self.plans.remove(&experiment);
    }

    /// When a merge is due; `None` if that depends on files that are not there yet.
    pub(super) fn next(&self, now: TimestampMs) -> Option<TimestampMs> {
        let merges = self.plans.iter().flat_map(|(experiment, plan)| {
            plan.merges.iter().map(|merge| self.due(*experiment, merge).max(now))
        });
        let closes = self.plans.values().filter_map(|plan| plan.closes);
        merges.chain(closes).min()
    }

    fn due(&self, experiment: ExperimentId, merge: &Merge) -> TimestampMs {
        let key = (experiment, merge.table.suffix(), merge.day);
        self.postponed.get(&key).copied().unwrap_or(TimestampMs(i64::MIN))
    }

    /// The smallest merge that is due.
    fn first(&self, now: TimestampMs) -> Option<(ExperimentId, Merge)> {
        let merges = self.plans.iter().flat_map(|(experiment, plan)| {
            plan.merges.iter().map(move |merge| (*experiment, merge))
        });
        let due = merges.filter(|(experiment, merge)| self.due(*experiment, merge) <= now);
        let first = due.min_by_key(|(experiment, merge)| (merge.bytes(), experiment.0));
        first.map(|(experiment, merge)| (experiment, merge.clone()))
    }

    fn postpone(&mut self, experiment: ExperimentId, merge: &Merge, until: TimestampMs) {
        self.postponed.insert((experiment, merge.table.suffix(), merge.day), until);
    }
}

impl Archiver {
    /// Merges all files that are to be merged. No other process may archive meanwhile.
    pub async fn compact_now(
        &mut self,
        stop: &CancellationToken,
        progress: &mut (dyn FnMut(MergedFiles) + Send),
    ) -> Result<(), ArchiveError> {
        self.prepare().await?;
        self.compact(&mut Pace::full_speed(stop.clone()), progress).await?;
        self.delete_files().await
    }

    /// Merges files until a round is due, which completes what this could not.
    pub(super) async fn compact_quietly(&mut self, pace: &mut Pace) {
        if let Err(error) = self.compact(pace, &mut drop).await {
            self.status.not_compacted(&error);
            self.tables.clear();
        }
    }

    /// Merges files until nothing is to be merged, or the pace says so. A merge that fails is logged,
    /// and tried again in an hour.
    async fn compact(
        &mut self,
        pace: &mut Pace,
        progress: &mut (dyn FnMut(MergedFiles) + Send),
    ) -> Result<(), ArchiveError> {
        while pace.begin().await {
            self.plan_merges().await?;
            let now = self.now();
            let Some((experiment, merge)) = self.schedule.first(now) else { return Ok(()) };
            match self.merge(experiment, &merge, pace).await {
                Ok(Some(merged)) => progress(merged),
                Ok(None) => {}
                Err(error) => {
                    self.status.not_compacted(&error);
                    let until = TimestampMs(now.0.saturating_add(POSTPONED_MS));
                    self.schedule.postpone(experiment, &merge, until);
                    self.tables.remove(&experiment);
                    self.recover_experiment(experiment).await?;
                }
            }
        }
        Ok(())
    }

    /// When something is to be merged.
    pub(super) async fn next_merge(&mut self) -> Result<Option<TimestampMs>, ArchiveError> {
        self.plan_merges().await?;
        Ok(self.schedule.next(self.now()))
    }

    /// Plans the merges of experiments whose files changed, or one of whose days closed.
    async fn plan_merges(&mut self) -> Result<(), ArchiveError> {
        let (now, catalog) = (self.now(), self.source.catalog.clone());
        for size in catalog.archive_sizes().await? {
            let known = self.schedule.plans.get(&size.experiment);
            if known.is_none_or(|plan| plan.closes.is_some_and(|closes| closes <= now)) {
                let files = catalog.archive_files(size.experiment).await?;
                self.schedule.plans.insert(size.experiment, plan(files, now));
            }
        }
        Ok(())
    }

    /// Merges files, commits and finishes the batch. `None` if it was told to stop, or another program
    /// replaced the files.
    async fn merge(
        &mut self,
        experiment: ExperimentId,
        merge: &Merge,
        pace: &mut Pace,
    ) -> Result<Option<MergedFiles>, ArchiveError> {
        let catalog = self.source.catalog.clone();
        let batch = catalog.plan_rewrite(experiment).await?;
        let tables = self.tables(&batch, batch.number - 1).await?;
        if !tables.contain(merge.table, &merge.files).await? {
            let until = TimestampMs(self.now().0.saturating_add(POSTPONED_MS));
            self.schedule.postpone(experiment, merge, until);
            catalog.drop_batch(experiment).await?;
            return Ok(None);
        }
        let Some(file) = merge::merge(&self.target(&batch), merge, pace).await? else {
            catalog.drop_batch(experiment).await?;
            return Ok(None);
        };
        let merged = MergedFiles {
            table: table_folder(&batch.prefix, merge.table),
            files: merge.files.len(),
            bytes: file.bytes,
        };
        let removed = merge.files.iter().map(|file| file.path.clone()).collect();
        let files = BatchFiles { added: vec![file], removed };
        catalog.batch_written(experiment, files.clone()).await?;
        self.complete(&batch, &files, Purpose::Compaction).await?;
        Ok(Some(merged))
    }
}

/// The purpose of a batch that another process wrote: a merge has the rows of the files that it
/// removes, which are all from earlier batches, and no others.
pub(super) fn purpose(batch: &ArchiveBatch, files: &BatchFiles, live: &[ArchiveFile]) -> Purpose {
    let removed = live.iter().filter(|file| files.removed.contains(&file.path));
    let removed: u64 = removed.map(|file| file.rows).sum();
    let added: u64 = files.added.iter().map(|file| file.rows).sum();
    let is_earlier = files.added.iter().all(|file| file.last_batch < batch.number);
    match is_earlier && 0 < added && added == removed {
        true => Purpose::Compaction,
        false => Purpose::Changes,
    }
}
