//! Random traces, edits, filters and orders, reproducible by a seed.
use kansoku_model::{
    AssessmentId, ExperimentId, RunId, TimestampMs, TraceId, TraceInfo, TraceState, metadata_key,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::Stores;
use super::build::{START_NS, SpanSpec, batch, feedback, info, span, trace_id};
use crate::{AssessmentUpdate, Deletion, Ingest, PromptVersion, StoreError, TraceEdit};

/// Few texts, so that filters match some; they differ in case and contain quotes, line breaks and
/// other scripts.
pub const TEXTS: [&str; 8] = ["prod", "Prod", "staging", "it's", "日本語", "a\nb", "100%", ""];
/// Totals of some traces, written by the client or computed from spans.
const USAGE: &str = r#"{"input_tokens": 10, "output_tokens": 1, "total_tokens": 11}"#;
const COST: &str = r#"{"input_cost": 0, "output_cost": 0, "total_cost": 0.25}"#;
const KEYS: [&str; 4] = ["env", "my-tag", "version", "app_version"];

/// A random number generator and its seed, which is new or that of `KANSOKU_SEED`. The seed is
/// printed.
pub fn seeded() -> (StdRng, u64) {
    let seed = std::env::var("KANSOKU_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("KANSOKU_SEED={seed}");
    (StdRng::seed_from_u64(seed), seed)
}

/// A write that can be applied to any store.
#[derive(Clone, Debug)]
pub enum Write {
    Ingest(Ingest),
    Info(Box<TraceInfo>),
    Edit(TraceId, TraceEdit),
    LinkRun(RunId, TraceId),
    Delete(ExperimentId, Deletion),
}

impl Write {
    /// Applies the write, and returns the store's response as text.
    pub async fn make(self, stores: &Stores) -> Result<String, StoreError> {
        let traces = &stores.traces;
        Ok(match self {
            Self::Ingest(ingest) => format!("{:?}", traces.ingest(ingest).await?),
            Self::Info(info) => format!("{:?}", traces.upsert_info(*info).await?),
            Self::Edit(trace, edit) => format!("{:?}", traces.edit(&trace, edit).await?),
            Self::LinkRun(run, trace) => format!("{:?}", traces.link_run(&run, &[trace]).await?),
            Self::Delete(experiment, which) => {
                let mut gone = traces.delete_traces(experiment, which).await?;
                gone.sort();
                format!("{gone:?}")
            }
        })
    }
}

/// Writes traces, numbered from 1, every eighth in the second experiment.
pub async fn write_traces(
    stores: &Stores,
    (here, there): (ExperimentId, ExperimentId),
    traces: u64,
    random: &mut StdRng,
) {
    for n in 1..=traces {
        let experiment = if n % 8 == 0 { there } else { here };
        for write in trace(experiment, n, random) {
            match write.clone().make(stores).await {
                Ok(_) | Err(StoreError::TraceTagNotFound { .. }) => {}
                Err(error) => panic!("{write:?}: {error}"),
            }
        }
    }
}

/// The writes that create trace `n`.
pub fn trace(experiment: ExperimentId, n: u64, random: &mut StdRng) -> Vec<Write> {
    // Several traces begin at the same time.
    let start = n / 3 * 1000;
    let spans: Vec<_> = (1..=random.random_range(1..=5_u64))
        .map(|id| {
            let parent = (1 < id).then_some(1);
            let end = start + random.random_range(1..5_u64) * 500;
            let mut span = span(n, id, parent, start, end)
                .name(pick(random, &["chat", "Chat", "lookup", "db"]))
                .attribute("note", pick(random, &TEXTS));
            if random.random_bool(0.6) {
                let customer =
                    json!({ "id": pick(random, &TEXTS), "tier": random.random_range(0..4) });
                let price = if random.random_bool(0.5) { json!(0.5) } else { json!("0.5") };
                span = span
                    .attribute("mlflow.spanInputs", &json!({ "customer": customer }).to_string())
                    .attribute("mlflow.spanOutputs", &json!([{ "price": price }]).to_string());
            }
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
    let mut writes = vec![spans_of(experiment, spans)];
    let id = trace_id(n);
    let edit = |edit| Write::Edit(id.clone(), edit);
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
        for (key, total) in [(metadata_key::TOKEN_USAGE, USAGE), (metadata_key::COST, COST)] {
            if random.random_bool(0.2) {
                info.metadata.insert(key.to_owned(), total.to_owned());
            }
        }
        info.metadata
            .extend(texts.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())));
        writes.push(Write::Info(Box::new(info)));
    }
    for key in KEYS {
        if random.random_bool(0.4) {
            let value = pick(random, &TEXTS).to_owned();
            writes.push(edit(TraceEdit::SetTag { key: key.to_owned(), value }));
        }
    }
    if random.random_bool(0.2) {
        writes.push(edit(TraceEdit::DeleteTag { key: "env".to_owned() }));
    }
    for name in ["quality", "verdict"] {
        if !random.random_bool(0.5) {
            continue;
        }
        let values = [json!(0.5), json!(1), json!("yes"), json!("no"), json!(true), Value::Null];
        let mut assessment = feedback(n, name, values.choose(random).expect("some").clone());
        assessment.assessment_id = assessment_id(name);
        if random.random_bool(0.3) {
            assessment.metadata.insert(metadata_key::SESSION.to_owned(), "s-1".to_owned());
        }
        assessment.valid = random.random_bool(0.8);
        writes.push(edit(TraceEdit::CreateAssessment(Box::new(assessment))));
    }
    if random.random_bool(0.3) {
        let run = RunId(pick(random, &["s-1", "r-1"]).to_owned());
        writes.push(Write::LinkRun(run, id.clone()));
    }
    if random.random_bool(0.3) {
        let version = pick(random, &["1", "2"]).to_owned();
        let prompts = vec![PromptVersion { name: "qa".to_owned(), version }];
        writes.push(edit(TraceEdit::LinkPrompts(prompts)));
    }
    writes
}

/// An id that is the same in every store that receives these writes.
fn assessment_id(name: &str) -> AssessmentId {
    AssessmentId(format!("a-{name}"))
}

fn spans_of(experiment: ExperimentId, spans: Vec<SpanSpec>) -> Write {
    let traces = batch(spans).into_iter().map(|spans| (experiment, spans)).collect();
    Write::Ingest(Ingest { traces, ..Ingest::default() })
}

/// A later write to one of the traces up to `n`, which may not exist.
pub fn change(experiments: &[ExperimentId], n: u64, random: &mut StdRng) -> Vec<Write> {
    let (number, other) = (random.random_range(1..=n), random.random_range(1..=n));
    let id = trace_id(number);
    let experiment = *experiments.choose(random).expect("some");
    let at = random.random_range(0..5_u64) * 700;
    let text = pick(random, &TEXTS).to_owned();
    let assessment = assessment_id("quality");
    let edit = |edit| vec![Write::Edit(id.clone(), edit)];
    match random.random_range(0..10) {
        0..3 => {
            let id = random.random_range(1..=6_u64);
            let parent = (1 < id).then(|| random.random_range(1..id));
            let span = span(number, id, parent, at, at + 500).attribute("note", &text);
            let span = if random.random_bool(0.3) { span.failed() } else { span };
            vec![spans_of(experiment, vec![span])]
        }
        3 => {
            let mut info = info(number, experiment);
            info.request_time = TimestampMs(info.request_time.0 + at as i64);
            info.tags.clear();
            info.tags.insert("env".to_owned(), text);
            info.metadata.insert(metadata_key::SESSION.to_owned(), "s-2".to_owned());
            vec![Write::Info(Box::new(info))]
        }
        4 => edit(TraceEdit::SetTag { key: pick(random, &KEYS).to_owned(), value: text }),
        5 => edit(TraceEdit::DeleteTag { key: pick(random, &KEYS).to_owned() }),
        6 => {
            let update = AssessmentUpdate {
                rationale: Some(Some(text)),
                at: TimestampMs(1_000_000 + at as i64),
                ..AssessmentUpdate::default()
            };
            edit(TraceEdit::UpdateAssessment { id: assessment, update: Box::new(update) })
        }
        7 => edit(TraceEdit::DeleteAssessment { id: assessment }),
        8 => vec![Write::LinkRun(RunId("r-1".to_owned()), id)],
        _ => vec![Write::Delete(experiment, Deletion::Ids(vec![id, trace_id(other)]))],
    }
}

pub fn pick<'a>(random: &mut StdRng, some: &[&'a str]) -> &'a str {
    some.choose(random).copied().unwrap_or_default()
}

