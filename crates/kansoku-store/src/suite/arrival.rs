//! Spans and infos may arrive in any order, repeatedly, from several clients.
use kansoku_model::{ExperimentId, TraceInfo, TraceSpans};
use kansoku_otlp::SpanSet;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::Stores;
use super::build::{batch_of, experiment, found, info, span, trace_id};
use super::logs::records;

const ROUNDS: u64 = 60;

#[derive(Clone)]
enum Arrival {
    Spans(Vec<TraceSpans>),
    Info(Box<TraceInfo>),
}

/// The messages that the clients of one trace send.
fn parts(n: u64, experiment: ExperimentId, with_info: bool) -> Vec<Arrival> {
    let usage = r#"{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}"#;
    let root = span(n, 1, None, 0, 50)
        .name("root")
        .attribute("mlflow.spanInputs", r#"{"q": "why"}"#)
        .attribute("mlflow.traceTag.team", "blue")
        .failed();
    let call = span(n, 2, Some(1), 5, 30).name("call").attribute("mlflow.chat.tokenUsage", usage);
    let inner = span(n, 3, Some(2), 6, 29).attribute("mlflow.chat.tokenUsage", usage);
    let early = span(n, 4, Some(1), 2, 70).attribute("session.id", "early");
    let late = span(n, 5, Some(1), 8, 20).attribute("session.id", "late");
    let mut parts = vec![
        Arrival::Spans(batch_of("front", [root])),
        Arrival::Spans(batch_of("back", [call])),
        Arrival::Spans(batch_of("back", [inner, late])),
        Arrival::Spans(batch_of("back", [early])),
        Arrival::Spans(vec![records(n)]),
    ];
    if with_info {
        let mut info = info(n, experiment);
        info.metadata.clear();
        parts.push(Arrival::Info(Box::new(info)));
    }
    parts
}

/// A model call that is asked and answers.
fn call(n: u64, id: u64, from: u64, to: u64, answer: &str) -> TraceSpans {
    let said = |role: &str, content: &str| json!({ "role": role, "content": content });
    let asked = [said("user", "earlier"), said("assistant", "yes"), said("user", "and now?")];
    let answered = json!({ "choices": [{ "message": said("assistant", answer) }] });
    let call = span(n, id, Some(1), from, to)
        .attribute("mlflow.spanType", "CHAT_MODEL")
        .attribute("mlflow.spanInputs", &json!({ "messages": asked }).to_string())
        .attribute("mlflow.spanOutputs", &answered.to_string());
    batch_of("back", [call]).remove(0)
}

pub async fn a_root_that_says_nothing_leaves_the_word_to_its_calls(stores: &Stores) {
    let here = experiment(stores, "e").await;
    let previews = async |n| {
        let info = stores.traces.info(&trace_id(n)).await.unwrap();
        (info.request_preview, info.response_preview)
    };
    let both =
        |request: &str, response: &str| (Some(request.to_owned()), Some(response.to_owned()));
    let parts = |n| {
        let root = batch_of("front", [span(n, 1, None, 0, 90)]).remove(0);
        [root, call(n, 2, 5, 30, "wait"), call(n, 3, 40, 60, "it is done")]
    };
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (n, order) in (1..).zip(orders) {
        let parts = parts(n);
        for part in order.into_iter().chain(order) {
            stores.traces.append(here, vec![parts[part].clone()]).await.unwrap();
        }
        assert_eq!(previews(n).await, both("and now?", "it is done"), "{order:?}");
    }
    // Previews from the root and from log records take precedence, whenever they arrive.
    let root = span(1, 1, None, 0, 90).attribute("mlflow.spanInputs", "of the root");
    stores.traces.append(here, batch_of("front", [root])).await.unwrap();
    stores.traces.append(here, vec![call(1, 4, 1, 99, "the last")]).await.unwrap();
    assert_eq!(previews(1).await, both("\"of the root\"", "the last"));
    stores.traces.append(here, vec![records(2)]).await.unwrap();
    stores.traces.append(here, vec![call(2, 4, 1, 99, "the last")]).await.unwrap();
    assert_eq!(previews(2).await, both("asked by a record", "answered"));
    // Those from a client take precedence over all.
    stores.traces.upsert_info(info(3, here)).await.unwrap();
    stores.traces.append(here, vec![call(3, 4, 1, 99, "the last")]).await.unwrap();
    assert_eq!(previews(3).await, both("question", "the last"));
}

async fn arrive(stores: &Stores, experiment: ExperimentId, part: Arrival) {
    match part {
        Arrival::Spans(spans) => {
            stores.traces.append(experiment, spans).await.expect("spans are taken");
        }
        Arrival::Info(info) => {
            stores.traces.upsert_info(*info).await.expect("an info is taken");
        }
    }
}

/// Everything a client can see of the trace, with its number removed.
async fn seen(stores: &Stores, experiment: ExperimentId, n: u64) -> String {
    let stored = stores.traces.spans(&trace_id(n)).await.expect("the trace is there");
    let spans = SpanSet::from_chunks(&stored.chunks).expect("stored spans are readable");
    let mut filters = String::new();
    for filter in [
        "status = 'ERROR'",
        "status = 'OK'",
        "status = 'IN_PROGRESS'",
        "tags.team = 'blue'",
        "tags.`service.name` = 'front'",
        "metadata.`mlflow.trace.session` = 'early'",
        "span.name = 'call'",
        "name = 'root'",
        "name = 'ask'",
        "tags.env = 'prod'",
    ] {
        let kept = found(stores, experiment, filter).await.contains(&n);
        filters.push_str(&format!("{filter}: {kept}\n"));
    }
    let spans = String::from_utf8(spans.traces_json(&trace_id(0))).expect("JSON is text");
    let info = TraceInfo { trace_id: trace_id(0), client_request_id: None, ..stored.info };
    // Spans contain their OTel trace id, which ends in the number.
    let spans: serde_json::Value = serde_json::from_str(&spans).expect("JSON");
    let own = |span: &serde_json::Value| {
        let mut span = span.clone();
        span["trace_id"] = serde_json::Value::Null;
        span.to_string()
    };
    let spans: Vec<_> = spans["spans"].as_array().expect("a list").iter().map(own).collect();
    format!("{info:?}\n{}\n{filters}", spans.join("\n"))
}

pub async fn order_and_repeats_do_not_matter(stores: &Stores) {
    let seed = std::env::var("KANSOKU_SEED").ok().and_then(|s| s.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("KANSOKU_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let experiment = experiment(stores, "arrival").await;
    for with_info in [false, true] {
        let base = if with_info { 10_000 } else { 1 };
        for part in parts(base, experiment, with_info) {
            arrive(stores, experiment, part).await;
        }
        let expected = seen(stores, experiment, base).await;
        for n in base + 1..base + ROUNDS {
            let mut parts = parts(n, experiment, with_info);
            for _ in 0..random.random_range(0..4) {
                let again = parts[random.random_range(0..parts.len())].clone();
                parts.push(again);
            }
            parts.shuffle(&mut random);
            for part in parts {
                arrive(stores, experiment, part).await;
            }
            pretty_eq(&seen(stores, experiment, n).await, &expected, seed);
        }
    }
}

fn pretty_eq(seen: &str, expected: &str, seed: u64) {
    assert!(
        seen == expected,
        "with KANSOKU_SEED={seed}\n--- seen\n{seen}\n--- expected\n{expected}"
    );
}

pub async fn clients_at_the_same_time_do_not_matter(stores: &Stores) {
    let experiment = experiment(stores, "arrival").await;
    for part in parts(1, experiment, true) {
        arrive(stores, experiment, part).await;
    }
    let expected = seen(stores, experiment, 1).await;
    for n in 2..20 {
        let parts = parts(n, experiment, true);
        let twice = parts.iter().chain(&parts).cloned();
        futures_join(twice.map(|part| arrive(stores, experiment, part))).await;
        assert_eq!(seen(stores, experiment, n).await, expected);
    }
}

/// Polls all futures concurrently until each is done.
async fn futures_join(futures: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut waiting: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        waiting.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

pub async fn an_info_given_twice_is_merged_by_key(stores: &Stores) {
    let experiment = experiment(stores, "arrival").await;
    let mut first = info(1, experiment);
    first.response_preview = Some("answer".to_owned());
    stores.traces.upsert_info(first).await.unwrap();
    let mut second = info(1, experiment);
    second.request_preview = None;
    second.client_request_id = None;
    second.tags = [("team".to_owned(), "red".to_owned())].into();
    let merged = stores.traces.upsert_info(second).await.unwrap();

    let tags: Vec<_> = merged.tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(tags, ["env=prod", "team=red"]);
    assert_eq!(merged.request_preview.as_deref(), Some("question"));
    assert_eq!(merged.response_preview.as_deref(), Some("answer"));
    assert_eq!(merged.client_request_id, None);
}
