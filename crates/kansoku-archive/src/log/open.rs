//! A table that is open: its newest state in memory, and the folder of its log.
//!
//! Opening lists the log once, from the newest checkpoint on. Nothing lists it again but cleaning
//! up: later commits of other writers are found by the number of the next version.
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStore;
use object_store::path::Path;

use super::changes::FileChanges;
use super::definition::TableDefinition;
use super::error::{LogError, Rejection};
use super::file_names::{self, LogFileKind};
use super::folder::{LogFile, LogFolder};
use super::paths;
use super::protocol;
use super::snapshot::Snapshot;

/// Commits that are read at the same time while opening: enough to hide the latency of a bucket.
const READS_AT_ONCE: usize = 16;

#[derive(Debug)]
pub struct Table {
    pub(super) folder: LogFolder,
    /// Shared only with the thread that encodes a checkpoint.
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) foreign_changes: FileChanges,
}

impl Table {
    /// Opens the table in the folder `root`, or creates it there.
    pub async fn open_or_create(
        store: Arc<dyn ObjectStore>,
        root: Path,
        definition: &TableDefinition,
        now_ms: i64,
    ) -> Result<Self, LogError> {
        let table = match Self::open(store.clone(), root.clone()).await {
            Err(LogError::NotFound { .. }) => {
                match Self::create(store.clone(), root.clone(), definition, now_ms).await {
                    Err(LogError::AlreadyExists { .. }) => Self::open(store, root).await?,
                    created => return created,
                }
            }
            opened => opened?,
        };
        if !protocol::is_same_schema(table.snapshot.schema(), &definition.schema) {
            return Err(LogError::SchemaMismatch { table: table.folder.table() });
        }
        Ok(table)
    }

    pub async fn create(
        store: Arc<dyn ObjectStore>,
        root: Path,
        definition: &TableDefinition,
        now_ms: i64,
    ) -> Result<Self, LogError> {
        let folder = LogFolder::new(store, root);
        let planned = definition.actions(now_ms).and_then(|actions| {
            let snapshot = Snapshot::from_actions(0, actions.clone())?;
            Ok((actions, snapshot))
        });
        let (actions, snapshot) = planned.map_err(|rejection| {
            let table = folder.table();
            match rejection {
                Rejection::Malformed(reason) => LogError::InvalidDefinition { table, reason },
                other => other.in_file(&table, 0, &file_names::commit(0)),
            }
        })?;
        if !folder.create_commit(0, &actions).await? {
            return Err(LogError::AlreadyExists { table: folder.table() });
        }
        Ok(Self::new(folder, snapshot))
    }

    pub async fn open(store: Arc<dyn ObjectStore>, root: Path) -> Result<Self, LogError> {
        let folder = LogFolder::new(store, root);
        let snapshot = read_snapshot(&folder).await?;
        Ok(Self::new(folder, snapshot))
    }

    fn new(folder: LogFolder, snapshot: Snapshot) -> Self {
        let foreign_changes = FileChanges::default();
        Self { folder, snapshot: Arc::new(snapshot), foreign_changes }
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The place of a data file in the store.
    pub fn location(&self, path: &str) -> Result<Path, LogError> {
        let relative = paths::relative(path).map_err(|rejection| {
            rejection.in_file(&self.folder.table(), self.snapshot.version, path)
        })?;
        Ok(self.folder.root().parts().chain(relative.parts()).collect())
    }
}

/// The newest version: the newest checkpoint, and all commits behind it.
pub(super) async fn read_snapshot(folder: &LogFolder) -> Result<Snapshot, LogError> {
    let files = list_from_checkpoint(folder).await?;
    let versions = |kind| {
        let files = files.iter().filter(move |file| file.kind == kind);
        files.map(|file| file.version)
    };
    let mut snapshot = match versions(LogFileKind::Checkpoint).next_back() {
        Some(version) => folder.read_checkpoint(version).await?,
        None if versions(LogFileKind::Commit).next().is_none() => {
            return Err(LogError::NotFound { table: folder.table() });
        }
        None => read_first_commit(folder).await?,
    };
    let base = snapshot.version;
    let later: Vec<u64> = versions(LogFileKind::Commit).filter(|version| base < *version).collect();
    let owned = folder.clone();
    let reads = later.into_iter().map(move |version| {
        let folder = owned.clone();
        async move { Ok((version, folder.read_commit(version).await?)) }
    });
    let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
    while let Some((version, actions)) = reads.try_next().await? {
        let next = snapshot.version + 1;
        let Some(actions) = actions.filter(|_| version == next) else {
            return Err(LogError::MissingVersion { table: folder.table(), version: next });
        };
        snapshot.validate(&actions).map_err(|rejection| {
            rejection.in_file(&folder.table(), version, &file_names::commit(version))
        })?;
        snapshot.apply(version, actions);
    }
    Ok(snapshot)
}

async fn read_first_commit(folder: &LogFolder) -> Result<Snapshot, LogError> {
    let Some(actions) = folder.read_commit(0).await? else {
        return Err(LogError::MissingVersion { table: folder.table(), version: 0 });
    };
    Snapshot::from_actions(0, actions)
        .map_err(|rejection| rejection.in_file(&folder.table(), 0, &file_names::commit(0)))
}

/// The files of the log from the checkpoint on that the hint names, or all of them: the hint may be
/// absent, or name a checkpoint that is not there or in a form that is not read.
async fn list_from_checkpoint(folder: &LogFolder) -> Result<Vec<LogFile>, LogError> {
    if let Some(version) = folder.read_hint().await? {
        let files = folder.list(version).await?;
        if files.iter().any(|file| file.kind == LogFileKind::Checkpoint) {
            return Ok(files);
        }
        let table = folder.table();
        tracing::warn!(
            "the checkpoint of version {version} that table `{table}` names is missing, so its \
             whole log is listed"
        );
    }
    folder.list(0).await
}
