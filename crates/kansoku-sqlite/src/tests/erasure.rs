//! Deleted content does not remain anywhere in the data folder, not even in shared dictionaries.
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{ExperimentId, TraceId, TraceSpans};

use crate::*;
use kansoku_store::suite::build::{batch, span, trace_id};
use kansoku_store::{Deletion, Maintenance, TraceReads, TraceWrites};
use rusqlite::Connection;

const TRACES: u64 = 1600;
const PROMPT: &str =
    "Answer from the documents below, and name the one that you have used for it. ";
/// Letters only, so that training does not reject it for its form.
const SECRET: &str = "the merger of Quillfeather with Ottoline is to be announced on a Tuesday";

fn options() -> StoreOptions {
    StoreOptions { compact_after: Duration::from_millis(200), ..StoreOptions::default() }
}

fn open_in(folder: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(&folder.join("kansoku.db"), options()).unwrap())
}

/// Stores traces 1 to 1600, some with the secret, and each with a user.
async fn fill(store: &SqliteStore, has_secret: fn(u64) -> bool, user: fn(u64) -> String) {
    let trace = |n: u64| {
        let secret = if has_secret(n) { SECRET } else { "" };
        let asked = format!("{}{secret}{}", PROMPT.repeat(4), "x".repeat((n % 7) as usize));
        let root = span(n, 1, None, n, n + 1).attribute("mlflow.spanInputs", &asked);
        root.attribute("user.id", &user(n))
    };
    for first in (1..=TRACES).step_by(100) {
        let spans: Vec<TraceSpans> = batch((first..first + 100).map(trace));
        store.append(ExperimentId::DEFAULT, spans).await.unwrap();
    }
}

