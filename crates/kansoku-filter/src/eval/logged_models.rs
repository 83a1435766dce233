//! Filters and orders of logged models, decided in memory.
use std::cmp::{Ordering, Reverse};

use kansoku_model::{LoggedModel, ModelMetric};

use super::{
    meta::{absent_last, directed, entry, holds, passes},
    number,
};
use crate::{
    LoggedModelFilter, LoggedModelOrderBy,
    clause::{Comparison, NumberTest},
    lex::Number,
    logged_model::{Condition, DatasetRef, Field},
};

impl LoggedModelFilter {
    /// `model` has all of its metrics.
    pub fn matches(&self, model: &LoggedModel) -> bool {
        let on_datasets = |value: &&ModelMetric| {
            self.datasets.is_empty() || self.datasets.iter().any(|dataset| is_on(value, dataset))
        };
        let values = || model.metrics.iter().filter(on_datasets);
        if self.asks_for_datasets() && values().next().is_none() {
            return false;
        }
        holds(&self.expr, &|condition| match condition {
            Condition::Text(field, test) => passes(test, text_of(field, model).as_deref()),
            Condition::Time(field, test) => {
                number::passes(Number::Integer(time_of(field, model)), test)
            }
            Condition::Metric(key, test) => {
                values().any(|value| value.metric.key == *key && is_met(value.metric.value, test))
            }
        })
    }
}

impl LoggedModelOrderBy {
    /// The order of two models: by the keys, then newest first, then by id.
    pub fn compare(keys: &[Self], a: &LoggedModel, b: &LoggedModel) -> Ordering {
        let by_keys = keys.iter().map(|by| match &by.field {
            Field::Metric(key) => {
                let latest = |model| latest(model, key, &by.dataset);
                absent_last(latest(a), latest(b), |a, b| {
                    let nans_last = a.is_nan().cmp(&b.is_nan());
                    nans_last.then(directed(a.total_cmp(b), by.direction))
                })
            }
            field @ (Field::CreationTime | Field::LastUpdateTime) => {
                directed(time_of(field, a).cmp(&time_of(field, b)), by.direction)
            }
            field => directed(text_of(field, a).cmp(&text_of(field, b)), by.direction),
        });
        by_keys
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| b.info.creation_time.cmp(&a.info.creation_time))
            .then_with(|| a.info.model_id.cmp(&b.info.model_id))
    }
}

fn is_met(value: f64, test: &NumberTest) -> bool {
    match value.is_nan() {
        true => test.comparison == Comparison::Ne,
        false => number::passes(Number::Real(value), test),
    }
}

fn is_on(value: &ModelMetric, dataset: &DatasetRef) -> bool {
    let subject = &value.metric.subject;
    let fits = |asked: &Option<String>, has: &Option<String>| asked.is_none() || asked == has;
    fits(&dataset.name, &subject.dataset_name) && fits(&dataset.digest, &subject.dataset_digest)
}

fn latest(model: &LoggedModel, key: &str, dataset: &DatasetRef) -> Option<f64> {
    let values = model.metrics.iter();
    let of_key = values.filter(|value| value.metric.key == key && is_on(value, dataset));
    let latest = of_key.max_by_key(|value| {
        (value.metric.timestamp, value.metric.step, Reverse(value.run_id.as_str()))
    });
    latest.map(|value| value.metric.value)
}

fn time_of(field: &Field, model: &LoggedModel) -> i64 {
    match field {
        Field::CreationTime => model.info.creation_time.0,
        _ => model.info.last_update_time.0,
    }
}

fn text_of(field: &Field, model: &LoggedModel) -> Option<String> {
    let info = &model.info;
    Some(match field {
        Field::Name => info.name.clone(),
        Field::ModelId => info.model_id.to_string(),
        Field::ModelType => info.model_type.clone(),
        Field::Status => info.status.as_str().to_owned(),
        Field::SourceRunId => info.source_run_id.clone(),
        Field::ExperimentId => info.experiment_id.to_string(),
        Field::Param(key) => entry(&model.params, key)?.to_owned(),
        Field::Tag(key) => entry(&model.tags, key)?.to_owned(),
        Field::CreationTime | Field::LastUpdateTime | Field::Metric(_) => return None,
    })
}
