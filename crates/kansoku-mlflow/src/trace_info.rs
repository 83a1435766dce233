//! `TraceInfo` of v3, and of v2 for clients before 3.2.
//!
//! Locations are computed for each caller and never stored, so that the same trace can be read in
//! plain and in Databricks form.
use std::collections::BTreeMap;

use kansoku_model::{
    DurationMs, ExperimentId, KeyValue, TimestampMs, TraceId, TraceInfo, TraceState, metadata_key,
    tag_key,
};
use serde::Serialize;

use crate::{
    ClientFlavor, Fields, RequestError,
    assessment::{AssessmentJson, read_assessment},
    ids::trace_id,
    serialize::{duration_text, parse_duration, text},
    text_limits::{check_length, truncate},
};

/// Limits of keys and values in responses, in characters; stored ones may be longer.
const SHOWN_KEY_MAX: usize = 250;
const SHOWN_METADATA_VALUE_MAX: usize = 250;
const SHOWN_TAG_VALUE_MAX: usize = 4096;

const NAME_MAX: usize = 4096;
const SESSION_MAX: usize = 250;
/// The longest tag value, in characters. Longer ones are truncated before they are stored.
pub const TAG_VALUE_MAX: usize = 8000;

/// The location of spans that are stored with the trace instead of in a file.
const TRACKING_STORE: &str = "TRACKING_STORE";

pub const STATES: [(&str, i64, TraceState); 4] = [
    ("STATE_UNSPECIFIED", 0, TraceState::Unspecified),
    ("OK", 1, TraceState::Ok),
    ("ERROR", 2, TraceState::Error),
    ("IN_PROGRESS", 3, TraceState::InProgress),
];

/// MLflow's `TraceInfo` of v3.
#[derive(Debug, Serialize)]
pub struct TraceInfoV3<'a> {
    trace_id: &'a TraceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<&'a str>,
    trace_location: TraceLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_preview: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_preview: Option<&'a str>,
    #[serde(serialize_with = "text")]
    request_time: TimestampMs,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_duration: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    trace_metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assessments: Vec<AssessmentJson<'a>>,
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct TraceLocation {
    r#type: &'static str,
    mlflow_experiment: ExperimentLocation,
}

#[derive(Debug, Serialize)]
struct ExperimentLocation {
    experiment_id: ExperimentId,
}

impl<'a> TraceInfoV3<'a> {
    pub fn new(info: &'a TraceInfo, flavor: ClientFlavor) -> Self {
        Self {
            trace_id: &info.trace_id,
            client_request_id: info.client_request_id.as_deref(),
            trace_location: TraceLocation {
                r#type: "MLFLOW_EXPERIMENT",
                mlflow_experiment: ExperimentLocation { experiment_id: info.experiment_id },
            },
            request_preview: info.request_preview.as_deref(),
            response_preview: info.response_preview.as_deref(),
            request_time: info.request_time,
            execution_duration: info.execution_duration.map(duration_text),
            state: info.state.as_str(),
            trace_metadata: shown_metadata(info, ApiVersion::V3),
            assessments: info.assessments.iter().map(AssessmentJson::new).collect(),
            tags: shown_tags(info, flavor, ApiVersion::V3),
        }
    }
}

/// MLflow's `TraceInfo` of v2.
#[derive(Debug, Serialize)]
pub struct TraceInfoV2<'a> {
    request_id: &'a TraceId,
    experiment_id: ExperimentId,
    timestamp_ms: i64,
    execution_time_ms: i64,
    status: &'static str,
    request_metadata: Vec<KeyValue>,
    tags: Vec<KeyValue>,
}

impl<'a> TraceInfoV2<'a> {
    pub fn new(info: &'a TraceInfo, flavor: ClientFlavor) -> Self {
        Self {
            request_id: &info.trace_id,
            experiment_id: info.experiment_id,
            timestamp_ms: info.request_time.0,
            execution_time_ms: info.execution_duration.unwrap_or_default().0,
            status: match info.state {
                TraceState::Unspecified => "TRACE_STATUS_UNSPECIFIED",
                state => state.as_str(),
            },
            request_metadata: key_values(shown_metadata(info, ApiVersion::V2)),
            tags: key_values(shown_tags(info, flavor, ApiVersion::V2)),
        }
    }
}

/// The version of a response. v2 has neither the mark of a finalized info nor the location of
/// spans.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ApiVersion {
    V2,
    V3,
}

fn shown_metadata(info: &TraceInfo, version: ApiVersion) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = info
        .metadata
        .iter()
        .map(|(key, value)| {
            (
                truncate(key.clone(), SHOWN_KEY_MAX),
                truncate(value.clone(), SHOWN_METADATA_VALUE_MAX),
            )
        })
        .collect();
    if info.finalized && version == ApiVersion::V3 {
        shown.insert(metadata_key::INFO_FINALIZED.to_owned(), "true".to_owned());
    }
    shown
}

