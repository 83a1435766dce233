//! Queries of the steps screen, over everything that `load` created. Only Kansoku has these routes.
use anyhow::Context;
use serde_json::Value;

use super::load::{SPANS_PER_TRACE, TRACES_PER_REQUEST};
use super::say;
use crate::args::{Reads, Target};
use crate::client::Client;
use crate::drive::{Bound, sample};
use kansoku_synth::load::Plan;

pub(crate) fn run(target: &Target, ask: &Reads) -> anyhow::Result<()> {
    let plan = Plan::new(target.seed, TRACES_PER_REQUEST, SPANS_PER_TRACE);
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    let bound = Bound { seconds: ask.seconds, count: ask.calls };
    let (from, to) = (plan.start_ms(0).to_string(), plan.start_ms(ask.traces).to_string());
    for (question, path, by) in [
        ("all steps", "steps", ""),
        ("steps by model", "steps", "model"),
        ("graph of steps", "steps/graph", ""),
    ] {
        let query = [("from", from.as_str()), ("to", to.as_str()), ("by", by)];
        let (first, run) = sample(&bound, |_| client.analytics(&experiment, path, &query));
        let mut report = run.report("steps");
        report["question"] = question.into();
        if let Some(first) = first {
            let answer: Value =
                serde_json::from_slice(&first).context("the answer of steps is not JSON")?;
            report["traces"] = answer["traces"].clone();
            report["complete"] = answer["complete"].clone();
            let listed = answer.get("steps").or_else(|| answer.get("nodes"));
            let calls = listed
                .and_then(Value::as_array)
                .map(|steps| steps.iter().filter_map(|step| step["calls"].as_u64()).sum::<u64>());
            report["calls_listed"] = calls.into();
        }
        say(&report)?;
    }
    Ok(())
}
