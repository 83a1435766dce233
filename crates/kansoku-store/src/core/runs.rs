//! Edits of a run in memory, and the order of a metric's values.
use std::cmp::Ordering;

use kansoku_model::{DatasetInput, KeyValue, LifecycleStage, Metric, Run, RunDataset};
use serde_json::Value;

use crate::{RunEdit, StoreError};

/// The tag that contains the run's name; both are always equal.
pub const RUN_NAME_TAG: &str = "mlflow.runName";

/// A JSON list of the models that a run logged.
pub const MODEL_HISTORY_TAG: &str = "mlflow.log-model.history";
const MODEL_HISTORY_BYTES_MAX: usize = 1 << 16;

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
            datasets.into_iter().for_each(|input| add_dataset(&mut run.dataset_inputs, input));
            add(&mut run.model_inputs, model_inputs);
            add(&mut run.model_outputs, model_outputs);
        }
        RunEdit::AddModelRecord(record) => {
            let tag = with_model_record(&run.tags, record)?;
            set_tags(run, vec![tag]);
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
pub fn add<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for value in more {
        if !list.contains(&value) {
            list.push(value);
        }
    }
}

/// Adds a dataset unless the run has it; then it keeps its tags.
pub fn add_dataset(inputs: &mut Vec<DatasetInput>, input: DatasetInput) {
    if !inputs.iter().any(|known| is_same_dataset(&known.dataset, &input.dataset)) {
        inputs.push(input);
    }
}

pub fn is_same_dataset(a: &RunDataset, b: &RunDataset) -> bool {
    (&a.name, &a.digest) == (&b.name, &b.digest)
}

/// The tag with the models that a run logged, with one more.
pub fn with_model_record(tags: &[KeyValue], record: Value) -> Result<KeyValue, StoreError> {
    let known = tags.iter().find(|tag| tag.key == MODEL_HISTORY_TAG);
    let mut records: Vec<Value> =
        known.and_then(|tag| serde_json::from_str(&tag.value).ok()).unwrap_or_default();
    records.push(record);
    let value = Value::from(records).to_string();
    if MODEL_HISTORY_BYTES_MAX < value.len() {
        return Err(StoreError::Invalid(format!(
            "the models of this run would take {} bytes in the tag `{MODEL_HISTORY_TAG}`, which holds {MODEL_HISTORY_BYTES_MAX}",
            value.len()
        )));
    }
    Ok(KeyValue { key: MODEL_HISTORY_TAG.to_owned(), value })
}

/// Values by step, time and value; NaN comes before numbers.
pub fn compare_points(a: &Metric, b: &Metric) -> Ordering {
    let place = |metric: &Metric| (metric.step, metric.timestamp);
    place(a).cmp(&place(b)).then_with(|| compare_values(a.value, b.value))
}

/// NaN is less than any number.
pub fn compare_values(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

/// Whether a value was logged before, at the same step and time.
pub fn is_same_point(a: &Metric, b: &Metric) -> bool {
    a.key == b.key && compare_points(a, b).is_eq()
}

/// Which of so many values stand for all: the first of each of `points_max` groups of nearly equal
/// size, and the last value in place of the last group's first.
pub fn sampled_points(count: usize, points_max: usize) -> Vec<usize> {
    if count <= points_max {
        return (0..count).collect();
    }
    let (size, larger) = (count / points_max.max(1), count % points_max.max(1));
    let mut wanted: Vec<usize> = (0..points_max).map(|n| n * size + n.min(larger)).collect();
    if let Some(last) = wanted.last_mut() {
        *last = count - 1;
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_evenly_and_ends_with_the_last_value() {
        assert_eq!(sampled_points(0, 3), [0; 0]);
        assert_eq!(sampled_points(3, 3), [0, 1, 2]);
        assert_eq!(sampled_points(4, 3), [0, 2, 3]);
        assert_eq!(sampled_points(10, 4), [0, 3, 6, 9]);
        assert_eq!(sampled_points(5, 1), [4]);
        assert_eq!(sampled_points(1_000_000, 2500).len(), 2500);
    }

    #[test]
    fn values_that_are_nan_come_first() {
        let mut values = [0.5, f64::NAN, f64::NEG_INFINITY, f64::INFINITY];
        values.sort_by(|a, b| compare_values(*a, *b));
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [f64::NEG_INFINITY, 0.5, f64::INFINITY]);
    }

    #[test]
    fn the_list_of_logged_models_grows_up_to_its_limit() {
        let mut tags = Vec::new();
        for n in 0..2 {
            let tag = with_model_record(&tags, serde_json::json!({ "n": n })).unwrap();
            put(&mut tags, tag);
        }
        assert_eq!(tags[0].value, r#"[{"n":0},{"n":1}]"#);
        let record = Value::from("x".repeat(MODEL_HISTORY_BYTES_MAX));
        assert!(with_model_record(&tags, record).is_err());
    }
}
