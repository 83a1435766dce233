//! The methods that an engine overrides return the same as the provided ones.
use std::fmt::Debug;
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{ExperimentId, JsonPath, RootField, RootPart, SpanId, TimestampMs, TraceId};
use kansoku_otlp::{Signal, SpanSet};

use super::Stores;
use super::build::{START_NS, experiment, query, trace_id};
use super::random::{seeded, write_traces};
use super::reviewed::reviewed;
use super::scan::{scan_query, spans};
use crate::core::input_hash;
use crate::{
    ActivityQuery, CorrelationQuery, InputHashQuery, OtlpCursor, RootValuesQuery, ScanProjection,
    SessionSearch, SpanList, SpanTreeRange, TraceStore, WantedValues, WhichSpans, WholeTraceLimits,
};

const TRACES: u64 = 40;
const DEADLINE: Duration = Duration::from_secs(60);

/// Results whose order is undefined are compared as sorted lists of texts.
fn sorted(items: impl IntoIterator<Item: Debug>) -> Vec<String> {
    let mut texts: Vec<String> = items.into_iter().map(|item| format!("{item:?}")).collect();
    texts.sort();
    texts
}

pub async fn overrides_answer_what_is_provided(stores: &Stores) {
    let (mut random, _) = seeded();
    let (here, there) = (experiment(stores, "here").await, experiment(stores, "there").await);
    write_traces(stores, (here, there), TRACES, &mut random).await;
    let provided = stores.required_only();
    for n in 0..=TRACES + 1 {
        same_of_trace(stores, &provided, n).await;
    }
    let ids: Vec<_> = (0..=TRACES + 1).rev().map(trace_id).collect();
    let all: [(&_, &_); 1] = [(&stores.traces, &provided.traces)];
    for (a, b) in all {
        let (x, y) = (a.experiments_of(&ids).await.unwrap(), b.experiments_of(&ids).await.unwrap());
        assert_eq!(sorted(x), sorted(y));
        assert_eq!(a.span_bytes(&ids).await.unwrap(), b.span_bytes(&ids).await.unwrap());
        same_whole_traces(&**a, &**b, &ids).await;
        assert_eq!(a.turns(&ids).await.unwrap(), b.turns(&ids).await.unwrap());
        for wanted in [WantedValues::Leaves, WantedValues::Fields(root_fields())] {
            let query = || RootValuesQuery {
                traces: ids.clone(),
                wanted: wanted.clone(),
                deadline: DEADLINE,
            };
            let (x, y) =
                (a.root_values(query()).await.unwrap(), b.root_values(query()).await.unwrap());
            assert_eq!(x.len(), ids.len() - 2);
            assert!(x.iter().any(|(_, values)| !values.is_empty()));
            assert_eq!(x, y);
        }
        let hashes = || InputHashQuery { traces: ids.clone(), deadline: DEADLINE };
        let (x, y) =
            (a.input_hashes(hashes()).await.unwrap(), b.input_hashes(hashes()).await.unwrap());
        assert_eq!(x.len(), ids.len() - 2);
        assert!(x.iter().any(|(_, hash)| *hash != input_hash::NONE));
        assert_eq!(x, y);
        let (x, y) = (a.list_items(&ids).await.unwrap(), b.list_items(&ids).await.unwrap());
        assert_eq!(format!("{x:#?}"), format!("{y:#?}"));
        for filter in ["", "status = 'ERROR'", "tags.env = 'prod'"] {
            let search = || query(&[here, there], filter);
            let (x, y) =
                (a.search_list(search()).await.unwrap(), b.search_list(search()).await.unwrap());
            assert_eq!(format!("{:#?}", x.traces), format!("{:#?}", y.traces), "{filter}");
        }
        for experiment in [here, there] {
            assert_eq!(a.keys(experiment).await.unwrap(), b.keys(experiment).await.unwrap());
            for session in ["s-1", "s-2", "Prod", "none"] {
                assert_eq!(
                    a.session_assessments(experiment, session).await.unwrap(),
                    b.session_assessments(experiment, session).await.unwrap()
                );
            }
            same_sessions(stores, &provided, experiment).await;
        }
        let activity = || ActivityQuery {
            experiments: vec![there, here],
            from: TimestampMs((START_NS / 1_000_000) as i64 + 2000),
            to: TimestampMs((START_NS / 1_000_000) as i64 + 9000),
            buckets: 5,
            deadline: DEADLINE,
        };
        assert_eq!(a.activity(activity()).await.unwrap(), b.activity(activity()).await.unwrap());
        for filter in ["", "status = 'ERROR'", "span.type = 'TOOL'"] {
            let scan = || scan_query(here, filter, ScanProjection::default());
            assert_eq!(spans(a, scan()).await, spans(b, scan()).await, "{filter}");
        }
        for (name, filter) in [("quality", ""), ("verdict", "status = 'ERROR'"), ("none", "")] {
            let (x, y) = (reviewed(a, here, name, filter), reviewed(b, here, name, filter));
            assert_eq!(x.await, y.await, "{name}: {filter}");
        }
        let filter = |text: &str| Filter::parse(text).unwrap();
        for [among, first, second] in [
            ["", "status = 'ERROR'", "tags.env = 'prod'"],
            ["execution_time > 0", "span.name = 'chat'", "span.type = 'TOOL'"],
        ] {
            let correlation = || CorrelationQuery {
                experiments: vec![here, there],
                among: filter(among),
                first: filter(first),
                second: filter(second),
                deadline: DEADLINE,
            };
            let (x, y) = (a.correlation(correlation()).await, b.correlation(correlation()).await);
            assert_eq!(x.unwrap(), y.unwrap(), "{among}: {first}, {second}");
        }
    }
}

