//! Prompts and registered models as a token for some experiments may use them: it reads those that
//! name one of its experiments, and changes none, since a name belongs to all experiments.
use std::collections::HashMap;

use async_trait::async_trait;
use kansoku_model::{ModelVersion, RegisteredModel};
use kansoku_store::{
    ModelVersionEdit, ModelVersionSearch, NewModelVersion, NewRegisteredModel, RegisteredModelEdit,
    RegisteredModelSearch, RegisteredModelStore, StoreError,
};

use super::meta::ScopedMeta;

/// The number of models or versions that are read at once, to find those that the token may read.
const AT_ONCE: usize = 500;

impl ScopedMeta {
    async fn sees_model(&self, model: &RegisteredModel) -> Result<bool, StoreError> {
        for experiment in model.experiments() {
            if self.rights.includes(experiment).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A name that is not the token's looks as if it did not exist.
    async fn sees_name(&self, name: &str) -> Result<bool, StoreError> {
        match self.inner.registered_model(name).await {
            Ok(model) => self.sees_model(&model).await,
            Err(StoreError::RegisteredModelNotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read_only<T>(&self) -> Result<T, StoreError> {
        Err(self.rights.forbidden("prompts other than to read them: they belong to no experiment"))
    }
}

#[async_trait]
impl RegisteredModelStore for ScopedMeta {
    async fn create_registered_model(
        &self,
        _: NewRegisteredModel,
    ) -> Result<RegisteredModel, StoreError> {
        self.read_only()
    }

    async fn registered_model(&self, name: &str) -> Result<RegisteredModel, StoreError> {
        let model = self.inner.registered_model(name).await?;
        match self.sees_model(&model).await? {
            true => Ok(model),
            false => Err(StoreError::RegisteredModelNotFound(name.to_owned())),
        }
    }

    async fn search_registered_models(
        &self,
        search: RegisteredModelSearch,
    ) -> Result<(Vec<RegisteredModel>, bool), StoreError> {
        let (mut offset, mut to_skip, mut found) = (0, search.offset, Vec::new());
        loop {
            let page = RegisteredModelSearch { offset, max_results: AT_ONCE, ..search.clone() };
            let (models, more) = self.inner.search_registered_models(page).await?;
            offset += models.len();
            for model in models {
                if !self.sees_model(&model).await? {
                    continue;
                }
                if 0 < to_skip {
                    to_skip -= 1;
                } else if found.len() < search.max_results {
                    found.push(model);
                } else {
                    return Ok((found, true));
                }
            }
            if !more {
                return Ok((found, false));
            }
        }
    }

    async fn edit_registered_model(
        &self,
        _: &str,
        _: RegisteredModelEdit,
    ) -> Result<(), StoreError> {
        self.read_only()
    }

    async fn create_model_version(&self, _: NewModelVersion) -> Result<ModelVersion, StoreError> {
        self.read_only()
    }

    async fn model_version(&self, name: &str, version: i64) -> Result<ModelVersion, StoreError> {
        match self.sees_name(name).await? {
            true => self.inner.model_version(name, version).await,
            false => Err(StoreError::ModelVersionNotFound { name: name.to_owned(), version }),
        }
    }

    async fn search_model_versions(
        &self,
        search: ModelVersionSearch,
    ) -> Result<(Vec<ModelVersion>, bool), StoreError> {
        let (mut offset, mut to_skip, mut found) = (0, search.offset, Vec::new());
        let mut seen = HashMap::new();
        loop {
            let page = ModelVersionSearch { offset, max_results: AT_ONCE, ..search.clone() };
            let (versions, more) = self.inner.search_model_versions(page).await?;
            offset += versions.len();
            for version in versions {
                let is_seen = match seen.get(&version.name) {
                    Some(is_seen) => *is_seen,
                    None => {
                        let is_seen = self.sees_name(&version.name).await?;
                        seen.insert(version.name.clone(), is_seen);
                        is_seen
                    }
                };
                if !is_seen {
                    continue;
                }
                if 0 < to_skip {
                    to_skip -= 1;
                } else if found.len() < search.max_results {
                    found.push(version);
                } else {
                    return Ok((found, true));
                }
            }
            if !more {
                return Ok((found, false));
            }
        }
    }

    async fn edit_model_version(
        &self,
        _: &str,
        _: i64,
        _: ModelVersionEdit,
    ) -> Result<(), StoreError> {
        self.read_only()
    }
}
