//! Writes traces to the archive beside the server, and reads them there.
use std::sync::Arc;

use async_trait::async_trait;
use kansoku_archive::{
    ArchiveReader, ArchiveSettings, ArchiveSource, ArchiveStatus, Archiver, SharedStatus,
    TieredStore, is_enabled,
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
    let source = source(&store);
    let bucket = place.open()?;
    let archiver = Archiver::begin(source.clone(), bucket.clone(), settings).await?;
    let reader = ArchiveReader::new(bucket, store.clone());
    let traces = TieredStore::open(store.clone(), store, reader).await?;
    let (place, status) = (place.to_string(), archiver.status());
    let traces = Arc::new(traces);
    Ok(Some((archiver, Archive { place, settings, source, status, traces })))
}

/// The stores that an archiver reads.
pub(crate) fn source(store: &Arc<SqliteStore>) -> ArchiveSource {
    ArchiveSource {
        traces: store.clone(),
        meta: store.clone(),
        catalog: store.clone(),
        clock: Arc::new(SystemClock),
    }
}

/// The archive, as the server sees it.
pub(crate) struct Archive {
    place: String,
    settings: ArchiveSettings,
    source: ArchiveSource,
    status: SharedStatus,
    /// The traces of the store and of the archive.
    pub(crate) traces: Arc<TieredStore>,
}

impl Archive {
    /// Restores traces whose restoring was interrupted, so that they are archived again.
    pub(crate) async fn finish_restores(&self) {
        if let Err(error) = self.traces.finish_restores().await {
            let error = anyhow::Error::new(error);
            tracing::error!(
                "traces of the archive are not restored before the next start: {error:#}"
            );
        }
    }

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
