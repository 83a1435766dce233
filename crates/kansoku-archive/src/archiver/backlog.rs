//! The traces that wait for the archive, for screens and metrics.
use kansoku_store::{ArchiveBacklog, StoreError};
use metrics::gauge;

use super::{ArchiveSource, is_enabled};

const WAITING: &str = "kansoku_archive_waiting_traces";
const LAG: &str = "kansoku_archive_lag_seconds";

impl ArchiveSource {
    /// The traces that wait for the archive, by experiment. Changes of experiments that are not
    /// archived are queued as well, but wait for nothing.
    pub async fn waiting(&self) -> Result<Vec<ArchiveBacklog>, StoreError> {
        let mut waiting = Vec::new();
        for backlog in self.catalog.archive_backlogs().await? {
            match self.meta.experiment(backlog.experiment).await {
                Ok(experiment) if is_enabled(&experiment) => waiting.push(backlog),
                Ok(_) | Err(StoreError::ExperimentNotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(waiting)
    }

    /// Sets the gauges of the traces that wait. They are counted only when somebody reads them.
    pub async fn record_gauges(&self) -> Result<(), StoreError> {
        let (waiting, now) = (self.waiting().await?, self.clock.now());
        let traces: u64 = waiting.iter().map(|backlog| backlog.traces).sum();
        let oldest = waiting.iter().map(|backlog| backlog.oldest_change).min();
        let lag_ms = oldest.map_or(0, |oldest| now.0.saturating_sub(oldest.0).max(0));
        gauge!(WAITING).set(traces as f64);
        gauge!(LAG).set(lag_ms as f64 / 1_000.0);
        Ok(())
    }
}
