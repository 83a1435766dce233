//! Searches of spans.
use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_filter::eval::{Evaluator, TraceView};
use kansoku_model::{ExperimentId, SpanId, SpanRow, TimestampMs, TraceInfo};
use rand::RngExt as _;

use super::Stores;
use super::build::{batch, experiment, number, numbers, query, small_trace, span};
use super::evaluator::MemoryTrace;
use super::random::{filter, seeded, write_traces};
use super::scan::scan_query;
use crate::{MatchingSpan, ScanProjection, SpanSearch, StoreError};

const TRACES: u64 = 40;
const FILTERS: usize = 300;

fn search(experiment: ExperimentId, filter: &str, max_results: usize) -> SpanSearch {
    SpanSearch {
        experiment,
        filter: Filter::parse(filter).unwrap_or_else(|error| panic!("{error}")),
        max_results,
        page_token: None,
        deadline: Duration::from_secs(30),
    }
}

/// A span by the number of its trace, and its id.
type Found = (u64, u64);

/// All pages of a search.
async fn found(stores: &Stores, mut search: SpanSearch) -> Result<Vec<Found>, StoreError> {
    let mut all = Vec::new();
    loop {
        let page = stores.traces.search_spans(search.clone()).await?;
        assert!(page.spans.len() <= search.max_results && !page.ended_early);
        assert!(page.next_page_token.is_none() || page.spans.len() == search.max_results);
        let spans = page.spans.iter();
        all.extend(spans.map(|it| (number(&it.trace.trace_id), it.span.span_id.0)));
        search.page_token = page.next_page_token;
        if search.page_token.is_none() {
            return Ok(all);
        }
    }
}

/// Whether a trace with this span alone passes the filter, with the totals of the whole trace.
fn passes(evaluator: &Evaluator<'_>, trace: &MemoryTrace, span: &SpanRow) -> bool {
    evaluator.matches(&TraceView { spans: std::slice::from_ref(span), ..trace.view() })
}

/// The sort key of a span in the list.
fn place(info: &TraceInfo, span: &SpanRow) -> (Reverse<TimestampMs>, String, Reverse<i64>, SpanId) {
    let trace = info.trace_id.to_string();
    (Reverse(info.request_time), trace, Reverse(span.start_ns), span.span_id)
}

pub async fn spans_are_found_as_if_each_were_alone_in_its_trace(stores: &Stores) {
    let (mut random, seed) = seeded();
    let (here, there) = (experiment(stores, "here").await, experiment(stores, "there").await);
    write_traces(stores, (here, there), TRACES, &mut random).await;
    let mut traces = MemoryTrace::load_all(stores, TRACES).await;
    traces.retain(|trace| trace.listed.info.experiment_id == here);
    let all: usize = traces.iter().map(|trace| trace.rows.len()).sum();
    let mut telling = 0;
    for _ in 0..FILTERS {
        let text = filter(&mut random, 3);
        if ["retriever.count", "inputs.", "outputs."].iter().any(|field| text.contains(field)) {
            // These are about the whole trace or its root, which a span alone does not have.
            continue;
        }
        let parsed = Filter::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let evaluator = Evaluator::new(&parsed);
        let spans = traces.iter().flat_map(|trace| trace.rows.iter().map(move |row| (trace, row)));
        let mut expected: Vec<_> = spans
            .filter(|(trace, row)| passes(&evaluator, trace, row))
            .map(|(trace, row)| {
                let info = &trace.listed.info;
                (place(info, row), (number(&info.trace_id), row.span_id.0))
            })
            .collect();
        expected.sort();
        let expected: Vec<Found> = expected.into_iter().map(|(_, found)| found).collect();
        let page = random.random_range(1..=all);
        let listed = found(stores, search(here, &text, page)).await;
        let listed = listed.unwrap_or_else(|error| panic!("{text}: {error}; KANSOKU_SEED={seed}"));
        assert_eq!(listed, expected, "{text}; KANSOKU_SEED={seed}");
        assert_eq!(
            counted(stores, here, &text).await,
            expected.len(),
            "{text}; KANSOKU_SEED={seed}"
        );
        let mut of_traces: Vec<u64> = expected.iter().map(|(trace, _)| *trace).collect();
        of_traces.dedup();
        let mut with_some_span = query(&[here], "");
        with_some_span.filter = parsed.clone().with_some_span();
        let page = stores.traces.search(with_some_span).await.unwrap();
        assert_eq!(numbers(&page), of_traces, "{text}; KANSOKU_SEED={seed}");
        telling += usize::from(!expected.is_empty() && expected.len() < all / 2);
    }
    assert!(FILTERS / 10 < telling, "{telling} filters tell spans apart; KANSOKU_SEED={seed}");
}

