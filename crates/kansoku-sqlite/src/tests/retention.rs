//! The server's clock decides the age of traces.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kansoku_model::{Clock, DurationMs, ExperimentId, Retention, TimestampMs};

use crate::*;
use kansoku_store::suite::build::{START_NS, small_trace, trace_id};
use kansoku_store::{Maintenance, TraceWrites};

#[derive(Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0.load(Ordering::Relaxed))
    }
}

const HOUR_MS: u64 = 3_600_000;
const START_MS: i64 = START_NS as i64 / 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_dated_ahead_neither_stay_for_ever_nor_push_out_others() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::default());
    let at = |hours: u64| TimestampMs(START_MS + (hours * HOUR_MS) as i64);
    let options = StoreOptions { clock: clock.clone(), ..StoreOptions::default() };
    let store = SqliteStore::open(&folder.path().join("kansoku.db"), options).unwrap();
    let here = ExperimentId::DEFAULT;
    // Each arrives at one hour, and claims another.
    for (n, hour, said) in [(1, 0, 500_000), (2, 1, 1), (3, 2, 400_000), (4, 5, 5), (5, 9, 9)] {
        clock.0.store(at(hour).0, Ordering::Relaxed);
        store.append(here, small_trace(n, said * HOUR_MS)).await.unwrap();
    }
    let expired = async |retention, hour| {
        let Some(cut) = store.expired(here, retention, at(hour)).await.unwrap() else {
            return Vec::new();
        };
        let oldest = store.oldest(here, &cut, 10).await.unwrap();
        let share = store.share_before(here, &cut).await.unwrap();
        assert_eq!((share.traces as usize, share.of), (oldest.len(), 5));
        oldest
    };
    let hours = |hours: u64| DurationMs((hours * HOUR_MS) as i64);
    let young = |age| Retention { max_age: Some(hours(age)), max_bytes: None };
    assert!(expired(young(2), 3).await.is_empty());
    assert_eq!(expired(young(3), 5).await, [1, 2].map(trace_id));
    assert_eq!(expired(young(3), 7).await, [1, 2, 3].map(trace_id));
    assert_eq!(expired(young(3), 20).await, [1, 2, 3, 4, 5].map(trace_id));

    let all = store.storage(here).await.unwrap().payload_bytes;
    let small = |bytes| Retention { max_age: None, max_bytes: Some(bytes) };
    assert_eq!(expired(small(all - 1), 20).await, [1].map(trace_id));
    assert_eq!(expired(small(all / 2), 20).await, [1, 2, 3].map(trace_id));
    assert_eq!(expired(small(1), 20).await.len(), 5);
    store.close().await;
}
