//! Deleting traces.
use kansoku_model::{RunId, TimestampMs, TraceId};

use super::Stores;
use super::build::{START_NS, experiment, feedback, found, info, small_trace, trace_id};
use crate::{Deletion, StoreError};

pub async fn by_ids_only_in_the_experiment(stores: &Stores) {
    let (here, there) = (experiment(stores, "a").await, experiment(stores, "b").await);
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    stores.traces.append(there, small_trace(2, 0)).await.unwrap();
    let ids = Deletion::Ids(vec![trace_id(1), trace_id(2), trace_id(3)]);
    let deleted = stores.traces.delete_traces(here, ids).await.unwrap();
    assert_eq!(deleted, [trace_id(1)]);
    assert_eq!(found(stores, there, "").await, [2]);
}

pub async fn by_time_oldest_first(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in 1..=4 {
        stores.traces.append(experiment, small_trace(n, n * 1000)).await.unwrap();
    }
    let until = TimestampMs(START_NS as i64 / 1_000_000 + 3000);
    let two = Deletion::UntilTime { until, max_traces: Some(2) };
    let deleted = stores.traces.delete_traces(experiment, two).await.unwrap();
    assert_eq!(deleted, [trace_id(1), trace_id(2)]);
    let rest = Deletion::UntilTime { until, max_traces: None };
    let deleted = stores.traces.delete_traces(experiment, rest).await.unwrap();
    assert_eq!(deleted, [trace_id(3)]);
    assert_eq!(found(stores, experiment, "").await, [4]);
}

pub async fn nothing_of_a_deleted_trace_is_found(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let write = async || {
        stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
        stores.traces.upsert_info(info(1, experiment)).await.unwrap();
    };
    write().await;
    let run = RunId("r".repeat(32));
    stores.traces.create_assessment(feedback(1, "q", "yes")).await.unwrap();
    stores.traces.link_run(&run, &[trace_id(1)]).await.unwrap();
    let ids: Vec<TraceId> = vec![trace_id(1)];
    stores.traces.delete_traces(experiment, Deletion::Ids(ids)).await.unwrap();
    let gone = stores.traces.spans(&trace_id(1)).await;
    assert!(matches!(gone, Err(StoreError::TraceNotFound(_))));

    // The same trace arrives again, without anything from before its deletion.
    write().await;
    let info = stores.traces.info(&trace_id(1)).await.unwrap();
    assert!(info.assessments.is_empty());
    let linked = format!("run_id = '{run}'");
    assert_eq!(found(stores, experiment, &linked).await, [0; 0]);
    assert_eq!(found(stores, experiment, "feedback.q = 'yes'").await, [0; 0]);
    assert_eq!(found(stores, experiment, "tags.env = 'prod'").await, [1]);
}
