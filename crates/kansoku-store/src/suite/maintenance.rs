//! Retention and storage use.
use kansoku_model::{DurationMs, Retention, TimestampMs};

use super::Stores;
use super::build::{START_NS, experiment, found, small_trace, trace_id};

const DAY_MS: i64 = 86_400_000;
use crate::{ClockMarks, Deletion, RetentionWait, StorageUse, TraceShare};

const START: TimestampMs = TimestampMs(START_NS as i64 / 1_000_000);

pub async fn what_an_experiment_takes_up_is_measured(stores: &Stores) {
    let (here, there) = (experiment(stores, "a").await, experiment(stores, "b").await);
    for n in 1..=3 {
        stores.traces.append(here, small_trace(n, n * 1000)).await.unwrap();
    }
    let used = stores.maintenance.storage(here).await.unwrap();
    assert_eq!((used.traces, used.spans), (3, 6));
    assert!(300 < used.payload_bytes && used.payload_bytes < 3000, "{used:?}");
    let span = (TimestampMs(START.0 + 1000), TimestampMs(START.0 + 3000));
    assert_eq!((used.oldest, used.newest), (Some(span.0), Some(span.1)));
    assert_eq!(stores.maintenance.storage(there).await.unwrap(), StorageUse::default());
}

pub async fn what_is_too_old_expires_oldest_first(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let there = experiment(stores, "f").await;
    for n in 1..=4 {
        stores.traces.append(here, small_trace(n, n * 1000)).await.unwrap();
    }
    stores.traces.append(there, small_trace(9, 0)).await.unwrap();
    let hour = Retention { max_age: Some(DurationMs(3_600_000)), max_bytes: None };
    let at = |ms: i64| TimestampMs(START.0 + 3_600_000 + ms);
    // A trace of exactly an hour is not older than an hour.
    assert_eq!(stores.maintenance.expired(here, hour, at(1000)).await.unwrap(), None);
    let cut = stores.maintenance.expired(here, hour, at(3500)).await.unwrap().unwrap();
    let two = stores.maintenance.oldest(here, &cut, 2).await.unwrap();
    assert_eq!(two, [trace_id(1), trace_id(2)]);
    stores.traces.delete_traces(here, Deletion::Ids(two)).await.unwrap();
    assert_eq!(stores.maintenance.oldest(here, &cut, 2).await.unwrap(), [trace_id(3)]);
    // Extreme values of the clock must not fail.
    for now in [TimestampMs(i64::MIN), TimestampMs(0), TimestampMs(START.0)] {
        assert_eq!(stores.maintenance.expired(here, hour, now).await.unwrap(), None);
    }
}

pub async fn what_is_too_much_expires_until_the_newest_fit(stores: &Stores) {
    let here = experiment(stores, "e").await;
    for n in 1..=10 {
        // Two traces at a time, to check that the limit may separate them.
        stores.traces.append(here, small_trace(n, n / 2 * 1000)).await.unwrap();
    }
    let all = stores.maintenance.storage(here).await.unwrap().payload_bytes;
    let keep = |bytes| Retention { max_age: None, max_bytes: Some(bytes) };
    assert_eq!(stores.maintenance.expired(here, keep(all), START).await.unwrap(), None);
    let cut = stores.maintenance.expired(here, keep(all - 1), START).await.unwrap().unwrap();
    assert_eq!(stores.maintenance.oldest(here, &cut, 10).await.unwrap(), [trace_id(1)]);

    let half = keep(all / 2 + 10);
    let cut = stores.maintenance.expired(here, half, START).await.unwrap().unwrap();
    let gone = stores.maintenance.oldest(here, &cut, 10).await.unwrap();
    stores.traces.delete_traces(here, Deletion::Ids(gone)).await.unwrap();
    let left = stores.maintenance.storage(here).await.unwrap().payload_bytes;
    assert!(all / 3 < left && left <= all / 2 + 10, "{left} of {all}");
    assert!(found(stores, here, "").await.contains(&10));
    assert_eq!(stores.maintenance.expired(here, half, START).await.unwrap(), None);
}

/// Traces arrive at the time of the suite's own clock, and one is dated a century ahead of it.
pub async fn a_trace_dated_ahead_is_no_younger_than_its_arrival(stores: &Stores) {
    const CENTURY_MS: i64 = 100 * 365 * DAY_MS;
    let here = experiment(stores, "e").await;
    let century = CENTURY_MS as u64;
    for (n, from_ms) in [(1, 0), (2, century), (3, century + 1000), (4, 1000)] {
        stores.traces.append(here, small_trace(n, from_ms)).await.unwrap();
    }
    let day = Retention { max_age: Some(DurationMs(DAY_MS)), max_bytes: None };
    let later = TimestampMs(START.0 + CENTURY_MS / 2);
    let cut = stores.maintenance.expired(here, day, later).await.unwrap().unwrap();
    let share = stores.maintenance.share_before(here, &cut).await.unwrap();
    assert_eq!(share, TraceShare { traces: 4, of: 4 });
    let mut oldest = stores.maintenance.oldest(here, &cut, 10).await.unwrap();
    oldest.sort();
    assert_eq!(oldest, [1, 2, 3, 4].map(trace_id));

    // A newer trace is kept in preference to those that are only dated ahead.
    let all = stores.maintenance.storage(here).await.unwrap().payload_bytes;
    let most = Retention { max_age: None, max_bytes: Some(all - 1) };
    let cut = stores.maintenance.expired(here, most, later).await.unwrap().unwrap();
    let oldest = stores.maintenance.oldest(here, &cut, 10).await.unwrap();
    assert_eq!(stores.maintenance.share_before(here, &cut).await.unwrap().traces, 1);
    assert_eq!(oldest.len(), 1);
    stores.traces.delete_traces(here, Deletion::Ids(oldest)).await.unwrap();
    assert_eq!(stores.maintenance.expired(here, most, later).await.unwrap(), None);
}

pub async fn times_and_waits_are_remembered(stores: &Stores) {
    let maintenance = &stores.maintenance;
    assert_eq!(maintenance.clock_marks().await.unwrap(), ClockMarks::default());
    maintenance.mark_time(TimestampMs(7)).await.unwrap();
    let wait = |left| RetentionWait { believed: TimestampMs(5), left: DurationMs(left) };
    assert!(!maintenance.continue_wait(wait(9)).await.unwrap(), "there is none");
    maintenance.begin_wait(wait(9)).await.unwrap();
    assert!(maintenance.continue_wait(wait(8)).await.unwrap());
    let marks = maintenance.clock_marks().await.unwrap();
    assert_eq!(marks, ClockMarks { last_seen: Some(TimestampMs(7)), wait: Some(wait(8)) });
    assert!(maintenance.end_wait().await.unwrap());
    assert!(!maintenance.end_wait().await.unwrap());
    assert_eq!(maintenance.clock_marks().await.unwrap().wait, None);
}

pub async fn a_store_that_takes_writes_says_so(stores: &Stores) {
    stores.maintenance.try_write().await.unwrap();
    stores.maintenance.optimize().await.unwrap();
    assert_eq!(stores.maintenance.unwritable(), None);
    assert_eq!(stores.maintenance.reclaim().await.unwrap(), 0);
}
