//! Stored traces against rows in the archive.
use std::collections::BTreeMap;

use kansoku_model::{ExperimentId, TraceId};
use kansoku_store::{ArchiveCatalog, ArchiveSize, StoreError, TraceRows, trace_hash};

use super::Problem;
use crate::archiver::batch_writer::table_folder;
use crate::tables::Table;

/// Stored traces that are read at once.
const TRACES_AT_ONCE: usize = 10_000;
/// Missing traces that are named.
const MISSING_MAX: usize = 100;

#[derive(Default)]
pub(super) struct Account {
    pub(super) archived: u64,
    pub(super) settled: u64,
    pub(super) problems: Vec<Problem>,
    table: String,
    /// The hashes of the archived traces, sorted: eight bytes for each.
    traces: Vec<u64>,
}

pub(super) type Accounts = BTreeMap<ExperimentId, Account>;

/// Looks for the row of each stored trace that does not wait for the archive.
pub(super) async fn account(
    catalog: &dyn ArchiveCatalog,
    sizes: &[ArchiveSize],
) -> Result<Accounts, StoreError> {
    let mut accounts = Accounts::new();
    for size in sizes {
        accounts.insert(size.experiment, archived(catalog, size).await?);
    }
    let mut after: Option<TraceId> = None;
    loop {
        let page = catalog.unqueued_traces(after.as_ref(), TRACES_AT_ONCE).await?;
        let Some((_, last)) = page.last() else { return Ok(accounts) };
        after = Some(last.clone());
        for (experiment, trace) in page {
            let Some(account) = accounts.get_mut(&experiment) else { continue };
            account.settled += 1;
            let is_missing = account.traces.binary_search(&trace_hash(&trace)).is_err();
            if is_missing && account.problems.len() < MISSING_MAX {
                let table = account.table.clone();
                account.problems.push(Problem::MissingTrace { table, trace });
            }
        }
    }
}

/// The traces that have a row, by the locators of the files.
async fn archived(catalog: &dyn ArchiveCatalog, size: &ArchiveSize) -> Result<Account, StoreError> {
    let mut account =
        Account { table: table_folder(&size.prefix, Table::Traces), ..Account::default() };
    for file in catalog.archive_files(size.experiment).await? {
        if file.table != Table::Traces.suffix() {
            continue;
        }
        for TraceRows { trace, rows, .. } in catalog.file_locator(&file.path).await? {
            account.archived += u64::from(rows);
            account.traces.extend((0..rows.min(2)).map(|_| trace));
        }
    }
    account.traces.sort_unstable();
    let repeated = account.traces.windows(2).filter(|pair| pair[0] == pair[1]).count();
    if 0 < repeated {
        let table = account.table.clone();
        account.problems.push(Problem::RepeatedTraces { table, traces: repeated });
    }
    Ok(account)
}
