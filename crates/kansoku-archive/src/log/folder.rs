//! Reads and writes of the files in one table's `_delta_log/`.
//!
//! The store must be durable and atomic: on local disks `LocalFileSystem::with_fsync(true)`.
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::actions::{self, Action};
use super::error::{LogError, Rejection};
use super::file_names::{self, LogFileKind};

pub(super) const FOLDER: &str = "_delta_log";
/// A commit that removes 100,000 files has less than half of it.
pub(super) const COMMIT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// A checkpoint of a million files has less than half of it.
pub(super) const CHECKPOINT_BYTES_MAX: u64 = 512 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(super) struct LogFolder {
    store: Arc<dyn ObjectStore>,
    /// The table's folder.
    root: Path,
}

#[derive(Debug)]
pub(super) struct LogFile {
    pub version: u64,
    pub kind: LogFileKind,
    pub modified_ms: i64,
    pub location: Path,
}

impl LogFolder {
    pub(super) fn new(store: Arc<dyn ObjectStore>, root: Path) -> Self {
        Self { store, root }
    }

    pub(super) fn table(&self) -> String {
        self.root.to_string()
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn location(&self, name: &str) -> Path {
        self.root.clone().join(FOLDER).join(name)
    }

    /// None if that version does not exist.
    pub(super) async fn read_commit(&self, version: u64) -> Result<Option<Vec<Action>>, LogError> {
        let name = file_names::commit(version);
        let Some(text) = self.read(&name, COMMIT_BYTES_MAX).await? else { return Ok(None) };
        let actions = actions::parse_lines(&text).and_then(|actions| match actions.is_empty() {
            true => Err(Rejection::Malformed("it is empty".to_owned())),
            false => Ok(actions),
        });
        actions.map(Some).map_err(|rejection| rejection.in_file(&self.table(), version, &name))
    }

    pub(super) async fn has_commit(&self, version: u64) -> Result<bool, LogError> {
        let name = file_names::commit(version);
        match self.store.head(&self.location(&name)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(self.storage(format!("look for `{name}`"), source)),
        }
    }

    /// Whether the version was still free, and is now this commit.
    pub(super) async fn create_commit(
        &self,
        version: u64,
        actions: &[Action],
    ) -> Result<bool, LogError> {
        let (name, lines) = (file_names::commit(version), actions::to_lines(actions));
        if COMMIT_BYTES_MAX < lines.len() as u64 {
            let (table, bytes_max) = (self.table(), COMMIT_BYTES_MAX);
            return Err(LogError::TooLarge { table, file: name, bytes_max });
        }
        let location = self.location(&name);
        match self.store.put_opts(&location, lines.into(), PutMode::Create.into()).await {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. }) => Ok(false),
            Err(source) => Err(self.storage(format!("write `{name}`"), source)),
        }
    }

    pub(super) async fn overwrite(&self, name: &str, content: Vec<u8>) -> Result<(), LogError> {
        let put = self.store.put(&self.location(name), PutPayload::from(content)).await;
        put.map(|_| ()).map_err(|source| self.storage(format!("write `{name}`"), source))
    }

    pub(super) async fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Bytes>, LogError> {
        let failed = |source| self.storage(format!("read `{name}`"), source);
        let found = match self.store.get(&self.location(name)).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(failed)?,
        };
        if bytes_max < found.meta.size {
            let (table, file) = (self.table(), name.to_owned());
            return Err(LogError::TooLarge { table, file, bytes_max });
        }
        found.bytes().await.map(Some).map_err(failed)
    }

    /// The files of this version and all later ones, ordered by version.
    pub(super) async fn list(&self, first_version: u64) -> Result<Vec<LogFile>, LogError> {
        let folder = self.root.clone().join(FOLDER);
        let offset = self.location(&file_names::before(first_version));
        let listed = self.store.list_with_offset(Some(&folder), &offset);
        let files = listed.try_filter_map(|object| {
            let name = object
                .location
                .filename()
                .filter(|_| object.location.parts_count() == folder.parts_count() + 1);
            let file = name.and_then(file_names::parse).map(|(version, kind)| LogFile {
                version,
                kind,
                modified_ms: object.last_modified.timestamp_millis(),
                location: object.location.clone(),
            });
            async { Ok(file) }
        });
        let mut files = match files.try_collect::<Vec<_>>().await {
            Err(Error::NotFound { .. }) => Vec::new(),
            files => files.map_err(|source| self.storage("list the log".to_owned(), source))?,
        };
        files.sort_by_key(|file| file.version);
        Ok(files)
    }

    /// Files that do not exist any more are no error.
    pub(super) async fn delete(&self, locations: Vec<Path>) -> Result<usize, LogError> {
        let mut deleted = 0;
        let mut deletions = self.store.delete_stream(stream::iter(locations).map(Ok).boxed());
        while let Some(result) = deletions.next().await {
            match result {
                Ok(_) => deleted += 1,
                Err(Error::NotFound { .. }) => {}
                Err(source) => return Err(self.storage("clean up the log".to_owned(), source)),
            }
        }
        Ok(deleted)
    }

    fn storage(&self, doing: String, source: Error) -> LogError {
        LogError::Storage { table: self.table(), doing, source }
    }
}
