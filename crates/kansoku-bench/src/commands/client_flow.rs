//! Sends each trace as MLflow's clients do: its spans by OTLP, then its info by `POST traces`.
use super::say;
use crate::args::{ClientFlow, Target};
use crate::client::Client;
use crate::drive::{Bound, drive};
use kansoku_synth::load::Plan;

pub(crate) fn run(target: &Target, ask: &ClientFlow) -> anyhow::Result<()> {
    let plan = Plan::new(target.seed, 1, ask.spans_per_trace);
    let experiment = Client::new(target).experiment(&target.experiment)?;
    let run = drive(
        target.connections,
        &Bound { seconds: ask.seconds, count: ask.traces_max },
        || (Client::new(target), Vec::new()),
        |(client, body), n| {
            plan.body(n, body);
            client.send_spans(&experiment, body)?;
            client.start_trace(&plan.trace_info(n, &experiment))
        },
    );
    let mut report = run.report("client_flow");
    report["traces"] = run.done().into();
    report["spans"] = (run.done() * ask.spans_per_trace as u64).into();
    report["traces_per_s"] = run.per_second(run.done()).into();
    say(&report)
}
