//! Runs on the wire: what clients send about them, and what they read back.
use kansoku_model::{KeyValue, Metric, Run, RunId, RunInfo, RunStatus, TimestampMs};
use serde_json::{Map, Value, json};

use super::names::random_run_name;
use crate::{
    ApiError, Fields,
    params::text_limits::{check_key, check_length, truncated},
};

/// The tag that repeats the run's name.
const RUN_NAME_TAG: &str = "mlflow.runName";

const KEY_LENGTH_MAX: usize = 250;
const PARAM_VALUE_LENGTH_MAX: usize = 6000;
const TAG_VALUE_LENGTH_MAX: usize = 8000;

const METRICS_MAX: usize = 1000;
const PARAMS_MAX: usize = 100;
const TAGS_MAX: usize = 100;
const BATCH_MAX: usize = 1000;

/// Old clients say `run_uuid`; new ones say both.
pub(crate) fn run_id(fields: &Fields) -> Result<RunId, ApiError> {
    for name in ["run_id", "run_uuid"] {
        if let Some(id) = fields.str(name)?.filter(|id| !id.is_empty()) {
            return Ok(RunId(id));
        }
    }
    Err(fields.missing("run_id").into())
}

pub(crate) fn status(fields: &Fields) -> Result<Option<RunStatus>, ApiError> {
    let choices = [
        ("RUNNING", 1, RunStatus::Running),
        ("SCHEDULED", 2, RunStatus::Scheduled),
        ("FINISHED", 3, RunStatus::Finished),
        ("FAILED", 4, RunStatus::Failed),
        ("KILLED", 5, RunStatus::Killed),
    ];
    Ok(fields.choice("status", &choices)?)
}

pub(crate) fn metric(fields: &Fields) -> Result<Metric, ApiError> {
    let key = fields.required_str("key")?;
    check_length("key", &key, KEY_LENGTH_MAX)?;
    check_key("name", &key)?;
    Ok(Metric {
        key,
        value: fields.f64("value")?.ok_or_else(|| fields.missing("value"))?,
        timestamp: TimestampMs(fields.required_i64("timestamp")?),
        step: fields.i64("step")?.unwrap_or_default(),
    })
}

pub(crate) fn param(fields: &Fields) -> Result<KeyValue, ApiError> {
    key_value(fields, PARAM_VALUE_LENGTH_MAX)
}

pub(crate) fn tag(fields: &Fields) -> Result<KeyValue, ApiError> {
    key_value(fields, TAG_VALUE_LENGTH_MAX)
}

fn key_value(fields: &Fields, value_length_max: usize) -> Result<KeyValue, ApiError> {
    let key = fields.required_str("key")?;
    check_length("key", &key, KEY_LENGTH_MAX)?;
    check_key("key", &key)?;
    let value = truncated(fields.str("value")?.unwrap_or_default(), value_length_max);
    Ok(KeyValue { key, value })
}

/// What one `log-batch` carries.
pub(crate) struct Batch {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) params: Vec<KeyValue>,
    pub(crate) tags: Vec<KeyValue>,
}

impl Batch {
    pub(crate) fn from_fields(fields: &Fields) -> Result<Self, ApiError> {
        let (metrics, params, tags) =
            (fields.list("metrics")?, fields.list("params")?, fields.list("tags")?);
        check_count("metrics", metrics.len(), METRICS_MAX)?;
        check_count("params", params.len(), PARAMS_MAX)?;
        check_count("tags", tags.len(), TAGS_MAX)?;
        let all = metrics.len() + params.len() + tags.len();
        check_count("metrics, params and tags together", all, BATCH_MAX)?;
        Ok(Self {
            metrics: metrics.iter().map(metric).collect::<Result<_, _>>()?,
            params: params.iter().map(param).collect::<Result<_, _>>()?,
            tags: tags.iter().map(tag).collect::<Result<_, _>>()?,
        })
    }
}

fn check_count(what: &str, count: usize, count_max: usize) -> Result<(), ApiError> {
    if count <= count_max {
        return Ok(());
    }
    let message = format!(
        "A batch logging request can contain at most {count_max} {what}. Got {count}; \
         split it up."
    );
    Err(ApiError::invalid(message))
}

/// The name comes from its field or its tag, which must agree; else it is made up.
pub(crate) fn name_and_tags(fields: &Fields) -> Result<(String, Vec<KeyValue>), ApiError> {
    let mut tags: Vec<KeyValue> = fields.list("tags")?.iter().map(tag).collect::<Result<_, _>>()?;
    let given = fields.str("run_name")?.filter(|name| !name.is_empty());
    let tagged = tags.iter().find(|tag| tag.key == RUN_NAME_TAG).map(|tag| tag.value.clone());
    let name = match (given, tagged) {
        (Some(name), Some(tagged)) if name != tagged => {
            return Err(ApiError::invalid(format!(
                "'run_name' and the tag '{RUN_NAME_TAG}' differ; send one of them, or the same"
            )));
        }
        (_, Some(name)) => return Ok((name, tags)),
        (Some(name), None) => name,
        (None, None) => random_run_name(),
    };
    tags.push(KeyValue { key: RUN_NAME_TAG.to_owned(), value: name.clone() });
    Ok((name, tags))
}

/// `experiment_location` is where the run's experiment keeps its artifacts.
pub(crate) fn info_json(info: &RunInfo, experiment_location: &str) -> Value {
    let run_id = &info.run_id;
    let location = experiment_location.trim_end_matches('/');
    let mut json = json!({
        "run_id": run_id,
        "run_uuid": run_id,
        "experiment_id": info.experiment_id,
        "run_name": info.run_name,
        "user_id": info.user_id,
        "status": info.status.as_str(),
        "artifact_uri": format!("{location}/{run_id}/artifacts"),
        "lifecycle_stage": info.lifecycle_stage,
    });
    for (name, time) in [("start_time", info.start_time), ("end_time", info.end_time)] {
        if let Some(time) = time {
            json[name] = time.0.into();
        }
    }
    json
}

pub(crate) fn run_json(run: Run, experiment_location: &str) -> Value {
    let info = info_json(&run.info, experiment_location);
    let metrics = run.metrics.iter().map(metric_json).collect();
    let data = without_empty([
        ("metrics", metrics),
        ("params", run.params.iter().map(|param| json!(param)).collect()),
        ("tags", run.tags.iter().map(|tag| json!(tag)).collect()),
    ]);
    let inputs =
        without_empty([("dataset_inputs", run.dataset_inputs), ("model_inputs", run.model_inputs)]);
    let outputs = without_empty([("model_outputs", run.model_outputs)]);
    json!({ "info": info, "data": data, "inputs": inputs, "outputs": outputs })
}

fn without_empty<const N: usize>(lists: [(&str, Vec<Value>); N]) -> Value {
    let filled = lists.into_iter().filter(|(_, list)| !list.is_empty());
    filled.map(|(name, list)| (name.to_owned(), Value::from(list))).collect::<Map<_, _>>().into()
}

pub(crate) fn metric_json(metric: &Metric) -> Value {
    json!({
        "key": metric.key,
        "value": double_json(metric.value),
        "timestamp": metric.timestamp.0,
        "step": metric.step,
    })
}

/// Protobuf's JSON spells what JSON cannot.
pub(crate) fn double_json(value: f64) -> Value {
    match value {
        value if value.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        value => value.into(),
    }
}
