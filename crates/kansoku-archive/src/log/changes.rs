//! The effect of other writers' commits on the files of a table.
use std::collections::{BTreeMap, BTreeSet};

use super::actions::Action;
use super::snapshot::DataFile;

/// The net effect of any number of commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileChanges {
    pub added: BTreeMap<String, DataFile>,
    pub removed: BTreeSet<String>,
    /// Whether rows may have changed; a mere compaction leaves them as they are.
    pub data_change: bool,
}

impl FileChanges {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    pub(super) fn apply(&mut self, actions: &[Action]) {
        for action in actions {
            match action {
                Action::Add(add) => {
                    self.add(add.clone().into());
                    self.data_change |= add.data_change;
                }
                Action::Remove(remove) => {
                    self.remove(remove.path.clone());
                    self.data_change |= remove.data_change;
                }
                _ => {}
            }
        }
    }

    pub(super) fn add(&mut self, file: DataFile) {
        self.removed.remove(&file.path);
        self.added.insert(file.path.clone(), file);
    }

    pub(super) fn remove(&mut self, path: String) {
        self.added.remove(&path);
        self.removed.insert(path);
    }
}
