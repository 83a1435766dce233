//! The catalog of the archive.
mod index;
mod queue;

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};

pub(super) use queue::Changed;
use queue::Queued;

use super::ReferenceStore;
use crate::{
    ArchiveBacklog, ArchiveBatch, ArchiveCatalog, ArchiveFile, ArchiveSize, ArchivedIn, BatchFiles,
    BatchPlan, POSTPONED_MS, QueuedTrace, StoreError, TraceRows,
};

#[derive(Default)]
pub(super) struct Archive {
    is_begun: bool,
    sequence: i64,
    queue: BTreeMap<(ExperimentId, TraceId), Queued>,
    /// The experiments and batches that archived the stored traces last.
    archived: BTreeMap<TraceId, (ExperimentId, ArchivedIn)>,
    experiments: BTreeMap<ExperimentId, Archived>,
    files: BTreeMap<String, StoredFile>,
    /// The traces that are only in the archive.
    expired: HashMap<TraceId, ExperimentId>,
    floors: HashMap<ExperimentId, TimestampMs>,
    restores: BTreeMap<TraceId, ExperimentId>,
}

struct Archived {
    prefix: String,
    last_batch: i64,
    open: Option<ArchiveBatch>,
}

struct StoredFile {
    experiment: ExperimentId,
    stage: FileStage,
    file: Option<ArchiveFile>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FileStage {
    Reserved,
    Written,
    Live,
    Leaving,
    Removed { delete_after: TimestampMs },
}

impl Archive {
    fn experiment(&mut self, id: ExperimentId) -> Result<&mut Archived, StoreError> {
        let missing = || StoreError::Invalid(format!("experiment `{id}` is not archived"));
        self.experiments.get_mut(&id).ok_or_else(missing)
    }

    fn open(
        &mut self,
        experiment: ExperimentId,
        traces: Vec<QueuedTrace>,
    ) -> Result<ArchiveBatch, StoreError> {
        let archived = self.experiment(experiment)?;
        archived.last_batch += 1;
        let (prefix, number) = (archived.prefix.clone(), archived.last_batch);
        let batch = ArchiveBatch { experiment, prefix, number, traces, files: None };
        archived.open = Some(batch.clone());
        Ok(batch)
    }

    fn move_files(&mut self, experiment: ExperimentId, from: FileStage, to: FileStage) {
        let here = self.files.values_mut().filter(|file| file.experiment == experiment);
        here.filter(|file| file.stage == from).for_each(|file| file.stage = to);
    }

    fn live(&self, experiment: ExperimentId) -> impl Iterator<Item = &ArchiveFile> {
        let is_live = move |file: &&StoredFile| {
            file.experiment == experiment
                && matches!(file.stage, FileStage::Live | FileStage::Leaving)
        };
        self.files.values().filter(is_live).filter_map(|file| file.file.as_ref())
    }
}

/// A file as lists have it.
fn without_rows(file: &ArchiveFile) -> ArchiveFile {
    ArchiveFile { locator: Vec::new(), row_groups: Vec::new(), ..file.clone() }
}

#[async_trait]
impl ArchiveCatalog for ReferenceStore {
    async fn begin_archiving(&self) -> Result<String, StoreError> {
        self.state().archive.is_begun = true;
        Ok("reference".to_owned())
    }

    async fn queue_stored_traces(&self, _: usize) -> Result<bool, StoreError> {
        let now = self.now();
        let mut state = self.state();
        let stored = state.traces.values().map(|trace| (trace.row.experiment, trace.id.clone()));
        for (experiment, trace) in stored.collect::<Vec<_>>() {
            let is_known = state.archive.archived.contains_key(&trace)
                || state.archive.is_queued(experiment, &trace);
            if !is_known {
                state.archive.note(experiment, &trace, Changed::Spans, now);
            }
        }
        Ok(false)
    }

