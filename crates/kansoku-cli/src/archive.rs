//! Writes traces to the archive beside the server.
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_archive::{
    ArchiveSettings, ArchiveSource, ArchiveStatus, Archiver, SharedStatus, is_enabled,
};
use kansoku_model::{Experiment, SystemClock};
use kansoku_server::{TraceArchive, TraceArchiveStatus};
use kansoku_sqlite::SqliteStore;
use kansoku_store::StoreError;

use crate::config::Settings;

/// Begins to archive the traces of a store; `None` if no archive is configured.
pub(crate) async fn begin(
    settings: &Settings,
    store: Arc<SqliteStore>,
) -> anyhow::Result<Option<(Archiver, Archive)>> {
    let Some(place) = &settings.archive.archive else { return Ok(None) };
    let settings = settings.archive.settings();
    let source = ArchiveSource {
        traces: store.clone(),
        meta: store.clone(),
        catalog: store,
        clock: Arc::new(SystemClock),
    };
    let archiver = Archiver::begin(source.clone(), place.open()?, settings).await?;
    let (place, status) = (place.to_string(), archiver.status());
    Ok(Some((archiver, Archive { place, settings, source, status })))
}

/// The archive, as the server sees it.
pub(crate) struct Archive {
    place: String,
    settings: ArchiveSettings,
    source: ArchiveSource,
    status: SharedStatus,
}

impl Archive {
    /// A sentence for health checks while traces are not archived.
    pub(crate) fn warning(&self) -> Option<String> {
        let problem = self.status.get().problem?;
        Some(format!("traces are not archived, which is tried again: {problem}"))
    }
}

#[async_trait]
impl TraceArchive for Archive {
    fn keeps(&self, experiment: &Experiment) -> bool {
        is_enabled(experiment)
    }

    async fn status(&self) -> Result<TraceArchiveStatus, StoreError> {
        let ArchiveStatus { succeeded, problem } = self.status.get();
        Ok(TraceArchiveStatus {
            place: self.place.clone(),
            layout: self.settings.layout.schema_version(),
            interval: self.settings.every,
            succeeded,
            problem,
            sizes: self.source.catalog.archive_sizes().await?,
            waiting: self.source.waiting().await?,
        })
    }

    async fn record_gauges(&self) -> Result<(), StoreError> {
        self.source.record_gauges().await
    }
}
