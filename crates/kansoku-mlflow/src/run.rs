//! Runs with their metrics, params and tags.
use std::collections::HashSet;

use kansoku_model::{
    ExperimentId, KeyValue, Metric, MetricSubject, ModelId, Run, RunId, RunInfo, RunStatus,
    TimestampMs,
};
use serde::Serialize;
use serde_json::Value;

pub use crate::serialize::double_json;
use crate::{
    Fields, RequestError,
    run_inputs::{RunInputs, RunOutputs},
    run_name::random_run_name,
    text_limits::{check_key, check_length, truncate},
};

/// The tag that contains the run's name.
const RUN_NAME_TAG: &str = "mlflow.runName";

const KEY_LENGTH_MAX: usize = 250;
const PARAM_VALUE_LENGTH_MAX: usize = 6000;
const TAG_VALUE_LENGTH_MAX: usize = 8000;

const MODEL_ID_LENGTH_MAX: usize = 36;
pub(crate) const DATASET_NAME_LENGTH_MAX: usize = 500;
pub(crate) const DATASET_DIGEST_LENGTH_MAX: usize = 36;

const METRICS_MAX: usize = 1000;
const PARAMS_MAX: usize = 100;
const TAGS_MAX: usize = 100;
const BATCH_MAX: usize = 1000;

/// Reads `run_id`, or `run_uuid` from old clients.
pub fn run_id(fields: &Fields) -> Result<RunId, RequestError> {
    for name in ["run_id", "run_uuid"] {
        if let Some(id) = fields.str(name)?.filter(|id| !id.is_empty()) {
            return Ok(RunId(id));
        }
    }
    Err(fields.missing("run_id").into())
}

pub fn run_status(fields: &Fields) -> Result<Option<RunStatus>, RequestError> {
    let choices = [
        ("RUNNING", 1, RunStatus::Running),
        ("SCHEDULED", 2, RunStatus::Scheduled),
        ("FINISHED", 3, RunStatus::Finished),
        ("FAILED", 4, RunStatus::Failed),
        ("KILLED", 5, RunStatus::Killed),
    ];
    Ok(fields.choice("status", &choices)?)
}

pub fn metric(fields: &Fields) -> Result<Metric, RequestError> {
    let key = fields.required_str("key")?;
    check_length("key", &key, KEY_LENGTH_MAX)?;
    check_key("name", &key)?;
    let timestamp = fields.required_i64("timestamp")?;
    if timestamp < 0 {
        return Err(fields.wrong_type("timestamp", &timestamp.into()).into());
    }
    Ok(Metric {
        key,
        value: fields.f64("value")?.ok_or_else(|| fields.missing("value"))?,
        timestamp: TimestampMs(timestamp),
        step: fields.i64("step")?.unwrap_or_default(),
        subject: MetricSubject {
            model_id: model_id(fields)?,
            dataset_name: short_text(fields, "dataset_name", DATASET_NAME_LENGTH_MAX)?,
            dataset_digest: short_text(fields, "dataset_digest", DATASET_DIGEST_LENGTH_MAX)?,
        },
    })
}

/// `model_id` of a metric, an input or an output.
pub(crate) fn model_id(fields: &Fields) -> Result<Option<ModelId>, RequestError> {
    Ok(short_text(fields, "model_id", MODEL_ID_LENGTH_MAX)?.map(ModelId))
}

fn short_text(
    fields: &Fields,
    name: &str,
    length_max: usize,
) -> Result<Option<String>, RequestError> {
    let text = fields.str(name)?.filter(|text| !text.is_empty());
    text.iter().try_for_each(|text| check_length(name, text, length_max))?;
    Ok(text)
}

pub fn param(fields: &Fields) -> Result<KeyValue, RequestError> {
    key_value(fields, PARAM_VALUE_LENGTH_MAX)
}

pub fn tag(fields: &Fields) -> Result<KeyValue, RequestError> {
    key_value(fields, TAG_VALUE_LENGTH_MAX)
}

fn key_value(fields: &Fields, value_length_max: usize) -> Result<KeyValue, RequestError> {
    let key = fields.required_str("key")?;
    check_length("key", &key, KEY_LENGTH_MAX)?;
    check_key("key", &key)?;
    let value = truncate(fields.str("value")?.unwrap_or_default(), value_length_max);
    Ok(KeyValue { key, value })
}

/// The content of a `log-batch` request.
pub struct Batch {
    pub metrics: Vec<Metric>,
    pub params: Vec<KeyValue>,
    pub tags: Vec<KeyValue>,
}

impl Batch {
    pub fn from_fields(fields: &Fields) -> Result<Self, RequestError> {
        let (metrics, params, tags) =
            (fields.list("metrics")?, fields.list("params")?, fields.list("tags")?);
        check_count("metrics", metrics.len(), METRICS_MAX)?;
        check_count("params", params.len(), PARAMS_MAX)?;
        check_count("tags", tags.len(), TAGS_MAX)?;
        let all = metrics.len() + params.len() + tags.len();
        check_count("metrics, params and tags together", all, BATCH_MAX)?;
        let params: Vec<_> = params.iter().map(param).collect::<Result<_, _>>()?;
        check_unique(&params)?;
        Ok(Self {
            metrics: metrics.iter().map(metric).collect::<Result<_, _>>()?,
            params,
            tags: tags.iter().map(tag).collect::<Result<_, _>>()?,
        })
    }
}

