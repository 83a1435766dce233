//! Which version of an application made a trace, and where it ran.
//!
//! Neither OpenTelemetry's resources nor MLflow's metadata has one word for it: each place is
//! looked at in turn, and the first that says anything counts.
use std::collections::BTreeMap;

use crate::{AttachedKind, TraceInfo};

type Place = (AttachedKind, &'static str);

pub const VERSION_PLACES: &[Place] = &[
    (AttachedKind::Metadata, "app_version"),
    (AttachedKind::Metadata, "app.version"),
    (AttachedKind::Metadata, "version"),
    (AttachedKind::Tag, "app_version"),
    (AttachedKind::Tag, "app.version"),
    (AttachedKind::Tag, "version"),
    (AttachedKind::Tag, "release"),
    (AttachedKind::Tag, "service.version"),
    (AttachedKind::Metadata, "mlflow.modelId"),
    (AttachedKind::Metadata, "mlflow.source.git.commit"),
];

pub const ENVIRONMENT_PLACES: &[Place] = &[
    (AttachedKind::Metadata, "environment"),
    (AttachedKind::Metadata, "env"),
    (AttachedKind::Tag, "environment"),
    (AttachedKind::Tag, "env"),
    (AttachedKind::Tag, "deployment.environment.name"),
    (AttachedKind::Tag, "deployment.environment"),
];

impl TraceInfo {
    pub fn version(&self) -> Option<&str> {
        first_of(VERSION_PLACES, &self.tags, &self.metadata)
    }

    pub fn environment(&self) -> Option<&str> {
        first_of(ENVIRONMENT_PLACES, &self.tags, &self.metadata)
    }
}

/// What the first of these places says that says anything.
pub fn first_of<'a>(
    places: &[Place],
    tags: &'a BTreeMap<String, String>,
    metadata: &'a BTreeMap<String, String>,
) -> Option<&'a str> {
    let said = |(kind, key): &Place| {
        let entries = match kind {
            AttachedKind::Tag => tags,
            AttachedKind::Metadata => metadata,
        };
        entries.get(*key).map(String::as_str)
    };
    places.iter().find_map(said)
}
