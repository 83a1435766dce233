//! Filters and orders decided by the engine, and by the evaluator on the same traces in memory.
use std::borrow::Cow;
use std::collections::HashMap;

use kansoku_filter::eval::{Evaluator, SpanPayload, TraceView};
use kansoku_filter::{Filter, Order, OrderBy};
use kansoku_model::{Assessment, ExperimentId, RunId, SpanId, SpanRow, TraceState, metadata_key};
use kansoku_otlp::ChunkView;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::Stores;
use super::build::{batch, experiment, feedback, info, numbers, query, span, trace_id};
use crate::{PromptVersion, SpanList, TraceListItem, WhichSpans};

const TRACES: u64 = 40;
const FILTERS: usize = 300;
const ORDERS: usize = 40;

/// Few texts, so that filters find some; cases, quotes, line breaks and other scripts among them.
const TEXTS: [&str; 8] = ["prod", "Prod", "staging", "it's", "日本語", "a\nb", "100%", ""];
const KEYS: [&str; 4] = ["env", "my-tag", "version", "app_version"];

pub async fn filters_and_orders_are_those_of_the_evaluator(stores: &Stores) {
    let seed = std::env::var("KANSOKU_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("KANSOKU_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let here = experiment(stores, "here").await;
    let there = experiment(stores, "there").await;
    let mut prompts = HashMap::new();
    for n in 1..=TRACES {
        let experiment = if n % 8 == 0 { there } else { here };
        let linked = write_trace(stores, experiment, n, &mut random).await;
        prompts.insert(n, linked);
    }
    let mut traces = Vec::new();
    for n in 1..=TRACES {
        traces.push(MemoryTrace::load(stores, n, prompts.remove(&n).unwrap_or_default()).await);
    }
    let said_of: Vec<(ExperimentId, String, Vec<Assessment>)> = traces
        .iter()
        .filter_map(|trace| {
            let info = &trace.listed.info;
            let session = info.metadata.get(metadata_key::SESSION)?;
            Some((info.experiment_id, session.clone(), info.assessments.clone()))
        })
        .collect();
    for trace in &mut traces {
        let info = &trace.listed.info;
        let session = info.metadata.get(metadata_key::SESSION);
        let of_session = said_of
            .iter()
            .filter(|(experiment, of, _)| *experiment == info.experiment_id && Some(of) == session);
        trace.of_session = of_session.flat_map(|(.., said)| said.clone()).collect();
    }
    let newest_first = Order::of(&[]);
    let mut telling = 0;
    for _ in 0..FILTERS {
        let text = filter(&mut random, 3);
        let parsed = Filter::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let kept =
            check(stores, &[here], &traces, &parsed, &text, (&[], &newest_first), seed).await;
        telling += usize::from(0 < kept && kept < TRACES as usize / 2);
    }
    assert!(FILTERS / 10 < telling, "{telling} filters tell traces apart; KANSOKU_SEED={seed}");
    for _ in 0..ORDERS {
        let items = order_by(&mut random);
        let Ok(keys) = OrderBy::parse_list(&items) else { continue };
        let (text, order) = (filter(&mut random, 1), Order::of(&keys));
        let parsed = Filter::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let both = [here, there];
        check(stores, &both, &traces, &parsed, &text, (&items, &order), seed).await;
    }
}

/// The same traces, in the same order, as `(order_by, its order)` has them. Answers how many.
async fn check(
    stores: &Stores,
    experiments: &[ExperimentId],
    traces: &[MemoryTrace],
    filter: &Filter,
    text: &str,
    (items, order): (&[String], &Order),
    seed: u64,
) -> usize {
    let mut search = query(experiments, text);
    search.order_by = OrderBy::parse_list(items).expect("it was read before");
    let page = stores.traces.search(search).await;
    let page = page.unwrap_or_else(|error| panic!("{text}: {error}; KANSOKU_SEED={seed}"));
    let evaluator = Evaluator::new(filter);
    let mut kept: Vec<_> = traces
        .iter()
        .filter(|trace| experiments.contains(&trace.listed.info.experiment_id))
        .filter(|trace| evaluator.matches(&trace.view()))
        .map(|trace| (order.place_of(&trace.view()), trace.number))
        .collect();
    kept.sort_by(|(a, _), (b, _)| order.compare(a, b));
    let kept: Vec<u64> = kept.into_iter().map(|(_, number)| number).collect();
    assert_eq!(numbers(&page), kept, "{text} {items:?}; KANSOKU_SEED={seed}");
    kept.len()
}

/// A trace as the evaluator reads it.
struct MemoryTrace {
    number: u64,
    listed: TraceListItem,
    rows: Vec<SpanRow>,
    prompts: Vec<(String, String)>,
    of_session: Vec<Assessment>,
    payload: Chunks,
}

/// The newest chunk that has a span says what it is.
struct Chunks(Vec<ChunkView>);

impl SpanPayload for Chunks {
    fn json(&self, span: SpanId) -> Option<Cow<'_, str>> {
        self.0.iter().rev().find_map(|chunk| chunk.json(span)).map(Cow::Owned)
    }

    fn attribute(&self, span: SpanId, key: &str) -> Option<Cow<'_, str>> {
        let chunk = self.0.iter().rev().find(|chunk| chunk.json(span).is_some())?;
        chunk.attribute(span, key).map(Cow::Owned)
    }
}

