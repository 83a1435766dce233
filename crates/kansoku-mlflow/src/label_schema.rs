//! Label schemas, with MLflow's limits.
use kansoku_model::{ExperimentId, LabelInput, LabelSchema, LabelSchemaId, LabelType};
use serde::Serialize;

use crate::{Fields, RequestError, ids::experiment_id, text_limits::check_length};

const NAME_LENGTH_MAX: usize = 250;
const INSTRUCTION_LENGTH_MAX: usize = 1000;
/// The maximum length of the labels of a pass/fail input, and of an option.
const LABEL_LENGTH_MAX: usize = 64;
const OPTIONS_MAX: usize = 10;

pub fn schema_id(fields: &Fields) -> Result<LabelSchemaId, RequestError> {
    Ok(LabelSchemaId(fields.required_str("schema_id")?))
}

/// The fields of a schema that is to be created.
pub struct LabelSchemaFields {
    pub experiment: ExperimentId,
    pub name: String,
    pub label_type: LabelType,
    pub input: LabelInput,
    pub instruction: Option<String>,
    pub enable_comment: bool,
}

impl LabelSchemaFields {
    pub fn from_fields(fields: &Fields) -> Result<Self, RequestError> {
        let experiment = experiment_id(fields)?;
        let name = check_name(fields.required_str("name")?)?;
        let choices =
            [("FEEDBACK", 1, LabelType::Feedback), ("EXPECTATION", 2, LabelType::Expectation)];
        let label_type = fields.choice("type", &choices)?;
        Ok(Self {
            experiment,
            name,
            label_type: label_type.ok_or_else(|| {
                RequestError::invalid("'type' of a label schema must be FEEDBACK or EXPECTATION")
            })?,
            input: input(fields)?.ok_or_else(no_input)?,
            instruction: instruction(fields)?,
            enable_comment: fields.bool("enable_comment")?.unwrap_or_default(),
        })
    }
}

/// The new name of an update.
pub fn new_name(fields: &Fields) -> Result<Option<String>, RequestError> {
    fields.str("name")?.map(check_name).transpose()
}

fn check_name(name: String) -> Result<String, RequestError> {
    if name.is_empty() {
        return Err(RequestError::invalid("'name' of a label schema is empty"));
    }
    check_length("name", &name, NAME_LENGTH_MAX)?;
    if name.trim().to_lowercase() == LabelSchema::DEFAULT_NAME.to_lowercase() {
        return Err(RequestError::invalid(format!(
            "'{name}' is the name of the experiment's default label schema; choose another"
        )));
    }
    Ok(name)
}

pub fn instruction(fields: &Fields) -> Result<Option<String>, RequestError> {
    let instruction = fields.str("instruction")?;
    if let Some(text) = &instruction {
        check_length("instruction", text, INSTRUCTION_LENGTH_MAX)?;
    }
    Ok(instruction)
}

/// Reads `input`, which has exactly one kind.
pub fn input(fields: &Fields) -> Result<Option<LabelInput>, RequestError> {
    let Some(input) = fields.object("input")? else { return Ok(None) };
    let mut kinds = Vec::new();
    if let Some(fields) = input.object("pass_fail")? {
        kinds.push(pass_fail(&fields)?);
    }
    if let Some(fields) = input.object("categorical")? {
        kinds.push(categorical(&fields)?);
    }
    if let Some(fields) = input.object("numeric")? {
        kinds.push(numeric(&fields)?);
    }
    if let Some(fields) = input.object("text")? {
        kinds.push(text(&fields)?);
    }
    match (kinds.pop(), kinds.is_empty()) {
        (Some(kind), true) => Ok(Some(kind)),
        _ => Err(no_input()),
    }
}

fn no_input() -> RequestError {
    RequestError::invalid(
        "'input' of a label schema must have exactly one of 'pass_fail', 'categorical', \
         'numeric' and 'text'",
    )
}

fn pass_fail(fields: &Fields) -> Result<LabelInput, RequestError> {
    let label = |name: &str| check_label(name, fields.str(name)?.unwrap_or_default());
    let (positive_label, negative_label) = (label("positive_label")?, label("negative_label")?);
    if positive_label == negative_label {
        return Err(RequestError::invalid("'positive_label' and 'negative_label' must differ"));
    }
    Ok(LabelInput::PassFail { positive_label, negative_label })
}

fn check_label(name: &str, label: String) -> Result<String, RequestError> {
    if label.is_empty() {
        return Err(RequestError::invalid(format!("'{name}' is empty")));
    }
    check_length(name, &label, LABEL_LENGTH_MAX)?;
    Ok(label)
}

fn categorical(fields: &Fields) -> Result<LabelInput, RequestError> {
    let given = fields.list_str("options")?;
    if given.is_empty() || OPTIONS_MAX < given.len() {
        return Err(RequestError::invalid(format!(
            "'options' must have 1 to {OPTIONS_MAX} entries, not {}",
            given.len()
        )));
    }
    let mut options = Vec::new();
    for option in given {
        let option = check_label("options", option)?;
        if options.contains(&option) {
            return Err(RequestError::invalid(format!("'options' has '{option}' twice")));
        }
        options.push(option);
    }
    let multi_select = fields.bool("multi_select")?.unwrap_or_default();
    Ok(LabelInput::Categorical { options, multi_select })
}

fn numeric(fields: &Fields) -> Result<LabelInput, RequestError> {
    let (min_value, max_value) = (fields.f64("min_value")?, fields.f64("max_value")?);
    if [min_value, max_value].into_iter().flatten().any(|it| !it.is_finite()) {
        return Err(RequestError::invalid("'min_value' and 'max_value' must be finite numbers"));
    }
    if let (Some(min), Some(max)) = (min_value, max_value)
        && max <= min
    {
        return Err(RequestError::invalid(format!(
            "'min_value' must be less than 'max_value', and {min} is not less than {max}"
        )));
    }
    Ok(LabelInput::Numeric { min_value, max_value })
}

fn text(fields: &Fields) -> Result<LabelInput, RequestError> {
    let max_length = fields.i64("max_length")?;
    if let Some(length) = max_length.filter(|length| *length < 1) {
        return Err(RequestError::invalid(format!(
            "'max_length' must be 1 or more, and is {length}"
        )));
    }
    Ok(LabelInput::Text { max_length })
}

/// `LabelSchema`.
#[derive(Debug, Serialize)]
pub struct LabelSchemaJson<'a> {
    schema_id: &'a LabelSchemaId,
    experiment_id: ExperimentId,
    name: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<&'a str>,
    enable_comment: bool,
    input: &'a LabelInput,
    /// Milliseconds since 1970.
    created_at: i64,
    last_updated_at: i64,
    is_default: bool,
}

impl<'a> LabelSchemaJson<'a> {
    pub fn new(schema: &'a LabelSchema) -> Self {
        Self {
            schema_id: &schema.schema_id,
            experiment_id: schema.experiment,
            name: &schema.name,
            r#type: schema.label_type.as_str(),
            instruction: schema.instruction.as_deref(),
            enable_comment: schema.enable_comment,
            input: &schema.input,
            created_at: schema.created.0,
            last_updated_at: schema.last_update.0,
            is_default: schema.is_default,
        }
    }
}
