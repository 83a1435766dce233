//! Datasets as a token for some experiments may use them.
//!
//! It reads those that are in one of its experiments, and learns of no other experiment that they
//! are in; it changes those that are in no other one. The rest looks as if it did not exist, or, if
//! it can be read, is refused.
use async_trait::async_trait;
use kansoku_model::{Dataset, DatasetId, DatasetRecord, DatasetVersion};
use kansoku_store::{
    DatasetEdit, DatasetSearch, DatasetStore, DifferencePage, DifferenceQuery, NewDataset,
    RecordCounts, RecordQuery, StoreError,
};

use super::meta::ScopedMeta;

/// The number of datasets that are read at once, to find those that the token may read.
const DATASETS_AT_ONCE: usize = 1000;

impl ScopedMeta {
    /// The dataset as the token sees it, and whether all of its experiments are the token's.
    async fn visible_dataset(&self, mut dataset: Dataset) -> Result<(Dataset, bool), StoreError> {
        let included = self.rights.included(dataset.experiments.iter().copied()).await?;
        let all = dataset.experiments.len();
        dataset.experiments.retain(|id| included.contains(id));
        if dataset.experiments.is_empty() {
            return Err(StoreError::DatasetNotFound(dataset.dataset_id));
        }
        let is_own = dataset.experiments.len() == all;
        Ok((dataset, is_own))
    }

    async fn check_dataset(&self, id: &DatasetId) -> Result<(), StoreError> {
        self.visible_dataset(self.inner.dataset(id).await?).await.map(drop)
    }

    async fn check_dataset_writable(&self, id: &DatasetId) -> Result<(), StoreError> {
        match self.visible_dataset(self.inner.dataset(id).await?).await? {
            (_, true) => Ok(()),
            (_, false) => {
                let what = format!("dataset `{id}`, which is in other experiments too, to write");
                Err(self.rights.forbidden(what))
            }
        }
    }
}

#[async_trait]
impl DatasetStore for ScopedMeta {
    async fn create_dataset(&self, new: NewDataset) -> Result<Dataset, StoreError> {
        if new.experiments.is_empty() {
            return Err(self.rights.forbidden("a dataset that is in no experiment"));
        }
        self.rights.check_all(&new.experiments).await?;
        self.inner.create_dataset(new).await
    }

    async fn dataset(&self, id: &DatasetId) -> Result<Dataset, StoreError> {
        Ok(self.visible_dataset(self.inner.dataset(id).await?).await?.0)
    }

    async fn search_datasets(
        &self,
        search: DatasetSearch,
    ) -> Result<(Vec<Dataset>, bool), StoreError> {
        if let Some(experiments) = &search.experiments {
            self.rights.check_all(experiments).await?;
        }
        let (mut offset, mut to_skip, mut found) = (0, search.offset, Vec::new());
        loop {
            let page = DatasetSearch { offset, max_results: DATASETS_AT_ONCE, ..search.clone() };
            let (datasets, more) = self.inner.search_datasets(page).await?;
            offset += datasets.len();
            for dataset in datasets {
                let dataset = match self.visible_dataset(dataset).await {
                    Ok((dataset, _)) => dataset,
                    Err(StoreError::DatasetNotFound(_)) => continue,
                    Err(error) => return Err(error),
                };
                if 0 < to_skip {
                    to_skip -= 1;
                } else if found.len() < search.max_results {
                    found.push(dataset);
                } else {
                    return Ok((found, true));
                }
            }
            if !more {
                return Ok((found, false));
            }
        }
    }

    async fn edit_dataset(
        &self,
        id: &DatasetId,
        edit: DatasetEdit,
    ) -> Result<RecordCounts, StoreError> {
        self.check_dataset_writable(id).await?;
        if let DatasetEdit::AddExperiments(experiments) = &edit {
            self.rights.check_all(experiments).await?;
        }
        self.inner.edit_dataset(id, edit).await
    }

    async fn dataset_records(
        &self,
        query: RecordQuery,
    ) -> Result<(Vec<DatasetRecord>, bool), StoreError> {
        self.check_dataset(&query.dataset).await?;
        self.inner.dataset_records(query).await
    }

    async fn dataset_versions(
        &self,
        id: &DatasetId,
        before: Option<u64>,
        max_results: usize,
    ) -> Result<Vec<DatasetVersion>, StoreError> {
        self.check_dataset(id).await?;
        self.inner.dataset_versions(id, before, max_results).await
    }

    async fn dataset_differences(
        &self,
        query: DifferenceQuery,
    ) -> Result<DifferencePage, StoreError> {
        self.check_dataset(&query.dataset).await?;
        self.inner.dataset_differences(query).await
    }
}
