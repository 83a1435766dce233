//! Traces that consist of spans only, without a client's info.
use kansoku_model::{DurationMs, ExperimentId, TimestampMs, TraceState, metadata_key};
use kansoku_otlp::SpanSet;

use super::Stores;
use super::build::{START_NS, batch, experiment, small_trace, span, trace_id};
use crate::{IngestCounts, StoreError};

pub async fn spans_alone_make_a_complete_trace(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();

    let info = stores.traces.info(&trace_id(1)).await.unwrap();
    assert_eq!(info.state, TraceState::Ok);
    assert_eq!(info.name.as_deref(), Some("root"));
    assert_eq!(info.request_time, TimestampMs(START_NS as i64 / 1_000_000));
    assert_eq!(info.execution_duration, Some(DurationMs(20)));
    assert_eq!(info.span_count, 2);
    assert_eq!(info.tags.get("service.name").map(String::as_str), Some("agent"));
    assert!(!info.finalized);
}

pub async fn a_trace_without_its_root_is_in_progress(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let child = batch([span(1, 2, Some(1), 5, 9)]);
    stores.traces.append(experiment, child).await.unwrap();
    assert_eq!(stores.traces.info(&trace_id(1)).await.unwrap().state, TraceState::InProgress);

    let root = batch([span(1, 1, None, 0, 10).failed()]);
    stores.traces.append(experiment, root).await.unwrap();
    assert_eq!(stores.traces.info(&trace_id(1)).await.unwrap().state, TraceState::Error);
}

pub async fn a_retried_batch_is_stored_once(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let first = stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let again = stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    assert_eq!(first, IngestCounts { new: 2, replaced: 0 });
    assert_eq!(again, IngestCounts { new: 0, replaced: 2 });

    let stored = stores.traces.spans(&trace_id(1)).await.unwrap();
    assert_eq!((stored.info.span_count, stored.chunks.len()), (2, 1));
}

pub async fn a_span_sent_again_is_replaced(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    let changed = batch([span(1, 2, Some(1), 1, 9).name("changed")]);
    stores.traces.append(experiment, changed).await.unwrap();

    let stored = stores.traces.spans(&trace_id(1)).await.unwrap();
    let spans = SpanSet::from_chunks(&stored.chunks).unwrap();
    let json = String::from_utf8(spans.traces_json(&trace_id(1))).unwrap();
    assert_eq!((spans.len(), stored.info.span_count), (2, 2));
    assert!(json.contains("changed") && !json.contains("\"call\""), "{json}");
}

pub async fn tokens_of_a_trace_are_counted_once(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let usage = r#"{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}"#;
    let with_usage =
        |id, parent| span(1, id, parent, 0, 9).attribute("mlflow.chat.tokenUsage", usage);
    stores.traces.append(experiment, batch([with_usage(2, Some(1))])).await.unwrap();
    stores.traces.append(experiment, batch([with_usage(3, Some(1))])).await.unwrap();
    let read = || async {
        let info = stores.traces.info(&trace_id(1)).await.unwrap();
        info.metadata.get(metadata_key::TOKEN_USAGE).cloned().unwrap_or_default()
    };
    assert_eq!(read().await, r#"{"input_tokens": 20, "output_tokens": 10, "total_tokens": 30}"#);
    // Their parent repeats the usage of one of them: only the topmost count is used.
    stores.traces.append(experiment, batch([with_usage(1, None)])).await.unwrap();
    assert_eq!(read().await, usage);
}

pub async fn an_unknown_experiment_is_refused(stores: &Stores) {
    let refused = stores.traces.append(ExperimentId(77), small_trace(1, 0)).await;
    assert!(matches!(refused, Err(StoreError::ExperimentNotFound(ExperimentId(77)))));
    assert!(matches!(stores.traces.info(&trace_id(1)).await, Err(StoreError::TraceNotFound(_))));
}

pub async fn a_known_trace_keeps_its_experiment(stores: &Stores) {
    let (first, second) = (experiment(stores, "a").await, experiment(stores, "b").await);
    stores.traces.append(first, batch([span(1, 1, None, 0, 9)])).await.unwrap();
    stores.traces.append(second, batch([span(1, 2, Some(1), 0, 9)])).await.unwrap();
    let info = stores.traces.info(&trace_id(1)).await.unwrap();
    assert_eq!((info.experiment_id, info.span_count), (first, 2));
}

pub async fn the_size_of_traces_is_known_without_reading_them(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    stores.traces.append(experiment, batch([span(1, 3, Some(1), 2, 3)])).await.unwrap();
    stores.traces.append(experiment, small_trace(2, 0)).await.unwrap();
    let mut bytes = 0;
    for trace in [trace_id(1), trace_id(2)] {
        let stored = stores.traces.spans(&trace).await.unwrap();
        bytes += stored.chunks.iter().map(Vec::len).sum::<usize>() as u64;
    }
    let all = [trace_id(1), trace_id(2), trace_id(3)];
    assert_eq!(stores.traces.span_bytes(&all).await.unwrap(), bytes);
    assert_eq!(stores.traces.span_bytes(&[trace_id(3)]).await.unwrap(), 0);
}
