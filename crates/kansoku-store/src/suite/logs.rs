//! Log records that belong to spans.
use kansoku_model::{SpanId, SpanPreviews, TraceLogs, TraceSpans, TraceState};

use super::Stores;
use super::build::{batch, experiment, span, trace_id};

/// Log records with the inputs and outputs of the root of trace `n`.
pub fn records(n: u64) -> TraceSpans {
    let preview = |request: Option<&str>, response: Option<&str>| SpanPreviews {
        span_id: SpanId(1),
        request: request.map(str::to_owned),
        response: response.map(str::to_owned),
    };
    let previews = vec![preview(Some("asked by a record"), None), preview(None, Some("answered"))];
    let mut trace = batch([span(n, 1, None, 0, 9)]).remove(0);
    trace.rows.clear();
    trace.otlp.clear();
    trace.fold = Default::default();
    // Arbitrary bytes: the store does not parse them.
    trace.logs = Some(TraceLogs { otlp: b"logs data".to_vec(), records: 2, previews });
    trace
}

pub async fn records_wait_for_their_spans(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let spans = |n| {
        batch([
            span(n, 1, None, 0, 9).attribute("mlflow.spanOutputs", "its own"),
            span(n, 2, Some(1), 1, 2),
        ])
    };
    stores.traces.append(here, vec![records(1)]).await.unwrap();
    stores.traces.append(here, spans(1)).await.unwrap();
    stores.traces.append(here, spans(2)).await.unwrap();
    stores.traces.append(here, vec![records(2)]).await.unwrap();
    stores.traces.append(here, vec![records(2)]).await.unwrap();
    for n in [1, 2] {
        let stored = stores.traces.spans(&trace_id(n)).await.unwrap();
        assert_eq!(stored.info.request_preview.as_deref(), Some("asked by a record"));
        assert_eq!(stored.info.response_preview.as_deref(), Some("\"its own\""));
        assert_eq!(stored.logs, [b"logs data"]);
        assert_eq!((stored.info.span_count, stored.info.state), (2, TraceState::Ok));
    }
    let ledger = stores.ledger.ledger().await.unwrap();
    assert_eq!(ledger.sources.iter().map(|source| source.log_records).sum::<u64>(), 6);
}

pub async fn a_trace_of_records_alone_is_in_progress(stores: &Stores) {
    let here = experiment(stores, "e").await;
    stores.traces.append(here, vec![records(1)]).await.unwrap();
    let stored = stores.traces.spans(&trace_id(1)).await.unwrap();
    assert_eq!((stored.info.span_count, stored.info.state), (0, TraceState::InProgress));
    assert!(stored.chunks.is_empty());
}