/// A filter with nested AND, OR and NOT, at most `depth` levels deep.
pub fn filter(random: &mut StdRng, depth: usize) -> String {
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
    match random.random_range(0..36) {
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
        12 => format!("timestamp {order} {}", START_NS / 1_000_000 + 5000),
        13 => format!("end_time {order} {}", START_NS / 1_000_000 + 6000),
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
        26 => format!("metadata.`mlflow.trace.tokenUsage` {}", total_test(random, USAGE)),
        27 => format!("metadata.`mlflow.trace.cost` {}", total_test(random, COST)),
        31 => format!("inputs.customer.id {compare} {text}"),
        32 => format!("inputs.customer.id {null} AND inputs.customer.tier {order} 2"),
        33 => format!("outputs.0.price {order} 0.5"),
        34 => "outputs.0.price IN ('0.5', '1') OR inputs.customer.tier = '1'".to_owned(),
        28 => format!(
            "span.duration {order} {}",
            pick(random, &["500", "1s", "1500.0004", "999.9996", "2m"])
        ),
        29 => format!("span.tokens {order} {}", pick(random, &["11", "21.5", "0.04k"])),
        30 => format!("span.name = 'db' AND span.cost {order} {}", pick(random, &["0.25", "0.5"])),
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

fn total_test(random: &mut StdRng, total: &str) -> String {
    match pick(random, &["=", "!=", "IS NULL", "IS NOT NULL"]) {
        compare @ ("=" | "!=") => format!("{compare} '{total}'"),
        null => null.to_owned(),
    }
}

pub fn order_by(random: &mut StdRng) -> Vec<String> {
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
