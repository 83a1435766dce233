//! Commits whose result is not what it seems.
use std::sync::Arc;

use super::faulty_store::{Fault, FaultyStore};
use super::world::*;
use crate::log::*;

async fn create() -> (Arc<FaultyStore>, Table) {
    let store = Arc::new(FaultyStore::new());
    let table = Table::create(store.clone(), root(), &definition(), NOW_MS).await.unwrap();
    (store, table)
}

#[tokio::test]
async fn a_commit_that_finds_itself_has_succeeded() {
    let (store, mut table) = create().await;
    store.set(Fault::LostResponse);
    assert_eq!(table.commit(&append(&["a"])).await.unwrap(), 1);
    assert_eq!(paths(&table), ["a"]);
    assert!(table.take_foreign_changes().is_empty());
    assert_eq!(table.commit(&append(&["b"])).await.unwrap(), 2);
    assert_eq!(paths(&Table::open(store, root()).await.unwrap()), ["a", "b"]);
}

#[tokio::test]
async fn after_an_error_of_the_store_the_transaction_tells_what_happened() {
    let (store, mut table) = create().await;
    store.set(Fault::TimedOut);
    let error = table.commit(&batch(1, &["a"])).await.unwrap_err();
    assert!(matches!(error, LogError::Storage { .. }), "{error}");
    assert_eq!(table.snapshot().transaction(APP), None);
    let error = table.commit(&batch(1, &["a"])).await.unwrap_err();
    assert!(matches!(error, LogError::AlreadyCommitted { committed: 1, .. }), "{error}");
    assert_eq!(paths(&table), ["a"]);
}

#[tokio::test]
async fn a_commit_gives_up_when_others_are_always_faster() {
    let (store, mut table) = create().await;
    store.set(Fault::OtherWriter { puts: COMMIT_ATTEMPTS_MAX - 1 });
    let version = table.commit(&append(&["a"])).await.unwrap();
    assert_eq!(version, COMMIT_ATTEMPTS_MAX as u64);
    store.set(Fault::OtherWriter { puts: COMMIT_ATTEMPTS_MAX });
    let error = table.commit(&append(&["b"])).await.unwrap_err();
    assert!(matches!(error, LogError::Contended { .. }), "{error}");
    // Nothing of the failed commit is left.
    assert_eq!(paths(&Table::open(store, root()).await.unwrap()), ["a"]);
}

#[tokio::test]
async fn a_table_may_move_between_threads() {
    let (_, mut table) = create().await;
    let commit = tokio::spawn(async move {
        table.commit(&append(&["a"])).await.unwrap();
        table.checkpoint(NOW_MS).await.unwrap();
        table.clean_up(0).await.unwrap();
        table.refresh().await.unwrap();
        table
    });
    assert_eq!(paths(&commit.await.unwrap()), ["a"]);
}
