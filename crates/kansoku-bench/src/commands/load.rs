//! Fills an experiment for searches: the spans of every trace, and the infos and feedback of some.
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::ensure;

use super::say;
use crate::args::{Load, Target};
use crate::client::Client;
use crate::drive::{Bound, drive};
use kansoku_synth::load::Plan;

pub(crate) const TRACES_PER_REQUEST: usize = 10;
pub(crate) const SPANS_PER_TRACE: usize = 6;
const ATTEMPTS: u32 = 6;

pub(crate) fn run(target: &Target, ask: &Load) -> anyhow::Result<()> {
    let plan = Plan::new(target.seed, TRACES_PER_REQUEST, SPANS_PER_TRACE);
    let experiment = Client::new(target).experiment(&target.experiment)?;
    let requests = ask.traces.div_ceil(TRACES_PER_REQUEST as u64);
    let bytes = AtomicU64::new(0);
    let run = drive(
        target.connections,
        &Bound { seconds: ask.seconds_max, count: requests },
        || (Client::new(target), Vec::new()),
        |(client, body), request| {
            plan.body(request, body);
            patiently(|| client.send_spans(&experiment, body))?;
            bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
            let first = request * TRACES_PER_REQUEST as u64;
            for n in first..first + TRACES_PER_REQUEST as u64 {
                if plan.has_request_id(n) {
                    patiently(|| client.start_trace(&plan.trace_info(n, &experiment)))?;
                }
                if let Some(verdict) = plan.verdict(n) {
                    patiently(|| client.assess(&plan.trace_name(n), &plan.feedback(verdict)))?;
                }
            }
            Ok(())
        },
    );
    let mut report = run.report("load");
    report["traces"] = (run.done() * TRACES_PER_REQUEST as u64).into();
    report["otlp_bytes"] = bytes.into_inner().into();
    say(&report)?;
    ensure!(run.done() == requests, "{} of {requests} requests were accepted in time", run.done());
    Ok(())
}

/// Retries a call, because a loaded store must be complete even if requests are rejected
/// temporarily (full queue, locked database).
fn patiently(mut call: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    for attempt in 1..ATTEMPTS {
        if call().is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50 << attempt));
    }
    call()
}