    async fn archive_backlogs(&self) -> Result<Vec<ArchiveBacklog>, StoreError> {
        let state = self.state();
        let mut backlogs: BTreeMap<ExperimentId, ArchiveBacklog> = BTreeMap::new();
        for ((experiment, _), queued) in &state.archive.queue {
            let (experiment, oldest_change) = (*experiment, queued.changed);
            let none = ArchiveBacklog { experiment, traces: 0, oldest_change };
            let backlog = backlogs.entry(experiment).or_insert(none);
            backlog.traces += 1;
            backlog.oldest_change = backlog.oldest_change.min(oldest_change);
        }
        Ok(backlogs.into_values().collect())
    }

    async fn archive_prefix(
        &self,
        experiment: ExperimentId,
        wanted: &str,
    ) -> Result<String, StoreError> {
        let mut state = self.state();
        let experiments = &mut state.archive.experiments;
        if let Some(archived) = experiments.get(&experiment) {
            return Ok(archived.prefix.clone());
        }
        if experiments.values().any(|archived| archived.prefix == wanted) {
            return Err(StoreError::Invalid(format!("the prefix `{wanted}` is taken")));
        }
        let prefix = wanted.to_owned();
        experiments.insert(experiment, Archived { prefix, last_batch: 0, open: None });
        Ok(wanted.to_owned())
    }

    async fn plan_batch(&self, plan: BatchPlan) -> Result<Option<ArchiveBatch>, StoreError> {
        let mut state = self.state();
        let traces = state.due(plan);
        match traces.is_empty() {
            true => Ok(None),
            false => state.archive.open(plan.experiment, traces).map(Some),
        }
    }

    async fn plan_rewrite(&self, experiment: ExperimentId) -> Result<ArchiveBatch, StoreError> {
        self.state().archive.open(experiment, Vec::new())
    }

    async fn open_batches(&self) -> Result<Vec<ArchiveBatch>, StoreError> {
        let state = self.state();
        let open = state.archive.experiments.values().filter_map(|it| it.open.clone());
        Ok(open.map(|batch| ArchiveBatch { traces: Vec::new(), ..batch }).collect())
    }

    async fn reserve_file(&self, experiment: ExperimentId, path: &str) -> Result<(), StoreError> {
        let file = StoredFile { experiment, stage: FileStage::Reserved, file: None };
        self.state().archive.files.insert(path.to_owned(), file);
        Ok(())
    }

    async fn postpone_traces(
        &self,
        experiment: ExperimentId,
        traces: &[TraceId],
    ) -> Result<(), StoreError> {
        let due = TimestampMs(self.now().0 + POSTPONED_MS);
        let mut state = self.state();
        for trace in traces {
            if let Some(queued) = state.archive.queue.get_mut(&(experiment, trace.clone())) {
                queued.changed = due;
            }
        }
        if let Some(batch) = &mut state.archive.experiment(experiment)?.open {
            batch.traces.retain(|trace| !traces.contains(&trace.trace_id));
        }
        Ok(())
    }

    async fn batch_written(
        &self,
        experiment: ExperimentId,
        files: BatchFiles,
    ) -> Result<(), StoreError> {
        let missing = |path: &str| StoreError::Invalid(format!("there is no file `{path}`"));
        let mut state = self.state();
        let archive = &mut state.archive;
        for file in &files.added {
            let stored = archive.files.get_mut(&file.path).ok_or_else(|| missing(&file.path))?;
            (stored.stage, stored.file) = (FileStage::Written, Some(file.clone()));
        }
        for path in &files.removed {
            let stored = archive.files.get_mut(path).ok_or_else(|| missing(path))?;
            stored.stage = FileStage::Leaving;
        }
        let added = files.added.iter().map(without_rows).collect();
        let files = BatchFiles { added, removed: files.removed };
        if let Some(batch) = &mut archive.experiment(experiment)?.open {
            batch.files = Some(files);
        }
        Ok(())
    }

    async fn finish_batch(
        &self,
        experiment: ExperimentId,
        delete_after: TimestampMs,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let open = state.archive.experiment(experiment)?.open.take();
        let batch = open.ok_or_else(|| StoreError::Invalid("no batch is open".to_owned()))?;
        for trace in &batch.traces {
            state.settle_archived(experiment, batch.number, trace);
        }
        let removed = FileStage::Removed { delete_after };
        for file in state.archive.files.values_mut().filter(|file| file.experiment == experiment) {
            if let FileStage::Removed { delete_after: at } = &mut file.stage {
                *at = delete_after.min(*at);
            }
        }
        state.archive.move_files(experiment, FileStage::Leaving, removed);
        state.archive.move_files(experiment, FileStage::Written, FileStage::Live);
        let unused = FileStage::Removed { delete_after: now };
        state.archive.move_files(experiment, FileStage::Reserved, unused);
        Ok(())
    }

