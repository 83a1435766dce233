//! Facts: what of many traces is summed up.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::{Filter, NumberField};
use kansoku_model::{ExperimentId, Money, TimestampMs, TraceState};

use super::Stores;
use super::build::{
    START_NS, batch, batch_of, experiment, feedback, info, small_trace, span, trace_id,
};
use crate::{Coverage, FactsQuery, TraceFacts, Wants};

const START_MS: i64 = START_NS as i64 / 1_000_000;

fn asked(experiment: ExperimentId, filter: &str, wants: Wants) -> FactsQuery {
    FactsQuery {
        experiment,
        filter: Filter::parse(filter).unwrap(),
        from: None,
        to: None,
        wants,
        traces_max: 100_000,
        deadline: Duration::from_secs(30),
    }
}

async fn fold(stores: &Stores, query: FactsQuery) -> (Vec<TraceFacts>, Coverage) {
    let add = |all: &mut Vec<TraceFacts>, facts: &TraceFacts| all.push(facts.clone());
    stores.traces.fold_facts(query, Vec::new(), add).await.unwrap()
}

async fn times(stores: &Stores, query: FactsQuery) -> Vec<i64> {
    let (facts, coverage) = fold(stores, query).await;
    assert_eq!(
        coverage,
        Coverage { traces: facts.len() as u64, complete: true, covered_from: None }
    );
    let mut times: Vec<i64> = facts.iter().map(|facts| facts.time.0 - START_MS).collect();
    times.sort_unstable();
    times
}

/// All there is to know of one trace, and only what was asked for.
pub async fn a_trace_gives_the_facts_that_are_wanted(stores: &Stores) {
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
    for (key, value) in [("mlflow.trace.user", "u-1"), ("app_version", "2.0"), ("k", "v")] {
        given.metadata.insert(key.to_owned(), value.to_owned());
    }
    given.tags.insert("service.version".to_owned(), "1.0".to_owned());
    stores.traces.upsert_info(given).await.unwrap();
    stores.traces.create_assessment(feedback(1, "score", 0.5)).await.unwrap();

    let (plain, _) = fold(stores, asked(experiment, "status = 'OK'", Wants::default())).await;
    let [facts] = &plain[..] else { panic!("one trace, not {}", plain.len()) };
    assert_eq!((facts.time.0, facts.duration_ms), (START_MS, Some(50)));
    assert_eq!((facts.state, facts.failed_spans, facts.span_count), (TraceState::Ok, 1, 2));
    assert!(facts.is_recovered());
    assert_eq!(facts.name.as_deref(), Some("ask"));
    assert_eq!(facts.cost, Some(Money::from_dollars(0.5)));
    assert_eq!(
        facts.usage.map(|u| (u.total_tokens, u.cache_read_input_tokens)),
        Some((10, Some(2)))
    );
    assert!(facts.session_hash.is_some() && facts.session.is_none() && facts.user.is_none());
    assert!(facts.trace_id.is_none() && facts.error.is_none() && facts.spans.is_empty());
    assert!(facts.version.is_none() && facts.assessments.is_empty());

    let wants = Wants {
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
        numbers: vec![NumberField::Cost, NumberField::Tokens],
    };
    let (all, _) = fold(stores, asked(experiment, "", wants)).await;
    let [facts] = &all[..] else { panic!("one trace, not {}", all.len()) };
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("-").to_owned();
    let texts = [&facts.session, &facts.user, &facts.version, &facts.environment].map(text);
    assert_eq!(texts, ["s-1", "u-1", "2.0", "prod"]);
    assert_eq!(facts.trace_id, Some(trace_id(1)));
    assert_eq!(facts.tags.iter().map(text).collect::<Vec<_>>(), ["-", "prod"]);
    assert_eq!(facts.metadata.iter().map(text).collect::<Vec<_>>(), ["v"]);
    assert_eq!(facts.numbers, [Some(500_000_000_000), Some(10)]);
    let [score] = &facts.assessments[..] else { panic!("one assessment") };
    assert_eq!(
        (score.name.as_ref(), score.kind.as_ref(), score.number),
        ("score", "feedback", Some(0.5))
    );
    let error = facts.error.clone().unwrap();
    assert_eq!((error.name.as_str(), error.message.as_deref()), ("call", Some("failed")));
    let call = facts.spans.iter().find(|span| span.name.as_ref() == "call").unwrap();
    assert_eq!((text(&call.model), call.duration_ns), ("m-1".to_owned(), Some(30_000_000)));
}

