//! The Delta tables of an experiment, and the commits of batches to them.
use std::sync::Arc;

use kansoku_model::TimestampMs;
use kansoku_store::{ArchiveFile, BatchFiles};
use object_store::ObjectStore;
use object_store::path::Path;

use super::ArchiveError;
use super::batch_writer::{DAY_MS, table_folder};
use super::compaction::Purpose;
use crate::log::{
    AppTransaction, Commit, DataFile, LogError, Operation, Table as Log, TableDefinition,
};
use crate::tables::{Layout, Table};

/// A checkpoint is written when a table has this many versions since the last one.
const CHECKPOINT_EVERY: u64 = 50;
/// Commits that are older than this and covered by a checkpoint are deleted.
const LOG_KEPT_MS: i64 = 7 * DAY_MS;

pub(super) struct ExperimentTables {
    prefix: String,
    app_id: String,
    logs: Vec<(Table, Log)>,
}

impl ExperimentTables {
    /// Opens or creates the tables. Fails if they have batches of this data folder that it does not
    /// know, the last of which is `known`.
    pub(super) async fn open(
        store: &Arc<dyn ObjectStore>,
        store_id: &str,
        prefix: String,
        layout: Layout,
        now: TimestampMs,
    ) -> Result<Self, ArchiveError> {
        let mut logs = Vec::new();
        for table in Table::ALL {
            let root = Path::from(table_folder(&prefix, table));
            let definition = definition(table, layout);
            let log = Log::open_or_create(store.clone(), root, &definition, now.0).await?;
            logs.push((table, log));
        }
        let app_id = format!("kansoku-{store_id}-{prefix}");
        Ok(Self { prefix, app_id, logs })
    }

    /// Fails if a table has a batch after `known`, the last one that the catalog planned.
    pub(super) fn require_known(&self, known: i64) -> Result<(), ArchiveError> {
        for (table, log) in &self.logs {
            if let Some(committed) = log.snapshot().transaction(&self.app_id)
                && known < committed
            {
                let table = table_folder(&self.prefix, *table);
                return Err(ArchiveError::CatalogBehind { table, committed, known });
            }
        }
        Ok(())
    }

    /// Whether all these files are in a table. Another program may have replaced some.
    pub(super) async fn contain(
        &mut self,
        table: Table,
        files: &[ArchiveFile],
    ) -> Result<bool, ArchiveError> {
        let folder = format!("{}/", table_folder(&self.prefix, table));
        let Some((_, log)) = self.logs.iter_mut().find(|(it, _)| *it == table) else {
            return Ok(false);
        };
        log.refresh().await?;
        let contains = |file: &ArchiveFile| {
            let name = file.path.strip_prefix(&folder);
            name.is_some_and(|name| log.snapshot().file(name).is_some())
        };
        Ok(files.iter().all(contains))
    }

    /// Commits the files of a batch to those tables that have not got it yet. The row of a trace comes
    /// last, so that a reader who finds it also finds its spans.
    pub(super) async fn commit(
        &mut self,
        batch: i64,
        files: &BatchFiles,
        purpose: Purpose,
        now: TimestampMs,
    ) -> Result<(), ArchiveError> {
        for (table, log) in &mut self.logs {
            let folder = table_folder(&self.prefix, *table);
            let name = |path: &str| path.strip_prefix(&format!("{folder}/")).map(str::to_owned);
            let added: Vec<_> = files
                .added
                .iter()
                .filter_map(|file| Some(data_file(file, name(&file.path)?, now)))
                .collect();
            let removed: Vec<_> = files.removed.iter().filter_map(|path| name(path)).collect();
            let operation = match (purpose, added.is_empty(), removed.is_empty()) {
                (_, true, true) => continue,
                (Purpose::Compaction, ..) => Operation::Optimize,
                (Purpose::Changes, _, true) => Operation::Write,
                (Purpose::Changes, true, false) => Operation::Delete,
                (Purpose::Changes, false, false) => Operation::Merge,
            };
            let transaction = AppTransaction { app_id: self.app_id.clone(), version: batch };
            let transaction = Some(transaction);
            let commit = Commit { operation, added, removed, transaction, now_ms: now.0 };
            match log.commit(&commit).await {
                Ok(version) => maintain(log, version, now).await,
                // A process ended after it had committed the batch to this table.
                Err(LogError::AlreadyCommitted { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Writes a checkpoint now and then. The table is complete without it.
async fn maintain(log: &mut Log, version: u64, now: TimestampMs) {
    if !version.is_multiple_of(CHECKPOINT_EVERY) {
        return;
    }
    let done = async {
        log.checkpoint(now.0).await?;
        log.clean_up(now.0 - LOG_KEPT_MS).await
    };
    if let Err(error) = done.await {
        tracing::warn!(%error, "a checkpoint of a table of the archive failed and will be retried");
    }
}

fn data_file(file: &ArchiveFile, path: String, now: TimestampMs) -> DataFile {
    let stats = Some(file.statistics.clone());
    DataFile { path, size: file.bytes, modified_ms: now.0, stats }
}

fn definition(table: Table, layout: Layout) -> TableDefinition {
    let properties = table.properties(layout).into_iter();
    TableDefinition {
        schema: table.delta_schema(layout),
        properties: properties.map(|(key, value)| (key.to_owned(), value)).collect(),
        clustering_columns: table.clustering().iter().map(|it| vec![(*it).to_owned()]).collect(),
    }
}
