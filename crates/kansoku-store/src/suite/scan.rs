//! Scans of many traces.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::{Filter, NumberField};
use kansoku_model::{ExperimentId, Money, TimestampMs, TraceState};

use super::Stores;
use super::build::{
    START_NS, batch, batch_of, experiment, feedback, info, small_trace, span, trace_id,
};
use crate::{
    Coverage, NONE, ScanProjection, ScanQuery, ScannedTrace, SpanColumns, SpanProjection,
    TextColumn, TraceStore,
};

const START_MS: i64 = START_NS as i64 / 1_000_000;

pub(super) fn scan_query(
    experiment: ExperimentId,
    filter: &str,
    projection: ScanProjection,
) -> ScanQuery {
    ScanQuery {
        experiment,
        filter: Filter::parse(filter).unwrap(),
        from: None,
        to: None,
        projection,
        traces_max: 100_000,
        deadline: Duration::from_secs(30),
    }
}

async fn fold(stores: &Stores, query: ScanQuery) -> (Vec<ScannedTrace>, Coverage) {
    let add = |all: &mut Vec<ScannedTrace>, scanned: &ScannedTrace| all.push(scanned.clone());
    stores.traces.fold_scan(query, Vec::new(), add).await.unwrap()
}

/// Spans as texts, by the times at which their traces began.
pub type SpanTexts = BTreeMap<i64, Vec<String>>;

/// The spans of a scan, and its coverage.
pub async fn spans(store: &Arc<dyn TraceStore>, query: ScanQuery) -> (SpanTexts, Coverage) {
    store.fold_span_scan(query, SpanProjection::ALL, SpanTexts::new(), add_spans).await.unwrap()
}

pub fn add_spans(all: &mut SpanTexts, columns: &SpanColumns) {
    for of_trace in &columns.traces {
        let spans = all.entry(of_trace.time.0 - START_MS).or_default();
        spans.extend(of_trace.spans.clone().map(|span| span_text(columns, span)));
        // The order of traces that began at the same time is undefined.
        spans.sort();
    }
}

fn span_text(columns: &SpanColumns, n: usize) -> String {
    let number = |number: i64| match number {
        NONE => "-".to_owned(),
        number => number.to_string(),
    };
    let text = |TextColumn { texts, codes }: &TextColumn| match codes[n] {
        NONE => "-".to_owned(),
        code => texts[code as usize].clone(),
    };
    let texts = [&columns.name, &columns.span_type, &columns.model, &columns.provider];
    let texts = texts.map(text).join(" ");
    let numbers = [
        &columns.duration_us,
        &columns.self_us,
        &columns.critical_us,
        &columns.first_token_ms,
        &columns.total_tokens,
        &columns.cost,
        &columns.parent,
        &columns.previous,
    ];
    let numbers = numbers.map(|column| number(column[n])).join(" ");
    format!("{texts} {} {numbers}", if columns.is_failed[n] { "failed" } else { "ok" })
}

async fn times(stores: &Stores, query: ScanQuery) -> Vec<i64> {
    let (scanned, coverage) = fold(stores, query).await;
    assert_eq!(
        coverage,
        Coverage { traces: scanned.len() as u64, complete: true, covered_from: None }
    );
    let mut times: Vec<i64> = scanned.iter().map(|scanned| scanned.time.0 - START_MS).collect();
    times.sort_unstable();
    times
}