    async fn drop_batch(&self, experiment: ExperimentId) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let archived = state.archive.experiment(experiment)?;
        if archived.open.as_ref().is_some_and(|batch| batch.files.is_some()) {
            return Err(StoreError::Invalid("the batch is written".to_owned()));
        }
        archived.open = None;
        let unused = FileStage::Removed { delete_after: now };
        state.archive.move_files(experiment, FileStage::Reserved, unused);
        Ok(())
    }

    async fn archive_files(
        &self,
        experiment: ExperimentId,
    ) -> Result<Vec<ArchiveFile>, StoreError> {
        let state = self.state();
        let mut files: Vec<_> = state.archive.live(experiment).map(without_rows).collect();
        files.sort_by(|a, b| (a.first_batch, &a.path).cmp(&(b.first_batch, &b.path)));
        Ok(files)
    }

    async fn file_locator(&self, path: &str) -> Result<Vec<TraceRows>, StoreError> {
        let state = self.state();
        let file = state.archive.files.get(path).and_then(|stored| stored.file.as_ref());
        let mut locator = file.map(|file| file.locator.clone()).unwrap_or_default();
        locator.sort_unstable();
        Ok(locator)
    }

    async fn deletable_files(&self, files_max: usize) -> Result<Vec<String>, StoreError> {
        let now = self.now();
        let state = self.state();
        let is_deletable = |file: &StoredFile| match file.stage {
            FileStage::Removed { delete_after } => delete_after <= now,
            _ => false,
        };
        let files = state.archive.files.iter().filter(|(_, file)| is_deletable(file));
        Ok(files.map(|(path, _)| path.clone()).take(files_max).collect())
    }

    async fn next_deletion(&self) -> Result<Option<TimestampMs>, StoreError> {
        let state = self.state();
        let times = state.archive.files.values().filter_map(|file| match file.stage {
            FileStage::Removed { delete_after } => Some(delete_after),
            _ => None,
        });
        Ok(times.min())
    }

    async fn forget_files(&self, paths: &[String]) -> Result<(), StoreError> {
        let mut state = self.state();
        paths.iter().for_each(|path| drop(state.archive.files.remove(path)));
        Ok(())
    }

    async fn unqueued_traces(
        &self,
        after: Option<&TraceId>,
        traces_max: usize,
    ) -> Result<Vec<(ExperimentId, TraceId)>, StoreError> {
        let state = self.state();
        let archive = &state.archive;
        let traces = state.traces.values().map(|trace| (trace.row.experiment, trace.id.clone()));
        let mut unqueued: Vec<_> = traces
            .filter(|(_, trace)| after.is_none_or(|after| after < trace))
            .filter(|(experiment, _)| archive.experiments.contains_key(experiment))
            .filter(|(experiment, trace)| !archive.is_queued(*experiment, trace))
            .collect();
        unqueued.sort_by(|(_, a), (_, b)| a.cmp(b));
        unqueued.truncate(traces_max);
        Ok(unqueued)
    }

    async fn archive_sizes(&self) -> Result<Vec<ArchiveSize>, StoreError> {
        let state = self.state();
        let archive = &state.archive;
        let size = |(experiment, archived): (&ExperimentId, &Archived)| {
            let rows = |table: &str| {
                let files = archive.live(*experiment).filter(|file| file.table == table);
                files.map(|file| file.rows).sum()
            };
            ArchiveSize {
                experiment: *experiment,
                prefix: archived.prefix.clone(),
                files: archive.live(*experiment).count() as u64,
                bytes: archive.live(*experiment).map(|file| file.bytes).sum(),
                traces: rows("traces"),
                spans: rows("otel_spans"),
            }
        };
        Ok(archive.experiments.iter().map(size).collect())
    }
}
