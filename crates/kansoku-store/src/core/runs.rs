//! Edits of a run in memory.
use kansoku_model::{KeyValue, LifecycleStage, Metric, Run};
use serde_json::Value;

use crate::{RunEdit, StoreError};

/// The tag that contains the run's name; both are always equal.
pub const RUN_NAME_TAG: &str = "mlflow.runName";

/// Applies an edit completely, or fails without a change. Returns the metrics that are to be
/// logged.
pub fn edit(run: &mut Run, edit: RunEdit) -> Result<Vec<Metric>, StoreError> {
    let id = &run.info.run_id;
    let is_deleted = run.info.lifecycle_stage == LifecycleStage::Deleted;
    if is_deleted && !matches!(edit, RunEdit::SetStage(_)) {
        return Err(StoreError::RunDeleted(id.clone()));
    }
    match edit {
        RunEdit::SetStage(stage) => run.info.lifecycle_stage = stage,
        RunEdit::Update(update) => {
            run.info.status = update.status.unwrap_or(run.info.status);
            run.info.end_time = update.end_time.or(run.info.end_time);
            let tag = |value| KeyValue { key: RUN_NAME_TAG.to_owned(), value };
            set_tags(run, update.run_name.into_iter().map(tag).collect());
        }
        RunEdit::Log { metrics, params, tags } => {
            for KeyValue { key, value: new } in &params {
                let known = run.params.iter().find(|param| param.key == *key);
                if let Some(known) = known.filter(|known| known.value != *new) {
                    let (run, key) = (id.clone(), key.clone());
                    let (old, new) = (known.value.clone(), new.clone());
                    return Err(StoreError::ParamChanged { run, key, old, new });
                }
            }
            params.into_iter().for_each(|param| put(&mut run.params, param));
            set_tags(run, tags);
            return Ok(metrics);
        }
        RunEdit::DeleteTag { key } => {
            if !remove(&mut run.tags, &key) {
                return Err(StoreError::RunTagNotFound { run: id.clone(), key });
            }
        }
        RunEdit::LogInputs { datasets, model_inputs, model_outputs } => {
            add(&mut run.dataset_inputs, datasets);
            add(&mut run.model_inputs, model_inputs);
            add(&mut run.model_outputs, model_outputs);
        }
    }
    Ok(Vec::new())
}

pub fn set_tags(run: &mut Run, tags: Vec<KeyValue>) {
    for tag in tags {
        if tag.key == RUN_NAME_TAG {
            run.info.run_name.clone_from(&tag.value);
        }
        put(&mut run.tags, tag);
    }
}

/// Sets an entry; entries are sorted by key.
pub fn put(entries: &mut Vec<KeyValue>, new: KeyValue) {
    remove(entries, &new.key);
    entries.push(new);
    entries.sort_by(|a, b| a.key.cmp(&b.key));
}

/// Removes an entry; returns whether there was one with this key.
pub fn remove(entries: &mut Vec<KeyValue>, key: &str) -> bool {
    let before = entries.len();
    entries.retain(|entry| entry.key != key);
    entries.len() < before
}

/// Adds the values that `list` does not contain yet.
pub fn add(list: &mut Vec<Value>, more: Vec<Value>) {
    for value in more {
        if !list.contains(&value) {
            list.push(value);
        }
    }
}
