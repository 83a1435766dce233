//! Evaluation datasets and their records. Tags, schema, profile and records are JSON inside of texts.
use base64::{Engine, prelude::BASE64_STANDARD};
use kansoku_model::{
    Dataset, DatasetId, DatasetRecord, DatasetRecordId, ExperimentId, KeyValue, RecordSource,
    RecordSourceType, RecordUpsert,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Fields, RequestError, fields::type_name, python_json, text_limits::check_length};

const NAME_LENGTH_MAX: usize = 255;
const TAG_KEY_LENGTH_MAX: usize = 255;
const TAG_VALUE_LENGTH_MAX: usize = 5000;
const TAGS_MAX: usize = 1000;
/// Most records of one request.
const RECORDS_MAX: usize = 100_000;
/// Most ids of one request.
const RECORD_IDS_MAX: usize = 100_000;

pub fn dataset_id(fields: &Fields) -> Result<DatasetId, RequestError> {
    Ok(DatasetId(fields.required_str("dataset_id")?))
}

pub fn name(fields: &Fields) -> Result<String, RequestError> {
    let name = fields.required_str("name")?;
    check_length("name", &name, NAME_LENGTH_MAX)?;
    Ok(name)
}

/// Reads the tags, an object as text; empty text is no tags, and `null` no tag.
pub fn tags(fields: &Fields) -> Result<Vec<KeyValue>, RequestError> {
    let text = fields.str("tags")?.unwrap_or_default();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let tags = match parse("tags", &text)? {
        Value::Null => return Ok(Vec::new()),
        Value::Object(tags) => tags,
        value => return Err(not_an_object("tags", &value)),
    };
    if TAGS_MAX < tags.len() {
        return Err(RequestError::invalid(format!(
            "'tags' has {} entries, and at most {TAGS_MAX} are set at once",
            tags.len()
        )));
    }
    let tags = tags.into_iter().filter(|(_, value)| !value.is_null());
    tags.map(|(key, value)| {
        check_length("tags: key", &key, TAG_KEY_LENGTH_MAX)?;
        let value = tag_text(value);
        check_length(&format!("tags.{key}"), &value, TAG_VALUE_LENGTH_MAX)?;
        Ok(KeyValue { key, value })
    })
    .collect()
}

/// A tag's value as text, as Python writes it.
fn tag_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        value => value.to_string(),
    }
}

pub fn record_ids(fields: &Fields) -> Result<Vec<DatasetRecordId>, RequestError> {
    let ids = fields.list_str("dataset_record_ids")?;
    if RECORD_IDS_MAX < ids.len() {
        return Err(RequestError::invalid(format!(
            "'dataset_record_ids' has {} ids, and at most {RECORD_IDS_MAX} are deleted at once",
            ids.len()
        )));
    }
    Ok(ids.into_iter().map(DatasetRecordId).collect())
}

/// Reads the records of an upsert, a list as text.
pub fn record_upserts(text: &str) -> Result<Vec<RecordUpsert>, RequestError> {
    let records = match parse("records", text)? {
        Value::Array(records) => records,
        value => {
            return Err(RequestError::invalid(format!(
                "'records' must be a JSON list of objects, not a {}",
                type_name(&value)
            )));
        }
    };
    if RECORDS_MAX < records.len() {
        return Err(RequestError::invalid(format!(
            "'records' has {} records, and at most {RECORDS_MAX} are merged at once",
            records.len()
        )));
    }
    records.into_iter().enumerate().map(|(at, record)| record_upsert(at, record)).collect()
}

fn record_upsert(at: usize, record: Value) -> Result<RecordUpsert, RequestError> {
    let mut fields = match record {
        Value::Object(fields) => fields,
        value => return Err(not_an_object(&format!("records[{at}]"), &value)),
    };
    let mut object = |name: &str| match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(value) => Err(not_an_object(&format!("records[{at}].{name}"), &value)),
    };
    let (inputs, expectations, tags) =
        (object("inputs")?, object("expectations")?, object("tags")?);
    let source = object("source")?.filter(|source| !source.is_empty());
    Ok(RecordUpsert {
        inputs: inputs.unwrap_or_default(),
        outputs: fields.remove("outputs"),
        expectations,
        tags,
        source: source.map(|source| record_source(at, source)).transpose()?,
    })
}

