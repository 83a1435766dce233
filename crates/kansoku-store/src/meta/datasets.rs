//! Evaluation datasets: their records, and every state that those were in.
use async_trait::async_trait;
use kansoku_filter::{DatasetFilter, DatasetOrderBy};
use kansoku_model::{
    Dataset, DatasetId, DatasetRecord, DatasetRecordId, DatasetVersion, ExperimentId, KeyValue,
    RecordUpsert,
};

use crate::StoreError;
use crate::core::datasets;

/// Evaluation datasets. One may belong to any number of experiments, deleted ones too. A change of
/// records makes a new version; a version never changes.
#[async_trait]
pub trait DatasetStore: Send + Sync {
    /// Refused where one of the experiments does not exist.
    async fn create_dataset(&self, new: NewDataset) -> Result<Dataset, StoreError>;

    async fn dataset(&self, id: &DatasetId) -> Result<Dataset, StoreError>;

    /// The page, and whether more follow.
    async fn search_datasets(
        &self,
        search: DatasetSearch,
    ) -> Result<(Vec<Dataset>, bool), StoreError>;

    /// All or nothing. Edits that are not of records answer zeros.
    async fn edit_dataset(
        &self,
        id: &DatasetId,
        edit: DatasetEdit,
    ) -> Result<RecordCounts, StoreError>;

    /// Records in the order in which they were added, and whether more follow.
    async fn dataset_records(
        &self,
        query: RecordQuery,
    ) -> Result<(Vec<DatasetRecord>, bool), StoreError>;

    /// The newest version first; only those before `before`.
    async fn dataset_versions(
        &self,
        id: &DatasetId,
        before: Option<u64>,
        max_results: usize,
    ) -> Result<Vec<DatasetVersion>, StoreError>;

    /// The differences of two versions, in the order of records.
    async fn dataset_differences(
        &self,
        query: DifferenceQuery,
    ) -> Result<DifferencePage, StoreError> {
        datasets::differences(self, query).await
    }

    async fn upsert_dataset_records(
        &self,
        id: &DatasetId,
        records: Vec<RecordUpsert>,
    ) -> Result<RecordCounts, StoreError> {
        self.edit_dataset(id, DatasetEdit::UpsertRecords(records)).await
    }

    /// Deletes records and returns their number. Unknown ids are ignored.
    async fn delete_dataset_records(
        &self,
        id: &DatasetId,
        records: Vec<DatasetRecordId>,
    ) -> Result<u64, StoreError> {
        Ok(self.edit_dataset(id, DatasetEdit::DeleteRecords(records)).await?.deleted)
    }
}

#[derive(Clone, Debug)]
pub struct NewDataset {
    pub name: String,
    pub tags: Vec<KeyValue>,
    pub experiments: Vec<ExperimentId>,
    pub created_by: Option<String>,
}

/// A change of one dataset.
#[derive(Clone, Debug)]
pub enum DatasetEdit {
    /// Other tags stay.
    SetTags(Vec<KeyValue>),
    /// Nothing where there is no such tag.
    DeleteTag { key: String },
    /// Refused where one does not exist.
    AddExperiments(Vec<ExperimentId>),
    /// Nothing where it is not in one of them.
    RemoveExperiments(Vec<ExperimentId>),
    /// Makes a version, unless no record is new or changed.
    UpsertRecords(Vec<RecordUpsert>),
    /// Makes a version, unless there are none of these records.
    DeleteRecords(Vec<DatasetRecordId>),
    /// The versions before this one can no longer be read, and what only they had is deleted.
    DeleteVersionsBefore(u64),
    /// With all versions.
    Delete,
}

/// The numbers of records that an edit changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordCounts {
    pub inserted: u64,
    /// Records that were there, changed by it or not.
    pub updated: u64,
    pub deleted: u64,
}

#[derive(Clone, Debug)]
pub struct DatasetSearch {
    /// Datasets of any of these; `None` asks for all.
    pub experiments: Option<Vec<ExperimentId>>,
    pub filter: DatasetFilter,
    pub order_by: Vec<DatasetOrderBy>,
    pub offset: usize,
    pub max_results: usize,
}

/// Where a record stands in the order of records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordPosition {
    pub added_in: u64,
    pub record_id: DatasetRecordId,
}

impl RecordPosition {
    pub fn of_record(record: &DatasetRecord) -> Self {
        Self { added_in: record.added_in, record_id: record.record_id.clone() }
    }
}

#[derive(Clone, Debug)]
pub struct RecordQuery {
    pub dataset: DatasetId,
    /// `None` is the newest. Version 0 has no records.
    pub version: Option<u64>,
    /// Where the page before ended.
    pub after: Option<RecordPosition>,
    pub max_results: usize,
}

#[derive(Clone, Debug)]
pub struct DifferenceQuery {
    pub dataset: DatasetId,
    /// The version that is compared with; it may be the later one.
    pub base: u64,
    pub version: u64,
    pub after: Option<RecordPosition>,
    pub max_results: usize,
}

/// The difference of a record between two versions.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordDifference {
    Added(DatasetRecord),
    Removed(DatasetRecord),
    Changed { before: Box<DatasetRecord>, after: Box<DatasetRecord> },
}

#[derive(Clone, Debug, PartialEq)]
pub struct DifferencePage {
    pub differences: Vec<RecordDifference>,
    /// The position of the next page; `None` at the end.
    pub next: Option<RecordPosition>,
}
