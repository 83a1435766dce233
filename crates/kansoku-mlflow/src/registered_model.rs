//! Registered models and model versions, prompts among them.
use std::collections::BTreeMap;

use kansoku_model::{IS_PROMPT_TAG, ModelVersion, RegisteredModel, is_prompt};
use serde::Serialize;

use crate::{
    Fields, RequestError,
    text_limits::{check_key, check_length, check_path},
};

const TAG_KEY_LENGTH_MAX: usize = 250;
/// Also the longest template of a prompt.
const TAG_VALUE_LENGTH_MAX: usize = 100_000;
const ALIAS_LENGTH_MAX: usize = 255;
const SOURCE_LENGTH_MAX: usize = 500;

/// The source that clients and MLflow's screens send for a prompt, which has no files.
const PROMPT_SOURCES: [&str; 2] = ["dummy-source", "prompt-template"];

/// `RegisteredModel`.
#[derive(Debug, Serialize)]
pub struct RegisteredModelJson<'a> {
    name: &'a str,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latest_versions: Vec<ModelVersionJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<AliasJson<'a>>,
}

#[derive(Debug, Serialize)]
struct TagJson<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Debug, Serialize)]
struct AliasJson<'a> {
    alias: &'a str,
    version: String,
}

/// `ModelVersion`.
#[derive(Debug, Serialize)]
pub struct ModelVersionJson<'a> {
    name: &'a str,
    version: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    current_stage: &'static str,
    source: &'a str,
    run_id: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagJson<'a>>,
    run_link: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'a [String],
}

impl<'a> RegisteredModelJson<'a> {
    pub fn new(model: &'a RegisteredModel) -> Self {
        let aliases = model.aliases.iter();
        Self {
            name: &model.name,
            creation_timestamp: model.creation_time.0,
            last_updated_timestamp: model.last_update_time.0,
            description: &model.description,
            latest_versions: model
                .latest_version
                .iter()
                .map(ModelVersionJson::without_aliases)
                .collect(),
            tags: tags_json(&model.tags),
            aliases: aliases
                .map(|(alias, version)| AliasJson { alias, version: version.to_string() })
                .collect(),
        }
    }
}

impl<'a> ModelVersionJson<'a> {
    pub fn new(version: &'a ModelVersion) -> Self {
        Self { aliases: &version.aliases, ..Self::without_aliases(version) }
    }

    /// As searches and registered models show it: the aliases stand beside it.
    pub fn without_aliases(version: &'a ModelVersion) -> Self {
        Self {
            name: &version.name,
            version: version.version.to_string(),
            creation_timestamp: version.creation_time.0,
            last_updated_timestamp: version.last_update_time.0,
            description: version.description.as_deref(),
            current_stage: "None",
            source: &version.source,
            run_id: &version.run_id,
            status: "READY",
            tags: tags_json(&version.tags),
            run_link: &version.run_link,
            aliases: &[],
        }
    }
}

fn tags_json(tags: &BTreeMap<String, String>) -> Vec<TagJson<'_>> {
    tags.iter().map(|(key, value)| TagJson { key, value }).collect()
}

/// Reads `field` as the name of a registered model, which names nothing else in a URI.
pub fn model_name(fields: &Fields, field: &str) -> Result<String, RequestError> {
    let name = fields.required_str(field)?;
    if name.trim().is_empty() {
        return Err(fields.missing(field).into());
    }
    if name.contains(['/', ':']) {
        let shown: String = name.chars().take(100).collect();
        return Err(RequestError::invalid(format!(
            "Invalid model name '{shown}'. Names cannot contain '/' or ':'."
        )));
    }
    check_path(field, &name)?;
    check_length(field, &name, RegisteredModel::NAME_LENGTH_MAX)?;
    Ok(name)
}

/// The number of a version, which is sent as text.
pub fn version_number(fields: &Fields) -> Result<i64, RequestError> {
    let text = fields.required_str("version")?;
    text.trim().parse().map_err(|_| {
        let shown: String = text.chars().take(100).collect();
        RequestError::invalid(format!("Parameter 'version' must be an integer, got '{shown}'."))
    })
}