impl MemoryTrace {
    async fn load(stores: &Stores, number: u64, prompts: Vec<(String, String)>) -> Self {
        let id = trace_id(number);
        let listed =
            stores.traces.list_items(std::slice::from_ref(&id)).await.expect("it is there");
        let list = SpanList { which: WhichSpans::All, after: None, max_results: 100 };
        let page = stores.traces.span_page(&id, list).await.expect("it is there");
        let stored = stores.traces.spans(&id).await.expect("it is there");
        let chunks = stored.chunks.iter().map(|chunk| ChunkView::decode(chunk).expect("OTLP"));
        Self {
            number,
            rows: page.spans.into_iter().map(|span| span.row).collect(),
            listed: TraceListItem { info: stored.info, ..listed[0].clone() },
            prompts,
            of_session: Vec::new(),
            payload: Chunks(chunks.collect()),
        }
    }

    fn view(&self) -> TraceView<'_> {
        TraceView {
            info: &self.listed.info,
            usage: self.listed.summary.usage,
            cost: self.listed.summary.cost,
            run_ids: &self.listed.runs,
            prompts: &self.prompts,
            spans: &self.rows,
            session_assessments: &self.of_session,
            payload: &self.payload,
        }
    }
}

/// Writes a trace, and answers the prompts it is linked to.
async fn write_trace(
    stores: &Stores,
    experiment: ExperimentId,
    n: u64,
    random: &mut StdRng,
) -> Vec<(String, String)> {
    // Several began at the same time.
    let start = n / 3 * 1000;
    let spans: Vec<_> = (1..=random.random_range(1..=5_u64))
        .map(|id| {
            let parent = (1 < id).then_some(1);
            let end = start + random.random_range(1..5_u64) * 500;
            let mut span = span(n, id, parent, start, end)
                .name(pick(random, &["chat", "Chat", "lookup", "db"]))
                .attribute("note", pick(random, &TEXTS));
            if random.random_bool(0.7) {
                let of_type = pick(random, &["LLM", "TOOL", "RETRIEVER", "AGENT"]);
                span = span.attribute("mlflow.spanType", of_type);
            }
            if random.random_bool(0.4) {
                let usage = json!({ "input_tokens": id * 10, "output_tokens": 1 });
                span = span
                    .attribute("mlflow.llm.model", pick(random, &["m-1", "m-2"]))
                    .attribute("mlflow.llm.provider", "openai")
                    .attribute("mlflow.chat.tokenUsage", &usage.to_string())
                    .attribute("mlflow.llm.cost", r#"{"total_cost": 0.25}"#);
            }
            if random.random_bool(0.3) { span.failed() } else { span }
        })
        .collect();
    stores.traces.append(experiment, batch(spans)).await.expect("valid spans");
    let id = trace_id(n);
    if random.random_bool(0.7) {
        let mut info = info(n, experiment);
        info.request_time.0 += start as i64;
        info.name = random.random_bool(0.5).then(|| pick(random, &TEXTS).to_owned());
        info.state = *[TraceState::Ok, TraceState::Error, TraceState::InProgress]
            .choose(random)
            .expect("a list with three");
        info.metadata.clear();
        info.tags.clear();
        let mut texts = Vec::new();
        for key in
            [metadata_key::SESSION, metadata_key::USER, metadata_key::SOURCE_RUN, "k", "version"]
        {
            if random.random_bool(0.5) {
                texts.push((key, pick(random, &["s-1", "s-2", "Prod"])));
            }
        }
        info.metadata
            .extend(texts.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())));
        stores.traces.upsert_info(info).await.expect("a valid info");
    }
    for key in KEYS {
        if random.random_bool(0.4) {
            stores.traces.set_tag(&id, key, pick(random, &TEXTS)).await.expect("it is there");
        }
    }
    if random.random_bool(0.2) {
        let _ = stores.traces.delete_tag(&id, "env").await;
    }
    for name in ["quality", "verdict"] {
        if !random.random_bool(0.5) {
            continue;
        }
        let values = [json!(0.5), json!(1), json!("yes"), json!("no"), json!(true), Value::Null];
        let mut assessment = feedback(n, name, values.choose(random).expect("some").clone());
        if random.random_bool(0.3) {
            assessment.metadata.insert(metadata_key::SESSION.to_owned(), "s-1".to_owned());
        }
        assessment.valid = random.random_bool(0.8);
        stores.traces.create_assessment(assessment).await.expect("it is new");
    }
    if random.random_bool(0.3) {
        let run = RunId(pick(random, &["s-1", "r-1"]).to_owned());
        stores.traces.link_run(&run, std::slice::from_ref(&id)).await.expect("it is there");
    }
    if !random.random_bool(0.3) {
        return Vec::new();
    }
    let version =
        PromptVersion { name: "qa".to_owned(), version: pick(random, &["1", "2"]).to_owned() };
    stores.traces.link_prompts(&id, std::slice::from_ref(&version)).await.expect("it is there");
    vec![(version.name, version.version)]
}