/// The number of matching spans that a fold visits. Checks that the first of each trace is marked.
async fn counted(stores: &Stores, experiment: ExperimentId, filter: &str) -> usize {
    let scan = scan_query(experiment, filter, ScanProjection::default());
    let add = |(spans, firsts): &mut (usize, usize), span: &MatchingSpan<'_>| {
        *spans += 1;
        *firsts += usize::from(span.is_first_of_trace);
        assert!(0 < *firsts);
    };
    let ((spans, _), coverage) =
        stores.traces.fold_matching_spans(scan, (0, 0), add).await.unwrap();
    assert!(coverage.complete && coverage.covered_from.is_none());
    spans
}

pub async fn spans_come_newest_first_page_by_page(stores: &Stores) {
    let id = experiment(stores, "spans").await;
    for n in 1..=3 {
        stores.traces.append(id, small_trace(n, n / 3 * 1000)).await.unwrap();
    }
    let newest_first = [(3, 2), (3, 1), (1, 2), (1, 1), (2, 2), (2, 1)];
    for max_results in 1..=7 {
        let listed = found(stores, search(id, "", max_results)).await.unwrap();
        assert_eq!(listed, newest_first, "{max_results} at a time");
        let calls = found(stores, search(id, "span.type = 'LLM'", max_results)).await.unwrap();
        assert_eq!(calls, [(3, 2), (1, 2), (2, 2)], "{max_results} at a time");
    }
    // A trace that is deleted or arrives between two pages moves none of the others.
    let first = stores.traces.search_spans(search(id, "", 3)).await.unwrap();
    let ids = vec![first.spans[2].trace.trace_id.clone()];
    stores.traces.delete_traces(id, crate::Deletion::Ids(ids)).await.unwrap();
    stores.traces.append(id, small_trace(4, 5000)).await.unwrap();
    let rest = SpanSearch { page_token: first.next_page_token, ..search(id, "", 10) };
    assert_eq!(found(stores, rest).await.unwrap(), [(2, 2), (2, 1)]);
    let shared: Vec<_> = first.spans.iter().map(|found| Arc::as_ptr(&found.trace)).collect();
    assert_eq!((shared[0], shared[0] == shared[2]), (shared[1], false));
}

pub async fn values_of_the_root_are_known_to_spans_of_other_chunks(stores: &Stores) {
    let id = experiment(stores, "roots").await;
    let root = span(1, 1, None, 0, 10).attribute("mlflow.spanInputs", r#"{"customer": "c1"}"#);
    stores.traces.append(id, batch([root])).await.unwrap();
    stores.traces.append(id, batch([span(1, 2, Some(1), 1, 5)])).await.unwrap();
    for (filter, expected) in [
        ("inputs.customer = 'c1'", vec![(1, 2), (1, 1)]),
        ("inputs.customer = 'c1' OR span.status = 'ERROR'", vec![(1, 2), (1, 1)]),
        ("inputs.customer = 'c2' OR span.status = 'ERROR'", Vec::new()),
    ] {
        assert_eq!(found(stores, search(id, filter, 10)).await.unwrap(), expected, "{filter}");
    }
}

pub async fn a_span_has_its_content_as_it_was_sent_last(stores: &Stores) {
    let id = experiment(stores, "content").await;
    let noted = |span_id, note| batch([span(1, span_id, None, 0, 10).attribute("note", note)]);
    for (span_id, note) in [(1, "raven"), (2, "raven"), (1, "heron")] {
        stores.traces.append(id, noted(span_id, note)).await.unwrap();
    }
    for (filter, expected) in [
        ("span.attributes.note = 'raven'", vec![(1, 2)]),
        ("NOT span.attributes.note = 'raven'", vec![(1, 1)]),
        ("\"heron\"", vec![(1, 1)]),
        ("span.attributes.note = 'raven' OR \"heron\"", vec![(1, 1), (1, 2)]),
        ("span.attributes.note = 'raven' AND \"heron\"", Vec::new()),
    ] {
        assert_eq!(found(stores, search(id, filter, 10)).await.unwrap(), expected, "{filter}");
        assert_eq!(counted(stores, id, filter).await, expected.len(), "{filter}");
    }
}

pub async fn a_page_token_is_of_one_search(stores: &Stores) {
    let id = experiment(stores, "tokens").await;
    stores.traces.append(id, small_trace(1, 0)).await.unwrap();
    let page = stores.traces.search_spans(search(id, "", 1)).await.unwrap();
    let token = page.next_page_token.unwrap();
    let other = experiment(stores, "other").await;
    for refused in [
        SpanSearch { page_token: Some(token.clone()), ..search(id, "span.type = 'LLM'", 1) },
        SpanSearch { page_token: Some(token.clone()), ..search(other, "", 1) },
        SpanSearch { page_token: Some("nonsense".to_owned()), ..search(id, "", 1) },
        SpanSearch { page_token: Some(token.replacen('.', "x.", 1)), ..search(id, "", 1) },
    ] {
        let answer = stores.traces.search_spans(refused.clone()).await;
        assert!(matches!(answer, Err(StoreError::InvalidPageToken(_))), "{refused:?}");
    }
    let next = SpanSearch { page_token: Some(token), ..search(id, "", 5) };
    assert_eq!(found(stores, next).await.unwrap(), [(1, 1)]);
}