pub(crate) fn check_unique(params: &[KeyValue]) -> Result<(), RequestError> {
    let mut keys = HashSet::new();
    match params.iter().find(|param| !keys.insert(&param.key)) {
        None => Ok(()),
        Some(KeyValue { key, .. }) => Err(RequestError::invalid(format!(
            "Duplicate parameter keys have been submitted: '{key}' is there more than once; send \
             one value for each key."
        ))),
    }
}

pub(crate) fn check_count(items: &str, count: usize, count_max: usize) -> Result<(), RequestError> {
    if count <= count_max {
        return Ok(());
    }
    let message = format!(
        "A batch logging request can contain at most {count_max} {items}. Got {count}; \
         split it up."
    );
    Err(RequestError::invalid(message))
}

/// Reads the run's name and tags. The name is in a field or a tag; fails if both are present and
/// differ. A run without a name gets a random one.
pub fn name_and_tags(fields: &Fields) -> Result<(String, Vec<KeyValue>), RequestError> {
    let mut tags: Vec<KeyValue> = fields.list("tags")?.iter().map(tag).collect::<Result<_, _>>()?;
    let given = fields.str("run_name")?.filter(|name| !name.is_empty());
    let tagged = tags.iter().find(|tag| tag.key == RUN_NAME_TAG).map(|tag| tag.value.clone());
    let name = match (given, tagged) {
        (Some(name), Some(tagged)) if name != tagged => {
            return Err(RequestError::invalid(format!(
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

/// MLflow's `Run`.
#[derive(Debug, Serialize)]
pub struct RunJson<'a> {
    info: RunInfoJson<'a>,
    data: RunData<'a>,
    inputs: RunInputs<'a>,
    outputs: RunOutputs<'a>,
}

#[derive(Debug, Serialize)]
struct RunData<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricJson<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    params: &'a [KeyValue],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [KeyValue],
}

impl<'a> RunJson<'a> {
    /// `experiment_location` is the artifact location of the run's experiment.
    pub fn new(run: &'a Run, experiment_location: &str) -> Self {
        Self {
            info: RunInfoJson::new(&run.info, experiment_location),
            data: RunData {
                metrics: run.metrics.iter().map(MetricJson::new).collect(),
                params: &run.params,
                tags: &run.tags,
            },
            inputs: RunInputs::new(run),
            outputs: RunOutputs::new(run),
        }
    }
}

/// MLflow's `RunInfo`.
#[derive(Debug, Serialize)]
pub struct RunInfoJson<'a> {
    run_id: &'a RunId,
    /// The run id under its name for old clients.
    run_uuid: &'a RunId,
    experiment_id: ExperimentId,
    run_name: &'a str,
    user_id: &'a str,
    status: &'static str,
    artifact_uri: String,
    lifecycle_stage: &'static str,
    /// Milliseconds of the Unix epoch, like `end_time`.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
}

/// The URI of a run's files below the location of its experiment.
pub fn artifact_uri(experiment_location: &str, run: &RunId) -> String {
    format!("{}/{run}/artifacts", experiment_location.trim_end_matches('/'))
}

impl<'a> RunInfoJson<'a> {
    /// `experiment_location` is the artifact location of the run's experiment.
    pub fn new(info: &'a RunInfo, experiment_location: &str) -> Self {
        Self {
            run_id: &info.run_id,
            run_uuid: &info.run_id,
            experiment_id: info.experiment_id,
            run_name: &info.run_name,
            user_id: &info.user_id,
            status: info.status.as_str(),
            artifact_uri: artifact_uri(experiment_location, &info.run_id),
            lifecycle_stage: info.lifecycle_stage.as_str(),
            start_time: info.start_time.map(|time| time.0),
            end_time: info.end_time.map(|time| time.0),
        }
    }
}

/// MLflow's `Metric`.
#[derive(Debug, Serialize)]
pub struct MetricJson<'a> {
    key: &'a str,
    value: Value,
    /// Milliseconds of the Unix epoch.
    timestamp: i64,
    step: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<&'a ModelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a RunId>,
}

impl<'a> MetricJson<'a> {
    pub fn new(metric: &'a Metric) -> Self {
        Self {
            dataset_name: metric.subject.dataset_name.as_deref(),
            dataset_digest: metric.subject.dataset_digest.as_deref(),
            model_id: metric.subject.model_id.as_ref(),
            ..Self::point(metric)
        }
    }

    /// `MetricWithRunId`: a value among those of several runs.
    pub fn of_run(metric: &'a Metric, run: &'a RunId) -> Self {
        Self { run_id: Some(run), ..Self::point(metric) }
    }

    /// A value among those of a logged model.
    pub(crate) fn of_model(metric: &'a Metric, run: &'a RunId) -> Self {
        Self { run_id: Some(run), ..Self::new(metric) }
    }

    fn point(metric: &'a Metric) -> Self {
        Self {
            key: &metric.key,
            value: double_json(metric.value),
            timestamp: metric.timestamp.0,
            step: metric.step,
            dataset_name: None,
            dataset_digest: None,
            model_id: None,
            run_id: None,
        }
    }
}
