//! Reads one trace with all its spans.
use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::load::{SPANS_PER_TRACE, TRACES_PER_REQUEST};
use super::say;
use crate::args::{Reads, Target};
use crate::client::Client;
use crate::drive::{Bound, sample};
use kansoku_synth::load::{Plan, mix};

const BIG: usize = 1_000;

pub(crate) fn run(target: &Target, ask: &Reads) -> anyhow::Result<()> {
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    let small = Plan::new(target.seed, TRACES_PER_REQUEST, SPANS_PER_TRACE);
    measure(target, ask, SPANS_PER_TRACE, |call| small.trace_name(mix(call) % ask.traces.max(1)))?;

    let big = Plan::new(mix(target.seed), 1, BIG);
    let mut body = Vec::new();
    big.body(0, &mut body);
    client.send_spans(&experiment, &body)?;
    measure(target, ask, BIG, |_| big.trace_name(0))
}

fn measure(
    target: &Target,
    ask: &Reads,
    spans: usize,
    id: impl Fn(u64) -> String + Sync,
) -> anyhow::Result<()> {
    let client = Client::new(target);
    let bound = Bound { seconds: ask.seconds, count: ask.calls };
    let (first, run) = sample(&bound, |call| client.trace(&id(call)));
    if let Some(first) = &first {
        let answer: Value =
            serde_json::from_slice(first).context("the answer of traces/get is not JSON")?;
        let found = answer["trace"]["spans"].as_array().map_or(0, Vec::len);
        ensure!(found == spans, "trace `{}` has {found} spans instead of {spans}", id(0));
    }
    let mut report = run.report("get");
    report["spans"] = spans.into();
    report["answer_bytes"] = json!(first.map(|answer| answer.len()));
    say(&report)
}
