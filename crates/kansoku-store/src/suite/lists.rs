//! Summaries of spans in lists of traces.
use kansoku_model::SpanId;

use super::Stores;
use super::build::{batch, experiment, ordered, query, small_trace, span, trace_id};
use crate::{FailedSpan, TraceListItem, TraceSummary};

async fn listed(stores: &Stores, n: u64) -> TraceListItem {
    stores.traces.list_items(&[trace_id(n)]).await.unwrap().remove(0)
}

pub async fn a_summary_tells_where_a_failure_began(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let spans = batch([
        span(1, 1, None, 0, 100).name("root").failed(),
        span(1, 2, Some(1), 10, 90).name("agent"),
        span(1, 3, Some(2), 20, 80).name("tool").failed(),
        // Fails later, without a failed descendant.
        span(1, 4, Some(2), 81, 89).name("retry").failed(),
    ]);
    stores.traces.append(experiment, spans).await.unwrap();
    let TraceListItem { info, summary, .. } = listed(stores, 1).await;
    assert_eq!(info.trace_id, trace_id(1));
    assert_eq!((summary.failed_spans, summary.spans.len()), (3, 4));
    assert_eq!(summary.end_ns.unwrap() - summary.start_ns.unwrap(), 100_000_000);
    let origin = FailedSpan {
        span_id: SpanId(3),
        name: "tool".to_owned(),
        message: Some("failed".to_owned()),
    };
    assert_eq!(summary.error, Some(origin));
    // The span is sent again, and did not fail after all.
    let mended = batch([span(1, 3, Some(2), 20, 80).name("tool")]);
    stores.traces.append(experiment, mended).await.unwrap();
    let summary = listed(stores, 1).await.summary;
    assert_eq!((summary.failed_spans, summary.error.unwrap().name.as_str()), (2, "retry"));
}

pub async fn a_large_trace_has_a_small_span_sample(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let children = (2..=2000).map(|id| span(1, id, Some(1), id, id + 1));
    let mut spans: Vec<_> = children.collect();
    spans.push(span(1, 2001, Some(1700), 1700, 1701).name("deep").failed());
    spans.push(span(1, 1, None, 0, 2002).name("root").failed());
    stores.traces.append(experiment, batch(spans)).await.unwrap();
    let summary = listed(stores, 1).await.summary;
    assert_eq!(summary.spans.len(), TraceSummary::SPANS_MAX);
    assert_eq!((summary.failed_spans, summary.error.unwrap().name.as_str()), (2, "deep"));
}

pub async fn lists_are_ordered_by_tokens_and_cost(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for (n, input, dollars) in [(1, 10, 0.3), (2, 30, 0.1), (3, 20, 0.2)] {
        let usage = format!(r#"{{"input_tokens": {input}, "output_tokens": 1}}"#);
        let cost = format!(r#"{{"total_cost": {dollars}}}"#);
        let spans = batch([span(n, 1, None, n, n + 1)
            .attribute("mlflow.chat.tokenUsage", &usage)
            .attribute("mlflow.llm.cost", &cost)]);
        stores.traces.append(experiment, spans).await.unwrap();
    }
    stores.traces.append(experiment, small_trace(4, 4)).await.unwrap();
    for (order, filter, expected) in [
        ("tokens DESC", "", vec![2, 3, 1, 4]),
        ("cost", "", vec![2, 3, 1, 4]),
        ("cost DESC", "tokens >= 21", vec![3, 2]),
        ("tokens", "cost > 0.15 AND cost <= 0.3", vec![1, 3]),
    ] {
        let search = ordered(query(&[experiment], filter), &[order]);
        let page = stores.traces.search_list(search).await.unwrap();
        let found: Vec<u64> =
            page.traces.iter().map(|trace| super::build::number(&trace.info.trace_id)).collect();
        assert_eq!(found, expected, "{order} {filter}");
    }
}