fn record_source(at: usize, mut source: Map<String, Value>) -> Result<RecordSource, RequestError> {
    let wrong_type = || {
        let types: Vec<_> = RecordSourceType::ALL.iter().map(|it| it.as_str()).collect();
        let types = types.join(", ");
        RequestError::invalid(format!("'records[{at}].source.source_type' must be one of {types}"))
    };
    let source_type = match source.remove("source_type") {
        Some(Value::String(text)) => RecordSourceType::from_text(&text).ok_or_else(wrong_type)?,
        _ => return Err(wrong_type()),
    };
    let source_data = match source.remove("source_data") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(data)) => data,
        Some(value) => {
            return Err(not_an_object(&format!("records[{at}].source.source_data"), &value));
        }
    };
    Ok(RecordSource { source_type, source_data })
}

fn parse(name: &str, text: &str) -> Result<Value, RequestError> {
    python_json::parse(text)
        .map_err(|error| RequestError::invalid(format!("'{name}' is not valid JSON: {error}")))
}

fn not_an_object(name: &str, value: &Value) -> RequestError {
    RequestError::invalid(format!("'{name}' must be a JSON object, not a {}", type_name(value)))
}

/// Where a page of records ended: the version that added its last record, and that record.
pub fn record_page_token(added_in: u64, record_id: &DatasetRecordId) -> String {
    BASE64_STANDARD.encode(format!("{added_in}:{record_id}"))
}

/// Reads a token of [`record_page_token`].
pub fn parse_record_page_token(token: &str) -> Result<(u64, DatasetRecordId), RequestError> {
    let read = || {
        let text = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
        let (added_in, record_id) = text.split_once(':')?;
        Some((added_in.parse().ok()?, DatasetRecordId(record_id.to_owned())))
    };
    read().ok_or_else(|| {
        RequestError::invalid("Invalid page token: repeat the request without 'page_token'")
    })
}

/// `Dataset`.
#[derive(Debug, Serialize)]
pub struct DatasetJson<'a> {
    dataset_id: &'a DatasetId,
    name: &'a str,
    tags: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    digest: &'a str,
    /// Milliseconds since 1970.
    created_time: i64,
    last_update_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_by: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    experiment_ids: &'a [ExperimentId],
}

impl<'a> DatasetJson<'a> {
    /// Without its experiments, for which there is another route.
    pub fn new(dataset: &'a Dataset) -> Self {
        let tags: Map<String, Value> = dataset
            .tags
            .iter()
            .map(|tag| (tag.key.clone(), Value::from(tag.value.as_str())))
            .collect();
        Self {
            dataset_id: &dataset.dataset_id,
            name: &dataset.name,
            tags: Value::Object(tags).to_string(),
            schema: dataset.schema.as_ref().map(|schema| serde_json::json!(schema).to_string()),
            profile: dataset.record_count.map(profile),
            digest: &dataset.digest,
            created_time: dataset.created.0,
            last_update_time: dataset.last_update.0,
            created_by: dataset.created_by.as_deref(),
            last_updated_by: dataset.last_updated_by.as_deref(),
            experiment_ids: &[],
        }
    }

    /// As the answer to its creation shows it.
    pub fn with_experiments(dataset: &'a Dataset) -> Self {
        Self { experiment_ids: &dataset.experiments, ..Self::new(dataset) }
    }
}

fn profile(record_count: u64) -> String {
    match record_count {
        0 => "null".to_owned(),
        count => format!("{{\"num_records\": {count}}}"),
    }
}

/// `DatasetRecord`.
#[derive(Debug, Serialize)]
pub struct DatasetRecordJson<'a> {
    dataset_record_id: &'a DatasetRecordId,
    dataset_id: &'a DatasetId,
    inputs: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expectations: Option<&'a Map<String, Value>>,
    tags: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a RecordSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_type: Option<RecordSourceType>,
    /// Milliseconds since 1970.
    created_time: i64,
    last_update_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    outputs: &'a Value,
}

impl<'a> DatasetRecordJson<'a> {
    pub fn new(dataset: &'a DatasetId, record: &'a DatasetRecord) -> Self {
        let source = record.source.as_ref();
        Self {
            dataset_record_id: &record.record_id,
            dataset_id: dataset,
            inputs: &record.inputs,
            expectations: record.content.expectations.as_ref(),
            tags: &record.content.tags,
            source,
            source_id: source.and_then(RecordSource::source_id),
            source_type: source.map(|source| source.source_type),
            created_time: record.created.0,
            last_update_time: record.last_update.0,
            created_by: record.created_by.as_deref(),
            last_updated_by: record.last_updated_by.as_deref(),
            outputs: &record.content.outputs,
        }
    }
}
