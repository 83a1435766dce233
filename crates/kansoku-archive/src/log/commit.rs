//! One commit: a new version of the table, or none.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::actions::{Action, Add, Remove, Txn};
use super::error::{LogError, Rejection};
use super::file_names;
use super::open::Table;
use super::snapshot::DataFile;

/// Other writers commit rarely, so a commit that loses again and again shows an error.
pub const COMMIT_ATTEMPTS_MAX: usize = 20;

#[derive(Clone, Debug)]
pub struct Commit {
    pub operation: Operation,
    pub added: Vec<DataFile>,
    /// Paths of files of the current version.
    pub removed: Vec<String>,
    pub transaction: Option<AppTransaction>,
    pub now_ms: i64,
}

/// Tells readers of the log why a commit was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Write,
    /// Rows were replaced or added, and files rewritten for it.
    Merge,
    Delete,
    /// The same rows in other files: readers of changes skip this commit.
    Optimize,
}

/// Makes a commit that is repeated after a crash known as done: an application's versions only grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppTransaction {
    pub app_id: String,
    pub version: i64,
}

impl Table {
    /// Commits, and returns the new version.
    ///
    /// After an error of the store it is not known whether the commit happened. `refresh` and the
    /// transaction's version tell.
    pub async fn commit(&mut self, commit: &Commit) -> Result<u64, LogError> {
        let id = Uuid::new_v4().to_string();
        for _ in 0..COMMIT_ATTEMPTS_MAX {
            self.reload_if_cleaned_up().await?;
            let actions = self.plan(commit, &id)?;
            let version = self.snapshot.version + 1;
            if self.folder.create_commit(version, &actions).await? {
                Arc::make_mut(&mut self.snapshot).apply(version, actions);
                return Ok(version);
            }
            // None if its writer has deleted it at once.
            let Some(found) = self.folder.read_commit(version).await? else { continue };
            // A bucket's client repeats a request whose response was lost, and then finds the commit
            // that it has made itself.
            if has_id(&found, &id) {
                Arc::make_mut(&mut self.snapshot).apply(version, actions);
                return Ok(version);
            }
            self.apply_foreign(version, found)?;
            self.refresh().await?;
        }
        let (table, attempts) = (self.folder.table(), COMMIT_ATTEMPTS_MAX);
        Err(LogError::Contended { table, attempts })
    }

    /// The actions of a commit to the current version, which may have changed since the caller
    /// planned it.
    fn plan(&self, commit: &Commit, id: &str) -> Result<Vec<Action>, LogError> {
        let table = || self.folder.table();
        let Commit { operation, added, removed, now_ms, .. } = commit;
        let data_change = operation.changes_data();
        let (name, parameters) = operation.name_and_parameters();
        let mut actions = vec![commit_info(name, parameters, *now_ms, id, removed.is_empty())];
        if let Some(transaction) = &commit.transaction {
            actions.push(Action::Txn(self.plan_transaction(transaction, *now_ms)?));
        }
        let mut paths = BTreeSet::new();
        for path in removed {
            let file = self.snapshot.file(path).filter(|_| paths.insert(path));
            let Some(file) = file else {
                let (version, path) = (self.snapshot.version, path.clone());
                return Err(LogError::Conflict { table: table(), version, path });
            };
            actions.push(Action::Remove(Remove::from_file(file, *now_ms, data_change)));
        }
        for file in added {
            if self.snapshot.file(&file.path).is_some() || !paths.insert(&file.path) {
                let path = file.path.clone();
                return Err(LogError::DuplicateFile { table: table(), path });
            }
            actions.push(Action::Add(Add::from_file(file, data_change)));
        }
        if actions.len() == 1 {
            let reason = "it changes nothing".to_owned();
            return Err(LogError::InvalidCommit { table: table(), reason });
        }
        match self.snapshot.validate(&actions) {
            Ok(()) => Ok(actions),
            Err(Rejection::Malformed(reason) | Rejection::Unsupported(reason)) => {
                Err(LogError::InvalidCommit { table: table(), reason })
            }
            Err(rejection) => {
                let version = self.snapshot.version + 1;
                Err(rejection.in_file(&table(), version, &file_names::commit(version)))
            }
        }
    }

    fn plan_transaction(&self, planned: &AppTransaction, now_ms: i64) -> Result<Txn, LogError> {
        let AppTransaction { app_id, version } = planned.clone();
        match self.snapshot.transaction(&app_id) {
            Some(committed) if version <= committed => {
                let table = self.folder.table();
                Err(LogError::AlreadyCommitted { table, app_id, version, committed })
            }
            _ => Ok(Txn { app_id, version, last_updated: Some(now_ms) }),
        }
    }
}

impl Operation {
    fn changes_data(self) -> bool {
        self != Self::Optimize
    }

    /// As other engines write them, so that a table's history reads the same.
    fn name_and_parameters(self) -> (&'static str, Value) {
        match self {
            Self::Write => ("WRITE", json!({"mode": "Append", "partitionBy": "[]"})),
            Self::Merge => ("MERGE", json!({})),
            Self::Delete => ("DELETE", json!({})),
            Self::Optimize => ("OPTIMIZE", json!({})),
        }
    }
}

pub(super) fn commit_info(
    operation: &str,
    parameters: Value,
    now_ms: i64,
    id: &str,
    is_blind_append: bool,
) -> Action {
    Action::CommitInfo(json!({
        "timestamp": now_ms,
        "operation": operation,
        "operationParameters": parameters,
        "isBlindAppend": is_blind_append,
        "engineInfo": concat!("Kansoku/", env!("CARGO_PKG_VERSION")),
        "txnId": id,
    }))
}

fn has_id(actions: &[Action], id: &str) -> bool {
    actions.iter().any(|action| match action {
        Action::CommitInfo(info) => info["txnId"] == id,
        _ => false,
    })
}