pub async fn facts_are_of_the_traces_asked_for(stores: &Stores) {
    let (here, there) = (experiment(stores, "a").await, experiment(stores, "b").await);
    for n in 1..=9 {
        stores.traces.append(here, small_trace(n, n * 1000)).await.unwrap();
    }
    stores.traces.append(there, small_trace(10, 10_000)).await.unwrap();
    for n in [3, 5, 7] {
        stores.traces.set_tag(&trace_id(n), "odd", "yes").await.unwrap();
    }
    for wants in [Wants::default(), Wants { user: true, ..Wants::default() }] {
        let of = |filter| asked(here, filter, wants.clone());
        assert_eq!(times(stores, of("")).await.len(), 9);
        assert_eq!(times(stores, of("tags.odd = 'yes'")).await, [3000, 5000, 7000]);
        let one = format!("request_id = '{}'", trace_id(4));
        assert_eq!(times(stores, of(&one)).await, [4000]);
        assert_eq!(times(stores, of("tags.odd = 'no'")).await, [0; 0]);
        let (from, to) = (Some(TimestampMs(START_MS + 4000)), Some(TimestampMs(START_MS + 6000)));
        assert_eq!(times(stores, FactsQuery { from, to, ..of("") }).await, [4000, 5000, 6000]);
        let named = FactsQuery { from, to, ..of("tags.odd IS NOT NULL") };
        assert_eq!(times(stores, named).await, [5000]);
        assert_eq!(times(stores, asked(there, "", wants.clone())).await, [10_000]);
    }
}

pub async fn the_newest_are_seen_where_not_all_can_be(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for first in (1..=600).step_by(100) {
        let traces = (first..first + 100).flat_map(|n| small_trace(n, n)).collect();
        stores.traces.append(experiment, traces).await.unwrap();
    }
    let by_columns = asked(experiment, "", Wants::default());
    let at_once = FactsQuery { deadline: Duration::ZERO, ..by_columns };
    let (facts, coverage) = fold(stores, at_once).await;
    assert!(facts.len() < 600 && !coverage.complete, "{}", facts.len());
    for filter in ["", "span.name = 'call'", "name LIKE 'ro_t'"] {
        let wants = Wants { user: true, ..Wants::default() };
        let query = FactsQuery { traces_max: 450, ..asked(experiment, filter, wants) };
        let (facts, coverage) = fold(stores, query.clone()).await;
        let oldest = facts.iter().map(|facts| facts.time).min();
        assert_eq!(oldest, Some(TimestampMs(START_MS + 151)), "{filter}");
        let expected = Coverage { traces: 450, complete: false, covered_from: oldest };
        assert_eq!(coverage, expected, "{filter}");
        let (facts, coverage) = fold(stores, FactsQuery { traces_max: 600, ..query.clone() }).await;
        assert_eq!((facts.len(), coverage.complete), (600, true), "{filter}");
        let at_once = FactsQuery { deadline: Duration::ZERO, ..query };
        let (facts, coverage) = fold(stores, at_once).await;
        assert!(facts.len() < 600 && !coverage.complete, "{filter}: {}", facts.len());
    }
}

/// Columns and rows tell the same, whether a block is packed, changed or new.
pub async fn columns_and_rows_give_the_same_facts(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    // More than one block of columns.
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
    let add = |seen: &mut Seen, facts: &TraceFacts| {
        *seen.entry((facts.time.0, facts.failed_spans, facts.session_hash)).or_default() += 1;
    };
    let by_columns = asked(experiment, "", Wants::default());
    let by_rows = asked(experiment, "", Wants { trace_id: true, ..Wants::default() });
    for round in 0..12 {
        let columns = stores.traces.fold_facts(by_columns.clone(), Seen::new(), add).await.unwrap();
        let rows = stores.traces.fold_facts(by_rows.clone(), Seen::new(), add).await.unwrap();
        assert_eq!(columns, rows, "round {round}");
        assert_eq!(rows.1.traces, 2100);
        if round == 8 {
            let late = batch([span(1, 3, Some(1), 1, 2).failed()]);
            stores.traces.append(experiment, late).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
