//! The measurements, one file each.
use std::io::Write;

use serde_json::Value;

pub(crate) mod agent_loop;
pub(crate) mod client_flow;
pub(crate) mod evaluations;
pub(crate) mod get;
pub(crate) mod ingest;
pub(crate) mod judge_model;
pub(crate) mod load;
pub(crate) mod metrics;
pub(crate) mod runs;
pub(crate) mod scored;
pub(crate) mod search;
pub(crate) mod spans;
pub(crate) mod steps;

/// Prints a measurement as one line of JSON, and flushes it.
fn say(measure: &Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{measure}")?;
    Ok(out.flush()?)
}
