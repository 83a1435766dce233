//! The state of a table at one version: the fold of all actions up to it.
use std::collections::BTreeMap;

use super::actions::{Action, Add, DomainMetadata, Metadata, Protocol, Remove, Txn};
use super::error::Rejection;
use super::protocol::CLUSTERING;
use super::retention;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Relative to the table's folder, as the log has it.
    pub path: String,
    pub size: u64,
    pub modified_ms: i64,
    /// Delta's statistics as JSON: `numRecords`, `minValues`, `maxValues`, `nullCount`.
    pub stats: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub(super) version: u64,
    pub(super) protocol: Protocol,
    /// There is none only until the first actions have been applied.
    pub(super) metadata: Option<Box<Metadata>>,
    pub(super) clustering: Option<String>,
    pub(super) transactions: BTreeMap<String, Txn>,
    pub(super) files: BTreeMap<String, DataFile>,
    /// Files that were removed, for as long as readers of older versions may need them.
    pub(super) tombstones: BTreeMap<String, Remove>,
}

impl Snapshot {
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn files(&self) -> impl ExactSizeIterator<Item = &DataFile> {
        self.files.values()
    }

    pub fn file(&self, path: &str) -> Option<&DataFile> {
        self.files.get(path)
    }

    /// The version of the last transaction that an application committed.
    pub fn transaction(&self, app_id: &str) -> Option<i64> {
        self.transactions.get(app_id).map(|txn| txn.version)
    }

    /// The schema as Delta's JSON.
    pub fn schema(&self) -> &str {
        self.metadata.as_ref().map_or("", |metadata| &metadata.schema_string)
    }

    pub fn property(&self, name: &str) -> Option<&str> {
        self.metadata.as_ref()?.configuration.get(name).map(String::as_str)
    }

    /// The state after the first commit, or that of a checkpoint.
    pub(super) fn from_actions(version: u64, actions: Vec<Action>) -> Result<Self, Rejection> {
        let mut snapshot = Self::default();
        for action in &actions {
            match action {
                Action::Protocol(protocol) => snapshot.protocol = protocol.clone(),
                Action::MetaData(metadata) => snapshot.metadata = Some(metadata.clone()),
                _ => {}
            }
        }
        if snapshot.metadata.is_none() || snapshot.protocol == Protocol::default() {
            let reason = "it has no `metaData` or no `protocol`".to_owned();
            return Err(Rejection::Malformed(reason));
        }
        snapshot.validate(&actions)?;
        snapshot.apply(version, actions);
        Ok(snapshot)
    }

    /// Applies actions that were validated.
    pub(super) fn apply(&mut self, version: u64, actions: Vec<Action>) {
        self.version = version;
        for action in actions {
            match action {
                Action::CommitInfo(_) => {}
                Action::Protocol(protocol) => self.protocol = protocol,
                Action::MetaData(metadata) => self.metadata = Some(metadata),
                Action::DomainMetadata(domain) => {
                    self.clustering = (!domain.removed).then_some(domain.configuration);
                }
                Action::Txn(txn) => {
                    self.transactions.insert(txn.app_id.clone(), txn);
                }
                Action::Add(add) => {
                    self.tombstones.remove(&add.path);
                    self.files.insert(add.path.clone(), add.into());
                }
                Action::Remove(remove) => {
                    self.files.remove(&remove.path);
                    self.tombstones.insert(remove.path.clone(), remove);
                }
            }
        }
    }

    /// Everything that a checkpoint contains.
    pub(super) fn actions(&self) -> impl Iterator<Item = Action> {
        let protocol = std::iter::once(Action::Protocol(self.protocol.clone()));
        let metadata = self.metadata.iter().cloned().map(Action::MetaData);
        let clustering = self.clustering.iter().map(|configuration| {
            let (domain, configuration) = (CLUSTERING.to_owned(), configuration.clone());
            Action::DomainMetadata(DomainMetadata { domain, configuration, removed: false })
        });
        let transactions = self.transactions.values().cloned().map(Action::Txn);
        let files = self.files.values().map(|file| Action::Add(Add::from_file(file, false)));
        let tombstones = self.tombstones.values().cloned().map(Action::Remove);
        protocol
            .chain(metadata)
            .chain(clustering)
            .chain(transactions)
            .chain(files)
            .chain(tombstones)
    }

    pub(super) fn forget_old_tombstones(&mut self, now_ms: i64) {
        let properties = self.metadata.as_ref().map(|metadata| &metadata.configuration);
        let Some(retention_ms) = properties.map(retention::tombstones_ms) else { return };
        let oldest_ms = now_ms.saturating_sub(retention_ms);
        self.tombstones.retain(|_, remove| oldest_ms < remove.deletion_timestamp.unwrap_or(0));
    }
}

impl From<Add> for DataFile {
    fn from(add: Add) -> Self {
        let Add { path, size, modification_time, stats, .. } = add;
        Self { path, size, modified_ms: modification_time, stats }
    }
}

impl Add {
    pub(super) fn from_file(file: &DataFile, data_change: bool) -> Self {
        Self {
            path: file.path.clone(),
            partition_values: BTreeMap::new(),
            size: file.size,
            modification_time: file.modified_ms,
            data_change,
            stats: file.stats.clone(),
            deletion_vector: None,
        }
    }
}

impl Remove {
    /// Without the file's statistics: they are not needed, and an erased file's must not stay.
    pub(super) fn from_file(file: &DataFile, now_ms: i64, data_change: bool) -> Self {
        Self {
            path: file.path.clone(),
            deletion_timestamp: Some(now_ms),
            data_change,
            extended_file_metadata: Some(true),
            partition_values: Some(BTreeMap::new()),
            size: Some(file.size),
        }
    }
}
