//! The interface of the archive, which the binary gives to the server.
use std::time::Duration;

use async_trait::async_trait;
use kansoku_model::{Experiment, TimestampMs};
use kansoku_store::{ArchiveBacklog, ArchiveSize, StoreError};

/// The archive that keeps traces for good.
#[async_trait]
pub trait TraceArchive: Send + Sync {
    /// Whether the traces of an experiment are archived. Retention deletes them only afterwards.
    fn keeps(&self, experiment: &Experiment) -> bool;

    /// The settings and the state of the archive.
    async fn status(&self) -> Result<TraceArchiveStatus, StoreError>;

    /// Sets the gauges of the traces that wait.
    async fn record_gauges(&self) -> Result<(), StoreError>;
}

/// The settings and the state of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceArchiveStatus {
    /// The URL of the folder or bucket, without credentials.
    pub place: String,
    /// The layout of new tables: `v1` or `v2`.
    pub layout: &'static str,
    pub interval: Duration,
    /// When everything that was due had been archived last.
    pub succeeded: Option<TimestampMs>,
    /// Why traces are not archived now, which is tried again.
    pub problem: Option<String>,
    /// Experiments with tables.
    pub sizes: Vec<ArchiveSize>,
    /// Experiments with traces that wait.
    pub waiting: Vec<ArchiveBacklog>,
}
