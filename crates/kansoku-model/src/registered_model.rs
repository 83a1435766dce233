//! Registered models: names with numbered versions. A prompt is a registered model with a tag.
use std::collections::BTreeMap;

use crate::{ExperimentId, TimestampMs};

/// The tag that makes a registered model a prompt, and its versions versions of a prompt.
pub const IS_PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// The tag in which clients keep the experiments that a prompt was registered or loaded in, such as
/// `,2,14,`.
const EXPERIMENTS_TAG: &str = "_mlflow_experiment_ids";

/// A name with numbered versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredModel {
    pub name: String,
    /// Empty where there is none.
    pub description: String,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
    pub tags: BTreeMap<String, String>,
    /// The number of the version that each alias points to.
    pub aliases: BTreeMap<String, i64>,
    /// The version with the highest number.
    pub latest_version: Option<ModelVersion>,
}

/// One version of a registered model. Of a prompt it has the template, as a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelVersion {
    pub name: String,
    /// From 1; the number of a deleted version is not given again.
    pub version: i64,
    pub description: Option<String>,
    /// Where the files of a model are; a prompt has a placeholder.
    pub source: String,
    pub run_id: String,
    pub run_link: String,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
    pub tags: BTreeMap<String, String>,
    /// The aliases that point to it, by name.
    pub aliases: Vec<String>,
}

impl RegisteredModel {
    /// Longest name, in characters.
    pub const NAME_LENGTH_MAX: usize = 256;
    /// Longest description of a model or a version, in characters.
    pub const DESCRIPTION_LENGTH_MAX: usize = 5000;
    /// Most tags of a model, and of a version.
    pub const TAGS_MAX: usize = 1000;
    pub const ALIASES_MAX: usize = 1000;

    pub fn is_prompt(&self) -> bool {
        is_prompt(&self.tags)
    }

    /// The experiments that clients registered or loaded it in.
    pub fn experiments(&self) -> impl Iterator<Item = ExperimentId> {
        let ids = self.tags.get(EXPERIMENTS_TAG).map(String::as_str).unwrap_or_default();
        ids.split(',').filter_map(|id| id.trim().parse().ok()).map(ExperimentId)
    }
}

impl ModelVersion {
    pub fn is_prompt(&self) -> bool {
        is_prompt(&self.tags)
    }
}

/// Whether these tags are those of a prompt.
pub fn is_prompt(tags: &BTreeMap<String, String>) -> bool {
    tags.get(IS_PROMPT_TAG).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}
