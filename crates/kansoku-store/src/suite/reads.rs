//! Reads of traces of any size, page by page.
use std::time::Duration;

use kansoku_model::{SpanId, SpanRow, TraceFold, TraceId, TraceLogs, TraceSpans};
use kansoku_otlp::{Signal, SpanSet, TracesData, decode_logs_json, decode_protobuf};
use serde_json::json;
use tokio::time::timeout;

use super::Stores;
use super::build::{batch, experiment, info, small_trace, span, trace_id};
use crate::{OtlpCursor, SpanList, SpanPage, SpanPosition, StoreError, WhichSpans};

fn list(which: WhichSpans, after: Option<SpanPosition>, max_results: usize) -> SpanList {
    SpanList { which, after, max_results }
}

async fn page(stores: &Stores, which: WhichSpans) -> SpanPage {
    stores.traces.span_page(&trace_id(1), list(which, None, 100)).await.unwrap()
}

/// The ids of the spans, each with its number of children.
fn shown(page: &SpanPage) -> Vec<(u64, u64)> {
    page.spans.iter().map(|span| (span.row.span_id.0, span.children)).collect()
}

pub async fn spans_are_listed_by_start_and_then_by_id(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let spans = batch([
        span(1, u64::MAX, Some(1), 5, 6),
        span(1, 2, Some(1), 5, 6).attribute("mlflow.spanType", "LLM").failed(),
        span(1, 1, None, 0, 9),
        span(1, 3, Some(2), 1, 2),
    ]);
    let rows = spans[0].rows.clone();
    stores.traces.append(here, spans).await.unwrap();
    let all = page(stores, WhichSpans::All).await;
    assert_eq!(shown(&all), [(1, 2), (3, 0), (2, 1), (u64::MAX, 0)]);
    assert_eq!((&all.spans[2].row, all.next), (&rows[1], None));
    assert_eq!(shown(&page(stores, WhichSpans::ChildrenOf(SpanId(2))).await), [(3, 0)]);
    assert_eq!(shown(&page(stores, WhichSpans::ChildrenOf(SpanId(77))).await), []);
    let missing = stores.traces.span_page(&trace_id(9), list(WhichSpans::All, None, 1)).await;
    assert!(matches!(missing, Err(StoreError::TraceNotFound(_))));
}

pub async fn roots_are_those_whose_parent_is_not_there(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let spans = [span(1, 2, Some(1), 1, 2), span(1, 3, Some(2), 2, 3), span(1, 4, Some(4), 3, 4)];
    stores.traces.append(here, batch(spans)).await.unwrap();
    assert_eq!(shown(&page(stores, WhichSpans::Roots).await), [(2, 1), (4, 1)]);
    stores.traces.append(here, batch([span(1, 1, None, 0, 9)])).await.unwrap();
    assert_eq!(shown(&page(stores, WhichSpans::Roots).await), [(1, 1), (4, 1)]);
}

pub async fn pages_are_the_whole_list_while_spans_arrive(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let some = (1..=20).map(|id| span(1, id, None, 100 * id, 9999));
    stores.traces.append(here, batch(some)).await.unwrap();
    let (mut after, mut ids) = (None, Vec::new());
    for turn in 0.. {
        let list = list(WhichSpans::All, after, 3);
        let page = stores.traces.span_page(&trace_id(1), list).await.unwrap();
        assert!(page.spans.len() <= 3);
        ids.extend(page.spans.iter().map(|span| span.row.span_id.0));
        // Another span, before the position that was reached.
        let late = batch([span(1, 100 + turn, None, 1, 2)]);
        stores.traces.append(here, late).await.unwrap();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ids, (1..=20).collect::<Vec<_>>());
}

