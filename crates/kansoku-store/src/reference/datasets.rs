//! Datasets: every version is a copy of all records.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_filter::DatasetOrderBy;
use kansoku_model::{
    Dataset, DatasetId, DatasetRecord, DatasetRecordId, DatasetVersion, ExperimentId, RecordUpsert,
    TimestampMs,
};

use super::meta::page;
use super::{ReferenceStore, State};
use crate::core::{datasets, runs};
use crate::{
    DatasetEdit, DatasetSearch, DatasetStore, NewDataset, RecordCounts, RecordPosition,
    RecordQuery, StoreError,
};

pub(super) struct StoredDataset {
    dataset: Dataset,
    versions: BTreeMap<u64, (DatasetVersion, Vec<DatasetRecord>)>,
}

#[async_trait]
impl DatasetStore for ReferenceStore {
    async fn create_dataset(&self, new: NewDataset) -> Result<Dataset, StoreError> {
        let now = self.now();
        let mut state = self.state();
        state.require_experiments(&new.experiments)?;
        let dataset_id = DatasetId::random();
        let mut dataset = Dataset {
            digest: datasets::digest(&dataset_id, 0),
            dataset_id,
            name: new.name,
            tags: Vec::new(),
            experiments: new.experiments,
            schema: None,
            record_count: None,
            version: 0,
            created: now,
            created_by: new.created_by.clone(),
            last_update: now,
            last_updated_by: new.created_by,
        };
        new.tags.into_iter().for_each(|tag| runs::put(&mut dataset.tags, tag));
        dataset.experiments.sort();
        dataset.experiments.dedup();
        let stored = StoredDataset { dataset: dataset.clone(), versions: BTreeMap::new() };
        state.datasets.insert(dataset.dataset_id.clone(), stored);
        Ok(dataset)
    }

    async fn dataset(&self, id: &DatasetId) -> Result<Dataset, StoreError> {
        Ok(self.state().stored_dataset(id)?.dataset.clone())
    }

    async fn search_datasets(
        &self,
        search: DatasetSearch,
    ) -> Result<(Vec<Dataset>, bool), StoreError> {
        let state = self.state();
        let is_of_one = |dataset: &&Dataset| {
            let asked = search.experiments.as_ref();
            asked.is_none_or(|asked| dataset.experiments.iter().any(|id| asked.contains(id)))
        };
        let all = state.datasets.values().map(|stored| &stored.dataset).filter(is_of_one);
        let mut found: Vec<_> = all.filter(|it| search.filter.matches(it)).cloned().collect();
        found.sort_by(|a, b| DatasetOrderBy::compare(&search.order_by, a, b));
        Ok(page(found, search.offset, search.max_results))
    }

    async fn edit_dataset(
        &self,
        id: &DatasetId,
        edit: DatasetEdit,
    ) -> Result<RecordCounts, StoreError> {
        let now = self.now();
        let mut state = self.state();
        if let DatasetEdit::AddExperiments(ids) = &edit {
            state.require_experiments(ids)?;
        }
        let missing = || StoreError::DatasetNotFound(id.clone());
        if let DatasetEdit::Delete = edit {
            state.datasets.remove(id).ok_or_else(missing)?;
            return Ok(RecordCounts::default());
        }
        state.datasets.get_mut(id).ok_or_else(missing)?.edit(edit, now)
    }

    async fn dataset_records(
        &self,
        query: RecordQuery,
    ) -> Result<(Vec<DatasetRecord>, bool), StoreError> {
        let state = self.state();
        let stored = state.stored_dataset(&query.dataset)?;
        let records = stored.records(query.version.unwrap_or(stored.dataset.version))?;
        let is_after = |record: &&DatasetRecord| {
            query.after.as_ref().is_none_or(|after| *after < RecordPosition::of_record(record))
        };
        Ok(page(records.iter().filter(is_after).cloned().collect(), 0, query.max_results))
    }

    async fn dataset_versions(
        &self,
        id: &DatasetId,
        before: Option<u64>,
        max_results: usize,
    ) -> Result<Vec<DatasetVersion>, StoreError> {
        let state = self.state();
        let versions = state.stored_dataset(id)?.versions.values().rev();
        let versions = versions.map(|(version, _)| version.clone());
        let before = before.unwrap_or(u64::MAX);
        Ok(versions.filter(|it| it.version < before).take(max_results).collect())
    }
}

impl StoredDataset {
    fn edit(&mut self, edit: DatasetEdit, now: TimestampMs) -> Result<RecordCounts, StoreError> {
        let dataset = &mut self.dataset;
        match edit {
            DatasetEdit::SetTags(tags) => {
                tags.into_iter().for_each(|tag| runs::put(&mut dataset.tags, tag));
            }
            DatasetEdit::DeleteTag { key } => _ = runs::remove(&mut dataset.tags, &key),
            DatasetEdit::AddExperiments(ids) => {
                dataset.experiments.extend(ids);
                dataset.experiments.sort();
                dataset.experiments.dedup();
                dataset.last_update = now;
            }
            DatasetEdit::RemoveExperiments(ids) => {
                dataset.experiments.retain(|id| !ids.contains(id));
                dataset.last_update = now;
            }
            DatasetEdit::UpsertRecords(records) => return self.upsert(&records, now),
            DatasetEdit::DeleteRecords(ids) => return self.delete(&ids, now),
            DatasetEdit::DeleteVersionsBefore(version) => {
                self.records(version)?;
                self.versions.retain(|it, _| version <= *it);
            }
            DatasetEdit::Delete => {}
        }
        Ok(RecordCounts::default())
    }

