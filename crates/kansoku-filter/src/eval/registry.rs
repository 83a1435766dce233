//! Filters and orders of registered models and their versions, decided in memory.
use std::{cmp::Ordering, collections::BTreeMap};

use kansoku_model::{ModelVersion, RegisteredModel, TimestampMs};

use super::{
    meta::{directed, holds, passes},
    number,
};
use crate::{
    ModelVersionFilter, ModelVersionOrderBy, RegisteredModelFilter, RegisteredModelOrderBy,
    lex::Number,
    registry::{Condition, Field, Key, model_order, version_order},
    sort::Direction,
};

impl RegisteredModelFilter {
    pub fn matches(&self, model: &RegisteredModel) -> bool {
        holds(&self.expr, &|condition| match condition {
            Condition::Text(Field::Name, test) => passes(test, Some(&model.name)),
            Condition::Text(Field::Tag(key), test) => passes(test, tag(&model.tags, key)),
            Condition::IsPrompt(is_prompt) => model.is_prompt() == *is_prompt,
            // Only versions have these.
            Condition::Text(Field::RunId | Field::Source, _) | Condition::Version(_) => false,
        })
    }
}

impl ModelVersionFilter {
    pub fn matches(&self, version: &ModelVersion) -> bool {
        holds(&self.expr, &|condition| match condition {
            Condition::Text(Field::Name, test) => passes(test, Some(&version.name)),
            Condition::Text(Field::RunId, test) => passes(test, Some(&version.run_id)),
            Condition::Text(Field::Source, test) => passes(test, Some(&version.source)),
            Condition::Text(Field::Tag(key), test) => passes(test, tag(&version.tags, key)),
            Condition::Version(test) => number::passes(Number::Integer(version.version), test),
            Condition::IsPrompt(is_prompt) => version.is_prompt() == *is_prompt,
        })
    }
}

impl RegisteredModelOrderBy {
    pub fn compare(keys: &[Self], a: &RegisteredModel, b: &RegisteredModel) -> Ordering {
        let of = |model: &RegisteredModel| (model.creation_time, model.last_update_time);
        compare(&model_order(keys), (a.name.as_str(), 0, of(a)), (b.name.as_str(), 0, of(b)))
    }
}

impl ModelVersionOrderBy {
    pub fn compare(keys: &[Self], a: &ModelVersion, b: &ModelVersion) -> Ordering {
        let of = |version: &ModelVersion| (version.creation_time, version.last_update_time);
        let order = version_order(keys);
        compare(&order, (a.name.as_str(), a.version, of(a)), (b.name.as_str(), b.version, of(b)))
    }
}

/// Name, version, and the times of creation and last update.
type Keys<'a> = (&'a str, i64, (TimestampMs, TimestampMs));

fn compare(order: &[(Key, Direction)], a: Keys<'_>, b: Keys<'_>) -> Ordering {
    let by_keys = order.iter().map(|(key, direction)| {
        let ordering = match key {
            Key::Name => a.0.cmp(b.0),
            Key::Version => a.1.cmp(&b.1),
            Key::CreationTime => a.2.0.cmp(&b.2.0),
            Key::LastUpdateTime => a.2.1.cmp(&b.2.1),
        };
        directed(ordering, *direction)
    });
    by_keys.fold(Ordering::Equal, Ordering::then)
}

fn tag<'a>(tags: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    tags.get(key).map(String::as_str)
}
