//! The files that wait to be merged.
use kansoku_model::{ExperimentId, TimestampMs};
use kansoku_store::{ArchiveCatalog, StoreError};

use super::plan::plan;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactionBacklog {
    pub experiment: ExperimentId,
    pub files: u64,
    pub bytes: u64,
}

/// The files of each experiment that are due to be merged.
pub async fn compaction_backlogs(
    catalog: &dyn ArchiveCatalog,
    now: TimestampMs,
) -> Result<Vec<CompactionBacklog>, StoreError> {
    let mut backlogs = Vec::new();
    for size in catalog.archive_sizes().await? {
        let experiment = size.experiment;
        let plan = plan(catalog.archive_files(experiment).await?, now);
        backlogs.push(CompactionBacklog { experiment, files: plan.files, bytes: plan.bytes });
    }
    Ok(backlogs)
}
