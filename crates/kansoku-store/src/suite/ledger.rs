//! The ingest ledger.
use kansoku_model::{ExperimentId, IngestProtocol, Source, TimestampMs};

use super::Stores;
use super::build::{batch, experiment, small_trace, span, trace_id};
use crate::{Deletion, Ingest, Rejection};

fn source(client: &str) -> Source {
    Source { token: "ci".to_owned(), client: client.to_owned(), protocol: IngestProtocol::OtlpGrpc }
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

    let ledger = stores.ledger.ledger().await.unwrap();
    let of = |client: &str| ledger.sources.iter().find(|s| s.source.client == client).unwrap();
    assert_eq!((of("a").stored, of("a").duplicate), (4, 0));
    assert_eq!((of("b").stored, of("b").duplicate), (2, 2));
    assert_eq!(of("a").source, source("a"));
    assert_eq!(of("a").service_name, "agent");
    assert!(0 < of("a").bytes);
    assert_eq!(ledger.expected_spans(), 7);

    let ids = vec![trace_id(2), trace_id(3), trace_id(4)];
    stores.traces.delete_traces(here, Deletion::Ids(ids)).await.unwrap();
    let ledger = stores.ledger.ledger().await.unwrap();
    assert_eq!((ledger.stored(), ledger.deleted_spans, ledger.expected_spans()), (7, 5, 2));
}

pub async fn rejections_are_kept_with_their_reasons(stores: &Stores) {
    for (n, spans) in [(1, 3), (2, 0)] {
        let rejection = Rejection::new(source("a"), format!("reason {n}"), TimestampMs(n));
        let service_name = Some("shop".to_owned());
        let rejection = Rejection { service_name, spans, ..rejection };
        stores.ledger.record_rejection(rejection).await.unwrap();
    }
    let ledger = stores.ledger.ledger().await.unwrap();
    let reasons: Vec<_> = ledger.rejections.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons, ["reason 2", "reason 1"]);
    assert_eq!((ledger.sources[0].rejected, ledger.sources[0].rejected_requests), (3, 1));
    assert_eq!(ledger.sources[0].service_name, "shop");
    assert_eq!(
        (ledger.sources[0].first_seen, ledger.sources[0].last_seen),
        (TimestampMs(1), TimestampMs(2))
    );
}

pub async fn unauthenticated_callers_leave_the_rejections_of_others_alone(stores: &Stores) {
    let known = Rejection::new(source("a"), "no such experiment".to_owned(), TimestampMs(1));
    stores.ledger.record_rejection(known.clone()).await.unwrap();
    let unauthenticated = |n: i64, address: &str| Rejection {
        address: Some(address.parse().unwrap()),
        authenticated: false,
        ..Rejection::new(Source::default(), format!("reason {n}"), TimestampMs(n))
    };
    for n in 2..=1200 {
        stores.ledger.record_rejection(unauthenticated(n, "192.0.2.7")).await.unwrap();
        if n % 50 == 0 {
            stores.ledger.ledger().await.unwrap();
        }
    }
    for n in 1..=300_i64 {
        let address = format!("198.51.100.{}", n % 200);
        stores.ledger.record_rejection(unauthenticated(n / 200, &address)).await.unwrap();
        if n % 50 == 0 {
            stores.ledger.ledger().await.unwrap();
        }
    }
    for _ in 0..40 {
        stores.ledger.record_rejection(unauthenticated(2000, "203.0.113.1")).await.unwrap();
    }
    let ledger = stores.ledger.ledger().await.unwrap();
    let (known_ones, unauthenticated): (Vec<_>, Vec<_>) =
        ledger.rejections.into_iter().partition(|rejection| rejection.authenticated);
    assert_eq!(known_ones, [known]);
    assert!(unauthenticated.len() <= 100, "{}", unauthenticated.len());
    let from = |address: &str| {
        let address = address.parse().ok();
        unauthenticated
            .iter()
            .filter(move |rejection| rejection.address == address)
            .collect::<Vec<_>>()
    };
    assert_eq!(from("192.0.2.7").len(), 5);
    assert_eq!(from("203.0.113.1").iter().map(|it| it.requests).collect::<Vec<_>>(), [40]);
    // All are counted in one row: the name that an unauthenticated sender gives itself is not
    // stored.
    let rejected: u64 = ledger.sources.iter().map(|source| source.rejected_requests).sum();
    assert_eq!((ledger.sources.len(), rejected), (2, 1 + 1199 + 300 + 40));
}
