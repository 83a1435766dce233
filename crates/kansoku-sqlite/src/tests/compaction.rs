use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{SpanId, TimestampMs, TraceSpans};

use crate::engine::tx::Tx;
use crate::payload::compaction;
use crate::*;
use kansoku_store::core::payload::codec;
use kansoku_store::suite::Stores;
use kansoku_store::suite::build::{batch, experiment, found, span, trace_id};
use kansoku_store::{BlobOptions, Maintenance, TraceReads, TraceWrites};
use rusqlite::Connection;

async fn store(compact_after: Duration) -> (Arc<SqliteStore>, Stores) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    let options = StoreOptions { compact_after, ..StoreOptions::default() };
    let store = Arc::new(SqliteStore::open(&path, options).unwrap());
    (store.clone(), Stores::of_engine(store, folder))
}

/// A turn of an agent that sends its whole history again.
fn turn(n: u64, turn: u64) -> Vec<TraceSpans> {
    let said =
        |i: u64| format!("{i}: {:x}{:x} ", i.wrapping_mul(0x9e37_79b9_7f4a_7c15), i * i * 7919);
    let history: String =
        (0..=turn).flat_map(|i| (0..20).map(move |j| said(i * 100 + j))).collect();
    let parent = (turn != 0).then_some(1);
    batch([span(n, turn + 1, parent, turn, turn + 1).attribute("mlflow.spanInputs", &history)])
}

async fn chunks(store: &SqliteStore) -> (i64, i64) {
    let count = "select count(*), sum(length(bytes)) from span_chunks";
    let count =
        move |db: &Connection| Ok(db.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)))?);
    store.read("count chunks", count).await.unwrap()
}

