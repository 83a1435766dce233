//! Converts attributes to JSON, and restores lists that were flattened into many attributes.
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde_json::{Map, Value};

use crate::value::{Json, to_text};

use super::parts::decoded;

/// The most segments of a flattened key that become levels; the rest stays one name.
const LEVELS_MAX: usize = 16;
/// The most values and names in one tree; each takes hundreds of bytes.
const NODES_MAX: usize = 20_000;

/// The value of an attribute as JSON; a string that contains JSON is parsed.
pub(super) fn json(value: &AnyValue) -> Value {
    let Some(value) = &value.value else { return Value::Null };
    let plain = tree(value);
    match &plain {
        Value::String(text) if text.trim_start().starts_with('"') => {
            serde_json::from_str::<String>(text).map_or(plain, Value::String)
        }
        Value::String(_) => decoded(&plain).into_owned(),
        _ => plain,
    }
}

/// The value as a tree; as a string of its JSON if the tree would be too large.
fn tree(value: &Any) -> Value {
    if NODES_MAX < nodes(value, NODES_MAX) {
        return Value::String(to_text(&Json(value)));
    }
    serde_json::to_value(Json(value)).unwrap_or(Value::Null)
}

/// The number of values in a value, counted until it exceeds `max`.
fn nodes(value: &Any, max: usize) -> usize {
    let mut count = 1;
    let mut add = |inner: &AnyValue| {
        if let (Some(inner), true) = (&inner.value, count <= max) {
            count += nodes(inner, max - count);
        } else {
            count += 1;
        }
    };
    match value {
        Any::ArrayValue(list) => list.values.iter().for_each(add),
        Any::KvlistValue(object) => object.values.iter().for_each(|entry| match &entry.value {
            Some(value) => add(value),
            None => add(&AnyValue::default()),
        }),
        _ => {}
    }
    count
}

/// The list or object whose leaves are the attributes that begin with `prefix`: `p.0.role`,
/// `p.0.content`, `p.1.role` become `[{role, content}, {role}]`. Attributes beyond [`NODES_MAX`]
/// are left out.
pub(super) fn gather(attributes: &[KeyValue], prefix: &str) -> Option<Value> {
    let mut root = Map::new();
    let mut room = NODES_MAX;
    for KeyValue { key, value, .. } in attributes {
        let Some(path) = key.strip_prefix(prefix) else { continue };
        let Some(value) = value.as_ref().filter(|value| value.value.is_some()) else { continue };
        let levels = path.split('.').take(LEVELS_MAX).count();
        let nodes = value.value.as_ref().map_or(0, |value| nodes(value, NODES_MAX));
        let Some(left) = room.checked_sub(levels + nodes) else { break };
        room = left;
        let mut place = &mut root;
        let mut segments = path.splitn(LEVELS_MAX, '.').peekable();
        while let Some(segment) = segments.next() {
            if segments.peek().is_none() {
                place.insert(segment.to_owned(), leaf(value));
                break;
            }
            let inner = place.entry(segment).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            let Value::Object(inner) = inner else { break };
            place = inner;
        }
    }
    (!root.is_empty()).then(|| with_lists(Value::Object(root)))
}

/// A leaf stays a string, because the content of a message may look like JSON.
fn leaf(value: &AnyValue) -> Value {
    let value = value.value.as_ref().map(Json);
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Turns objects whose names are all numbers into lists.
fn with_lists(value: Value) -> Value {
    let Value::Object(object) = value else { return value };
    let numbered: Option<Vec<u64>> = object.keys().map(|key| key.parse().ok()).collect();
    let values = object.into_iter().map(|(key, value)| (key, with_lists(value)));
    let Some(numbers) = numbered.filter(|numbers| !numbers.is_empty()) else {
        return Value::Object(values.collect());
    };
    let mut items: Vec<(u64, Value)> =
        numbers.into_iter().zip(values.map(|(_, value)| value)).collect();
    items.sort_by_key(|(number, _)| *number);
    Value::Array(items.into_iter().map(|(_, value)| value).collect())
}
