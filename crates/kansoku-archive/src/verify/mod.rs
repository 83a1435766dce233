//! Compares an archive with its catalog: which files there are, what is in them, and whether every
//! trace has its row.
//!
//! A server may archive meanwhile. Whatever it changes looks wrong once, so a problem is what is found
//! twice.
mod accounting;
mod problem;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use kansoku_model::ExperimentId;
use kansoku_store::{ArchiveCatalog, ArchiveSize, StoreError};
use object_store::ObjectStore;

use accounting::Accounts;
pub use problem::Problem;

pub struct Verifier {
    pub store: Arc<dyn ObjectStore>,
    pub catalog: Arc<dyn ArchiveCatalog>,
    pub depth: Depth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Footers only.
    Footers,
    /// All rows are decoded, too.
    Rows,
}

/// A file that was compared.
#[derive(Clone, Copy, Debug)]
pub struct VerifyProgress<'a> {
    pub prefix: &'a str,
    pub files: u64,
    pub files_total: u64,
}

/// The archive of one experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedExperiment {
    pub experiment: ExperimentId,
    pub prefix: String,
    pub files: u64,
    pub bytes: u64,
    pub rows: u64,
    /// Traces with a row in the archive.
    pub archived: u64,
    /// Stored traces that do not wait for the archive.
    pub settled: u64,
    /// Traces that wait for the archive.
    pub queued: u64,
    pub problems: Vec<Problem>,
}

impl VerifiedExperiment {
    fn new(experiment: ExperimentId, prefix: &str) -> Self {
        Self {
            experiment,
            prefix: prefix.to_owned(),
            files: 0,
            bytes: 0,
            rows: 0,
            archived: 0,
            settled: 0,
            queued: 0,
            problems: Vec::new(),
        }
    }
}

impl Verifier {
    /// Verifies all experiments, or only one.
    pub async fn verify(
        &self,
        only: Option<ExperimentId>,
        progress: &mut (dyn FnMut(VerifyProgress<'_>) + Send),
    ) -> Result<Vec<VerifiedExperiment>, StoreError> {
        let sizes = self.catalog.archive_sizes().await?.into_iter();
        let sizes: Vec<_> =
            sizes.filter(|size| only.is_none_or(|only| only == size.experiment)).collect();
        let mut verified = Vec::new();
        for size in &sizes {
            let mut found = self.verify_tables(size, progress).await?;
            if !found.problems.is_empty() {
                let again = self.verify_tables(size, progress).await?.problems;
                found.problems.retain(|problem| again.contains(problem));
            }
            verified.push(found);
        }
        self.account(&sizes, &mut verified).await?;
        Ok(verified)
    }

    /// Adds the numbers of traces, and those that are missing or repeated.
    async fn account(
        &self,
        sizes: &[ArchiveSize],
        verified: &mut [VerifiedExperiment],
    ) -> Result<(), StoreError> {
        let mut accounts = self.accounts(sizes).await?;
        if accounts.values().any(|account| !account.problems.is_empty()) {
            let again = self.accounts(sizes).await?;
            for (experiment, account) in &mut accounts {
                let again = again.get(experiment).map_or(&[][..], |it| &it.problems);
                account.problems.retain(|problem| again.contains(problem));
            }
        }
        let backlogs = self.catalog.archive_backlogs().await?.into_iter();
        let queued: BTreeMap<_, _> = backlogs.map(|it| (it.experiment, it.traces)).collect();
        for experiment in verified {
            let account = accounts.remove(&experiment.experiment).unwrap_or_default();
            experiment.archived = account.archived;
            experiment.settled = account.settled;
            experiment.queued = queued.get(&experiment.experiment).copied().unwrap_or(0);
            experiment.problems.extend(account.problems);
        }
        Ok(())
    }

    async fn accounts(&self, sizes: &[ArchiveSize]) -> Result<Accounts, StoreError> {
        accounting::account(&*self.catalog, sizes).await
    }
}
