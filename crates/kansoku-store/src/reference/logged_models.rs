use async_trait::async_trait;
use kansoku_filter::LoggedModelOrderBy;
use kansoku_model::{
    KeyValue, LifecycleStage, LoggedModel, LoggedModelInfo, Metric, ModelId, ModelMetric, RunId,
};

use super::meta::page;
use super::{ReferenceStore, State};
use crate::core::{logged_models, runs};
use crate::{LoggedModelEdit, LoggedModelSearch, LoggedModelStore, StoreError};

#[async_trait]
impl LoggedModelStore for ReferenceStore {
    async fn create_logged_model(
        &self,
        info: LoggedModelInfo,
        params: Vec<KeyValue>,
        tags: Vec<KeyValue>,
    ) -> Result<LoggedModel, StoreError> {
        let mut state = self.state();
        state.require_active(info.experiment_id)?;
        let mut model = LoggedModel { info, params: vec![], tags: vec![], metrics: vec![] };
        params.into_iter().for_each(|param| runs::put(&mut model.params, param));
        tags.into_iter().for_each(|tag| runs::put(&mut model.tags, tag));
        state.models.insert(model.info.model_id.clone(), model.clone());
        Ok(model)
    }

    async fn logged_model(&self, id: &ModelId) -> Result<LoggedModel, StoreError> {
        Ok(shown(self.state().model(id)?.clone()))
    }

    async fn search_logged_models(
        &self,
        search: LoggedModelSearch,
    ) -> Result<(Vec<LoggedModel>, bool), StoreError> {
        let state = self.state();
        let is_found = |model: &&LoggedModel| {
            model.info.lifecycle_stage == LifecycleStage::Active
                && search.experiments.contains(&model.info.experiment_id)
                && search.filter.matches(model)
        };
        let mut found: Vec<_> = state.models.values().filter(is_found).cloned().collect();
        found.sort_by(|a, b| LoggedModelOrderBy::compare(&search.order_by, a, b));
        let (found, more) = page(found, search.offset, search.max_results);
        Ok((found.into_iter().map(shown).collect(), more))
    }

    async fn edit_logged_model(
        &self,
        id: &ModelId,
        edit: LoggedModelEdit,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let mut model = state.model(id)?.clone();
        logged_models::edit(&mut model, edit, now)?;
        state.models.insert(id.clone(), model);
        Ok(())
    }
}

fn shown(model: LoggedModel) -> LoggedModel {
    LoggedModel { metrics: logged_models::newest_metrics(model.metrics), ..model }
}

impl State {
    pub(super) fn model(&self, id: &ModelId) -> Result<&LoggedModel, StoreError> {
        self.models.get(id).ok_or_else(|| StoreError::LoggedModelNotFound(id.clone()))
    }

    /// Adds a metric of a run to the model that it names and that exists.
    pub(super) fn add_to_model(&mut self, run: &RunId, metric: &Metric) {
        let id = metric.subject.model_id.as_ref();
        if let Some(model) = id.and_then(|id| self.models.get_mut(id)) {
            let value = ModelMetric { run_id: run.clone(), metric: metric.clone() };
            if !model.metrics.iter().any(|known| logged_models::is_same_value(known, &value)) {
                model.metrics.push(value);
            }
        }
    }
}
