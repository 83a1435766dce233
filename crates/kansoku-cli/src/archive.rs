//! Writes traces to the archive beside the server.
use std::sync::Arc;

use kansoku_archive::{ArchiveSource, Archiver, SharedStatus, is_enabled};
use kansoku_model::{Experiment, SystemClock};
use kansoku_server::TraceArchive;
use kansoku_sqlite::SqliteStore;

use crate::config::Settings;

/// Begins to archive the traces of a store; `None` if no archive is configured.
pub(crate) async fn begin(
    settings: &Settings,
    store: Arc<SqliteStore>,
) -> anyhow::Result<Option<Archiver>> {
    let Some(place) = &settings.archive.archive else { return Ok(None) };
    let source = ArchiveSource {
        traces: store.clone(),
        meta: store.clone(),
        catalog: store,
        clock: Arc::new(SystemClock),
    };
    Ok(Some(Archiver::begin(source, place.open()?, settings.archive.settings()).await?))
}

/// A sentence for health checks while traces are not archived.
pub(crate) fn warning(status: &SharedStatus) -> Option<String> {
    let problem = status.get().problem?;
    Some(format!("traces are not archived, which is tried again: {problem}"))
}

/// Tells the server which traces are archived.
pub(crate) struct Archive;

impl TraceArchive for Archive {
    fn keeps(&self, experiment: &Experiment) -> bool {
        is_enabled(experiment)
    }
}
