//! `TraceInfo` to and from the wire: v3, and v2 for clients before 3.2.
//!
//! Locations are made up for each caller and never stored, so that the same trace
//! can be read in plain and in Databricks form.
use std::collections::BTreeMap;

use kansoku_model::{
    DurationMs, ExperimentId, KeyValue, TimestampMs, TraceId, TraceInfo, TraceState, metadata_key,
    tag_key,
};
use serde_json::{Map, Value, json};

use super::assessment_json;
use crate::{
    ApiError, Fields,
    params::{
        client_flavor::ClientFlavor,
        ids::trace_id,
        text_limits::{check_length, truncated},
    },
};

/// Longest parts that answers show, in characters; what is stored is longer.
const SHOWN_KEY_MAX: usize = 250;
const SHOWN_METADATA_VALUE_MAX: usize = 250;
const SHOWN_TAG_VALUE_MAX: usize = 4096;

const NAME_MAX: usize = 4096;
const SESSION_MAX: usize = 250;
/// Longer tag values are cut when they are stored.
pub(crate) const TAG_VALUE_MAX: usize = 8000;

/// Says that spans are here, and need not be uploaded or fetched as a file.
const TRACKING_STORE: &str = "TRACKING_STORE";

pub(crate) const STATES: [(&str, i64, TraceState); 4] = [
    ("STATE_UNSPECIFIED", 0, TraceState::Unspecified),
    ("OK", 1, TraceState::Ok),
    ("ERROR", 2, TraceState::Error),
    ("IN_PROGRESS", 3, TraceState::InProgress),
];

pub(crate) fn info_v3(info: &TraceInfo, flavor: ClientFlavor) -> Value {
    let mut json = Map::new();
    json.insert("trace_id".into(), json!(info.trace_id));
    if let Some(id) = &info.client_request_id {
        json.insert("client_request_id".into(), json!(id));
    }
    json.insert("trace_location".into(), location(info.experiment_id));
    if let Some(preview) = &info.request_preview {
        json.insert("request_preview".into(), json!(preview));
    }
    if let Some(preview) = &info.response_preview {
        json.insert("response_preview".into(), json!(preview));
    }
    json.insert("request_time".into(), json!(info.request_time));
    if let Some(duration) = info.execution_duration {
        json.insert("execution_duration".into(), json!(duration));
    }
    json.insert("state".into(), json!(info.state.as_str()));
    let metadata = shown_metadata(info, ShownIn::V3);
    if !metadata.is_empty() {
        json.insert("trace_metadata".into(), json!(metadata));
    }
    if !info.assessments.is_empty() {
        let assessments = info.assessments.iter().map(assessment_json::write);
        json.insert("assessments".into(), assessments.collect());
    }
    json.insert("tags".into(), json!(shown_tags(info, flavor, ShownIn::V3)));
    Value::Object(json)
}

pub(crate) fn info_v2(info: &TraceInfo, flavor: ClientFlavor) -> Value {
    json!({
        "request_id": info.trace_id,
        "experiment_id": info.experiment_id,
        "timestamp_ms": info.request_time.0,
        "execution_time_ms": info.execution_duration.unwrap_or_default().0,
        "status": match info.state {
            TraceState::Unspecified => "TRACE_STATUS_UNSPECIFIED",
            state => state.as_str(),
        },
        "request_metadata": key_values(shown_metadata(info, ShownIn::V2)),
        "tags": key_values(shown_tags(info, flavor, ShownIn::V2)),
    })
}

fn location(experiment: ExperimentId) -> Value {
    json!({
        "type": "MLFLOW_EXPERIMENT",
        "mlflow_experiment": { "experiment_id": experiment },
    })
}

/// v2 knows nothing of finished infos or of spans in the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ShownIn {
    V2,
    V3,
}

fn shown_metadata(info: &TraceInfo, version: ShownIn) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = info
        .metadata
        .iter()
        .map(|(key, value)| {
            (
                truncated(key.clone(), SHOWN_KEY_MAX),
                truncated(value.clone(), SHOWN_METADATA_VALUE_MAX),
            )
        })
        .collect();
    if info.finalized && version == ShownIn::V3 {
        shown.insert(metadata_key::INFO_FINALIZED.to_owned(), "true".to_owned());
    }
    shown
}

fn shown_tags(
    info: &TraceInfo,
    flavor: ClientFlavor,
    version: ShownIn,
) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = info
        .tags
        .iter()
        .map(|(key, value)| {
            (truncated(key.clone(), SHOWN_KEY_MAX), truncated(value.clone(), SHOWN_TAG_VALUE_MAX))
        })
        .collect();
    if let Some(name) = &info.name {
        shown.insert(tag_key::TRACE_NAME.to_owned(), truncated(name.clone(), SHOWN_TAG_VALUE_MAX));
    }
    shown.insert(tag_key::ARTIFACT_LOCATION.to_owned(), artifact_location(info, flavor));
    // A client in Databricks form that reads this looks for the spans in Unity Catalog.
    if 0 < info.span_count && flavor == ClientFlavor::Plain && version == ShownIn::V3 {
        shown.insert(tag_key::SPANS_LOCATION.to_owned(), TRACKING_STORE.to_owned());
    }
    shown
}

