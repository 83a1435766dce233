//! Commits of other writers to a table that is open.
use std::sync::Arc;

use super::actions::Action;
use super::changes::FileChanges;
use super::error::{LogError, Rejection};
use super::file_names;
use super::open::{Table, read_snapshot};
use super::protocol;

impl Table {
    /// Reads what other writers have committed since.
    pub async fn refresh(&mut self) -> Result<(), LogError> {
        self.reload_if_cleaned_up().await?;
        let mut version = self.snapshot.version + 1;
        while let Some(actions) = self.folder.read_commit(version).await? {
            self.apply_foreign(version, actions)?;
            version += 1;
        }
        Ok(())
    }

    /// The changes by commits of other writers since the last call. They are found by `refresh`, and
    /// by `commit` whether it succeeds or not.
    pub fn take_foreign_changes(&mut self) -> FileChanges {
        std::mem::take(&mut self.foreign_changes)
    }

    /// Applies all of a commit or nothing.
    pub(super) fn apply_foreign(
        &mut self,
        version: u64,
        actions: Vec<Action>,
    ) -> Result<(), LogError> {
        self.snapshot.validate(&actions).map_err(|rejection| {
            rejection.in_file(&self.folder.table(), version, &file_names::commit(version))
        })?;
        self.foreign_changes.apply(&actions);
        Arc::make_mut(&mut self.snapshot).apply(version, actions);
        Ok(())
    }

    /// Reads the table anew if the file of its current version is gone.
    ///
    /// Other writers may have committed so much, and cleaned up behind a checkpoint, that the number
    /// of the next version is free again: a commit there would be lost.
    pub(super) async fn reload_if_cleaned_up(&mut self) -> Result<(), LogError> {
        if self.folder.has_commit(self.snapshot.version).await? {
            return Ok(());
        }
        let (old, new) = (self.snapshot.clone(), read_snapshot(&self.folder).await?);
        if new.version < old.version {
            let table = self.folder.table();
            return Err(LogError::MissingVersion { table, version: old.version });
        }
        if !protocol::is_same_schema(old.schema(), new.schema()) {
            let rejection = Rejection::Unsupported("a change of the schema".to_owned());
            let name = file_names::commit(new.version);
            return Err(rejection.in_file(&self.folder.table(), new.version, &name));
        }
        for file in old.files().filter(|file| new.file(&file.path).is_none()) {
            self.foreign_changes.remove(file.path.clone());
        }
        for file in new.files().filter(|file| old.file(&file.path).is_none()) {
            self.foreign_changes.add(file.clone());
        }
        // The commits that tell whether rows have changed are gone.
        self.foreign_changes.data_change = true;
        self.snapshot = Arc::new(new);
        Ok(())
    }
}
