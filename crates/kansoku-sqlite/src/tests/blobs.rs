//! Payload outside of the database: reads give the same results, and no blob is left behind.
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kansoku_model::{ExperimentId, TraceSpans};

use crate::*;
use kansoku_store::suite::Stores;
use kansoku_store::suite::build::{batch, span, trace_id};
use kansoku_store::{Deletion, Maintenance, TraceReads, TraceWrites};

/// A store that writes every chunk to a blob.
fn all_in_blobs() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let StoreOptions { read_deadline, .. } = StoreOptions::default();
    let options = StoreOptions { read_deadline, ..options(Some(0), Duration::ZERO) };
    let store = SqliteStore::open(&folder.path().join("kansoku.db"), options).unwrap();
    Stores::of_engine(Arc::new(store), folder)
}

kansoku_store::store_suite!(all_in_blobs);

fn open(folder: &Path, over: Option<u64>, compact_after: Duration) -> SqliteStore {
    SqliteStore::open(&folder.join("kansoku.db"), options(over, compact_after)).unwrap()
}

fn options(over: Option<u64>, compact_after: Duration) -> StoreOptions {
    let blobs = Some(BlobOptions { over, ..BlobOptions::default() });
    // Blobs are kept for the maximum duration of a read.
    let read_deadline = Duration::from_secs(1);
    StoreOptions { compact_after, blobs, read_deadline, ..StoreOptions::default() }
}

/// A span with incompressible text of this size.
fn large(n: u64, id: u64, bytes: usize) -> Vec<TraceSpans> {
    let text: String = (0..bytes).map(|_| rand::random_range('!'..='~')).collect();
    let parent = (id != 1).then_some(1);
    batch([span(n, id, parent, n, n + 1).attribute("mlflow.spanInputs", &text)])
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(folders) = fs::read_dir(folder.join("blobs")) else { return Vec::new() };
    let folders = folders.map(|folder| folder.unwrap().path());
    folders.flat_map(|folder| fs::read_dir(folder).unwrap()).map(|f| f.unwrap().path()).collect()
}

async fn files_become(folder: &Path, count: usize) {
    for _ in 0..200 {
        if files(folder).len() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} files in place of {count}", files(folder).len());
}

