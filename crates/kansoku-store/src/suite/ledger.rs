//! What came from whom.
use kansoku_model::{Door, ExperimentId, Source, TimestampMs};

use super::Stores;
use super::build::{batch, experiment, small_trace, span, trace_id};
use crate::{Deletion, Ingest, Rejection};

fn source(client: &str) -> Source {
    Source { token: "ci".to_owned(), client: client.to_owned(), door: Door::OtlpGrpc }
}

fn ingest(client: &str, experiment: ExperimentId, n: u64) -> Ingest {
    let traces = small_trace(n, 0).into_iter().map(|trace| (experiment, trace)).collect();
    Ingest { source: source(client), traces }
}

pub async fn every_span_is_counted_once(stores: &Stores) {
    let here = experiment(stores, "e").await;
    for (client, n) in [("a", 1), ("a", 2), ("b", 3), ("b", 3)] {
        stores.traces.ingest(ingest(client, here, n)).await.unwrap();
    }
    stores.traces.append(here, batch([span(2, 9, Some(1), 0, 1)])).await.unwrap();
    let refused = stores.traces.ingest(ingest("a", ExperimentId(77), 5)).await;
    assert!(refused.is_err());

    let ledger = stores.traces.ledger().await.unwrap();
    let of = |client: &str| ledger.sources.iter().find(|s| s.source.client == client).unwrap();
    assert_eq!((of("a").stored, of("a").duplicate), (4, 0));
    assert_eq!((of("b").stored, of("b").duplicate), (2, 2));
    assert_eq!(of("a").source, source("a"));
    assert_eq!(of("a").service_name, "agent");
    assert!(0 < of("a").bytes);
    assert_eq!(ledger.expected_spans(), 7);

    let ids = vec![trace_id(2), trace_id(3), trace_id(4)];
    stores.traces.delete_traces(here, Deletion::Ids(ids)).await.unwrap();
    let ledger = stores.traces.ledger().await.unwrap();
    assert_eq!((ledger.stored(), ledger.deleted_spans, ledger.expected_spans()), (7, 5, 2));
}

pub async fn rejections_are_kept_with_their_reasons(stores: &Stores) {
    for (n, spans) in [(1, 3), (2, 0)] {
        let rejection = Rejection {
            source: source("a"),
            service_name: Some("shop".to_owned()),
            spans,
            reason: format!("reason {n}"),
            at: TimestampMs(n),
        };
        stores.traces.note_rejected(rejection).await.unwrap();
    }
    let ledger = stores.traces.ledger().await.unwrap();
    let reasons: Vec<_> = ledger.rejections.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons, ["reason 2", "reason 1"]);
    assert_eq!((ledger.sources[0].rejected, ledger.sources[0].rejected_requests), (3, 1));
    assert_eq!(ledger.sources[0].service_name, "shop");
    assert_eq!(
        (ledger.sources[0].first_seen, ledger.sources[0].last_seen),
        (TimestampMs(2), TimestampMs(2))
    );
}
