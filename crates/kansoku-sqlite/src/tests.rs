use std::sync::Arc;

use crate::*;
use kansoku_store::suite::Stores;

/// A store in a temporary folder.
fn fresh() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    // Sealing runs beside every case: nobody may see it.
    let options = StoreOptions { seal_after: Duration::ZERO, ..StoreOptions::default() };
    let store = Arc::new(SqliteStore::open(&path, options).unwrap());
    Stores {
        traces: store.clone(),
        meta: store.clone(),
        upkeep: store.clone(),
        access: store,
        keep: Box::new(folder),
    }
}

kansoku_store::store_suite!(fresh);

mod access;
mod blobs;
mod damage;
mod erasure;
mod full_disk;
mod readers;
mod retention;
mod sealing;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_and_rows_give_the_same_facts() {
    kansoku_store::suite::facts::columns_and_rows_give_the_same_facts(&fresh()).await;
}

/// Deleted traces give their space back to the disk, step by step.
#[tokio::test]
async fn the_file_shrinks_after_deletions() {
    use kansoku_model::{ExperimentId, TimestampMs};
    use kansoku_store::suite::build::{batch, span};
    use kansoku_store::{Deletion, TraceStore as _, Upkeep as _};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    let size = || std::fs::metadata(&path).unwrap().len();
    let store = SqliteStore::open(&path, StoreOptions::default()).unwrap();
    store.close().await;
    let empty = size();
    let store = SqliteStore::open(&path, StoreOptions::default()).unwrap();
    for n in 1..=300 {
        let text: String = (0..4000).map(|_| rand::random_range('a'..='z')).collect();
        let spans = batch([span(n, 1, None, n, n + 1).attribute("text", &text)]);
        store.append(ExperimentId::DEFAULT, spans).await.unwrap();
    }
    let all = Deletion::UntilTime { until: TimestampMs(i64::MAX), max_traces: None };
    let gone = store.delete_traces(ExperimentId::DEFAULT, all).await.unwrap();
    assert_eq!(gone.len(), 300);
    let mut freed = 0;
    loop {
        match store.reclaim().await.unwrap() {
            0 => break,
            bytes => freed += bytes,
        }
    }
    store.close().await;
    assert!(500_000 < freed, "{freed} bytes were given back");
    assert!(size() < empty + empty / 4, "{} bytes, and {empty} when it was new", size());
    assert!(crate::backup::database::check_database(&path).unwrap().is_none());
}
