//! Repricing of stored spans.
use std::sync::Arc;

use kansoku_model::{Cost, ExperimentId, Money, SpanRow, TimestampMs, TraceSpans};
use serde_json::json;

use super::Stores;
use super::build::{START_NS, SpanSpec, batch, experiment, info, span, trace_id};
use super::metrics::{answer, ask};
use crate::{Pricer, Reprice, Repriced, StoreError, View};

const START: TimestampMs = TimestampMs(START_NS as i64 / 1_000_000);

/// A model call with ten input tokens and one output token.
fn call(n: u64, id: u64, parent: Option<u64>, model: &str) -> SpanSpec {
    let usage = json!({ "input_tokens": 10, "output_tokens": 1, "total_tokens": 11 });
    span(n, id, parent, n * 1000, n * 1000 + 5)
        .attribute("mlflow.llm.model", model)
        .attribute("mlflow.chat.tokenUsage", &usage.to_string())
}

/// A pricer with the same price for each kind of token, for models whose name begins with `m`.
fn price(units: i64) -> Pricer {
    Arc::new(move |row: &SpanRow| {
        let usage =
            row.usage.filter(|_| row.model.as_deref().is_some_and(|m| m.starts_with('m')))?;
        let of = |tokens: u64| Money(units * i64::try_from(tokens).unwrap());
        Some(Cost::new(of(usage.input_tokens), of(usage.output_tokens)))
    })
}

async fn append(stores: &Stores, here: ExperimentId, mut traces: Vec<TraceSpans>, price: &Pricer) {
    for row in traces.iter_mut().flat_map(|trace| &mut trace.rows) {
        if !row.cost_given {
            row.cost = price(row);
        }
    }
    stores.traces.append(here, traces).await.unwrap();
}

async fn reprice(stores: &Stores, which: Reprice, price: &Pricer) -> Repriced {
    let (mut all, mut which) = (Repriced::default(), which);
    loop {
        let page = stores.maintenance.reprice(which.clone(), price.clone()).await.unwrap();
        all.add(page.repriced);
        which.page_token = page.next_page_token;
        if which.page_token.is_none() {
            return all;
        }
    }
}

async fn cost(stores: &Stores, n: u64) -> Option<String> {
    let info = stores.traces.info(&trace_id(n)).await.unwrap();
    info.metadata.get("mlflow.trace.cost").cloned()
}

async fn span_costs(stores: &Stores, here: ExperimentId) -> Vec<String> {
    answer(stores, ask(here, View::Spans, "total_cost")).await
}

pub async fn costs_follow_new_prices_as_if_they_had_always_held(stores: &Stores) {
    let (then, now) = (experiment(stores, "then").await, experiment(stores, "now").await);
    let (old, new) = (price(100), price(7));
    let nested = |n| batch([call(n, 1, None, "m1"), call(n, 2, Some(1), "m1")]);
    let flat = |n| {
        batch([
            span(n, 1, None, 0, 9),
            call(n, 2, Some(1), "m1"),
            call(n, 3, Some(1), "m2"),
            call(n, 4, Some(1), "x"),
        ])
    };
    for (here, price, first) in [(then, &old, 10), (now, &new, 20)] {
        append(stores, here, nested(first), price).await;
        append(stores, here, flat(first + 1), price).await;
    }
    let before = [cost(stores, 10).await, cost(stores, 11).await];
    let which = Reprice { experiment: Some(then), ..Reprice::default() };

    let would = reprice(stores, Reprice { dry_run: true, ..which.clone() }, &new).await;
    assert_eq!([cost(stores, 10).await, cost(stores, 11).await], before);
    let did = reprice(stores, which.clone(), &new).await;
    assert_eq!(would, did);
    assert_eq!((did.traces, did.changed_traces, did.changed_spans), (2, 2, 4));
    // The parent in the first trace repeats its child, so 1100 counts once there, and twice in the
    // other trace.
    assert_eq!((did.cost.before, did.cost.after), (Money(3300), Money(231)));
    let m1 = did.models["m1"];
    assert_eq!((m1.changed_spans, m1.cost.before, m1.cost.after), (3, Money(3300), Money(231)));
    assert_eq!(did.models["m2"].cost.difference(), Money(77 - 1100));
    assert_eq!((did.models["x"].changed_spans, did.models["x"].unpriced_spans), (0, 1));

    for n in [10, 11] {
        assert_eq!(cost(stores, n).await, cost(stores, n + 10).await);
        assert!(cost(stores, n).await.is_some());
    }
    assert_eq!(span_costs(stores, then).await, span_costs(stores, now).await);

    let again = reprice(stores, which, &new).await;
    assert_eq!((again.traces, again.changed_traces, again.changed_spans), (2, 0, 0));
    let elsewhere = Reprice { experiment: Some(now), ..Reprice::default() };
    assert_eq!(reprice(stores, elsewhere, &new).await.changed_spans, 0);
}

