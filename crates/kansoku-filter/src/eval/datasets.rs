//! Filters and orders of datasets, decided in memory.
use std::cmp::Ordering;

use kansoku_model::Dataset;

use super::meta::{directed, entry, holds, passes};
use super::number;
use crate::{
    DatasetFilter, DatasetOrderBy,
    dataset::{Condition, Key, Text, Time},
    lex::Number,
};

impl DatasetFilter {
    pub fn matches(&self, dataset: &Dataset) -> bool {
        holds(&self.expr, &|condition| match condition {
            Condition::Text(field, test) => passes(test, text(*field, dataset)),
            Condition::Time(field, test) => {
                number::passes(Number::Integer(time(*field, dataset)), test)
            }
            Condition::Tag(key, test) => passes(test, entry(&dataset.tags, key)),
        })
    }
}

impl DatasetOrderBy {
    /// The order of two datasets: by the keys, newest first where there are none, then by id.
    pub fn compare(keys: &[Self], a: &Dataset, b: &Dataset) -> Ordering {
        let by_keys = keys.iter().map(|by| {
            let ordering = match by.key {
                Key::Name => a.name.cmp(&b.name),
                Key::Time(field) => time(field, a).cmp(&time(field, b)),
            };
            directed(ordering, by.direction)
        });
        let given = match keys.is_empty() {
            true => b.created.cmp(&a.created),
            false => by_keys.fold(Ordering::Equal, Ordering::then),
        };
        given.then_with(|| b.dataset_id.cmp(&a.dataset_id))
    }
}

fn text(field: Text, dataset: &Dataset) -> Option<&str> {
    match field {
        Text::Name => Some(&dataset.name),
        Text::CreatedBy => dataset.created_by.as_deref(),
        Text::LastUpdatedBy => dataset.last_updated_by.as_deref(),
    }
}

fn time(field: Time, dataset: &Dataset) -> i64 {
    match field {
        Time::Created => dataset.created.0,
        Time::LastUpdate => dataset.last_update.0,
    }
}
