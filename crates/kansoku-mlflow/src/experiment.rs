//! Experiments, and the lifecycle stages that searches of experiments and runs include.
use kansoku_model::{Experiment, ExperimentId, KeyValue, Retention, ViewType};
use serde::Serialize;

use crate::{
    ClientFlavor, Fields, RequestError,
    text_limits::{check_length, truncate},
};

/// Limits of a tag, in characters. A longer key is rejected, a longer value truncated.
const TAG_KEY_LENGTH_MAX: usize = 250;
const TAG_VALUE_LENGTH_MAX: usize = 5000;

/// MLflow's `Experiment`.
#[derive(Debug, Serialize)]
pub struct ExperimentJson<'a> {
    experiment_id: ExperimentId,
    name: &'a str,
    artifact_location: String,
    lifecycle_stage: &'static str,
    /// Milliseconds of the Unix epoch, like `creation_time`.
    last_update_time: i64,
    creation_time: i64,
    workspace: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [KeyValue],
}

impl<'a> ExperimentJson<'a> {
    pub fn new(experiment: &'a Experiment, flavor: ClientFlavor) -> Self {
        Self {
            experiment_id: experiment.experiment_id,
            name: &experiment.name,
            artifact_location: artifact_location(experiment, flavor),
            lifecycle_stage: experiment.lifecycle_stage.as_str(),
            last_update_time: experiment.last_update_time.0,
            creation_time: experiment.creation_time.0,
            workspace: "default",
            tags: &experiment.tags,
        }
    }
}

/// The location of an experiment's artifacts for the caller's client; each flavor supports its own
/// schemes.
pub fn artifact_location(experiment: &Experiment, flavor: ClientFlavor) -> String {
    let id = experiment.experiment_id;
    match (experiment.artifact_location.as_str(), flavor) {
        ("", ClientFlavor::Plain) => format!("mlflow-artifacts:/{id}"),
        ("", ClientFlavor::Databricks) => format!("dbfs:/databricks/mlflow-tracking/{id}"),
        (location, _) => location.to_owned(),
    }
}

/// Reads a tag of an experiment. Fails if the key is missing or too long, or if it is an invalid
/// tag of retention.
pub fn experiment_tag(fields: &Fields) -> Result<KeyValue, RequestError> {
    let key = fields.required_str("key")?;
    check_length("key", &key, TAG_KEY_LENGTH_MAX)?;
    let value = truncate(fields.str("value")?.unwrap_or_default(), TAG_VALUE_LENGTH_MAX);
    Retention::check_tag(&key, &value).map_err(RequestError::invalid)?;
    Ok(KeyValue { key, value })
}

/// The lifecycle stages to include; `ACTIVE_ONLY` if the field is absent or unknown.
pub fn view_type(fields: &Fields, name: &str) -> Result<ViewType, RequestError> {
    let choices = [
        ("ACTIVE_ONLY", 1, ViewType::ActiveOnly),
        ("DELETED_ONLY", 2, ViewType::DeletedOnly),
        ("ALL", 3, ViewType::All),
    ];
    Ok(fields.choice(name, &choices)?.unwrap_or_default())
}