/// The parent of span `n` is span `n / 10`, or span 1 if `n` is less than 10.
fn wide(spans: u64) -> TraceSpans {
    let rows = (1..=spans).map(|id| SpanRow {
        span_id: SpanId(id),
        parent_id: (1 < id).then_some(SpanId(id / 10 + u64::from(id < 10))),
        name: "step".to_owned(),
        span_type: Some("TOOL".to_owned()),
        start_ns: (spans - id) as i64,
        end_ns: Some(spans as i64),
        ..SpanRow::default()
    });
    let mut trace = batch([span(1, 1, None, 0, 9)]).remove(0);
    trace.fold = TraceFold { start_ns: Some(0), ..TraceFold::default() };
    trace.rows = rows.collect();
    trace
}

pub async fn a_large_trace_is_paged_quickly(stores: &Stores) {
    const SPANS: u64 = 100_000;
    let here = experiment(stores, "e").await;
    stores.traces.append(here, vec![wide(SPANS)]).await.unwrap();
    let (mut after, mut seen, mut pages) = (None, 0, 0);
    let read = async {
        loop {
            let list = list(WhichSpans::All, after, 10_000);
            let page = stores.traces.span_page(&trace_id(1), list).await.unwrap();
            for span in &page.spans {
                assert_eq!(span.row.span_id.0, SPANS - seen);
                seen += 1;
            }
            (after, pages) = (page.next, pages + 1);
            if after.is_none() {
                break;
            }
        }
        shown(&page(stores, WhichSpans::Roots).await)
    };
    // Generous, for a debug build on a busy machine; only reads that take minutes must fail.
    let roots = timeout(Duration::from_secs(20), read).await.expect("quick");
    assert_eq!((seen, pages, roots), (SPANS, 10, vec![(1, 18)]));
    let children = page(stores, WhichSpans::ChildrenOf(SpanId(4321))).await;
    assert_eq!(shown(&children), (43_210..43_220).rev().map(|id| (id, 0)).collect::<Vec<_>>());
}

pub async fn one_span_is_read_as_it_was_sent_last(stores: &Stores) {
    let here = experiment(stores, "e").await;
    stores.traces.append(here, small_trace(1, 0)).await.unwrap();
    stores.traces.append(here, vec![records(1, 2, &["a", "b"])]).await.unwrap();
    stores.traces.append(here, vec![records(1, 1, &["c"])]).await.unwrap();
    let changed = batch([span(1, 2, Some(1), 1, 9).name("changed")]);
    stores.traces.append(here, changed).await.unwrap();

    let stored = stores.traces.span(&trace_id(1), SpanId(2)).await.unwrap();
    let data = decode_protobuf(&stored.otlp).unwrap();
    assert_eq!(shape(&data), ["agent/suite/changed"]);
    assert_eq!(stored.logs.len(), 1);
    let view = SpanSet::with_logs(&[stored.otlp], &stored.logs).unwrap();
    let json = String::from_utf8(view.traces_json(&trace_id(1))).unwrap();
    assert!(json.contains("gen_ai.a") && json.contains("gen_ai.b"), "{json}");
    assert!(!json.contains("gen_ai.c"), "{json}");

    let missing = stores.traces.span(&trace_id(1), SpanId(3)).await.unwrap_err();
    assert!(matches!(missing, StoreError::SpanNotFound { span: SpanId(3), .. }));
    let missing = stores.traces.span(&trace_id(2), SpanId(1)).await.unwrap_err();
    assert!(matches!(missing, StoreError::TraceNotFound(_)));
}

/// `resource/scope/span` of every span.
fn shape(data: &TracesData) -> Vec<String> {
    let mut shape = Vec::new();
    for resource in &data.resource_spans {
        let service = resource.resource.as_ref().map(|r| format!("{:?}", r.attributes));
        let service = if service.unwrap().contains("agent") { "agent" } else { "other" };
        for scope in &resource.scope_spans {
            let name = &scope.scope.as_ref().unwrap().name;
            shape.extend(scope.spans.iter().map(|span| format!("{service}/{name}/{}", span.name)));
        }
    }
    shape
}

