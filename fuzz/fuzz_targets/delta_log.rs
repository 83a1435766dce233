//! The log of a Delta table as another writer may have left it: opened, written, and opened again.
#![no_main]

use std::sync::{Arc, LazyLock};

use kansoku_archive::log::{Commit, DataFile, LogError, Operation, Table};
use libfuzzer_sys::fuzz_target;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::{Builder, Runtime};

/// Between the files of an input. The first is version 0, unless it is a checkpoint.
const SEPARATOR: &[u8] = b"\n---\n";
const FILE: &str = "fuzz.parquet";

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime of one thread"));

// `parquet` panics on some damaged files, in a thread whose panics are errors of the log. libFuzzer's
// hook would end the process for them; it notices other panics without the hook.
fuzz_target!(init: drop(std::panic::take_hook()), |input: &[u8]| RUNTIME.block_on(check(input)));

async fn check(input: &[u8]) {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let mut rest = Some(input);
    for version in 0.. {
        let Some(text) = rest else { break };
        let end = text.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
        let file = &text[..end.unwrap_or(text.len())];
        rest = end.map(|end| &text[end + SEPARATOR.len()..]);
        let ending = if file.starts_with(b"PAR1") { "checkpoint.parquet" } else { "json" };
        let path = Path::from(format!("_delta_log/{version:020}.{ending}"));
        store.put(&path, file.to_vec().into()).await.expect("memory has space");
    }
    let mut table = match open(&store).await {
        Ok(table) => table,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for file in table.snapshot().files() {
        table.location(&file.path).expect("no file is outside of the table");
    }
    let file = DataFile { path: FILE.to_owned(), size: 1, modified_ms: 1, stats: None };
    let commit = Commit {
        operation: Operation::Write,
        added: vec![file],
        removed: Vec::new(),
        transaction: None,
        now_ms: 1,
    };
    match table.commit(&commit).await {
        Ok(version) => assert_eq!(version, table.snapshot().version()),
        Err(LogError::DuplicateFile { .. }) => return,
        Err(error) => panic!("what was opened is written: {error}"),
    }
    assert_same(&table, &open(&store).await.expect("what was written is opened"));
    table.checkpoint(1).await.expect("what was opened has a checkpoint");
    table.clean_up(i64::MAX).await.expect("memory deletes");
    assert_same(&table, &open(&store).await.expect("a checkpoint is enough"));
}

async fn open(store: &Arc<dyn ObjectStore>) -> Result<Table, LogError> {
    Table::open(store.clone(), Path::default()).await
}

fn assert_same(one: &Table, other: &Table) {
    let (one, other) = (one.snapshot(), other.snapshot());
    assert_eq!(one.version(), other.version());
    assert_eq!(one.schema(), other.schema());
    assert!(one.files().eq(other.files()));
}