fn root_fields() -> Vec<RootField> {
    let field = |part, path| RootField { part, path: JsonPath::parse(path).unwrap() };
    vec![
        field(RootPart::Inputs, "customer.id"),
        field(RootPart::Outputs, "0.price"),
        field(RootPart::Attributes, "note"),
    ]
}

async fn same_whole_traces(a: &dyn TraceStore, b: &dyn TraceStore, ids: &[TraceId]) {
    for (trace_bytes_max, bytes_max) in [(u64::MAX, u64::MAX), (u64::MAX, 2_000), (500, 0)] {
        let limits = WholeTraceLimits { trace_bytes_max, bytes_max };
        let x = a.whole_traces(ids, limits).await.unwrap();
        let mut y = b.whole_traces(ids, limits).await.unwrap();
        for (x, y) in x.traces.iter().zip(&mut y.traces) {
            y.rows.sort_by_key(|row| x.rows.iter().position(|it| it.span_id == row.span_id));
        }
        assert_eq!(x, y);
        assert!(!x.traces.is_empty());
        assert_eq!(x.looked_at == ids.len(), bytes_max == u64::MAX);
    }
}

async fn same_of_trace(stores: &Stores, provided: &Stores, n: u64) {
    let (id, a, b) = (trace_id(n), &stores.traces, &provided.traces);
    let Ok(info) = a.info(&id).await else {
        assert!(b.info(&id).await.is_err() && b.span_page(&id, list(5)).await.is_err());
        assert!(a.session_place(&id).await.is_err() && b.session_place(&id).await.is_err());
        return;
    };
    assert_eq!(info, b.info(&id).await.unwrap());
    assert_eq!(a.span_page(&id, list(3)).await.unwrap(), b.span_page(&id, list(3)).await.unwrap());
    let range = SpanTreeRange { first: 1, max_results: 3 };
    assert_eq!(a.span_tree(&id, range).await.unwrap(), b.span_tree(&id, range).await.unwrap());
    assert_eq!(a.session_place(&id).await.unwrap(), b.session_place(&id).await.unwrap());
    let (x, y) = (a.span_tree_page(&id, range).await, b.span_tree_page(&id, range).await);
    assert_eq!(format!("{:#?}", x.unwrap()), format!("{:#?}", y.unwrap()));
    for assessment in &info.assessments {
        let found = b.assessment(&id, &assessment.assessment_id).await.unwrap();
        assert_eq!(
            (&found, &a.assessment(&id, &found.assessment_id).await.unwrap()),
            (assessment, &found)
        );
    }
    let spans: Vec<SpanId> = (1..=4).map(SpanId).collect();
    let ids = |otlp: Vec<u8>| SpanSet::ids(&[otlp]).unwrap();
    let (x, y) =
        (a.some_spans(&id, &spans).await.unwrap(), b.some_spans(&id, &spans).await.unwrap());
    assert_eq!((ids(x.otlp), x.logs.concat()), (ids(y.otlp), y.logs.concat()));
    for signal in [Signal::Traces, Signal::Logs] {
        let cursor = || OtlpCursor::with_page_bytes(200);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (store, all) in [(a, &mut x), (b, &mut y)] {
            let mut cursor = cursor();
            while let Some(page) = store.otlp(&id, signal, cursor).await.unwrap() {
                all.extend(page.otlp);
                cursor = page.next;
            }
        }
        let of = |bytes: Vec<u8>| match signal {
            Signal::Traces => sorted(ids(bytes)),
            Signal::Logs => sorted([bytes.len()]),
        };
        assert_eq!(of(x), of(y));
    }
}

async fn same_sessions(stores: &Stores, provided: &Stores, experiment: ExperimentId) {
    for filter in ["", "status = 'ERROR'"] {
        let mut pages = Vec::new();
        for store in [&stores.traces, &provided.traces] {
            let (mut all, mut page_token) = (Vec::new(), None);
            loop {
                let search = SessionSearch {
                    experiment,
                    filter: Filter::parse(filter).unwrap(),
                    max_results: 1,
                    page_token,
                    deadline: DEADLINE,
                };
                let page = store.sessions(search).await.unwrap();
                all.push(page.sessions);
                page_token = page.next_page_token;
                if page_token.is_none() {
                    break;
                }
            }
            pages.push(all);
        }
        assert_eq!(pages[0], pages[1], "{filter}");
    }
}

fn list(max_results: usize) -> SpanList {
    SpanList { which: WhichSpans::Roots, after: None, max_results }
}
