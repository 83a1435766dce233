//! Inputs and outputs of runs: datasets and models.
use kansoku_model::{
    DatasetInput, DatasetSummary, ExperimentId, KeyValue, ModelId, ModelOutput, Run, RunDataset,
};
use serde::Serialize;

use crate::{
    Fields, RequestError,
    run::{DATASET_DIGEST_LENGTH_MAX, DATASET_NAME_LENGTH_MAX, check_count, model_id},
    text_limits::check_length,
};

const SOURCE_TYPE_LENGTH_MAX: usize = 36;
const SOURCE_LENGTH_MAX: usize = 65_535;
const SCHEMA_LENGTH_MAX: usize = 1_048_575;
const PROFILE_LENGTH_MAX: usize = 16_777_215;
const TAG_KEY_LENGTH_MAX: usize = 255;
const TAG_VALUE_LENGTH_MAX: usize = 500;

/// Most datasets, models, or tags of one dataset in a request.
const INPUTS_MAX: usize = 1000;

/// `datasets` of a `log-inputs` request.
pub fn dataset_inputs(fields: &Fields) -> Result<Vec<DatasetInput>, RequestError> {
    let list = fields.list("datasets")?;
    check_count("datasets", list.len(), INPUTS_MAX)?;
    list.iter().map(dataset_input).collect()
}

fn dataset_input(fields: &Fields) -> Result<DatasetInput, RequestError> {
    let tags = fields.list("tags")?;
    check_count("tags of a dataset", tags.len(), INPUTS_MAX)?;
    let dataset = fields.required_object("dataset")?;
    let text = |name: &str, length_max| -> Result<Option<String>, RequestError> {
        let text = dataset.str(name)?.filter(|text| !text.is_empty());
        text.iter().try_for_each(|text| check_length(name, text, length_max))?;
        Ok(text)
    };
    Ok(DatasetInput {
        dataset: RunDataset {
            name: text("name", DATASET_NAME_LENGTH_MAX)?.unwrap_or_default(),
            digest: text("digest", DATASET_DIGEST_LENGTH_MAX)?.unwrap_or_default(),
            source_type: text("source_type", SOURCE_TYPE_LENGTH_MAX)?.unwrap_or_default(),
            source: text("source", SOURCE_LENGTH_MAX)?.unwrap_or_default(),
            schema: text("schema", SCHEMA_LENGTH_MAX)?,
            profile: text("profile", PROFILE_LENGTH_MAX)?,
        },
        tags: tags.iter().map(input_tag).collect::<Result<_, _>>()?,
    })
}

fn input_tag(fields: &Fields) -> Result<KeyValue, RequestError> {
    let key = fields.str("key")?.unwrap_or_default();
    let value = fields.str("value")?.unwrap_or_default();
    check_length("key", &key, TAG_KEY_LENGTH_MAX)?;
    check_length("value", &value, TAG_VALUE_LENGTH_MAX)?;
    Ok(KeyValue { key, value })
}

/// `models` of a `log-inputs` request.
pub fn model_inputs(fields: &Fields) -> Result<Vec<ModelId>, RequestError> {
    Ok(model_outputs(fields)?.into_iter().map(|model| model.model_id).collect())
}

/// `models` of a request for outputs.
pub fn model_outputs(fields: &Fields) -> Result<Vec<ModelOutput>, RequestError> {
    let list = fields.list("models")?;
    check_count("models", list.len(), INPUTS_MAX)?;
    let output = |model: &Fields| -> Result<ModelOutput, RequestError> {
        Ok(ModelOutput {
            model_id: model_id(model)?.ok_or_else(|| model.missing("model_id"))?,
            step: model.i64("step")?.unwrap_or_default(),
        })
    };
    list.iter().map(output).collect()
}

/// `RunInputs`.
#[derive(Debug, Serialize)]
pub(crate) struct RunInputs<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_inputs: Vec<DatasetInputJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_inputs: Vec<ModelInputJson<'a>>,
}

/// `RunOutputs`.
#[derive(Debug, Serialize)]
pub(crate) struct RunOutputs<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_outputs: Vec<ModelOutputJson<'a>>,
}

#[derive(Debug, Serialize)]
struct DatasetInputJson<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [KeyValue],
    dataset: DatasetJson<'a>,
}

#[derive(Debug, Serialize)]
struct DatasetJson<'a> {
    name: &'a str,
    digest: &'a str,
    source_type: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct ModelInputJson<'a> {
    model_id: &'a ModelId,
}

#[derive(Debug, Serialize)]
struct ModelOutputJson<'a> {
    model_id: &'a ModelId,
    step: i64,
}

impl<'a> RunInputs<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let dataset = |input: &'a DatasetInput| {
            let it = &input.dataset;
            DatasetInputJson {
                tags: &input.tags,
                dataset: DatasetJson {
                    name: &it.name,
                    digest: &it.digest,
                    source_type: &it.source_type,
                    source: &it.source,
                    schema: it.schema.as_deref(),
                    profile: it.profile.as_deref(),
                },
            }
        };
        Self {
            dataset_inputs: run.dataset_inputs.iter().map(dataset).collect(),
            model_inputs: run
                .model_inputs
                .iter()
                .map(|id| ModelInputJson { model_id: id })
                .collect(),
        }
    }
}

impl<'a> RunOutputs<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let output =
            |it: &'a ModelOutput| ModelOutputJson { model_id: &it.model_id, step: it.step };
        Self { model_outputs: run.model_outputs.iter().map(output).collect() }
    }
}

/// `DatasetSummary`.
#[derive(Debug, Serialize)]
pub struct DatasetSummaryJson<'a> {
    experiment_id: ExperimentId,
    name: &'a str,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
}

impl<'a> DatasetSummaryJson<'a> {
    pub fn new(summary: &'a DatasetSummary) -> Self {
        Self {
            experiment_id: summary.experiment_id,
            name: &summary.name,
            digest: &summary.digest,
            context: summary.context.as_deref(),
        }
    }
}
