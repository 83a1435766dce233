//! Searches for the newest 100 traces of a loaded experiment, one line for each kind of filter.
use anyhow::Context;
use serde_json::{Value, json};

use super::load::{SPANS_PER_TRACE, TRACES_PER_REQUEST};
use super::say;
use crate::args::{Reads, Target};
use crate::client::Client;
use crate::drive::{Bound, sample};
use kansoku_synth::load::RARE_WORD;
use kansoku_synth::load::{Plan, mix};

/// A kind of filter; `filter` returns the one for call number `call`.
struct Kind {
    name: &'static str,
    filter: fn(&Plan, &Reads, u64) -> Option<String>,
}

/// Kinds that some servers answer late or never come last, because such servers remain busy with
/// them for a while.
const KINDS: &[Kind] = &[
    Kind { name: "no filter", filter: |_, _, _| None },
    Kind { name: "tag, common", filter: |_, _, _| Some("tags.env = 'production'".into()) },
    Kind {
        name: "tag, one value of 200",
        filter: |plan, ask, call| Some(format!("tags.tenant = '{}'", plan.tenant(some(ask, call)))),
    },
    Kind {
        name: "session",
        filter: |plan, ask, call| {
            Some(format!("metadata.`mlflow.trace.session` = '{}'", plan.session(some(ask, call))))
        },
    },
    Kind {
        name: "user",
        filter: |plan, ask, call| {
            Some(format!("metadata.`mlflow.trace.user` = '{}'", plan.user(some(ask, call))))
        },
    },
    Kind {
        name: "client request id",
        filter: |plan, ask, call| {
            let from = some(ask, call) / 10 * 10;
            let known = (from..from + 10).find(|n| plan.has_request_id(*n))?;
            Some(format!("client_request_id = '{}'", plan.request_id(known)))
        },
    },
    Kind { name: "state and time", filter: |plan, ask, call| Some(failed(plan, ask, call)) },
    Kind {
        name: "span.name",
        filter: |_, _, _| Some("span.name = 'search_knowledge_base'".into()),
    },
    Kind { name: "span.type", filter: |_, _, _| Some("span.type = 'RETRIEVER'".into()) },
    Kind { name: "feedback value", filter: |_, _, _| Some("feedback.correct = 'no'".into()) },
    Kind { name: "tag, no match", filter: |_, _, _| Some("tags.env = 'nowhere'".into()) },
    Kind {
        name: "session, no match",
        filter: |_, _, _| Some("metadata.`mlflow.trace.session` = 'nobody'".into()),
    },
    Kind {
        name: "user, no match",
        filter: |_, _, _| Some("metadata.`mlflow.trace.user` = 'nobody'".into()),
    },
    Kind {
        name: "state and time, no match",
        filter: |plan, ask, call| Some(failed(plan, ask, call).replace("ERROR", "IN_PROGRESS")),
    },
    Kind {
        name: "span.type, no match",
        filter: |_, _, _| Some("span.type = 'NO_SUCH_TYPE'".into()),
    },
    Kind {
        name: "feedback value, no match",
        filter: |_, _, _| Some("feedback.correct = 'maybe'".into()),
    },
    Kind {
        name: "span.name, rare",
        filter: |_, _, _| Some("span.name = 'hand_over_to_human'".into()),
    },
    Kind {
        name: "span.name, no match",
        filter: |_, _, _| Some("span.name = 'no_such_step'".into()),
    },
];

/// Searches in the payload of spans, which have to scan all traces.
const TEXT_KINDS: &[Kind] = &[
    Kind {
        name: "span.attributes LIKE, a rare word",
        filter: |_, _, _| Some(format!("span.attributes.mlflow.spanOutputs LIKE '%{RARE_WORD}%'")),
    },
    Kind {
        name: "span.attributes LIKE, no match",
        filter: |_, _, _| Some("span.attributes.mlflow.spanOutputs LIKE '%no such word%'".into()),
    },
    Kind {
        name: "trace.text LIKE, a rare word",
        filter: |_, _, _| Some(format!("trace.text LIKE '%{RARE_WORD}%'")),
    },
    Kind {
        name: "trace.text LIKE, a session's id",
        filter: |plan, ask, call| {
            Some(format!("trace.text LIKE '%{}%'", plan.session(some(ask, call))))
        },
    },
    Kind {
        name: "trace.text LIKE, no match",
        filter: |_, _, _| Some("trace.text LIKE '%no such word%'".into()),
    },
];

pub(crate) fn run(target: &Target, ask: &Reads) -> anyhow::Result<()> {
    measure(target, ask, KINDS)
}

pub(crate) fn run_text(target: &Target, ask: &Reads) -> anyhow::Result<()> {
    measure(target, ask, TEXT_KINDS)
}

fn measure(target: &Target, ask: &Reads, kinds: &[Kind]) -> anyhow::Result<()> {
    let plan = Plan::new(target.seed, TRACES_PER_REQUEST, SPANS_PER_TRACE);
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    for Kind { name, filter } in kinds {
        let (first, run) = sample(&Bound { seconds: ask.seconds, count: ask.calls }, |call| {
            client.search(&experiment, filter(&plan, ask, call).as_deref())
        });
        let mut report = run.report("search");
        report["filter"] = (*name).into();
        report["example"] = json!(filter(&plan, ask, 0));
        report["hits"] = json!(first.as_deref().map(hits).transpose()?);
        say(&report)?;
    }
    Ok(())
}

/// Failed traces of a tenth of the whole time range.
fn failed(plan: &Plan, ask: &Reads, call: u64) -> String {
    let from = some(ask, call) * 9 / 10;
    let (from, to) = (plan.start_ms(from), plan.start_ms(from + ask.traces / 10));
    format!("status = 'ERROR' AND timestamp_ms >= {from} AND timestamp_ms < {to}")
}

/// The number of a loaded trace, a different one for every call.
fn some(ask: &Reads, call: u64) -> u64 {
    mix(call) % ask.traces.max(1)
}

fn hits(answer: &[u8]) -> anyhow::Result<usize> {
    let answer: Value =
        serde_json::from_slice(answer).context("the search's answer is not JSON")?;
    Ok(answer["traces"].as_array().map_or(0, Vec::len))
}
