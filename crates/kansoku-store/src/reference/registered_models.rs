use std::collections::BTreeMap;

use async_trait::async_trait;
use kansoku_filter::{ModelVersionOrderBy, RegisteredModelOrderBy};
use kansoku_model::{ModelVersion, RegisteredModel, is_prompt};

use super::ReferenceStore;
use super::meta::page;
use crate::core::webhooks::Event;
use crate::{
    ModelVersionEdit, ModelVersionSearch, NewModelVersion, NewRegisteredModel, RegisteredModelEdit,
    RegisteredModelSearch, RegisteredModelStore, StoreError,
};

/// By name.
pub(super) type RegisteredModels = BTreeMap<String, Stored>;

#[derive(Clone)]
pub(super) struct Stored {
    model: RegisteredModel,
    versions: BTreeMap<i64, ModelVersion>,
    last_version: i64,
}

impl Stored {
    fn model(&self) -> RegisteredModel {
        let latest_version = self.versions().pop();
        RegisteredModel { latest_version, ..self.model.clone() }
    }

    fn versions(&self) -> Vec<ModelVersion> {
        let aliases = |number: i64| {
            let of_version = self.model.aliases.iter().filter(move |(_, to)| **to == number);
            of_version.map(|(alias, _)| alias.clone()).collect()
        };
        let versions = self.versions.values();
        versions.map(|it| ModelVersion { aliases: aliases(it.version), ..it.clone() }).collect()
    }

    fn version(&self, number: i64) -> Result<ModelVersion, StoreError> {
        let found = self.versions().into_iter().find(|version| version.version == number);
        let name = || self.model.name.clone();
        found.ok_or_else(|| StoreError::ModelVersionNotFound { name: name(), version: number })
    }
}

fn stored<'a>(models: &'a mut RegisteredModels, name: &str) -> Result<&'a mut Stored, StoreError> {
    models.get_mut(name).ok_or_else(|| StoreError::RegisteredModelNotFound(name.to_owned()))
}

fn require_free(models: &RegisteredModels, name: &str) -> Result<(), StoreError> {
    match models.contains_key(name) {
        true => Err(StoreError::RegisteredModelExists(name.to_owned())),
        false => Ok(()),
    }
}

fn put<V>(map: &mut BTreeMap<String, V>, key: String, value: V) -> Result<(), StoreError> {
    if RegisteredModel::TAGS_MAX <= map.len() && !map.contains_key(&key) {
        return Err(StoreError::Invalid("too many tags or aliases".to_owned()));
    }
    map.insert(key, value);
    Ok(())
}

#[async_trait]
impl RegisteredModelStore for ReferenceStore {
    async fn create_registered_model(
        &self,
        new: NewRegisteredModel,
    ) -> Result<RegisteredModel, StoreError> {
        let now = self.now();
        let mut state = self.state();
        require_free(&state.registered_models, &new.name)?;
        self.record_event(&mut state, Some(Event::of_new_model(&new, is_prompt(&new.tags))));
        let model = RegisteredModel {
            name: new.name.clone(),
            description: new.description,
            creation_time: now,
            last_update_time: now,
            tags: new.tags,
            aliases: BTreeMap::new(),
            latest_version: None,
        };
        let stored = Stored { model: model.clone(), versions: BTreeMap::new(), last_version: 0 };
        state.registered_models.insert(new.name, stored);
        Ok(model)
    }

    async fn registered_model(&self, name: &str) -> Result<RegisteredModel, StoreError> {
        Ok(stored(&mut self.state().registered_models, name)?.model())
    }

    async fn search_registered_models(
        &self,
        search: RegisteredModelSearch,
    ) -> Result<(Vec<RegisteredModel>, bool), StoreError> {
        let state = self.state();
        let models = state.registered_models.values().map(Stored::model);
        let mut found: Vec<_> = models.filter(|model| search.filter.matches(model)).collect();
        found.sort_by(|a, b| RegisteredModelOrderBy::compare(&search.order_by, a, b));
        Ok(page(found, search.offset, search.max_results))
    }