/// From its form a client knows how to upload and fetch.
fn artifact_location(info: &TraceInfo, flavor: ClientFlavor) -> String {
    let TraceInfo { experiment_id, trace_id, .. } = info;
    match flavor {
        ClientFlavor::Plain => {
            format!("mlflow-artifacts:/{experiment_id}/traces/{trace_id}/artifacts")
        }
        ClientFlavor::Databricks => {
            format!("dbfs:/databricks/mlflow-tracking/{experiment_id}/{trace_id}/artifacts")
        }
    }
}

fn key_values(map: BTreeMap<String, String>) -> Vec<KeyValue> {
    map.into_iter().map(|(key, value)| KeyValue { key, value }).collect()
}

/// Reads what a client says of its trace (start_trace of v3).
pub(crate) fn read_v3(fields: &Fields, now: TimestampMs) -> Result<TraceInfo, ApiError> {
    let trace_id = trace_id(fields)?;
    let mut info = TraceInfo {
        experiment_id: experiment_in(&fields.required_object("trace_location")?)?,
        client_request_id: fields.str("client_request_id")?,
        request_time: timestamp(fields, "request_time")?
            .ok_or_else(|| fields.missing("request_time"))?,
        execution_duration: duration(fields, "execution_duration")?,
        state: fields.choice("state", &STATES)?.unwrap_or_default(),
        request_preview: fields.str("request_preview")?,
        response_preview: fields.str("response_preview")?,
        finalized: true,
        ..blank(trace_id.clone())
    };
    set_metadata(&mut info, fields.map("trace_metadata")?)?;
    set_tags(&mut info, fields.map("tags")?)?;
    for assessment in fields.list("assessments")? {
        info.assessments.push(assessment_json::read(&assessment, trace_id.clone(), now)?);
    }
    Ok(info)
}

/// A trace of which nothing is known yet.
pub(crate) fn blank(trace_id: TraceId) -> TraceInfo {
    TraceInfo {
        trace_id,
        experiment_id: ExperimentId::DEFAULT,
        client_request_id: None,
        request_time: TimestampMs::default(),
        execution_duration: None,
        state: TraceState::Unspecified,
        name: None,
        request_preview: None,
        response_preview: None,
        metadata: BTreeMap::new(),
        tags: BTreeMap::new(),
        assessments: Vec::new(),
        span_count: 0,
        finalized: false,
    }
}

/// `{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "1"}}`
pub(crate) fn experiment_in(location: &Fields) -> Result<ExperimentId, ApiError> {
    let Some(experiment) = location.object("mlflow_experiment")? else {
        let message = "only traces of an experiment are supported: `mlflow_experiment` is missing";
        return Err(ApiError::invalid(message));
    };
    experiment.required_str("experiment_id")?.parse().map_err(ApiError::invalid)
}

/// What clients send back of our own making is left out.
pub(crate) fn set_metadata(
    info: &mut TraceInfo,
    metadata: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    info.metadata = metadata;
    info.metadata.remove(metadata_key::INFO_FINALIZED);
    match info.metadata.get(metadata_key::SESSION) {
        Some(session) => check_length(metadata_key::SESSION, session, SESSION_MAX),
        None => Ok(()),
    }
}

/// As with metadata; the trace's name is a tag only on the wire.
pub(crate) fn set_tags(
    info: &mut TraceInfo,
    mut tags: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    for made_up in [tag_key::ARTIFACT_LOCATION, tag_key::SPANS_LOCATION, tag_key::ARCHIVE_LOCATION]
    {
        tags.remove(made_up);
    }
    info.name = tags.remove(tag_key::TRACE_NAME);
    info.tags =
        tags.into_iter().map(|(key, value)| (key, truncated(value, TAG_VALUE_MAX))).collect();
    match &info.name {
        Some(name) => check_length(tag_key::TRACE_NAME, name, NAME_MAX),
        None => Ok(()),
    }
}

pub(crate) fn timestamp(fields: &Fields, name: &str) -> Result<Option<TimestampMs>, ApiError> {
    let parse = |text: String| {
        TimestampMs::parse(&text).map_err(|error| ApiError::invalid(format!("`{name}`: {error}")))
    };
    fields.str(name)?.map(parse).transpose()
}

fn duration(fields: &Fields, name: &str) -> Result<Option<DurationMs>, ApiError> {
    let parse = |text: String| {
        DurationMs::parse(&text).map_err(|error| ApiError::invalid(format!("`{name}`: {error}")))
    };
    fields.str(name)?.map(parse).transpose()
}
