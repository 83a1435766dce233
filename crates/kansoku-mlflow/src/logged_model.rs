//! Logged models with their params, tags and metrics.
use kansoku_model::{
    ExperimentId, KeyValue, LifecycleStage, LoggedModel, LoggedModelInfo, LoggedModelStatus,
    ModelId, TimestampMs,
};
use serde::Serialize;

use crate::{
    Fields, RequestError,
    ids::experiment_id,
    run::{MetricJson, check_count, check_unique},
    run_name::random_run_name,
    text_limits::{check_length, truncate},
};

/// Limits in characters. A longer value of a param or tag is truncated.
const NAME_LENGTH_MAX: usize = 500;
const MODEL_TYPE_LENGTH_MAX: usize = 500;
const SOURCE_RUN_ID_LENGTH_MAX: usize = 32;
const KEY_LENGTH_MAX: usize = 255;
const VALUE_LENGTH_MAX: usize = 65_535;

/// Most params or tags in a request.
const ENTRIES_MAX: usize = 1000;

/// Characters that no name has: names stand in paths and URIs of models.
const FORBIDDEN_IN_NAMES: [char; 6] = ['/', ':', '.', '%', '"', '\''];

/// Reads the model of a create request; one without a name gets one.
pub fn new_logged_model(
    fields: &Fields,
    now: TimestampMs,
) -> Result<(LoggedModelInfo, Vec<KeyValue>, Vec<KeyValue>), RequestError> {
    let text = |name: &str, length_max| -> Result<String, RequestError> {
        let text = fields.str(name)?.unwrap_or_default();
        check_length(name, &text, length_max)?;
        Ok(text)
    };
    let name = text("name", NAME_LENGTH_MAX)?;
    if name.contains(FORBIDDEN_IN_NAMES) {
        return Err(RequestError::invalid(format!(
            "`name` is '{}'; the name of a model has none of / : . % \" '",
            name.chars().take(100).collect::<String>()
        )));
    }
    let info = LoggedModelInfo {
        model_id: ModelId::random(),
        experiment_id: experiment_id(fields)?,
        name: if name.is_empty() { random_run_name() } else { name },
        model_type: text("model_type", MODEL_TYPE_LENGTH_MAX)?,
        source_run_id: text("source_run_id", SOURCE_RUN_ID_LENGTH_MAX)?,
        status: LoggedModelStatus::Pending,
        creation_time: now,
        last_update_time: now,
        lifecycle_stage: LifecycleStage::Active,
    };
    Ok((info, logged_model_params(fields)?, logged_model_tags(fields)?))
}

/// `params`, each key once.
pub fn logged_model_params(fields: &Fields) -> Result<Vec<KeyValue>, RequestError> {
    let params = entries(fields, "params")?;
    check_unique(&params)?;
    Ok(params)
}

pub fn logged_model_tags(fields: &Fields) -> Result<Vec<KeyValue>, RequestError> {
    entries(fields, "tags")
}

fn entries(fields: &Fields, name: &str) -> Result<Vec<KeyValue>, RequestError> {
    let list = fields.list(name)?;
    check_count(name, list.len(), ENTRIES_MAX)?;
    let entry = |item: &Fields| -> Result<KeyValue, RequestError> {
        let key = item.required_str("key")?;
        check_length("key", &key, KEY_LENGTH_MAX)?;
        let value = truncate(item.str("value")?.unwrap_or_default(), VALUE_LENGTH_MAX);
        Ok(KeyValue { key, value })
    };
    list.iter().map(entry).collect()
}

/// The status that a model gets when it is finalized.
pub fn logged_model_status(fields: &Fields) -> Result<LoggedModelStatus, RequestError> {
    let choices = [
        ("LOGGED_MODEL_STATUS_UNSPECIFIED", 0, LoggedModelStatus::Unspecified),
        ("LOGGED_MODEL_PENDING", 1, LoggedModelStatus::Pending),
        ("LOGGED_MODEL_READY", 2, LoggedModelStatus::Ready),
        ("LOGGED_MODEL_UPLOAD_FAILED", 3, LoggedModelStatus::Failed),
    ];
    Ok(fields.choice("status", &choices)?.ok_or_else(|| fields.missing("status"))?)
}

fn status_name(status: LoggedModelStatus) -> &'static str {
    match status {
        LoggedModelStatus::Unspecified => "LOGGED_MODEL_STATUS_UNSPECIFIED",
        LoggedModelStatus::Pending => "LOGGED_MODEL_PENDING",
        LoggedModelStatus::Ready => "LOGGED_MODEL_READY",
        LoggedModelStatus::Failed => "LOGGED_MODEL_UPLOAD_FAILED",
    }
}

/// `LoggedModel`.
#[derive(Debug, Serialize)]
pub struct LoggedModelJson<'a> {
    info: InfoJson<'a>,
    data: DataJson<'a>,
}

#[derive(Debug, Serialize)]
struct InfoJson<'a> {
    model_id: &'a ModelId,
    experiment_id: ExperimentId,
    name: &'a str,
    /// Milliseconds since 1970.
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    artifact_uri: String,
    status: &'static str,
    model_type: &'a str,
    source_run_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [KeyValue],
}

#[derive(Debug, Serialize)]
struct DataJson<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    params: &'a [KeyValue],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricJson<'a>>,
}

/// The URI of a model's files below the location of its experiment. Databricks' clients recognize
/// models by the name of the folder.
pub fn artifact_uri(experiment_location: &str, model: &ModelId) -> String {
    let location = experiment_location.trim_end_matches('/');
    let folder = if location.starts_with("dbfs:/") { "logged_models" } else { "models" };
    format!("{location}/{folder}/{model}/artifacts")
}

impl<'a> LoggedModelJson<'a> {
    /// `experiment_location` is the artifact location of the model's experiment.
    pub fn new(model: &'a LoggedModel, experiment_location: &str) -> Self {
        let info = &model.info;
        let metrics = model.metrics.iter();
        Self {
            info: InfoJson {
                model_id: &info.model_id,
                experiment_id: info.experiment_id,
                name: &info.name,
                creation_timestamp_ms: info.creation_time.0,
                last_updated_timestamp_ms: info.last_update_time.0,
                artifact_uri: artifact_uri(experiment_location, &info.model_id),
                status: status_name(info.status),
                model_type: &info.model_type,
                source_run_id: &info.source_run_id,
                tags: &model.tags,
            },
            data: DataJson {
                params: &model.params,
                metrics: metrics.map(|it| MetricJson::of_model(&it.metric, &it.run_id)).collect(),
            },
        }
    }
}