pub async fn costs_that_were_said_stay(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let said = json!({ "input_cost": 1.5, "output_cost": 0.5, "total_cost": 2.0 }).to_string();
    let by_span = call(1, 1, None, "m1").attribute("mlflow.llm.cost", &said);
    append(stores, here, batch([by_span]), &price(100)).await;
    append(stores, here, batch([call(2, 1, None, "m1")]), &price(100)).await;
    let mut by_client = info(2, here);
    by_client.metadata.insert("mlflow.trace.cost".to_owned(), said.clone());
    stores.traces.upsert_info(by_client).await.unwrap();
    let before = [cost(stores, 1).await, cost(stores, 2).await];
    assert!(before[0].as_ref().unwrap().contains("\"total_cost\": 2}"), "{before:?}");

    let did = reprice(stores, Reprice::default(), &price(7)).await;
    assert_eq!([cost(stores, 1).await, cost(stores, 2).await], before);
    // The span of the second trace has a new cost; the trace keeps the client's.
    assert_eq!((did.changed_spans, did.changed_traces), (1, 1));
    assert_eq!(did.cost.difference(), Money(0));
}

pub async fn a_price_that_is_gone_takes_the_cost_along(stores: &Stores) {
    let here = experiment(stores, "e").await;
    append(stores, here, batch([call(1, 1, None, "m1")]), &price(100)).await;
    let none: Pricer = Arc::new(|_| None);
    let did = reprice(stores, Reprice::default(), &none).await;
    assert_eq!((did.cost.before, did.cost.after), (Money(1100), Money(0)));
    assert_eq!(did.models["m1"].unpriced_spans, 1);
    assert_eq!(cost(stores, 1).await, None);
    reprice(stores, Reprice::default(), &price(100)).await;
    assert!(cost(stores, 1).await.is_some());
}

pub async fn only_traces_of_the_time_asked_for_are_repriced(stores: &Stores) {
    let (one, two) = (experiment(stores, "a").await, experiment(stores, "b").await);
    for (here, of_it) in [(one, true), (two, false)] {
        let numbers = (1..=700).filter(|n| (n % 3 == 0) == of_it);
        let calls = numbers.map(|n| call(n, 1, None, "m1"));
        append(stores, here, batch(calls), &price(100)).await;
    }
    let at = |n: i64| TimestampMs(START.0 + n * 1000);
    let which = Reprice { since: at(2), until: Some(at(5)), ..Reprice::default() };
    let did = reprice(stores, which, &price(7)).await;
    assert_eq!((did.traces, did.changed_traces), (3, 3));
    // More traces than a page, in two experiments.
    let did = reprice(stores, Reprice::default(), &price(7)).await;
    assert_eq!((did.traces, did.changed_traces), (700, 697));
    let here = Reprice { experiment: Some(one), ..Reprice::default() };
    assert_eq!(reprice(stores, here, &price(8)).await.changed_traces, 233);
}

pub async fn a_page_token_that_is_none_is_refused(stores: &Stores) {
    for token in ["x", "1_2", "1_2_3_4", "1_2_99999999999999999999"] {
        let which = Reprice { page_token: Some(token.to_owned()), ..Reprice::default() };
        let refused = stores.maintenance.reprice(which, price(1)).await;
        assert!(matches!(refused, Err(StoreError::InvalidPageToken(_))), "{token}");
    }
}
