//! Edits of a logged model held in memory, and the order of its metrics.
use std::cmp::Reverse;

use kansoku_model::{KeyValue, LifecycleStage, LoggedModel, ModelMetric, TimestampMs};

use super::runs::{put, remove};
use crate::{LoggedModelEdit, StoreError};

/// Makes an edit, or refuses it whole.
pub fn edit(
    model: &mut LoggedModel,
    edit: LoggedModelEdit,
    now: TimestampMs,
) -> Result<(), StoreError> {
    match edit {
        LoggedModelEdit::SetStatus(status) => {
            model.info.status = status;
            model.info.last_update_time = now;
        }
        LoggedModelEdit::Delete => {
            model.info.lifecycle_stage = LifecycleStage::Deleted;
            model.info.last_update_time = now;
        }
        LoggedModelEdit::LogParams(params) => {
            for KeyValue { key, value: new } in &params {
                let known = model.params.iter().find(|param| param.key == *key);
                if let Some(known) = known.filter(|known| known.value != *new) {
                    let model = model.info.model_id.clone();
                    let (key, old, new) = (key.clone(), known.value.clone(), new.clone());
                    return Err(StoreError::LoggedModelParamChanged { model, key, old, new });
                }
            }
            params.into_iter().for_each(|param| put(&mut model.params, param));
        }
        LoggedModelEdit::SetTags(tags) => {
            tags.into_iter().for_each(|tag| put(&mut model.tags, tag));
        }
        LoggedModelEdit::DeleteTag { key } => {
            if !remove(&mut model.tags, &key) {
                let model = model.info.model_id.clone();
                return Err(StoreError::LoggedModelTagNotFound { model, key });
            }
        }
    }
    Ok(())
}

/// Whether a run logged this metric at the same time and step; the first value stays.
pub fn is_same_value(a: &ModelMetric, b: &ModelMetric) -> bool {
    (&a.run_id, &a.metric.key) == (&b.run_id, &b.metric.key)
        && (a.metric.timestamp, a.metric.step) == (b.metric.timestamp, b.metric.step)
}

/// The newest values, by key, time, step and run.
pub fn newest_metrics(mut metrics: Vec<ModelMetric>) -> Vec<ModelMetric> {
    let at = |it: &ModelMetric| (it.metric.timestamp, it.metric.step);
    metrics.sort_by(|a, b| {
        let newest = Reverse(at(a)).cmp(&Reverse(at(b)));
        newest.then((&a.metric.key, &a.run_id).cmp(&(&b.metric.key, &b.run_id)))
    });
    metrics.truncate(LoggedModel::METRICS_MAX);
    metrics.sort_by(|a, b| {
        let key = a.metric.key.cmp(&b.metric.key);
        key.then(at(a).cmp(&at(b))).then(a.run_id.cmp(&b.run_id))
    });
    metrics
}
