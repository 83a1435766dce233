//! Experiments: the containers of traces and runs.
use async_trait::async_trait;
use kansoku_filter::{ExperimentFilter, ExperimentOrderBy};
use kansoku_model::{Experiment, ExperimentId, KeyValue, LifecycleStage, ViewType};

use crate::StoreError;

/// Experiments. Writes to a deleted experiment fail.
#[async_trait]
pub trait ExperimentStore: Send + Sync {
    /// Fails if the name is taken, including by a deleted experiment.
    async fn create_experiment(&self, new: NewExperiment) -> Result<ExperimentId, StoreError>;

    /// Also finds deleted experiments.
    async fn experiment(&self, id: ExperimentId) -> Result<Experiment, StoreError>;

    /// A page of experiments, and whether more follow.
    async fn search_experiments(
        &self,
        search: ExperimentSearch,
    ) -> Result<(Vec<Experiment>, bool), StoreError>;

    async fn edit_experiment(
        &self,
        id: ExperimentId,
        edit: ExperimentEdit,
    ) -> Result<(), StoreError>;

    /// Also finds deleted experiments.
    async fn experiment_by_name(&self, name: &str) -> Result<Experiment, StoreError> {
        let search = ExperimentSearch {
            filter: ExperimentFilter::named(name),
            order_by: Vec::new(),
            view: ViewType::All,
            offset: 0,
            max_results: 1,
        };
        let (mut found, _) = self.search_experiments(search).await?;
        found.pop().ok_or_else(|| StoreError::ExperimentNameNotFound(name.to_owned()))
    }

    /// The experiment of this name, which is created if there is none. Fails if it is deleted.
    async fn find_or_create_experiment(&self, name: &str) -> Result<ExperimentId, StoreError> {
        let found = match self.experiment_by_name(name).await {
            Err(StoreError::ExperimentNameNotFound(_)) => {
                let new = NewExperiment {
                    name: name.to_owned(),
                    artifact_location: None,
                    tags: Vec::new(),
                };
                match self.create_experiment(new).await {
                    // Another request has just created it.
                    Err(StoreError::ExperimentExists(_)) => self.experiment_by_name(name).await?,
                    created => return created,
                }
            }
            found => found?,
        };
        match found.lifecycle_stage {
            LifecycleStage::Active => Ok(found.experiment_id),
            LifecycleStage::Deleted => Err(StoreError::ExperimentDeleted(found.experiment_id)),
        }
    }

    async fn rename_experiment(&self, id: ExperimentId, name: &str) -> Result<(), StoreError> {
        self.edit_experiment(id, ExperimentEdit::Rename(name.to_owned())).await
    }

    async fn delete_experiment(&self, id: ExperimentId) -> Result<(), StoreError> {
        self.edit_experiment(id, ExperimentEdit::Delete).await
    }

    async fn restore_experiment(&self, id: ExperimentId) -> Result<(), StoreError> {
        self.edit_experiment(id, ExperimentEdit::Restore).await
    }

    async fn set_experiment_tag(
        &self,
        id: ExperimentId,
        key: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        let edit = ExperimentEdit::SetTag { key: key.to_owned(), value: value.to_owned() };
        self.edit_experiment(id, edit).await
    }

    async fn delete_experiment_tag(&self, id: ExperimentId, key: &str) -> Result<(), StoreError> {
        self.edit_experiment(id, ExperimentEdit::DeleteTag { key: key.to_owned() }).await
    }
}

/// A change of one experiment.
#[derive(Clone, Debug)]
pub enum ExperimentEdit {
    /// Fails if the experiment is deleted, or another one has the name.
    Rename(String),
    /// Fails if it is already deleted; its traces and runs remain.
    Delete,
    /// Fails if it is not deleted.
    Restore,
    SetTag {
        key: String,
        value: String,
    },
    /// Fails if there is no such tag.
    DeleteTag {
        key: String,
    },
}

#[derive(Clone, Debug)]
pub struct NewExperiment {
    pub name: String,
    pub artifact_location: Option<String>,
    pub tags: Vec<KeyValue>,
}

#[derive(Clone, Debug)]
pub struct ExperimentSearch {
    pub filter: ExperimentFilter,
    pub order_by: Vec<ExperimentOrderBy>,
    pub view: ViewType,
    pub offset: usize,
    pub max_results: usize,
}
