//! Engine-free functions on datasets: merging of records, schemas, digests, differences.
use std::cmp::Ordering;
use std::collections::VecDeque;

use kansoku_model::{DatasetId, DatasetRecord, DatasetSchema, RecordContent, RecordUpsert};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::list_bounds::{ListRoom, value_bytes};
use crate::{
    DatasetStore, DifferencePage, DifferenceQuery, RecordDifference, RecordPosition, RecordQuery,
    StoreError,
};

/// Records that are read at once to be compared.
const COMPARED_AT_ONCE: usize = 1000;
/// Records of one version that a page of differences looks at.
const COMPARED_MAX: usize = 100_000;
/// Fixed overhead charged per record of a list, in addition to its JSON.
const RECORD_BYTES: usize = 400;

/// The key by which records are merged: equal for equal inputs, whatever the order of their fields.
pub fn input_hash(inputs: &Map<String, Value>) -> [u8; 32] {
    let mut text = String::new();
    write_canonical_object(&mut text, inputs);
    Sha256::digest(text.as_bytes()).into()
}

fn write_canonical(out: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => write_canonical_object(out, fields),
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(out, item);
                out.push(',');
            }
            out.push(']');
        }
        value => out.push_str(&value.to_string()),
    }
}

fn write_canonical_object(out: &mut String, fields: &Map<String, Value>) {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    out.push('{');
    for (key, value) in sorted {
        out.push_str(&Value::from(key.as_str()).to_string());
        out.push(':');
        write_canonical(out, value);
        out.push(',');
    }
    out.push('}');
}

/// A short name of a version that no other version has.
pub fn digest(id: &DatasetId, version: u64) -> String {
    let hash = Sha256::digest(format!("{id}:{version}"));
    hash[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The content of a record that is new.
pub fn new_content(new: &RecordUpsert) -> RecordContent {
    RecordContent {
        outputs: new.outputs.clone().unwrap_or_else(|| Value::Object(Map::new())),
        expectations: new.expectations.clone(),
        tags: new.tags.clone().unwrap_or_default(),
    }
}

/// Merges a record into the one with the same inputs.
pub fn merge(content: &mut RecordContent, new: &RecordUpsert) {
    if let Some(outputs) = &new.outputs {
        content.outputs.clone_from(outputs);
    }
    if let Some(new) = new.expectations.as_ref().filter(|new| !new.is_empty()) {
        set_fields(content.expectations.get_or_insert_default(), new);
    }
    if let Some(new) = &new.tags {
        set_fields(&mut content.tags, new);
    }
}

fn set_fields(fields: &mut Map<String, Value>, new: &Map<String, Value>) {
    fields.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
}

/// Adds the fields of a record that are not known yet.
pub fn extend_schema(schema: &mut DatasetSchema, record: &RecordUpsert) {
    add_fields(&mut schema.inputs, &record.inputs);
    if let Some(expectations) = &record.expectations {
        add_fields(&mut schema.expectations, expectations);
    }
    match (&mut schema.outputs, &record.outputs) {
        (_, None | Some(Value::Null)) => {}
        (Value::Object(known), Some(Value::Object(outputs))) => add_fields(known, outputs),
        (Value::Object(known), Some(output)) if known.is_empty() => {
            schema.outputs = Value::from(type_name(output));
        }
        // The first outputs decide whether they have fields.
        _ => {}
    }
}

fn add_fields(known: &mut Map<String, Value>, fields: &Map<String, Value>) {
    for (key, value) in fields {
        if !known.contains_key(key) {
            known.insert(key.clone(), Value::from(type_name(value)));
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// About how many bytes a record takes in a list.
pub fn record_bytes(record: &DatasetRecord) -> usize {
    let RecordContent { outputs, expectations, tags } = &record.content;
    let source = record.source.iter().map(|source| &source.source_data);
    let objects = [&record.inputs, tags].into_iter().chain(expectations).chain(source);
    RECORD_BYTES + value_bytes(outputs) + objects.map(object_bytes).sum::<usize>()
}

/// About how many bytes a record takes on its way to the store.
pub fn upsert_bytes(record: &RecordUpsert) -> usize {
    let source = record.source.iter().map(|source| &source.source_data);
    let objects = record.expectations.iter().chain(&record.tags).chain(source);
    RECORD_BYTES
        + object_bytes(&record.inputs)
        + record.outputs.as_ref().map_or(0, value_bytes)
        + objects.map(object_bytes).sum::<usize>()
}

fn object_bytes(fields: &Map<String, Value>) -> usize {
    fields.iter().map(|(key, value)| 8 + key.len() + value_bytes(value)).sum()
}

/// Compares two versions, page by page of each: both are in one order.
pub async fn differences(
    store: &(impl DatasetStore + ?Sized),
    query: DifferenceQuery,
) -> Result<DifferencePage, StoreError> {
    let mut base = VersionReader::new(&query, query.base);
    let mut version = VersionReader::new(&query, query.version);
    let (mut differences, mut room) = (Vec::new(), ListRoom::default());
    let mut end = query.after.clone();
    for _ in 0..COMPARED_MAX {
        base.fill(store).await?;
        version.fill(store).await?;
        let order = match (base.position(), version.position()) {
            (None, None) => return Ok(DifferencePage { differences, next: None }),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(before), Some(after)) => before.cmp(&after),
        };
        let position = if order.is_le() { base.position() } else { version.position() };
        let before = if order.is_le() { base.records.pop_front() } else { None };
        let after = if order.is_ge() { version.records.pop_front() } else { None };
        if let Some(difference) = difference(before, after) {
            let bytes = difference_bytes(&difference);
            if differences.len() == query.max_results || !room.take(bytes) {
                break;
            }
            differences.push(difference);
        }
        end = position;
    }
    Ok(DifferencePage { differences, next: end })
}

/// The difference of a record between two versions, of which it is in one at least.
fn difference(
    before: Option<DatasetRecord>,
    after: Option<DatasetRecord>,
) -> Option<RecordDifference> {
    match (before, after) {
        (None, after) => after.map(RecordDifference::Added),
        (Some(before), None) => Some(RecordDifference::Removed(before)),
        (Some(before), Some(after)) => {
            let changed = before.content != after.content;
            let (before, after) = (Box::new(before), Box::new(after));
            changed.then_some(RecordDifference::Changed { before, after })
        }
    }
}

fn difference_bytes(difference: &RecordDifference) -> usize {
    match difference {
        RecordDifference::Added(record) | RecordDifference::Removed(record) => record_bytes(record),
        RecordDifference::Changed { before, after } => record_bytes(before) + record_bytes(after),
    }
}

/// Reads the records of one version as they are needed.
struct VersionReader {
    next: RecordQuery,
    records: VecDeque<DatasetRecord>,
    has_more: bool,
}

impl VersionReader {
    fn new(query: &DifferenceQuery, version: u64) -> Self {
        let next = RecordQuery {
            dataset: query.dataset.clone(),
            version: Some(version),
            after: query.after.clone(),
            max_results: COMPARED_AT_ONCE,
        };
        Self { next, records: VecDeque::new(), has_more: true }
    }

    async fn fill(&mut self, store: &(impl DatasetStore + ?Sized)) -> Result<(), StoreError> {
        if self.records.is_empty() && self.has_more {
            let (records, has_more) = store.dataset_records(self.next.clone()).await?;
            self.has_more = has_more;
            self.next.after =
                records.last().map(RecordPosition::of_record).or(self.next.after.take());
            self.records.extend(records);
        }
        Ok(())
    }

    fn position(&self) -> Option<RecordPosition> {
        self.records.front().map(RecordPosition::of_record)
    }
}
