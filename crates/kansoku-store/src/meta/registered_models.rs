//! Registered models and their versions. Prompts are registered models.
use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_filter::{
    ModelVersionFilter, ModelVersionOrderBy, RegisteredModelFilter, RegisteredModelOrderBy,
};
use kansoku_model::{ModelVersion, RegisteredModel};

use crate::StoreError;

/// Registered models, which belong to no experiment.
#[async_trait]
pub trait RegisteredModelStore: Send + Sync {
    /// Fails if the name is taken.
    async fn create_registered_model(
        &self,
        new: NewRegisteredModel,
    ) -> Result<RegisteredModel, StoreError>;

    async fn registered_model(&self, name: &str) -> Result<RegisteredModel, StoreError>;

    /// A page of the results, and whether more follow.
    async fn search_registered_models(
        &self,
        search: RegisteredModelSearch,
    ) -> Result<(Vec<RegisteredModel>, bool), StoreError>;

    async fn edit_registered_model(
        &self,
        name: &str,
        edit: RegisteredModelEdit,
    ) -> Result<(), StoreError>;

    /// Creates the next version of a model: one more than the highest number it ever had.
    async fn create_model_version(&self, new: NewModelVersion) -> Result<ModelVersion, StoreError>;

    async fn model_version(&self, name: &str, version: i64) -> Result<ModelVersion, StoreError>;

    /// A page of the results, and whether more follow.
    async fn search_model_versions(
        &self,
        search: ModelVersionSearch,
    ) -> Result<(Vec<ModelVersion>, bool), StoreError>;

    async fn edit_model_version(
        &self,
        name: &str,
        version: i64,
        edit: ModelVersionEdit,
    ) -> Result<(), StoreError>;

    /// Finds a version by alias; `latest`, in any case, is the one with the highest number.
    async fn model_version_by_alias(
        &self,
        name: &str,
        alias: &str,
    ) -> Result<ModelVersion, StoreError> {
        let model = self.registered_model(name).await?;
        let version = match alias.eq_ignore_ascii_case(LATEST_ALIAS) {
            true => model.latest_version.map(|latest| latest.version),
            false => model.aliases.get(alias).copied(),
        };
        match version {
            Some(version) => self.model_version(name, version).await,
            None if alias.eq_ignore_ascii_case(LATEST_ALIAS) => {
                Err(StoreError::NoModelVersion(name.to_owned()))
            }
            None => Err(StoreError::ModelAliasNotFound(alias.to_owned())),
        }
    }
}

/// The alias that nobody sets: it always points to the latest version.
pub const LATEST_ALIAS: &str = "latest";

/// A change of one registered model.
#[derive(Clone, Debug)]
pub enum RegisteredModelEdit {
    /// Fails if another model has the name.
    Rename(String),
    Describe(String),
    SetTag {
        key: String,
        value: String,
    },
    /// Does nothing if there is no such tag.
    DeleteTag {
        key: String,
    },
    /// Fails if there is no such version.
    SetAlias {
        alias: String,
        version: i64,
    },
    /// Does nothing if there is no such alias.
    DeleteAlias {
        alias: String,
    },
    /// Deletes all of its versions, too.
    Delete,
}

/// A change of one version.
#[derive(Clone, Debug)]
pub enum ModelVersionEdit {
    Describe(Option<String>),
    SetTag {
        key: String,
        value: String,
    },
    /// Does nothing if there is no such tag.
    DeleteTag {
        key: String,
    },
    /// Deletes the aliases that point to it, too.
    Delete,
}

#[derive(Clone, Debug)]
pub struct NewRegisteredModel {
    pub name: String,
    pub description: String,
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub struct NewModelVersion {
    pub name: String,
    pub description: Option<String>,
    pub source: String,
    pub run_id: String,
    pub run_link: String,
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub struct RegisteredModelSearch {
    pub filter: RegisteredModelFilter,
    pub order_by: Vec<RegisteredModelOrderBy>,
    pub offset: usize,
    pub max_results: usize,
}

#[derive(Clone, Debug)]
pub struct ModelVersionSearch {
    pub filter: ModelVersionFilter,
    pub order_by: Vec<ModelVersionOrderBy>,
    pub offset: usize,
    pub max_results: usize,
}