    async fn edit_registered_model(
        &self,
        name: &str,
        edit: RegisteredModelEdit,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let models = &mut state.registered_models;
        let mut changed = stored(models, name)?.clone();
        let event = Event::of_model_edit(name, &edit, changed.model.is_prompt());
        match edit {
            RegisteredModelEdit::Rename(to) => {
                if to != name {
                    require_free(models, &to)?;
                }
                models.remove(name);
                changed.versions.values_mut().for_each(|version| {
                    version.name.clone_from(&to);
                    version.last_update_time = now;
                });
                (changed.model.name, changed.model.last_update_time) = (to, now);
            }
            RegisteredModelEdit::Describe(description) => {
                (changed.model.description, changed.model.last_update_time) = (description, now);
            }
            RegisteredModelEdit::SetTag { key, value } => put(&mut changed.model.tags, key, value)?,
            RegisteredModelEdit::DeleteTag { key } => drop(changed.model.tags.remove(&key)),
            RegisteredModelEdit::SetAlias { alias, version } => {
                changed.version(version)?;
                put(&mut changed.model.aliases, alias, version)?;
            }
            RegisteredModelEdit::DeleteAlias { alias } => {
                changed.model.aliases.remove(&alias);
            }
            RegisteredModelEdit::Delete => {
                models.remove(name);
                return Ok(());
            }
        }
        models.insert(changed.model.name.clone(), changed);
        self.record_event(&mut state, event);
        Ok(())
    }

    async fn create_model_version(&self, new: NewModelVersion) -> Result<ModelVersion, StoreError> {
        let now = self.now();
        let mut state = self.state();
        let stored = stored(&mut state.registered_models, &new.name)?;
        stored.last_version += 1;
        stored.model.last_update_time = now;
        let is_prompt = is_prompt(&new.tags);
        let event = Event::of_new_version(&new, stored.last_version, is_prompt);
        let version = ModelVersion {
            name: new.name,
            version: stored.last_version,
            description: new.description,
            source: new.source,
            run_id: new.run_id,
            run_link: new.run_link,
            creation_time: now,
            last_update_time: now,
            tags: new.tags,
            aliases: Vec::new(),
        };
        stored.versions.insert(version.version, version.clone());
        self.record_event(&mut state, Some(event));
        Ok(version)
    }

    async fn model_version(&self, name: &str, version: i64) -> Result<ModelVersion, StoreError> {
        match self.state().registered_models.get(name) {
            Some(stored) => stored.version(version),
            None => Err(StoreError::ModelVersionNotFound { name: name.to_owned(), version }),
        }
    }

    async fn search_model_versions(
        &self,
        search: ModelVersionSearch,
    ) -> Result<(Vec<ModelVersion>, bool), StoreError> {
        let state = self.state();
        let versions = state.registered_models.values().flat_map(Stored::versions);
        let mut found: Vec<_> = versions.filter(|it| search.filter.matches(it)).collect();
        found.sort_by(|a, b| ModelVersionOrderBy::compare(&search.order_by, a, b));
        Ok(page(found, search.offset, search.max_results))
    }

    async fn edit_model_version(
        &self,
        name: &str,
        version: i64,
        edit: ModelVersionEdit,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let missing = StoreError::ModelVersionNotFound { name: name.to_owned(), version };
        let Some(stored) = state.registered_models.get_mut(name) else { return Err(missing) };
        let Some(changed) = stored.versions.get_mut(&version) else { return Err(missing) };
        let is_prompt = stored.model.is_prompt();
        let event = Event::of_version_edit(name, version, &edit, is_prompt);
        match edit {
            ModelVersionEdit::Describe(description) => {
                (changed.description, changed.last_update_time) = (description, now);
            }
            ModelVersionEdit::SetTag { key, value } => put(&mut changed.tags, key, value)?,
            ModelVersionEdit::DeleteTag { key } => drop(changed.tags.remove(&key)),
            ModelVersionEdit::Delete => {
                stored.versions.remove(&version);
                stored.model.aliases.retain(|_, number| *number != version);
                stored.model.last_update_time = now;
            }
        }
        self.record_event(&mut state, event);
        Ok(())
    }
}