pub fn description(fields: &Fields) -> Result<Option<String>, RequestError> {
    let description = fields.str("description")?;
    let text = description.as_deref().unwrap_or_default();
    check_length("description", text, RegisteredModel::DESCRIPTION_LENGTH_MAX)?;
    Ok(description)
}

/// Reads a tag of a registered model or a version.
pub fn model_tag(fields: &Fields) -> Result<(String, String), RequestError> {
    let key = tag_key(fields)?;
    check_length("key", &key, TAG_KEY_LENGTH_MAX)?;
    let value = fields.str("value")?.unwrap_or_default();
    check_length("value", &value, TAG_VALUE_LENGTH_MAX)?;
    Ok((key, value))
}

/// Reads the key of a tag that is set or deleted.
pub fn tag_key(fields: &Fields) -> Result<String, RequestError> {
    let key = fields.required_str("key")?;
    check_key("key", &key)?;
    check_path("key", &key)?;
    Ok(key)
}

/// Reads `tags`; of two with one key the last one counts.
pub fn model_tags(fields: &Fields) -> Result<BTreeMap<String, String>, RequestError> {
    let tags = fields.list("tags")?.iter().map(model_tag).collect::<Result<BTreeMap<_, _>, _>>()?;
    match tags.len() <= RegisteredModel::TAGS_MAX {
        true => Ok(tags),
        false => Err(RequestError::invalid(format!(
            "'tags' has {} entries; there are {} at most",
            tags.len(),
            RegisteredModel::TAGS_MAX
        ))),
    }
}

/// Where the files of a version are, which a prompt with these tags does not have.
pub fn source(fields: &Fields, tags: &BTreeMap<String, String>) -> Result<String, RequestError> {
    let source = fields.required_str("source")?;
    check_length("source", &source, SOURCE_LENGTH_MAX)?;
    if is_prompt(tags) && !PROMPT_SOURCES.contains(&source.as_str()) {
        return Err(RequestError::invalid(format!(
            "Invalid prompt source: '{source}'. A version with the tag `{IS_PROMPT_TAG}` has one \
             of {PROMPT_SOURCES:?} as its source."
        )));
    }
    Ok(source)
}

/// A text about where a version comes from.
pub fn origin(fields: &Fields, field: &str) -> Result<String, RequestError> {
    let text = fields.str(field)?.unwrap_or_default();
    check_length(field, &text, SOURCE_LENGTH_MAX)?;
    Ok(text)
}

/// Reads an alias, to look it up.
pub fn alias(fields: &Fields) -> Result<String, RequestError> {
    let alias = fields.required_str("alias")?;
    let fits = |c: char| c.is_alphanumeric() || "_-".contains(c);
    if !alias.chars().all(fits) {
        let shown: String = alias.chars().take(100).collect();
        return Err(RequestError::invalid(format!(
            "Invalid alias name: '{shown}'. Names may only contain alphanumerics, underscores (_) \
             and dashes (-)."
        )));
    }
    check_length("alias", &alias, ALIAS_LENGTH_MAX)?;
    Ok(alias)
}

/// Reads an alias, to set it: not `latest`, and none that reads as a version, such as `v2`.
pub fn settable_alias(fields: &Fields) -> Result<String, RequestError> {
    let alias = alias(fields)?;
    let digits = alias.strip_prefix(['v', 'V']).unwrap_or_default();
    let is_version = !digits.is_empty() && digits.chars().all(char::is_numeric);
    if alias.eq_ignore_ascii_case("latest") || is_version {
        return Err(RequestError::invalid(format!("the alias '{alias}' is reserved")));
    }
    Ok(alias)
}

/// Whether versions without a stage, which all are, are among those asked for by stage.
pub fn wants_unstaged(fields: &Fields) -> Result<bool, RequestError> {
    const STAGES: [&str; 4] = ["none", "staging", "production", "archived"];
    let stages = fields.list_str("stages")?;
    for stage in &stages {
        if !STAGES.contains(&stage.to_lowercase().as_str()) {
            let shown: String = stage.chars().take(100).collect();
            return Err(RequestError::invalid(format!(
                "Invalid Model Version stage: {shown}. Value must be one of None, Staging, \
                 Production, Archived."
            )));
        }
    }
    Ok(stages.is_empty() || stages.iter().any(|stage| stage.eq_ignore_ascii_case("none")))
}
