//! Measures lists of spans of the traces that `load` created, and their summaries. Only Kansoku has
//! these routes.
use anyhow::Context;
use serde_json::Value;

use super::load::{SPANS_PER_TRACE, TRACES_PER_REQUEST};
use super::say;
use crate::args::{Reads, Target};
use crate::client::Client;
use crate::drive::{Bound, sample};
use kansoku_synth::load::{Plan, RARE_WORD};

pub(crate) fn run(target: &Target, ask: &Reads) -> anyhow::Result<()> {
    let plan = Plan::new(target.seed, TRACES_PER_REQUEST, SPANS_PER_TRACE);
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    let bound = Bound { seconds: ask.seconds, count: ask.calls };
    let (from, to) = (plan.start_ms(0).to_string(), plan.start_ms(ask.traces).to_string());
    let rare = format!("\"{RARE_WORD}\"");
    for filter in [
        "",
        "span.name = 'search_knowledge_base'",
        "span.name = 'hand_over_to_human'",
        "span.type = 'RETRIEVER' AND span.duration > 100",
        "span.duration > 1d",
        "tags.env = 'production' AND span.status = 'ERROR'",
        "error CONTAINS 'timed out'",
        rare.as_str(),
    ] {
        for path in ["spans", "spans/summary"] {
            let query = [("from", from.as_str()), ("to", to.as_str()), ("q", filter)];
            let (first, run) = sample(&bound, |_| client.analytics(&experiment, path, &query));
            let mut report = run.report("spans");
            report["question"] = path.into();
            report["filter"] = filter.into();
            if let Some(first) = first {
                let answer: Value =
                    serde_json::from_slice(&first).context("the answer of spans is not JSON")?;
                report["spans"] = match answer["spans"].as_array() {
                    Some(listed) => listed.len().into(),
                    None => answer["spans"].clone(),
                };
                report["complete"] = answer["complete"].clone();
            }
            say(&report)?;
        }
    }
    Ok(())
}
