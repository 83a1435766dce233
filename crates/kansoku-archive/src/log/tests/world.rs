//! A table in a temporary folder, and what the tests commit to it.
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use tempfile::TempDir;

use crate::log::*;

pub(super) const NOW_MS: i64 = 1_800_000_000_000;
pub(super) const APP: &str = "kansoku-1-p";

pub(super) struct World {
    pub(super) folder: TempDir,
    pub(super) store: Arc<dyn ObjectStore>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with_fsync(true)
    }

    pub(super) fn with_fsync(fsync: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap().with_fsync(fsync);
        Self { folder, store: Arc::new(store) }
    }

    pub(super) async fn create(&self) -> Table {
        Table::create(self.store.clone(), root(), &definition(), NOW_MS).await.unwrap()
    }

    pub(super) async fn open(&self) -> Result<Table, LogError> {
        Table::open(self.store.clone(), root()).await
    }

    pub(super) fn log_file(&self, name: &str) -> PathBuf {
        self.folder.path().join("p_traces/_delta_log").join(name)
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.log_file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.log_file(name)).unwrap()
    }

    pub(super) fn delete(&self, name: &str) {
        fs::remove_file(self.log_file(name)).unwrap();
    }

    pub(super) fn log_names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.log_file("")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub(super) fn root() -> Path {
    Path::from("p_traces")
}

pub(super) fn definition() -> TableDefinition {
    TableDefinition {
        schema: schema("variant"),
        properties: BTreeMap::from([("otel.schemaVersion".to_owned(), "v2".to_owned())]),
        clustering_columns: vec![
            vec!["time".to_owned()],
            vec!["status".to_owned(), "code".to_owned()],
        ],
    }
}

/// Three columns, of which `attributes` has the given type.
pub(super) fn schema(attributes: &str) -> String {
    format!(
        r#"{{"type":"struct","fields":[
            {{"name":"time","type":"timestamp","nullable":true,"metadata":{{}}}},
            {{"name":"status","type":{{"type":"struct","fields":[
                {{"name":"code","type":"string","nullable":true,"metadata":{{}}}}]}},"nullable":true,"metadata":{{}}}},
            {{"name":"attributes","type":"{attributes}","nullable":true,"metadata":{{}}}}]}}"#
    )
}

pub(super) fn file(path: &str) -> DataFile {
    let stats = Some(r#"{"numRecords":3}"#.to_owned());
    DataFile { path: path.to_owned(), size: 100, modified_ms: NOW_MS, stats }
}

pub(super) fn commit(operation: Operation, added: &[&str], removed: &[&str]) -> Commit {
    Commit {
        operation,
        added: added.iter().map(|path| file(path)).collect(),
        removed: removed.iter().map(|path| (*path).to_owned()).collect(),
        transaction: None,
        now_ms: NOW_MS,
    }
}

pub(super) fn append(paths: &[&str]) -> Commit {
    commit(Operation::Write, paths, &[])
}

pub(super) fn batch(version: i64, paths: &[&str]) -> Commit {
    let transaction = Some(AppTransaction { app_id: APP.to_owned(), version });
    Commit { transaction, ..append(paths) }
}

pub(super) fn paths(table: &Table) -> Vec<String> {
    table.snapshot().files().map(|file| file.path.clone()).collect()
}