pub async fn otlp_comes_back_once_and_as_sent_last(stores: &Stores) {
    let here = experiment(stores, "e").await;
    // Together larger than a page, so that several are needed.
    let text = "x".repeat(700_000);
    let large = |id| span(1, id, Some(1), id, 99).attribute("text", &format!("{id}{text}"));
    for id in 1..=4 {
        stores.traces.append(here, batch([large(id), large(10 * id)])).await.unwrap();
    }
    stores.traces.append(here, batch([large(20).name("again")])).await.unwrap();
    let mut pages = 0;
    let mut all = Vec::new();
    let mut cursor = OtlpCursor::default();
    while let Some(page) = read(stores, 1, Signal::Traces, cursor).await {
        all.extend(page.otlp);
        (pages, cursor) = (pages + 1, page.next);
        if pages == 1 {
            // A new chunk replaces one that was read already, as compaction does.
            stores.traces.append(here, batch([large(1), large(50)])).await.unwrap();
        }
    }
    let mut names = shape(&decode_protobuf(&all).unwrap());
    names.sort();
    assert!(1 < pages, "{pages}");
    let spans = ["again", "span-1", "span-10", "span-2", "span-3", "span-30", "span-4", "span-40"];
    let spans = spans.iter().chain(&["span-50"]).map(|name| format!("agent/suite/{name}"));
    assert_eq!(names, spans.collect::<Vec<_>>());
    assert!(read(stores, 1, Signal::Logs, OtlpCursor::default()).await.is_none());
    let missing = stores.traces.otlp(&trace_id(9), Signal::Traces, OtlpCursor::default()).await;
    assert!(matches!(missing, Err(StoreError::TraceNotFound(_))));
}

async fn read(
    stores: &Stores,
    n: u64,
    signal: Signal,
    cursor: OtlpCursor,
) -> Option<crate::OtlpPage> {
    stores.traces.otlp(&trace_id(n), signal, cursor).await.unwrap()
}

/// GenAI events of a span of trace `n`.
fn records(n: u64, span_id: u64, names: &[&str]) -> TraceSpans {
    let record = |name: &&str| {
        json!({
            "traceId": format!("{n:032x}"), "spanId": format!("{span_id:016x}"),
            "eventName": format!("gen_ai.{name}"), "timeUnixNano": "1",
        })
    };
    let records: Vec<_> = names.iter().map(record).collect();
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] });
    let data = decode_logs_json(body.to_string().as_bytes()).unwrap();
    kansoku_otlp::split_logs(data).traces.remove(0)
}

pub async fn log_records_come_back_once(stores: &Stores) {
    let here = experiment(stores, "e").await;
    for names in [["a", "b"], ["b", "c"]] {
        stores.traces.append(here, vec![records(1, 1, &names)]).await.unwrap();
    }
    let page = read(stores, 1, Signal::Logs, OtlpCursor::default()).await.unwrap();
    let mut all = page.otlp;
    assert!(read(stores, 1, Signal::Logs, page.next).await.is_none());
    let split = kansoku_otlp::decode_logs_protobuf(&std::mem::take(&mut all)).unwrap();
    let logs: TraceLogs = kansoku_otlp::split_logs(split).traces.remove(0).logs.unwrap();
    assert_eq!(logs.records, 3);
}

pub async fn changes_are_told_where_a_trace_was_and_is(stores: &Stores) {
    let (first, second) = (experiment(stores, "a").await, experiment(stores, "b").await);
    stores.traces.append(first, small_trace(1, 0)).await.unwrap();
    let mut changes = stores.traces.changes();
    stores.traces.upsert_info(info(1, second)).await.unwrap();
    let mut told: Vec<(_, TraceId)> = Vec::new();
    while let Ok(change) = changes.try_recv() {
        told.push((change.experiment, change.trace_id));
    }
    for experiment in [first, second] {
        assert!(told.contains(&(experiment, trace_id(1))), "{told:?}");
    }
}
