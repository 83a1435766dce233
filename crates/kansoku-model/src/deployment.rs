//! The version of the application that wrote a trace, and the environment it ran in.
//!
//! Neither OpenTelemetry's resources nor MLflow's metadata has a single key for them. Known keys
//! are tried in order of preference.
use std::collections::BTreeMap;

use crate::{TagOrMetadataKind, TraceInfo};

type Place = (TagOrMetadataKind, &'static str);

pub const VERSION_PLACES: &[Place] = &[
    (TagOrMetadataKind::Metadata, "app_version"),
    (TagOrMetadataKind::Metadata, "app.version"),
    (TagOrMetadataKind::Metadata, "version"),
    (TagOrMetadataKind::Tag, "app_version"),
    (TagOrMetadataKind::Tag, "app.version"),
    (TagOrMetadataKind::Tag, "version"),
    (TagOrMetadataKind::Tag, "release"),
    (TagOrMetadataKind::Tag, "service.version"),
    (TagOrMetadataKind::Metadata, "mlflow.modelId"),
    (TagOrMetadataKind::Metadata, "mlflow.source.git.commit"),
];

pub const ENVIRONMENT_PLACES: &[Place] = &[
    (TagOrMetadataKind::Metadata, "environment"),
    (TagOrMetadataKind::Metadata, "env"),
    (TagOrMetadataKind::Tag, "environment"),
    (TagOrMetadataKind::Tag, "env"),
    (TagOrMetadataKind::Tag, "deployment.environment.name"),
    (TagOrMetadataKind::Tag, "deployment.environment"),
];

impl TraceInfo {
    pub fn version(&self) -> Option<&str> {
        first_of(VERSION_PLACES, &self.tags, &self.metadata)
    }

    pub fn environment(&self) -> Option<&str> {
        first_of(ENVIRONMENT_PLACES, &self.tags, &self.metadata)
    }
}

/// The value of the first of these keys that is present.
pub fn first_of<'a>(
    places: &[Place],
    tags: &'a BTreeMap<String, String>,
    metadata: &'a BTreeMap<String, String>,
) -> Option<&'a str> {
    let said = |(kind, key): &Place| {
        let entries = match kind {
            TagOrMetadataKind::Tag => tags,
            TagOrMetadataKind::Metadata => metadata,
        };
        entries.get(*key).map(String::as_str)
    };
    places.iter().find_map(said)
}
