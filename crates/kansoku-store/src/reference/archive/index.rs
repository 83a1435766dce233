//! Traces that are only in the archive.
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use kansoku_model::{ExperimentId, TimestampMs, TraceId};

use super::{ArchiveFile, Changed, without_rows};
use crate::reference::ReferenceStore;
use crate::{
    ArchiveIndex, ArchivedIn, LocatedRowGroup, LocatedRows, RowGroupPage, RowGroupPosition,
    StoreError, TraceRows, trace_hash,
};

#[async_trait]
impl ArchiveIndex for ReferenceStore {
    async fn archive_floors(&self) -> Result<HashMap<ExperimentId, TimestampMs>, StoreError> {
        Ok(self.state().archive.floors.clone())
    }

    async fn expired_traces(
        &self,
        traces: &[TraceId],
    ) -> Result<HashMap<TraceId, ExperimentId>, StoreError> {
        let state = self.state();
        let expired = &state.archive.expired;
        let found = traces.iter().filter_map(|trace| Some((trace.clone(), *expired.get(trace)?)));
        Ok(found.collect())
    }

    async fn count_expired(&self, experiment: ExperimentId) -> Result<u64, StoreError> {
        let state = self.state();
        let here = state.archive.expired.values().filter(|of| **of == experiment);
        Ok(here.count() as u64)
    }

    async fn locate(
        &self,
        experiment: ExperimentId,
        table: &str,
        traces: &[TraceId],
    ) -> Result<Vec<LocatedRows>, StoreError> {
        let wanted: BTreeSet<u64> = traces.iter().map(trace_hash).collect();
        let state = self.state();
        let files = state.archive.live(experiment).filter(|file| file.table == table);
        let located = files.map(|file| {
            let rows = file.locator.iter().filter(|rows| wanted.contains(&rows.trace)).copied();
            LocatedRows { file: without_rows(file), rows: rows.collect::<Vec<TraceRows>>() }
        });
        Ok(located.filter(|located| !located.rows.is_empty()).collect())
    }

    async fn row_groups(&self, page: RowGroupPage) -> Result<Vec<LocatedRowGroup>, StoreError> {
        let state = self.state();
        let files = state.archive.live(page.experiment);
        let groups = files.flat_map(|file: &ArchiveFile| {
            file.row_groups.iter().enumerate().map(|(number, index)| {
                let (max_time, row_group) = (index.max_time, number as u32);
                LocatedRowGroup {
                    position: RowGroupPosition { max_time, path: file.path.clone(), row_group },
                    file: without_rows(file),
                    row_group,
                    index: index.clone(),
                }
            })
        });
        let key = |at: &RowGroupPosition| (Reverse(at.max_time), at.path.clone(), at.row_group);
        let is_meant = |group: &LocatedRowGroup| {
            page.from.is_none_or(|from| from <= group.index.max_time)
                && page.to.is_none_or(|to| group.index.min_time <= to)
                && page.after.as_ref().is_none_or(|after| key(after) < key(&group.position))
        };
        let mut groups: Vec<_> = groups.filter(is_meant).collect();
        groups.sort_by_key(|group| key(&group.position));
        groups.truncate(page.max_results);
        Ok(groups)
    }

    async fn delete_expired(
        &self,
        experiment: ExperimentId,
        traces: Vec<(TraceId, ArchivedIn)>,
    ) -> Result<Vec<TraceId>, StoreError> {
        let mut state = self.state();
        let mut deleted = Vec::new();
        for (trace, archived_in) in traces {
            if state.archive.expired.get(&trace) == Some(&experiment) {
                state.archive.expired.remove(&trace);
                state.archive.archived.insert(trace.clone(), (experiment, archived_in));
                self.changed(&mut state, experiment, &trace, Changed::Deleted);
                deleted.push(trace);
            }
        }
        Ok(deleted)
    }

    async fn begin_restore(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
    ) -> Result<(), StoreError> {
        self.state().archive.restores.insert(trace.clone(), experiment);
        Ok(())
    }

    async fn finish_restore(
        &self,
        experiment: ExperimentId,
        trace: &TraceId,
        archived_in: ArchivedIn,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let archive = &mut state.archive;
        archive.archived.insert(trace.clone(), (experiment, archived_in));
        archive.expired.remove(trace);
        archive.restores.remove(trace);
        Ok(())
    }

    async fn open_restores(&self) -> Result<Vec<(TraceId, ExperimentId)>, StoreError> {
        let state = self.state();
        Ok(state.archive.restores.iter().map(|(trace, of)| (trace.clone(), *of)).collect())
    }
}
