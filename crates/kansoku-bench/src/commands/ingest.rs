//! Sends OTLP/HTTP protobuf with several traces per request.
use std::sync::atomic::{AtomicU64, Ordering};

use super::say;
use crate::args::{Ingest, Target};
use crate::client::Client;
use crate::drive::{Bound, drive};
use kansoku_synth::load::Plan;

pub(crate) fn run(target: &Target, ask: &Ingest) -> anyhow::Result<()> {
    let plan = Plan::new(target.seed, ask.traces_per_request, ask.spans_per_trace);
    let experiment = Client::new(target).experiment(&target.experiment)?;
    let bytes = AtomicU64::new(0);
    let run = drive(
        target.connections,
        &Bound { seconds: ask.seconds, count: ask.requests_max },
        || (Client::new(target), Vec::new()),
        |(client, body), request| {
            plan.body(request, body);
            client.send_spans(&experiment, body)?;
            bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
            Ok(())
        },
    );
    let traces = run.done() * ask.traces_per_request as u64;
    let spans = traces * ask.spans_per_trace as u64;
    let mut report = run.report("ingest");
    report["traces"] = traces.into();
    report["spans"] = spans.into();
    report["otlp_bytes"] = bytes.into_inner().into();
    report["spans_per_s"] = run.per_second(spans).into();
    say(&report)
}