/// A projection of everything returns all columns of a trace; an empty projection only its numbers.
pub async fn a_scan_gives_what_was_projected(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let usage = r#"{"input_tokens": 7, "output_tokens": 3, "cache_read_input_tokens": 2}"#;
    let spans = batch_of(
        "shop",
        [
            span(1, 1, None, 0, 50).name("root"),
            span(1, 2, Some(1), 10, 40)
                .name("call")
                .failed()
                .attribute("mlflow.spanType", "LLM")
                .attribute("mlflow.llm.model", "m-1")
                .attribute("mlflow.llm.cost", r#"{"total_cost": 0.5}"#)
                .attribute("mlflow.chat.tokenUsage", usage),
        ],
    );
    stores.traces.append(experiment, spans).await.unwrap();
    let mut given = info(1, experiment);
    given.execution_duration = None;
    given.response_preview = Some("answer".to_owned());
    for (key, value) in [("mlflow.trace.user", "u-1"), ("app_version", "2.0"), ("k", "v")] {
        given.metadata.insert(key.to_owned(), value.to_owned());
    }
    given.tags.insert("service.version".to_owned(), "1.0".to_owned());
    stores.traces.upsert_info(given).await.unwrap();
    stores.traces.create_assessment(feedback(1, "score", 0.5)).await.unwrap();

    let (plain, _) =
        fold(stores, scan_query(experiment, "status = 'OK'", ScanProjection::default())).await;
    let [scanned] = &plain[..] else { panic!("one trace, not {}", plain.len()) };
    assert_eq!((scanned.time.0, scanned.duration_ms), (START_MS, Some(50)));
    assert_eq!((scanned.state, scanned.failed_spans, scanned.span_count), (TraceState::Ok, 1, 2));
    assert!(scanned.is_recovered());
    assert_eq!(scanned.name.as_deref(), Some("ask"));
    assert_eq!(scanned.cost, Some(Money::from_dollars(0.5)));
    assert_eq!(
        scanned.usage.map(|u| (u.total_tokens, u.cache_read_input_tokens)),
        Some((10, Some(2)))
    );
    assert!(scanned.session_hash.is_some() && scanned.session.is_none() && scanned.user.is_none());
    assert!(scanned.trace_id.is_none() && scanned.error.is_none() && scanned.spans.is_empty());
    assert!(scanned.version.is_none() && scanned.assessments.is_empty());
    assert!(scanned.request_preview.is_none() && scanned.response_preview.is_none());

    let projection = ScanProjection {
        trace_id: true,
        session: true,
        user: true,
        version: true,
        environment: true,
        tags: vec!["nothing".to_owned(), "env".to_owned()],
        metadata: vec!["k".to_owned()],
        assessments: true,
        error: true,
        spans: true,
        inputs: true,
        previews: true,
        numbers: vec![NumberField::Cost, NumberField::Tokens],
    };
    let (all, _) = fold(stores, scan_query(experiment, "", projection)).await;
    let [scanned] = &all[..] else { panic!("one trace, not {}", all.len()) };
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("-").to_owned();
    let texts = [&scanned.session, &scanned.user, &scanned.version, &scanned.environment].map(text);
    assert_eq!(texts, ["s-1", "u-1", "2.0", "prod"]);
    assert_eq!(scanned.trace_id, Some(trace_id(1)));
    assert_eq!(scanned.tags.iter().map(text).collect::<Vec<_>>(), ["-", "prod"]);
    assert_eq!(scanned.metadata.iter().map(text).collect::<Vec<_>>(), ["v"]);
    let previews = [&scanned.request_preview, &scanned.response_preview].map(text);
    assert_eq!(previews, ["question", "answer"]);
    assert_eq!(scanned.numbers, [Some(500_000_000_000), Some(10)]);
    let [score] = &scanned.assessments[..] else { panic!("one assessment") };
    assert_eq!(
        (score.name.as_ref(), score.kind.as_ref(), score.number),
        ("score", "feedback", Some(0.5))
    );
    assert_eq!((score.has_error, score.source_run.as_deref()), (false, None));
    assert!(scanned.inputs.is_some() && plain[0].inputs.is_none());
    let error = scanned.error.clone().unwrap();
    assert_eq!((error.name.as_str(), error.message.as_deref()), ("call", Some("failed")));
    let call = scanned.spans.iter().find(|span| span.name.as_ref() == "call").unwrap();
    assert_eq!((text(&call.model), call.duration_ns), ("m-1".to_owned(), Some(30_000_000)));
}

pub async fn a_scan_is_of_the_traces_asked_for(stores: &Stores) {
    let (here, there) = (experiment(stores, "a").await, experiment(stores, "b").await);
    for n in 1..=9 {
        stores.traces.append(here, small_trace(n, n * 1000)).await.unwrap();
    }
    stores.traces.append(there, small_trace(10, 10_000)).await.unwrap();
    for n in [3, 5, 7] {
        stores.traces.set_tag(&trace_id(n), "odd", "yes").await.unwrap();
    }
    for projection in
        [ScanProjection::default(), ScanProjection { user: true, ..ScanProjection::default() }]
    {
        let of = |filter| scan_query(here, filter, projection.clone());
        assert_eq!(times(stores, of("")).await.len(), 9);
        assert_eq!(times(stores, of("tags.odd = 'yes'")).await, [3000, 5000, 7000]);
        let one = format!("request_id = '{}'", trace_id(4));
        assert_eq!(times(stores, of(&one)).await, [4000]);
        assert_eq!(times(stores, of("tags.odd = 'no'")).await, [0; 0]);
        let (from, to) = (Some(TimestampMs(START_MS + 4000)), Some(TimestampMs(START_MS + 6000)));
        assert_eq!(times(stores, ScanQuery { from, to, ..of("") }).await, [4000, 5000, 6000]);
        let named = ScanQuery { from, to, ..of("tags.odd IS NOT NULL") };
        assert_eq!(times(stores, named).await, [5000]);
        assert_eq!(times(stores, scan_query(there, "", projection.clone())).await, [10_000]);
    }
}

/// Spans come with their self time, their part of the critical path, and the sibling they followed.
pub async fn spans_come_as_columns(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let usage = r#"{"input_tokens": 7, "output_tokens": 3}"#;
    let call = |id, from: u64, to: u64| {
        span(1, id, Some(1), from, to)
            .name("call")
            .attribute("mlflow.spanType", "LLM")
            .attribute("mlflow.llm.model", "m-1")
            .attribute("mlflow.llm.provider", "acme")
            .attribute("mlflow.llm.cost", r#"{"total_cost": 0.5}"#)
            .attribute("mlflow.chat.tokenUsage", usage)
    };
    let traces = batch([
        span(1, 1, None, 0, 50).name("root"),
        call(2, 10, 30),
        call(3, 10, 20),
        span(1, 4, Some(1), 30, 45).name("tool").failed(),
        span(2, 1, None, 1000, 1001).name("root"),
    ]);
    stores.traces.append(experiment, traces).await.unwrap();
    let query = |filter| scan_query(experiment, filter, ScanProjection::default());
    let (found, coverage) = spans(&stores.traces, query("")).await;
    assert_eq!(coverage, Coverage { traces: 2, complete: true, covered_from: None });
    let expected = [
        "call LLM m-1 acme ok 10000 10000 0 - 10 500000000000 0 -",
        "call LLM m-1 acme ok 20000 20000 20000 - 10 500000000000 0 -",
        "root - - - ok 50000 15000 15000 - - - - -",
        "tool - - - failed 15000 15000 15000 - - - 0 1",
    ];
    assert_eq!(found[&0], expected);
    assert_eq!(found[&1000], ["root - - - ok 1000 1000 1000 - - - - -"]);
    let (found, coverage) = spans(&stores.traces, query("span.name = 'tool'")).await;
    assert_eq!((found.keys().collect::<Vec<_>>(), coverage.traces), (vec![&0], 1));
}

pub async fn the_newest_are_seen_where_not_all_can_be(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for first in (1..=600).step_by(100) {
        let traces = (first..first + 100).flat_map(|n| small_trace(n, n)).collect();
        stores.traces.append(experiment, traces).await.unwrap();
    }
    let by_columns = scan_query(experiment, "", ScanProjection::default());
    let at_once = ScanQuery { deadline: Duration::ZERO, ..by_columns };
    let (scanned, coverage) = fold(stores, at_once).await;
    assert!(scanned.len() < 600 && !coverage.complete, "{}", scanned.len());
    for filter in ["", "span.name = 'call'", "name LIKE 'ro_t'"] {
        let projection = ScanProjection { user: true, ..ScanProjection::default() };
        let query = ScanQuery { traces_max: 450, ..scan_query(experiment, filter, projection) };
        let (scanned, coverage) = fold(stores, query.clone()).await;
        let oldest = scanned.iter().map(|scanned| scanned.time).min();
        assert_eq!(oldest, Some(TimestampMs(START_MS + 151)), "{filter}");
        let expected = Coverage { traces: 450, complete: false, covered_from: oldest };
        assert_eq!(coverage, expected, "{filter}");
        let (scanned, coverage) =
            fold(stores, ScanQuery { traces_max: 600, ..query.clone() }).await;
        assert_eq!((scanned.len(), coverage.complete), (600, true), "{filter}");
        let at_once = ScanQuery { deadline: Duration::ZERO, ..query };
        let (scanned, coverage) = fold(stores, at_once).await;
        assert!(scanned.len() < 600 && !coverage.complete, "{filter}: {}", scanned.len());
    }
}

/// Columns and rows give the same results, whether a block is packed, changed or new.
pub async fn columns_and_rows_give_the_same_scan(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    // More traces than one block of columns.
    for first in (1..=2100).step_by(525) {
        let spans = (first..first + 525).flat_map(|n| {
            let call =
                span(n, 2, Some(1), n, n + n % 7).attribute("session.id", &format!("s-{}", n % 5));
            let call = if n % 3 == 0 { call.failed() } else { call };
            batch([span(n, 1, None, n, n + 20).name("root"), call])
        });
        stores.traces.append(experiment, spans.collect()).await.unwrap();
    }
    type Seen = BTreeMap<(i64, u64, Option<i64>), usize>;
    let add = |seen: &mut Seen, scanned: &ScannedTrace| {
        *seen.entry((scanned.time.0, scanned.failed_spans, scanned.session_hash)).or_default() += 1;
    };
    let by_columns = scan_query(experiment, "", ScanProjection::default());
    let by_rows =
        scan_query(experiment, "", ScanProjection { trace_id: true, ..ScanProjection::default() });
    for round in 0..12 {
        let columns = stores.traces.fold_scan(by_columns.clone(), Seen::new(), add).await.unwrap();
        let rows = stores.traces.fold_scan(by_rows.clone(), Seen::new(), add).await.unwrap();
        assert_eq!(columns, rows, "round {round}");
        assert_eq!(rows.1.traces, 2100);
        if round == 8 {
            let late = batch([span(1, 3, Some(1), 1, 2).failed()]);
            stores.traces.append(experiment, late).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