async fn compacted(store: &SqliteStore, chunks_left: i64) -> i64 {
    for _ in 0..2400 {
        let (count, bytes) = chunks(store).await;
        if count == chunks_left {
            return bytes;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not compacted: {:?}", chunks(store).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_that_is_sent_again_is_kept_once() {
    let (store, stores) = store(Duration::from_millis(500)).await;
    let experiment = experiment(&stores, "e").await;
    for n in 0..30 {
        store.append(experiment, turn(1, n)).await.unwrap();
    }
    let before = store.spans(&trace_id(1)).await.unwrap();
    let (count, bytes) = chunks(&store).await;
    assert_eq!(count, 30);
    let bytes_compacted = compacted(&store, 1).await;
    assert!(bytes_compacted * 8 < bytes, "{bytes} bytes became {bytes_compacted}");
    let after = store.spans(&trace_id(1)).await.unwrap();
    assert_eq!(after.chunks, [before.chunks.concat()]);
    assert_eq!(after.info, before.info);
    let audit = store.audit(Box::new(|_| {})).await.unwrap();
    assert_eq!((audit.traces, audit.spans, audit.spans_in_payload), (1, 30, 30));
    assert_eq!(audit.problems, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_that_comes_late_is_compacted_with_the_others() {
    let (store, stores) = store(Duration::ZERO).await;
    let experiment = experiment(&stores, "e").await;
    for n in 0..3 {
        store.append(experiment, turn(1, n)).await.unwrap();
    }
    compacted(&store, 1).await;
    store.append(experiment, turn(1, 3)).await.unwrap();
    store.append(experiment, turn(1, 0)).await.unwrap();
    compacted(&store, 1).await;
    let spans =
        kansoku_otlp::SpanSet::from_chunks(&store.spans(&trace_id(1)).await.unwrap().chunks);
    assert_eq!(spans.unwrap().len(), 4);
    assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_names_what_is_missing() {
    let (store, stores) = store(Duration::from_secs(60)).await;
    let experiment = experiment(&stores, "e").await;
    for n in 0..3 {
        store.append(experiment, turn(1, n)).await.unwrap();
    }
    let damage = |tx: &crate::engine::tx::Tx<'_>| {
        tx.execute("delete from span_chunks where id = (select min(id) from span_chunks)", [])?;
        tx.execute("delete from spans where span_id = 3", [])?;
        Ok(())
    };
    store.writer.run("damage the store", 0, damage).await.unwrap();
    let audit = store.audit(Box::new(|_| {})).await.unwrap();
    let problems = audit.problems.join("\n");
    assert!(problems.contains("its row says 3 spans, it has 2"), "{problems}");
    assert!(problems.contains("1 of its spans are missing in its kept bytes"), "{problems}");
    assert!(problems.contains("the ledger expects 3 spans, there are 2"), "{problems}");
}

/// Bytes of deleted traces do not remain in the file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_deleted_trace() {
    let (store, stores) = store(Duration::ZERO).await;
    let experiment = experiment(&stores, "e").await;
    for n in 1..=2 {
        let marked = span(n, 7, Some(1), 0, 1).name("zebra crossing");
        store.append(experiment, batch([marked])).await.unwrap();
        store.append(experiment, turn(n, 0)).await.unwrap();
        store.append(experiment, turn(n, 1)).await.unwrap();
    }
    compacted(&store, 2).await;
    let ids = vec![trace_id(1), trace_id(2)];
    store.delete_traces(experiment, kansoku_store::Deletion::Ids(ids)).await.unwrap();
    let rows = |db: &Connection| {
        let tables =
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
        let tables: Vec<String> =
            db.prepare(tables)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut left = Vec::new();
        for table in tables {
            let count: i64 =
                db.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0))?;
            if 0 < count {
                left.push(table);
            }
        }
        left.sort();
        Ok(left)
    };
    let left = store.read("count rows", rows).await.unwrap();
    assert_eq!(left, ["experiments", "ledger", "ledger_deleted", "migrations"]);
    assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
    store.close().await;
    let bytes = std::fs::read(&store.path).unwrap();
    assert!(!bytes.windows(5).any(|window| window == b"zebra"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_a_large_trace_are_exact_when_it_is_compacted() {
    let (store, stores) = store(Duration::from_millis(500)).await;
    let experiment = experiment(&stores, "e").await;
    let usage = r#"{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}"#;
    let call = |id| span(1, id, (id != 1).then_some(1), id, id + 1);
    store.append(experiment, batch([call(1)])).await.unwrap();
    let total = async || {
        let info = store.info(&trace_id(1)).await.unwrap();
        info.metadata.get("mlflow.trace.tokenUsage").cloned().unwrap_or_default()
    };
    for group in 0..30 {
        let ids = (0..90).map(|n| 2 + group * 90 + n);
        let calls = ids.map(|id| call(id).attribute("mlflow.chat.tokenUsage", usage));
        store.append(experiment, batch(calls)).await.unwrap();
    }
    assert!(!total().await.is_empty());
    compacted(&store, 1).await;
    let exact = r#"{"input_tokens": 2700, "output_tokens": 5400, "total_tokens": 8100}"#;
    assert_eq!(total().await, exact);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_that_is_sent_again_while_its_chunk_is_merged_is_read_as_it_was_sent_last() {
    for blobs_over in [None, Some(1)] {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            compact_after: Duration::from_secs(3600),
            blobs: Some(BlobOptions { over: blobs_over, ..BlobOptions::default() }),
            ..StoreOptions::default()
        };
        let store = SqliteStore::open(&folder.path().join("kansoku.db"), options).unwrap();
        let store = Arc::new(store);
        let stores = Stores::of_engine(store.clone(), folder);
        let experiment = experiment(&stores, "e").await;
        let version =
            |n: u64, text: &str| span(1, n, None, n, n + 1).attribute("mlflow.spanInputs", text);
        // The chunk with the first version stays, because it contains another span.
        let first = [version(1, "the first version"), version(3, "beside it")];
        store.append(experiment, batch(first)).await.unwrap();
        store.append(experiment, batch([version(2, "another span")])).await.unwrap();
        let codec = store.codec.clone();
        let prepare = move |db: &Connection| compaction::prepare(db, &codec, 1);
        let mut prepared = store.read("prepare", prepare).await.unwrap();
        store.append(experiment, batch([version(1, "the second version")])).await.unwrap();
        prepared.offload(&store.codec, &store.writer).await.unwrap();
        let replace = move |tx: &Tx<'_>| compaction::replace(tx, &prepared);
        store.writer.run("replace", 0, replace).await.unwrap();

        assert_eq!(chunks(&store).await.0, 2);
        let is_due = store.read("is anything due", compaction::anything).await.unwrap();
        assert!(is_due, "the chunk that came meanwhile is merged later");
        let has =
            |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        let read = store.some_spans(&trace_id(1), &[SpanId(1)]).await.unwrap().otlp;
        assert!(has(&read, "the second version") && !has(&read, "the first version"));
        let all = store.spans(&trace_id(1)).await.unwrap().chunks;
        assert!(has(all.last().unwrap(), "the second version"), "{blobs_over:?}");
        let with =
            async |text: &str| found(&stores, experiment, &format!("text LIKE '%{text}%'")).await;
        assert_eq!(with("first version").await, [0; 0], "{blobs_over:?}");
        assert_eq!((with("second version").await, with("another").await), (vec![1], vec![1]));
        assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_before_the_dictionary_is_compressed_with_it() {
    // The test compacts the traces itself.
    let (store, stores) = store(Duration::from_secs(3600)).await;
    let experiment = experiment(&stores, "e").await;
    let common = "Answer from the documents below, and name the one that you used. ".repeat(4);
    for first in (1..1601).step_by(100) {
        let call = |n: u64| span(n, 1, None, n, n + 1).attribute("mlflow.spanInputs", &common);
        store.append(experiment, batch((first..first + 100).map(call))).await.unwrap();
    }
    let before = store.spans(&trace_id(1)).await.unwrap();
    while store.codec.dictionary().is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let early = async || {
        let count = |db: &Connection| {
            let frames = db
                .prepare("select bytes from span_chunks")?
                .query_map([], |row| row.get::<_, Vec<u8>>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            Ok(frames.iter().filter(|frame| codec::dictionary_of(frame).is_none()).count())
        };
        store.read("count frames without a dictionary", count).await.unwrap()
    };
    let (count, bytes) = chunks(&store).await;
    assert!(0 < early().await, "the first chunks came before the dictionary");
    let due = |db: &Connection| compaction::due(db, TimestampMs(i64::MAX), 2000);
    let due = store.read("find traces to compact", due).await.unwrap();
    assert_eq!(due.len(), 1600);
    for trace in due {
        let codec = store.codec.clone();
        let prepare = move |db: &Connection| compaction::prepare(db, &codec, trace);
        let prepared = store.read("prepare", prepare).await.unwrap();
        let replace = move |tx: &Tx<'_>| compaction::replace(tx, &prepared);
        store.writer.run("replace", 0, replace).await.unwrap();
    }
    assert_eq!(early().await, 0);
    let (count_now, bytes_now) = chunks(&store).await;
    assert_eq!(count_now, count);
    assert!(bytes_now < bytes, "{bytes} bytes became {bytes_now}");
    assert_eq!(store.spans(&trace_id(1)).await.unwrap().chunks, before.chunks);
    assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
}