async fn dictionaries(store: &SqliteStore) -> Vec<(i64, Vec<u8>)> {
    let read = |db: &Connection| {
        let mut select = db.prepare("select id, bytes from dictionaries")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    store.read("read dictionaries", read).await.unwrap()
}

async fn count(store: &SqliteStore, sql: &'static str) -> i64 {
    let count = move |db: &Connection| Ok(db.query_row(sql, [], |row| row.get(0))?);
    store.read("count", count).await.unwrap()
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..1200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not come");
}

/// Waits until there is a dictionary and every frame uses it.
async fn until_trained(store: &SqliteStore) {
    until("a dictionary", async || !dictionaries(store).await.is_empty()).await;
    until("rest", async || count(store, "select count(*) from unsealed").await == 0).await;
}

async fn until_replaced(store: &SqliteStore) {
    let retired = async || count(store, "select count(*) from retired_dictionaries").await;
    until("an end of the replacement", async || retired().await == 0).await;
}

async fn delete(store: &SqliteStore, which: impl Fn(u64) -> bool) {
    let ids: Vec<TraceId> = (1..=TRACES).filter(|n| which(*n)).map(trace_id).collect();
    let expected = ids.len();
    let gone = store.delete_traces(ExperimentId::DEFAULT, Deletion::Ids(ids)).await.unwrap();
    assert_eq!(gone.len(), expected);
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// All parts of the secret that a dictionary could contain.
fn secrets() -> impl Iterator<Item = &'static str> {
    ["Quillfeather", "Ottoline", "the merger of ", "announced on a Tuesday"].into_iter()
}

/// Finds the secret in files, and in decompressed frames and dictionaries.
fn places_of_secret(folder: &Path) -> Vec<String> {
    let mut places = Vec::new();
    let mut look = |place: String, bytes: &[u8]| {
        if secrets().any(|secret| holds(bytes, secret)) {
            places.push(place);
        }
    };
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            look(path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
    let codec = Arc::new(Codec::new());
    let db = crate::engine::connections::open_reader(&folder.join("kansoku.db"), &codec).unwrap();
    crate::payload::dictionaries::load(&db, &codec, false).unwrap();
    let blobs = |sql: &str| -> Vec<Vec<u8>> {
        let mut select = db.prepare(sql).unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    for bytes in blobs("select bytes from dictionaries") {
        look("dictionary".to_owned(), &bytes);
    }
    for frame in blobs("select bytes from span_chunks") {
        look("chunk".to_owned(), &codec.decompress(&frame).unwrap());
    }
    for sql in ["request_in", "response_in"] {
        let sql = format!("select cast(coalesce({sql}(previews), '') as blob) from traces");
        for text in blobs(&sql) {
            look("preview".to_owned(), &text);
        }
    }
    places
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_of_one_user_enters_no_dictionary_however_many_traces_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    let has_secret = |n: u64| n.is_multiple_of(40);
    let user = |n: u64| if n.is_multiple_of(40) { "one".to_owned() } else { format!("user {n}") };
    fill(&store, has_secret, user).await;
    until_trained(&store).await;
    let dictionary = dictionaries(&store).await.pop().unwrap().1;
    assert!(holds(&dictionary, "Answer from the documents"));
    for secret in secrets() {
        assert!(!holds(&dictionary, secret), "{secret}");
    }
    store.close().await;
    assert!(!places_of_secret(folder.path()).is_empty(), "its traces have it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_deleted_traces_taught_a_dictionary_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    let has_secret = |n: u64| n.is_multiple_of(40);
    fill(&store, has_secret, |n| format!("user {n}")).await;
    until_trained(&store).await;
    let before = dictionaries(&store).await;
    let learned = secrets().any(|secret| holds(&before[0].1, secret));
    assert!(learned, "shared by many, it is learned");
    let kept: Vec<_> = (1..=TRACES).filter(|n| !has_secret(*n)).step_by(7).collect();
    let mut read = Vec::new();
    for n in &kept {
        read.push(store.spans(&trace_id(*n)).await.unwrap());
    }

    store.writer.run("analyze", 0, |tx| Ok(tx.execute_batch("analyze")?)).await.unwrap();
    delete(&store, has_secret).await;
    // Reads and writes continue meanwhile.
    store.append(ExperimentId::DEFAULT, batch([span(9999, 1, None, 0, 1)])).await.unwrap();
    until_replaced(&store).await;
    let after = dictionaries(&store).await;
    assert_eq!(after.len(), 1);
    assert!(holds(&after[0].1, "Answer from the documents"));
    assert_ne!(after[0].0, before[0].0);
    for (n, before) in kept.iter().zip(read) {
        let now = store.spans(&trace_id(*n)).await.unwrap();
        assert_eq!((now.chunks, now.info), (before.chunks, before.info), "trace {n}");
    }
    assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
    store.close().await;
    assert_eq!(places_of_secret(folder.path()), [""; 0]);
}

/// A crash leaves the state between two commits, so copies of the database from such moments are
/// checked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_while_a_dictionary_is_replaced_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    let has_secret = |n: u64| n.is_multiple_of(40);
    fill(&store, has_secret, |n| format!("user {n}")).await;
    until_trained(&store).await;
    delete(&store, has_secret).await;
    let mut copies = Vec::new();
    let retired = "select count(*) from retired_dictionaries";
    while 0 < count(&store, retired).await {
        let copy = tempfile::tempdir().unwrap();
        crate::backup::database::copy_database(
            &store.path,
            &copy.path().join("kansoku.db"),
            |_, _| {},
        )
        .unwrap();
        copies.push(copy);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.close().await;
    // The first, the last and some in between.
    let every = copies.len().div_ceil(4).max(1);
    let mut is_first = true;
    for copy in copies.iter().step_by(every).chain(copies.last()) {
        let store = open_in(copy.path());
        let expected = (TRACES - TRACES / 40) as i64;
        assert_eq!(count(&store, "select count(*) from traces").await, expected);
        assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
        if std::mem::take(&mut is_first) {
            until_replaced(&store).await;
            assert_eq!(store.audit(Box::new(|_| {})).await.unwrap().problems, [""; 0]);
            store.close().await;
            assert_eq!(places_of_secret(copy.path()), [""; 0]);
        } else {
            store.close().await;
        }
    }
}

/// Dictionaries of older versions have no record of the traces they were trained on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dictionary_of_an_older_version_goes_with_any_trace() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    fill(&store, |_| false, |n| format!("user {n}")).await;
    until_trained(&store).await;
    let before = dictionaries(&store).await;
    let unknown = |tx: &crate::engine::tx::Tx<'_>| {
        tx.execute("delete from dictionary_feeders", [])?;
        Ok(tx.execute("insert into dictionary_feeders select 0, id from dictionaries", [])?)
    };
    store.writer.run("forget the feeders", 0, unknown).await.unwrap();
    delete(&store, |n| n == 3).await;
    until_replaced(&store).await;
    let feeders = "select count(*) from dictionary_feeders where trace = 0";
    assert_eq!(count(&store, feeders).await, 0);
    assert_eq!((before.len(), dictionaries(&store).await.len()), (1, 1));
    store.close().await;
}
