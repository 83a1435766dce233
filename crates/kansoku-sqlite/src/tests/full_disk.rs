//! On a full disk traces can still be deleted, and writes continue when there is space.
use std::path::Path;

use kansoku_model::{Coded, ErrorCode, ExperimentId, TimestampMs};

use crate::*;
use kansoku_store::suite::build::{batch, span, trace_id};
use kansoku_store::{Deletion, Maintenance, TraceReads, TraceWrites};

const RESERVE_BYTES: u64 = 1 << 20;

/// Limits the database to `more` additional pages, which SQLite then reports as a full disk.
async fn allow_pages(store: &SqliteStore, more: i64) {
    let limit = move |tx: &crate::engine::tx::Tx<'_>| {
        let pages: i64 = tx.query_row("pragma page_count", [], |row| row.get(0))?;
        tx.query_row(&format!("pragma max_page_count = {}", pages + more), [], |_| Ok(()))?;
        Ok(())
    };
    store.writer.run_freeing("limit the pages", limit).await.unwrap();
}

fn spans(n: u64) -> Vec<kansoku_model::TraceSpans> {
    let noise: String = (0..8000).map(|_| rand::random_range('a'..='z')).collect();
    batch([span(n, 1, None, n, n + 1).attribute("text", &noise)])
}

fn has_reserve(folder: &Path) -> bool {
    folder.join("reserve").exists()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_can_be_deleted_while_nothing_else_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { reserve_bytes: RESERVE_BYTES, ..StoreOptions::default() };
    let store = SqliteStore::open(&folder.path().join("kansoku.db"), options).unwrap();
    assert!(has_reserve(folder.path()));
    allow_pages(&store, 40).await;
    let mut stored = Vec::new();
    let refused = loop {
        let n = stored.len() as u64 + 1;
        match store.append(ExperimentId::DEFAULT, spans(n)).await {
            Ok(_) => stored.push(trace_id(n)),
            Err(refused) => break refused,
        }
    };
    assert!(10 < stored.len());
    assert_eq!(refused.code(), ErrorCode::TemporarilyUnavailable);
    assert!(refused.to_string().starts_with("the disk is full"), "{refused}");
    assert!(store.unwritable().unwrap().starts_with("the disk is full"));
    assert!(!has_reserve(folder.path()), "it is given to deletions");

    // Small writes would fit, but would use space that deletions need.
    let refused = store.set_tag(&stored[0], "key", "value").await.unwrap_err();
    assert!(matches!(refused, StoreError::DiskFull), "{refused}");
    let some = stored[..8].to_vec();
    let gone = store.delete_traces(ExperimentId::DEFAULT, Deletion::Ids(some)).await.unwrap();
    assert_eq!(gone.len(), 8);
    assert!(store.reclaim().await.is_ok());
    assert!(store.unwritable().is_some(), "deletions are no space");
    store.spans(&stored[9]).await.unwrap();
    let until = Deletion::UntilTime { until: TimestampMs(i64::MAX), max_traces: Some(1) };
    assert_eq!(store.delete_traces(ExperimentId::DEFAULT, until).await.unwrap().len(), 1);

    // There is space again; it is used for the reserve first.
    allow_pages(&store, 4000).await;
    store.try_write().await.unwrap();
    assert!(has_reserve(folder.path()));
    assert_eq!(store.unwritable(), None);
    store.append(ExperimentId::DEFAULT, spans(9999)).await.unwrap();
    assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
    store.close().await;
}
