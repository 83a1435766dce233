//! Changed bytes in the file lead to an error that says what to do, and never to wrong spans.
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{Coded, ErrorCode, ExperimentId};
use kansoku_otlp::Signal;

use crate::engine::connections::PAGE_BYTES;
use crate::*;
use kansoku_store::suite::build::{batch, query, span, trace_id};
use kansoku_store::{Maintenance, OtlpCursor, TraceReads, TraceWrites};
use rusqlite::Connection;

async fn filled(folder: &std::path::Path) -> Arc<SqliteStore> {
    let options =
        StoreOptions { compact_after: Duration::from_secs(3600), ..StoreOptions::default() };
    let store = Arc::new(SqliteStore::open(&folder.join("kansoku.db"), options).unwrap());
    for n in 1..=2 {
        let asked = "What is snow, and why is it as white as it is? ".repeat(8);
        let asked = span(n, 1, None, 0, 1).attribute("mlflow.spanInputs", &asked);
        store.append(ExperimentId::DEFAULT, batch([asked])).await.unwrap();
    }
    store
}

async fn flip(store: &SqliteStore, byte: i64) {
    let flip = move |tx: &crate::engine::tx::Tx<'_>| {
        let (id, mut bytes): (i64, Vec<u8>) =
            tx.query_row("select id, bytes from span_chunks order by id limit 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let at = byte.rem_euclid(bytes.len() as i64) as usize;
        bytes[at] ^= 0x10;
        Ok(tx.execute("update span_chunks set bytes = ?2 where id = ?1", (id, bytes))?)
    };
    store.writer.run("flip a bit", 0, flip).await.unwrap();
}

fn assert_said(refused: StoreError) {
    let said = refused.to_string();
    assert!(said.contains("is damaged (") && said.contains("run `kansoku audit`"), "{said}");
    assert_eq!(refused.code(), ErrorCode::DataLoss);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bit_that_flips_is_said_by_every_read_and_by_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let damaged = trace_id(1);
    // The last bytes are the checksum, the first ones the header; the rest is text.
    for byte in [-1, -9, 30, 0] {
        flip(&store, byte).await;
        let refused = store.spans(&damaged).await.unwrap_err();
        assert!(refused.to_string().starts_with(&format!("trace `{damaged}` is")), "{refused}");
        assert_said(refused);
        assert_said(store.span(&damaged, kansoku_model::SpanId(1)).await.unwrap_err());
        let cursor = OtlpCursor::default();
        assert_said(store.otlp(&damaged, Signal::Traces, cursor).await.unwrap_err());
        let filter = "span.attributes.mlflow.spanInputs LIKE '%snow%'";
        assert_said(store.search(query(&[ExperimentId::DEFAULT], filter)).await.unwrap_err());
        let problems = store.audit(Box::new(|_| {})).await.unwrap().problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with(&format!("trace {damaged}: its kept bytes")),
            "{problems:?}"
        );
        // The other trace is unaffected.
        store.spans(&trace_id(2)).await.unwrap();
        flip(&store, byte).await;
        store.spans(&damaged).await.unwrap();
    }
    assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn previews_that_changed_are_damage_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let flip = |tx: &crate::engine::tx::Tx<'_>| {
        let mut bytes: Vec<u8> =
            tx.query_row("select previews from traces where id = 1", [], |row| row.get(0))?;
        let last = bytes.len() - 9;
        bytes[last] ^= 2;
        Ok(tx.execute("update traces set previews = ?1 where id = 1", [bytes])?)
    };
    store.writer.run("flip a bit", 0, flip).await.unwrap();
    assert_said(store.info(&trace_id(1)).await.unwrap_err());
    let problems = store.audit(Box::new(|_| {})).await.unwrap().problems;
    assert!(problems[0].contains("its row cannot be read: damaged"), "{problems:?}");
    store.close().await;
}

/// The audit reports pages that SQLite finds damaged, although no trace reads them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_goes_through_the_pages_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    store.close().await;
    drop(store);
    let path = folder.path().join("kansoku.db");
    let root: i64 = Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .unwrap()
        .query_row("select rootpage from sqlite_schema where name = 'saved_views'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // The number of cells of an empty page.
    bytes[(root as usize - 1) * PAGE_BYTES as usize + 4] = 7;
    std::fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path, StoreOptions::default()).unwrap();
    let problems = store.audit(Box::new(|_| {})).await.unwrap().problems;
    assert!(problems[0].starts_with("the database is damaged, restore a backup: "), "{problems:?}");
    store.close().await;
}

#[test]
fn a_file_that_is_no_database_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    std::fs::write(&path, "a text of somebody's, and long enough. ".repeat(200)).unwrap();
    let refused = SqliteStore::open(&path, StoreOptions::default()).err().unwrap().to_string();
    assert!(refused.starts_with("the database is damaged"), "{refused}");
    assert!(refused.contains("restore a backup with `kansoku restore`"), "{refused}");
    assert!(!refused.contains(folder.path().to_str().unwrap()), "{refused}");
}
