//! Traces as trees, and their positions in sessions.

use kansoku_model::{SpanId, SpanRow, TimestampMs, TraceFold, TraceInfo};

use super::Stores;
use super::build::{START_NS, batch, experiment, info, number, span, trace_id};
use crate::{SessionPlace, SpanTree, SpanTreeRange, StoreError};

async fn part(stores: &Stores, first: usize, max_results: usize) -> SpanTree {
    let part = SpanTreeRange { first, max_results };
    stores.traces.span_tree(&trace_id(1), part).await.unwrap()
}

/// The id of each span, the index of its parent, and whether its parent is missing.
fn shown(part: &SpanTree) -> Vec<(u64, Option<usize>, bool)> {
    part.spans.iter().map(|span| (span.span_id.0, span.parent, span.is_orphan)).collect()
}

pub async fn a_tree_is_read_in_parts(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let spans = batch([
        span(1, 5, Some(9), 7, 8).name("late").failed(),
        span(1, 4, Some(2), 3, 4).attribute("mlflow.spanType", "LLM"),
        span(1, 3, Some(1), 5, 60),
        span(1, 2, Some(1), 2, 5),
        span(1, 1, None, 1, 6),
    ]);
    stores.traces.append(here, spans).await.unwrap();
    let all = part(stores, 0, 100).await;
    let order = [
        (1, None, false),
        (2, Some(0), false),
        (4, Some(1), false),
        (3, Some(0), false),
        (5, None, true),
    ];
    assert_eq!(shown(&all), order);
    let ms = |ms: i64| Some(START_NS as i64 + ms * 1_000_000);
    assert_eq!((all.start_ns, all.end_ns, all.spans_total), (ms(1), ms(60), 5));
    assert_eq!((all.spans[4].name.as_str(), all.spans[4].end_ns), ("late", ms(8)));
    assert_eq!(all.spans[2].span_type.as_deref(), Some("LLM"));
    assert_eq!(shown(&part(stores, 2, 2).await), order[2..4]);
    assert_eq!(shown(&part(stores, 4, 9).await), order[4..]);
    assert_eq!(shown(&part(stores, 9, 9).await), []);
    let any = SpanTreeRange { first: 0, max_results: 1 };
    let missing = stores.traces.span_tree(&trace_id(9), any).await;
    assert!(matches!(missing, Err(StoreError::TraceNotFound(_))));
}

pub async fn a_large_tree_is_read_in_parts(stores: &Stores) {
    const SPANS: u64 = 30_000;
    let here = experiment(stores, "e").await;
    let rows = (1..=SPANS).map(|id| SpanRow {
        span_id: SpanId(id),
        parent_id: (1 < id).then_some(SpanId(id / 10 + u64::from(id < 10))),
        name: "step".to_owned(),
        start_ns: id as i64,
        end_ns: Some(SPANS as i64),
        ..SpanRow::default()
    });
    let mut trace = batch([span(1, 1, None, 0, 9)]).remove(0);
    trace.fold = TraceFold { start_ns: Some(0), ..TraceFold::default() };
    trace.rows = rows.collect();
    stores.traces.append(here, vec![trace]).await.unwrap();
    let mut spans = Vec::new();
    while spans.len() < SPANS as usize {
        spans.extend(part(stores, spans.len(), 10_000).await.spans);
    }
    for span in &spans[1..] {
        let parent = span.parent.expect("only one root");
        let id = span.span_id.0;
        assert_eq!(spans[parent].span_id.0, id / 10 + u64::from(id < 10));
    }
}

pub async fn a_trace_has_a_place_in_its_session(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let elsewhere = experiment(stores, "f").await;
    let turn = |n: u64, at_ms: i64| {
        let mut turn = TraceInfo { request_time: TimestampMs(at_ms), ..info(n, here) };
        turn.metadata.insert("mlflow.trace.session".to_owned(), "it's \"one\"".to_owned());
        turn
    };
    for (n, at_ms) in [(1, 300), (2, 100), (3, 200), (4, 300)] {
        stores.traces.upsert_info(turn(n, at_ms)).await.unwrap();
    }
    stores.traces.upsert_info(info(6, here)).await.unwrap();
    let far = TraceInfo { experiment_id: elsewhere, ..turn(5, 250) };
    stores.traces.upsert_info(far).await.unwrap();
    let place = async |n| stores.traces.session_place(&trace_id(n)).await.unwrap();
    let told = |place: Option<SessionPlace>| {
        let place = place.unwrap();
        let id = |id: Option<kansoku_model::TraceId>| id.map(|id| number(&id));
        (place.turn, place.turns, id(place.previous), id(place.next))
    };
    assert_eq!(told(place(2).await), (1, 4, None, Some(3)));
    assert_eq!(told(place(3).await), (2, 4, Some(2), Some(1)));
    assert_eq!(told(place(1).await), (3, 4, Some(3), Some(4)));
    assert_eq!(told(place(4).await), (4, 4, Some(1), None));
    assert_eq!(told(place(5).await), (1, 1, None, None));
    assert_eq!(place(6).await.unwrap().session, "s-6");
    stores.traces.append(here, batch([span(7, 1, None, 0, 1)])).await.unwrap();
    assert_eq!(place(7).await, None);
}
