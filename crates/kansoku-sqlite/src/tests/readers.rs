use std::sync::mpsc::{Receiver, Sender, channel};

use kansoku_model::{Coded, ErrorCode};
use tokio::task::JoinHandle;

use super::*;
use crate::engine::readers::{ReadClass, Readers, check_stop};
use kansoku_store::ReadCaller;

const MINUTE: Duration = Duration::from_secs(60);

/// Readers with one connection for points and `scans` connections for searches.
fn readers(scans: usize) -> (tempfile::TempDir, Readers) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kansoku.db");
    drop(SqliteStore::open(&path, StoreOptions::default()).unwrap());
    let codec = Arc::new(Codec::new());
    let readers = Readers::open(&path, 1, scans, &codec).unwrap();
    (dir, readers)
}

/// A running search, which ends when its sender sends or is dropped.
struct Held {
    end: Sender<()>,
    task: JoinHandle<Result<(), StoreError>>,
}

async fn hold(readers: &Readers, caller: u64) -> Held {
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (end, ended): (_, Receiver<()>) = channel();
    let readers = readers.clone();
    let task = tokio::spawn(ReadCaller(caller).scope(async move {
        let read = move |_: &_| {
            let _ = begun.send(());
            let _ = ended.recv();
            Ok(())
        };
        readers.run_as(ReadClass::Scan, "hold", MINUTE, read).await
    }));
    has_begun.await.unwrap();
    Held { end, task }
}

async fn scan(readers: &Readers, caller: u64, deadline: Duration) -> Result<(), StoreError> {
    let read = readers.run_as(ReadClass::Scan, "search", deadline, |_| Ok(()));
    ReadCaller(caller).scope(read).await
}

#[tokio::test]
async fn searches_that_take_long_delay_neither_lookups_nor_single_traces_nor_maintenance() {
    let (_dir, readers) = readers(2);
    let held = [hold(&readers, 1).await, hold(&readers, 2).await];
    for class in [ReadClass::Lookup, ReadClass::Point, ReadClass::Maintenance] {
        let read = ReadCaller(1).scope(readers.run_as(class, "read", MINUTE, |_| Ok(7)));
        assert_eq!(read.await.unwrap(), 7, "{class:?}");
    }
    for Held { end, task } in held {
        drop(end);
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn one_caller_never_has_all_connections_for_searches() {
    let (_dir, readers) = readers(2);
    let held = hold(&readers, 1).await;
    let second = {
        let readers = readers.clone();
        tokio::spawn(async move { scan(&readers, 1, MINUTE).await })
    };
    // The second search of the same caller waits; those of another caller do not.
    for _ in 0..3 {
        scan(&readers, 2, MINUTE).await.unwrap();
    }
    assert!(!second.is_finished());
    drop(held.end);
    held.task.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_deadline_includes_the_time_a_search_waits() {
    let (_dir, readers) = readers(1);
    let held = hold(&readers, 1).await;
    let waiting = {
        let readers = readers.clone();
        tokio::spawn(async move { scan(&readers, 2, Duration::from_secs(10)).await })
    };
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_millis(9_900)).await;
    assert!(!waiting.is_finished());
    tokio::time::advance(Duration::from_millis(200)).await;
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::WaitedTooLong(_)), "{error}");
    assert_eq!(error.code(), ErrorCode::ResourceExhausted);
    assert!(error.to_string().contains("waited 10 s for its turn"), "{error}");
    drop(held.end);
    held.task.await.unwrap().unwrap();
    scan(&readers, 2, Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn a_search_that_nobody_waits_for_any_more_gives_its_place_back() {
    let (_dir, readers) = readers(1);
    // A running read notices the cancellation by checking; a waiting one is dropped with its
    // future.
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (stopped, has_stopped) = tokio::sync::oneshot::channel();
    let running = {
        let readers = readers.clone();
        tokio::spawn(async move {
            let read = move |_: &_| {
                let _ = begun.send(());
                while check_stop().is_ok() {
                    std::thread::yield_now();
                }
                let _ = stopped.send(());
                check_stop()
            };
            readers.run_as(ReadClass::Scan, "search", MINUTE, read).await
        })
    };
    has_begun.await.unwrap();
    let waiting = {
        let readers = readers.clone();
        tokio::spawn(async move { scan(&readers, 1, MINUTE).await })
    };
    tokio::task::yield_now().await;
    waiting.abort();
    running.abort();
    has_stopped.await.unwrap();
    scan(&readers, 2, MINUTE).await.unwrap();
}