    fn records(&self, version: u64) -> Result<&[DatasetRecord], StoreError> {
        let dataset = self.dataset.dataset_id.clone();
        match self.versions.get(&version) {
            Some((_, records)) => Ok(records),
            None if version == 0 => Ok(&[]),
            None => Err(StoreError::DatasetVersionNotFound { dataset, version }),
        }
    }

    fn upsert(
        &mut self,
        upserts: &[RecordUpsert],
        now: TimestampMs,
    ) -> Result<RecordCounts, StoreError> {
        let mut records = self.records(self.dataset.version)?.to_vec();
        let (mut counts, mut schema) = (RecordCounts::default(), self.dataset.schema.clone());
        for (new, record_id) in upserts.iter().zip(DatasetRecordId::ascending()) {
            datasets::extend_schema(schema.get_or_insert_default(), new);
            let user = new.user().map(str::to_owned);
            let hash = datasets::input_hash(&new.inputs);
            match records.iter_mut().find(|it| datasets::input_hash(&it.inputs) == hash) {
                None => {
                    counts.inserted += 1;
                    records.push(DatasetRecord {
                        record_id,
                        inputs: new.inputs.clone(),
                        content: datasets::new_content(new),
                        source: new.source.clone(),
                        added_in: self.dataset.version + 1,
                        created: now,
                        created_by: user.clone(),
                        last_update: now,
                        last_updated_by: user,
                    });
                }
                Some(record) => {
                    counts.updated += 1;
                    datasets::merge(&mut record.content, new);
                    record.last_update = now;
                    record.last_updated_by = user.or(record.last_updated_by.take());
                }
            }
        }
        // Records that did not change keep their update time.
        for old in self.records(self.dataset.version)? {
            let same = records.iter_mut().find(|it| it.record_id == old.record_id);
            if let Some(same) = same.filter(|it| it.content == old.content) {
                same.clone_from(old);
            }
        }
        let user = upserts.iter().rev().find_map(RecordUpsert::user).map(str::to_owned);
        if self.add_version(records, now, user.clone()) {
            self.dataset.schema = schema;
            self.dataset.last_updated_by = user;
        }
        Ok(counts)
    }

    fn delete(
        &mut self,
        ids: &[DatasetRecordId],
        now: TimestampMs,
    ) -> Result<RecordCounts, StoreError> {
        let before = self.records(self.dataset.version)?;
        let kept: Vec<_> =
            before.iter().filter(|it| !ids.contains(&it.record_id)).cloned().collect();
        let deleted = (before.len() - kept.len()) as u64;
        self.add_version(kept, now, None);
        Ok(RecordCounts { deleted, ..RecordCounts::default() })
    }

    /// Whether the records differ from those of the version before.
    fn add_version(
        &mut self,
        records: Vec<DatasetRecord>,
        now: TimestampMs,
        user: Option<String>,
    ) -> bool {
        let dataset = &mut self.dataset;
        let before = self.versions.get(&dataset.version).map_or(&[][..], |(_, it)| it.as_slice());
        let find = |all: &[DatasetRecord], id: &DatasetRecordId| {
            all.iter().find(|record| record.record_id == *id).cloned()
        };
        let added = records.iter().filter(|it| find(before, &it.record_id).is_none()).count();
        let removed = before.iter().filter(|it| find(&records, &it.record_id).is_none()).count();
        let changed = records
            .iter()
            .filter(|it| find(before, &it.record_id).is_some_and(|old| old.content != it.content))
            .count();
        if added + removed + changed == 0 {
            return false;
        }
        dataset.version += 1;
        dataset.digest = datasets::digest(&dataset.dataset_id, dataset.version);
        dataset.record_count = Some(records.len() as u64);
        dataset.last_update = now;
        let version = DatasetVersion {
            version: dataset.version,
            digest: dataset.digest.clone(),
            created: now,
            created_by: user,
            added: added as u64,
            changed: changed as u64,
            removed: removed as u64,
            record_count: records.len() as u64,
        };
        self.versions.insert(dataset.version, (version, records));
        true
    }
}

impl State {
    fn stored_dataset(&self, id: &DatasetId) -> Result<&StoredDataset, StoreError> {
        self.datasets.get(id).ok_or_else(|| StoreError::DatasetNotFound(id.clone()))
    }

    /// Deleted experiments may have datasets, unknown ones may not.
    fn require_experiments(&self, ids: &[ExperimentId]) -> Result<(), StoreError> {
        let unknown = ids.iter().find(|id| !self.experiments.contains_key(*id));
        unknown.map_or(Ok(()), |id| Err(StoreError::ExperimentNotFound(*id)))
    }
}
