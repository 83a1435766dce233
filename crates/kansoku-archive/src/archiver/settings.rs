//! The settings of an archiver, and the tags of experiments for it.
use std::time::Duration;

use kansoku_model::{Experiment, ExperimentId};

use super::ArchiveError;
use crate::tables::Layout;

/// The tag of an experiment that is `false` if its traces are not archived.
pub const ENABLED_TAG: &str = "kansoku.archive.enabled";
/// The tag with the prefix of the names of an experiment's tables.
pub const PREFIX_TAG: &str = "kansoku.archive.prefix";

const PREFIX_CHARS_MAX: usize = 238;

#[derive(Clone, Copy, Debug)]
pub struct ArchiveSettings {
    /// The time between two batches of an experiment.
    pub every: Duration,
    /// How long a complete trace must be without changes.
    pub quiet: Duration,
    pub layout: Layout,
}

impl Default for ArchiveSettings {
    fn default() -> Self {
        let (every, quiet) = (Duration::from_secs(60), Duration::from_secs(10));
        Self { every, quiet, layout: Layout::V2 }
    }
}

/// Whether the traces of an experiment are archived.
pub fn is_enabled(experiment: &Experiment) -> bool {
    tag(experiment, ENABLED_TAG) != Some("false")
}

/// The prefix of the names of an experiment's tables, until it has some.
pub(super) fn wanted_prefix(experiment: &Experiment) -> Result<String, ArchiveError> {
    let default = || default_prefix(experiment.experiment_id);
    let prefix = tag(experiment, PREFIX_TAG).map_or_else(default, str::to_owned);
    let is_valid = (1..=PREFIX_CHARS_MAX).contains(&prefix.len())
        && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match is_valid {
        true => Ok(prefix),
        false => {
            let experiment = experiment.experiment_id.to_string();
            Err(ArchiveError::InvalidPrefix { prefix, experiment })
        }
    }
}

fn default_prefix(experiment: ExperimentId) -> String {
    format!("experiment_{experiment}")
}

fn tag<'a>(experiment: &'a Experiment, key: &str) -> Option<&'a str> {
    let mut tags = experiment.tags.iter();
    tags.find(|tag| tag.key == key).map(|tag| tag.value.as_str())
}
