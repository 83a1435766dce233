//! Tags set by users, in addition to those from spans.
use super::Stores;
use super::build::{batch, experiment, found, small_trace, span, trace_id};
use crate::StoreError;

pub async fn a_tag_is_set_replaced_and_deleted(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let trace = trace_id(1);
    stores.traces.set_tag(&trace, "color", "red").await.unwrap();
    stores.traces.set_tag(&trace, "color", "blue").await.unwrap();
    assert_eq!(found(stores, experiment, "tags.color = 'blue'").await, [1]);
    assert_eq!(found(stores, experiment, "tags.color = 'red'").await, [0; 0]);

    stores.traces.delete_tag(&trace, "color").await.unwrap();
    assert_eq!(found(stores, experiment, "tags.color = 'blue'").await, [0; 0]);
    assert_eq!(found(stores, experiment, "tags.color IS NULL").await, [1]);
    let again = stores.traces.delete_tag(&trace, "color").await;
    assert!(matches!(again, Err(StoreError::TraceTagNotFound { .. })));
    let unknown = stores.traces.set_tag(&trace_id(9), "a", "b").await;
    assert!(matches!(unknown, Err(StoreError::TraceNotFound(_))));
}

pub async fn a_deleted_tag_is_not_brought_back_by_late_spans(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let (trace, child) = (trace_id(1), batch([span(1, 2, Some(1), 1, 2)]));
    stores.traces.append(experiment, child).await.unwrap();
    stores.traces.delete_tag(&trace, "service.name").await.unwrap();
    stores.traces.append(experiment, batch([span(1, 1, None, 0, 9)])).await.unwrap();
    let info = stores.traces.info(&trace).await.unwrap();
    assert!(info.tags.is_empty(), "{:?}", info.tags);
}

pub async fn the_name_is_a_tag(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let trace = trace_id(1);
    stores.traces.set_tag(&trace, "mlflow.traceName", "renamed").await.unwrap();
    // A root that arrives later does not change the name back.
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    assert_eq!(found(stores, experiment, "name = 'renamed'").await, [1]);
    assert_eq!(found(stores, experiment, "name = 'root'").await, [0; 0]);
    stores.traces.delete_tag(&trace, "mlflow.traceName").await.unwrap();
    assert_eq!(found(stores, experiment, "name IS NULL").await, [1]);
}
