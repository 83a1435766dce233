//! Validated paths of artifacts, which do not lead out of the folder.
use std::path::PathBuf;

use kansoku_model::{Coded, ErrorCode, ExperimentId, TraceId};

/// A relative path of plain names; empty for the folder itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactPath(Vec<String>);

#[derive(Debug, thiserror::Error)]
#[error("Invalid path")]
pub(crate) struct InvalidPath;

impl Coded for InvalidPath {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidParameterValue
    }
}

impl ArtifactPath {
    const NAME_BYTES_MAX: usize = 255;
    const DEPTH_MAX: usize = 64;

    /// Parses a path that was percent-decoded once, as by the router.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidPath> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        let names: Vec<&str> = text.split('/').collect();
        let fits = names.len() <= Self::DEPTH_MAX && names.iter().all(|name| is_plain(name));
        if fits {
            Ok(Self(names.into_iter().map(str::to_owned).collect()))
        } else {
            Err(InvalidPath)
        }
    }

    /// Parses the path of a file, which is not empty.
    pub(crate) fn parse_file(text: &str) -> Result<Self, InvalidPath> {
        Some(Self::parse(text)?).filter(|path| !path.is_empty()).ok_or(InvalidPath)
    }

    pub(crate) fn join(mut self, below: Self) -> Self {
        self.0.extend(below.0);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn file_name(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    pub(crate) fn to_relative(&self) -> PathBuf {
        self.0.iter().collect()
    }

    /// The experiment whose id the path begins with, as in artifact locations that this server
    /// assigns.
    pub(crate) fn experiment(&self) -> Option<ExperimentId> {
        let first = self.0.first()?;
        let id: ExperimentId = first.parse().ok()?;
        // Another spelling of the same number is a different folder.
        (id.to_string() == *first).then_some(id)
    }

    /// The trace and its object, if the path lies in the artifacts of a trace.
    pub(crate) fn trace_place(&self) -> Option<TracePlace> {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let [experiment, "traces", trace, "artifacts", object @ ..] = names.as_slice() else {
            return None;
        };
        Some(TracePlace {
            experiment: experiment.parse().ok()?,
            trace: TraceId::try_from((*trace).to_owned()).ok()?,
            object: object.join("/"),
        })
    }
}

impl std::fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// A path of the form `<experiment>/traces/<trace>/artifacts/<object>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TracePlace {
    pub(crate) experiment: ExperimentId,
    pub(crate) trace: TraceId,
    pub(crate) object: String,
}

fn is_plain(name: &str) -> bool {
    let encoded = ["%2e", "%2f", "%5c", "%00", "%25"];
    let lower = name.to_ascii_lowercase();
    !matches!(name, "" | "." | "..")
        && name.len() <= ArtifactPath::NAME_BYTES_MAX
        && !name.contains(|c: char| c.is_control() || matches!(c, '\\' | ':'))
        // Double encoding is harmless, but only used in attacks.
        && !encoded.iter().any(|dots| lower.contains(dots))
}

#[cfg(test)]
mod tests;