async fn delete(store: &SqliteStore, n: u64) {
    let gone = Deletion::Ids(vec![trace_id(n)]);
    assert_eq!(store.delete_traces(ExperimentId::DEFAULT, gone).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_payload_is_a_file_of_its_trace_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(100_000), Duration::from_secs(60));
    for n in 1..=3 {
        store.append(ExperimentId::DEFAULT, large(n, 1, 300_000)).await.unwrap();
    }
    store.append(ExperimentId::DEFAULT, large(4, 1, 1000)).await.unwrap();
    assert_eq!(files(folder.path()).len(), 3, "the small one is in the database");
    let used = store.storage(ExperimentId::DEFAULT).await.unwrap().payload_bytes;
    let bytes: u64 = files(folder.path()).iter().map(|f| f.metadata().unwrap().len()).sum();
    assert!(bytes < used && used < bytes + 2000, "{used} counted, {bytes} in files");
    assert!(700_000 < bytes);
    let known = store.span_bytes(&[trace_id(1)]).await.unwrap();
    let read = store.spans(&trace_id(1)).await.unwrap();
    assert_eq!(known, read.chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>());

    delete(&store, 2).await;
    files_become(folder.path(), 2).await;
    assert!(store.spans(&trace_id(1)).await.is_ok() && store.spans(&trace_id(3)).await.is_ok());
    delete(&store, 1).await;
    delete(&store, 3).await;
    files_become(folder.path(), 0).await;
    assert!(store.audit(Box::new(|_| {})).await.unwrap().problems.is_empty());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealing_puts_one_file_in_the_place_of_several() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(100_000), Duration::from_millis(300));
    for id in 1..=3 {
        store.append(ExperimentId::DEFAULT, large(1, id, 200_000)).await.unwrap();
    }
    let parts = files(folder.path());
    assert_eq!(parts.len(), 3);
    files_become(folder.path(), 1).await;
    assert!(!parts.contains(&files(folder.path())[0]));
    let read = store.spans(&trace_id(1)).await.unwrap();
    assert_eq!(read.chunks.len(), 1);
    assert_eq!(kansoku_otlp::SpanSet::ids(&read.chunks).unwrap().len(), 3);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_is_deleted_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(1000), Duration::from_secs(60));
    store.append(ExperimentId::DEFAULT, large(1, 1, 50_000)).await.unwrap();
    // The blob is written, and the process ends before the commit that would refer to it.
    let blob = crate::payload::chunks::write_blob(&store.codec, &store.writer, b"cut".to_vec())
        .await
        .unwrap();
    assert_eq!(files(folder.path()).len(), 2);
    let [kept, half] = [&blob.name, "x"].map(|name| folder.path().join("blobs").join(name));
    assert_eq!(fs::read(&kept).unwrap(), b"cut");
    store.close().await;
    // A blob whose writing was interrupted.
    fs::write(kept.with_file_name("half#1"), "ha").unwrap();
    assert!(!half.exists());

    let store = open(folder.path(), Some(1000), Duration::from_secs(60));
    files_become(folder.path(), 1).await;
    assert!(store.spans(&trace_id(1)).await.is_ok());
    drop(blob);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blob_that_was_changed_is_not_taken_for_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(1000), Duration::from_secs(60));
    store.append(ExperimentId::DEFAULT, large(1, 1, 50_000)).await.unwrap();
    let file = files(folder.path()).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let refused = store.spans(&trace_id(1)).await.unwrap_err();
    let why = refused.to_string();
    assert!(why.starts_with(&format!("trace `{}` is damaged", trace_id(1))), "{why}");
    assert!(why.contains("is not as it was written"), "{why}");
    let problems = store.audit(Box::new(|_| {})).await.unwrap().problems;
    assert!(problems[0].contains("its kept bytes cannot be read"), "{problems:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_takes_no_blob_refuses_spans_until_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(1000), Duration::from_secs(60));
    let blobs = folder.path().join("blobs");
    fs::remove_dir(&blobs).unwrap();
    fs::write(&blobs, "in the way").unwrap();
    let refused = store.append(ExperimentId::DEFAULT, large(1, 1, 50_000)).await.unwrap_err();
    assert!(matches!(refused, StoreError::BlobsUnwritable), "{refused}");
    assert!(store.unwritable().unwrap().contains("large payload cannot be kept"));
    assert!(store.try_write().await.is_err());
    store.append(ExperimentId::DEFAULT, large(2, 1, 100)).await.unwrap();

    fs::remove_file(&blobs).unwrap();
    fs::create_dir(&blobs).unwrap();
    store.try_write().await.unwrap();
    assert_eq!(store.unwritable(), None);
    store.append(ExperimentId::DEFAULT, large(1, 1, 50_000)).await.unwrap();
    files_become(folder.path(), 1).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_has_the_blobs_of_its_traces_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let [data, copy, place] = ["data", "copy", "place"].map(|name| folder.path().join(name));
    fs::create_dir(&data).unwrap();
    let store = open(&data, Some(1000), Duration::from_secs(60));
    store.append(ExperimentId::DEFAULT, large(1, 1, 50_000)).await.unwrap();
    let under_way =
        crate::payload::chunks::write_blob(&store.codec, &store.writer, b"under way".to_vec())
            .await
            .unwrap();
    let taken = crate::backup::take(&data, &copy, kansoku_model::TimestampMs(0), |_| {}).unwrap();
    assert_eq!(taken.files, 2);
    drop(under_way);
    delete(&store, 1).await;
    files_become(&data, 0).await;
    store.close().await;

    crate::backup::restore(&copy, &place, false, |_| {}).unwrap();
    assert_eq!(files(&place).len(), 1);
    let restored = open(&place, Some(1000), Duration::from_secs(60));
    assert_eq!(restored.spans(&trace_id(1)).await.unwrap().chunks.len(), 1);
    restored.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_that_cannot_be_read_keeps_no_other_from_being_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Some(100_000), Duration::from_millis(300));
    for id in 1..=2 {
        store.append(ExperimentId::DEFAULT, large(1, id, 200_000)).await.unwrap();
    }
    for file in files(folder.path()) {
        fs::remove_file(file).unwrap();
    }
    for id in 1..=2 {
        store.append(ExperimentId::DEFAULT, large(2, id, 200_000)).await.unwrap();
    }
    files_become(folder.path(), 1).await;
    assert_eq!(store.spans(&trace_id(2)).await.unwrap().chunks.len(), 1);
    assert!(store.spans(&trace_id(1)).await.is_err());
    store.close().await;
}
