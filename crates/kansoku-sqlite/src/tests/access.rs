//! Tokens over time, and tokens of databases from before scopes existed.
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kansoku_model::{Clock, DurationMs, ExperimentRights, Scopes, TimestampMs};
use rusqlite::params;

use crate::*;
use kansoku_store::{AccessStore, NewSession, TokenCheck, TokenSpec};

/// A clock that only moves when a test sets it.
#[derive(Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0.load(Ordering::Relaxed))
    }
}

fn open(path: &Path, clock: &Arc<TestClock>) -> SqliteStore {
    let options = StoreOptions { clock: clock.clone(), readers: 1, ..StoreOptions::default() };
    SqliteStore::open(path, options).unwrap()
}

#[tokio::test]
async fn expiry_and_grace_end_when_their_time_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::default());
    let store = open(&folder.path().join("kansoku.db"), &clock);
    let spec = TokenSpec { expires: Some(TimestampMs(1000)), ..TokenSpec::admin("ci", [1; 32]) };
    let id = store.add_token(spec).await.unwrap();
    store.rotate_token(id, [2; 32], DurationMs(500), None).await.unwrap();
    let session = |hash, secret| NewSession { hash, token: id, secret, expires: TimestampMs(5000) };
    store.begin_session(session([3; 32], [1; 32])).await.unwrap();
    store.begin_session(session([4; 32], [2; 32])).await.unwrap();
    let known = async |hash| matches!(store.check_token(hash).await.unwrap(), TokenCheck::Known(_));
    let signed_in = async |hash| store.check_session(hash).await.unwrap().is_some();

    clock.0.store(499, Ordering::Relaxed);
    assert!(known([1; 32]).await && known([2; 32]).await);
    assert!(signed_in([3; 32]).await && signed_in([4; 32]).await);
    clock.0.store(500, Ordering::Relaxed);
    assert!(!known([1; 32]).await && known([2; 32]).await);
    assert!(!signed_in([3; 32]).await && signed_in([4; 32]).await);
    clock.0.store(1000, Ordering::Relaxed);
    let expired = TokenCheck::Expired { name: "ci".to_owned() };
    assert_eq!(store.check_token([2; 32]).await.unwrap(), expired);
    assert!(!signed_in([4; 32]).await);
    assert_eq!(store.token(id).await.unwrap(), None);
    // A new secret with a later expiry makes it valid again.
    store.rotate_token(id, [5; 32], DurationMs(0), Some(TimestampMs(9000))).await.unwrap();
    assert!(known([5; 32]).await && store.token(id).await.unwrap().is_some());
}

#[tokio::test]
async fn the_signing_key_before_is_valid_for_the_grace_alone() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::default());
    let store = open(&folder.path().join("kansoku.db"), &clock);
    let first = store.signing_keys().await.unwrap();
    store.rotate_signing_key(DurationMs(100)).await.unwrap();
    clock.0.store(99, Ordering::Relaxed);
    assert_eq!(store.signing_keys().await.unwrap().previous, Some(first.current));
    clock.0.store(100, Ordering::Relaxed);
    assert_eq!(store.signing_keys().await.unwrap().previous, None);
}

/// Creates a database of the version before scopes, with tokens of these names.
fn older(path: &Path, names: &[&str]) {
    let mut db = open_writer(path, &Arc::new(Codec::new())).unwrap();
    migrate::migrate_until(&mut db, 5, TimestampMs(1)).unwrap();
    for (n, name) in names.iter().enumerate() {
        let hash = [n as u8; 32];
        db.execute(
            "insert into api_tokens (name, hash, created_ms) values (?1, ?2, 7)",
            params![name, hash],
        )
        .unwrap();
    }
}

#[tokio::test]
async fn tokens_of_an_older_database_go_on_doing_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    older(&path, &["ci", "laptop", "ci"]);
    let store = open(&path, &Arc::new(TestClock::default()));
    let tokens = store.tokens().await.unwrap();
    let names: Vec<&str> = tokens.iter().map(|token| token.name.as_str()).collect();
    assert_eq!(names, ["ci", "ci (3)", "laptop"]);
    for (n, token) in tokens.iter().enumerate() {
        assert_eq!((token.scopes, &token.experiments), (Scopes::ADMIN, &ExperimentRights::All));
        assert_eq!((token.expires, token.created), (None, TimestampMs(7)));
        let known = store.check_token([n as u8; 32]).await.unwrap();
        assert!(matches!(known, TokenCheck::Known(_)), "{known:?}");
    }
    assert!(store.tokens_required().await.unwrap());
    let next = store.add_token(TokenSpec::admin("new", [9; 32])).await.unwrap();
    assert_eq!(next.0, 4);
}

#[tokio::test]
async fn an_older_database_without_tokens_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    older(&path, &[]);
    let store = open(&path, &Arc::new(TestClock::default()));
    assert!(!store.tokens_required().await.unwrap());
}