fn shown_tags(
    info: &TraceInfo,
    flavor: ClientFlavor,
    version: ApiVersion,
) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = info
        .tags
        .iter()
        .map(|(key, value)| {
            (truncate(key.clone(), SHOWN_KEY_MAX), truncate(value.clone(), SHOWN_TAG_VALUE_MAX))
        })
        .collect();
    if let Some(name) = &info.name {
        shown.insert(tag_key::TRACE_NAME.to_owned(), truncate(name.clone(), SHOWN_TAG_VALUE_MAX));
    }
    shown.insert(tag_key::ARTIFACT_LOCATION.to_owned(), artifact_location(info, flavor));
    // A client in Databricks form that reads this tag looks for the spans in Unity Catalog.
    if 0 < info.span_count && flavor == ClientFlavor::Plain && version == ApiVersion::V3 {
        shown.insert(tag_key::SPANS_LOCATION.to_owned(), TRACKING_STORE.to_owned());
    }
    shown
}

/// The location of a trace's artifacts, whose scheme determines how clients upload and download
/// them.
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

/// Reads the `TraceInfo` that a client sends with `start_trace` of v3. Fails if a field is missing
/// or invalid.
pub fn read_info_v3(fields: &Fields, now: TimestampMs) -> Result<TraceInfo, RequestError> {
    let trace_id = trace_id(fields)?;
    let mut info = TraceInfo {
        experiment_id: read_location(&fields.required_object("trace_location")?)?,
        client_request_id: fields.str("client_request_id")?,
        request_time: timestamp(fields, "request_time")?
            .ok_or_else(|| fields.missing("request_time"))?,
        execution_duration: duration(fields, "execution_duration")?,
        state: fields.choice("state", &STATES)?.unwrap_or_default(),
        request_preview: fields.str("request_preview")?,
        response_preview: fields.str("response_preview")?,
        finalized: true,
        ..empty_info(trace_id.clone())
    };
    set_metadata(&mut info, fields.map("trace_metadata")?)?;
    set_tags(&mut info, fields.map("tags")?)?;
    for assessment in fields.list("assessments")? {
        info.assessments.push(read_assessment(&assessment, trace_id.clone(), now)?);
    }
    Ok(info)
}

/// The record of a trace of which only the id is known.
pub fn empty_info(trace_id: TraceId) -> TraceInfo {
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

/// Reads a location, and fails if it is not an experiment:
/// `{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "1"}}`.
pub fn read_location(location: &Fields) -> Result<ExperimentId, RequestError> {
    let Some(experiment) = location.object("mlflow_experiment")? else {
        let message = "only traces of an experiment are supported: `mlflow_experiment` is missing";
        return Err(RequestError::invalid(message));
    };
    experiment.required_str("experiment_id")?.parse().map_err(RequestError::invalid)
}

/// Sets the metadata, without the entry that the server adds to responses. Fails if the session id
/// is too long.
pub fn set_metadata(
    info: &mut TraceInfo,
    metadata: BTreeMap<String, String>,
) -> Result<(), RequestError> {
    info.metadata = metadata;
    info.metadata.remove(metadata_key::INFO_FINALIZED);
    match info.metadata.get(metadata_key::SESSION) {
        Some(session) => check_length(metadata_key::SESSION, session, SESSION_MAX),
        None => Ok(()),
    }
}

/// Sets the tags and the name, without the tags that the server adds to responses. Only in MLflow's
/// JSON is the name a tag. Fails if the name is too long.
pub fn set_tags(
    info: &mut TraceInfo,
    mut tags: BTreeMap<String, String>,
) -> Result<(), RequestError> {
    for added in [tag_key::ARTIFACT_LOCATION, tag_key::SPANS_LOCATION, tag_key::ARCHIVE_LOCATION] {
        tags.remove(added);
    }
    info.name = tags.remove(tag_key::TRACE_NAME);
    info.tags =
        tags.into_iter().map(|(key, value)| (key, truncate(value, TAG_VALUE_MAX))).collect();
    match &info.name {
        Some(name) => check_length(tag_key::TRACE_NAME, name, NAME_MAX),
        None => Ok(()),
    }
}

pub fn timestamp(fields: &Fields, name: &str) -> Result<Option<TimestampMs>, RequestError> {
    let parse = |text: String| {
        TimestampMs::parse(&text)
            .map_err(|error| RequestError::invalid(format!("`{name}`: {error}")))
    };
    fields.str(name)?.map(parse).transpose()
}

fn duration(fields: &Fields, name: &str) -> Result<Option<DurationMs>, RequestError> {
    let parse = |text: String| {
        parse_duration(&text).ok_or_else(|| {
            let expected = "is not a duration in seconds such as `0.039s`";
            RequestError::invalid(format!("`{name}`: `{text}` {expected}"))
        })
    };
    fields.str(name)?.map(parse).transpose()
}
