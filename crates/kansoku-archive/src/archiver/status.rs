//! The outcome of the last round of an archiver, for health checks, and its metrics.
use std::sync::{Arc, Mutex, PoisonError};

use kansoku_model::TimestampMs;
use kansoku_store::BatchFiles;
use metrics::counter;

use super::ArchiveError;
use crate::reader::with_sources;
use crate::tables::Table;

const ARCHIVED_TRACES: &str = "kansoku_archive_traces_total";
const ARCHIVED_SPANS: &str = "kansoku_archive_spans_total";
const WRITTEN_BYTES: &str = "kansoku_archive_written_bytes_total";
const COMPACTED_BYTES: &str = "kansoku_archive_compacted_bytes_total";
const FAILURES: &str = "kansoku_archive_failures_total";

/// The state of an archiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveStatus {
    /// When everything that was due had been archived last.
    pub succeeded: Option<TimestampMs>,
    /// Why the last round failed; the next one tries again.
    pub problem: Option<String>,
}

/// A status that the archiver changes.
#[derive(Clone, Default)]
pub struct SharedStatus(Arc<Mutex<ArchiveStatus>>);

impl SharedStatus {
    pub fn get(&self) -> ArchiveStatus {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn succeeded(&self, now: TimestampMs) {
        let mut status = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if status.problem.take().is_some() {
            tracing::info!("traces are archived again");
        }
        status.succeeded = Some(now);
    }

    pub(super) fn failed(&self, error: &ArchiveError) {
        counter!(FAILURES).increment(1);
        let problem = with_sources(error);
        let mut status = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if status.problem.as_ref() != Some(&problem) {
            tracing::error!(error = %problem, "traces are not archived; this is tried again");
        }
        status.problem = Some(problem);
    }

    /// A trace cannot be archived as it is; the others are.
    pub(super) fn postponed(&self, error: &ArchiveError) {
        counter!(FAILURES).increment(1);
        tracing::error!(error = %with_sources(error), "a trace is not archived");
    }

    /// Files could not be merged. Traces are archived nevertheless.
    pub(super) fn not_compacted(&self, error: &ArchiveError) {
        counter!(FAILURES).increment(1);
        tracing::error!(error = %with_sources(error), "files of the archive are not merged");
    }

    pub(super) fn compacted(&self, files: &BatchFiles) {
        counter!(COMPACTED_BYTES).increment(files.added.iter().map(|file| file.bytes).sum());
    }

    pub(super) fn archived(&self, batch: i64, files: &BatchFiles) {
        for file in &files.added {
            counter!(WRITTEN_BYTES).increment(file.bytes);
            // Rewritten files have rows of earlier batches.
            if file.first_batch == batch {
                let name = match Table::ALL.into_iter().find(|it| it.suffix() == file.table) {
                    Some(Table::Traces) => ARCHIVED_TRACES,
                    Some(Table::Spans) => ARCHIVED_SPANS,
                    _ => continue,
                };
                counter!(name).increment(file.rows);
            }
        }
    }
}