fn pick<'a>(random: &mut StdRng, some: &[&'a str]) -> &'a str {
    some.choose(random).copied().unwrap_or_default()
}

/// A filter with AND, OR and NOT inside each other, so deep at most.
fn filter(random: &mut StdRng, depth: usize) -> String {
    let kind = if depth == 0 { 0 } else { random.random_range(0..6) };
    match kind {
        0 | 1 => clause(random),
        2 | 3 => format!("{} AND {}", filter(random, depth - 1), filter(random, depth - 1)),
        4 => format!("({} OR {})", filter(random, depth - 1), filter(random, depth - 1)),
        _ => format!("NOT ({})", filter(random, depth - 1)),
    }
}

fn clause(random: &mut StdRng) -> String {
    let text = match pick(random, &TEXTS) {
        text if text.contains('\'') => format!("\"{text}\""),
        text => format!("'{text}'"),
    };
    let few = pick(random, &["'s-1'", "'s-2'", "'Prod'", "'r-1'"]);
    let compare = pick(random, &["=", "!=", "LIKE", "ILIKE", "CONTAINS", "RLIKE"]);
    let order = pick(random, &["=", "!=", "<", "<=", ">", ">="]);
    let null = pick(random, &["IS NULL", "IS NOT NULL"]);
    match random.random_range(0..27) {
        0 => format!(
            "tags.{} {compare} {text}",
            if random.random_bool(0.8) { "env" } else { "`my-tag`" }
        ),
        1 => format!("tags.env {null}"),
        2 => format!("metadata.k {compare} {few}"),
        3 => format!("session {compare} {few}"),
        4 => format!("user {null}"),
        5 => format!("version {compare} {text}"),
        6 => format!("version IN ('prod', 's-1', 'Prod') OR environment {compare} {text}"),
        7 => format!("environment {null}"),
        8 => format!("status {} 'ERROR'", pick(random, &["=", "!=", "LIKE"])),
        9 => format!("name {compare} {text}"),
        10 => format!("name {null}"),
        11 => format!("execution_time {order} {}", pick(random, &["20", "1000", "1.5s", "999.5"])),
        12 => format!("timestamp {order} {}", super::build::START_NS / 1_000_000 + 5000),
        13 => format!("end_time {order} {}", super::build::START_NS / 1_000_000 + 6000),
        14 => format!("tokens {order} {}", pick(random, &["11", "21.5", "0.04k"])),
        15 => format!("cost {order} {}", pick(random, &["0.25", "0.5"])),
        16 => format!("run_id {compare} {few}"),
        17 => format!("run_id {null}"),
        18 => format!("prompt = 'qa/{}'", pick(random, &["1", "2", "3"])),
        19 => format!(
            "error {}",
            pick(random, &["IS NULL", "IS NOT NULL", "= 'failed'", "LIKE 'F%'"])
        ),
        20 => format!(
            "span.name {} 'chat' AND span.type {compare} 'TOOL'",
            pick(random, &["=", "!=", "ILIKE"])
        ),
        21 => format!("span.model {compare} 'm-1' AND span.status != 'ERROR'"),
        22 => format!("span.attributes.note {compare} {text}"),
        23 => format!("text {} {text}", pick(random, &["LIKE", "ILIKE", "CONTAINS"])),
        24 => format!(
            "feedback.quality {}",
            pick(
                random,
                &["> 0.6", "<= 0.5", "= '1'", "!= '0.5'", "IS NULL", "IS NOT NULL", "= 'null'"]
            )
        ),
        25 => format!("retriever.count {order} {}", random.random_range(0..3)),
        _ => format!(
            "feedback.verdict {}",
            pick(
                random,
                &[
                    "= 'yes'",
                    "!= 'yes'",
                    "LIKE '%n%'",
                    "= 'true'",
                    "IS NULL",
                    "< 1",
                    "IS GOOD",
                    "IS BAD",
                ]
            )
        ),
    }
}

fn order_by(random: &mut StdRng) -> Vec<String> {
    const FIELDS: [&str; 13] = [
        "timestamp",
        "execution_time",
        "end_time",
        "tokens",
        "retriever.count",
        "cost",
        "status",
        "name",
        "run_id",
        "experiment_id",
        "tags.env",
        "tags.nothing",
        "metadata.k",
    ];
    let keys = (0..random.random_range(0..3))
        .map(|_| format!("{} {}", pick(random, &FIELDS), pick(random, &["ASC", "DESC"])));
    keys.collect()
}
