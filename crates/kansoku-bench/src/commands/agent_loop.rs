//! Sends conversations of agents, turn by turn as their spans end.
use std::sync::atomic::{AtomicU64, Ordering};

use super::say;
use crate::args::{AgentLoop, Target};
use crate::client::Client;
use crate::drive::{Bound, drive};
use kansoku_synth::load::Conversation;

pub(crate) fn run(target: &Target, ask: &AgentLoop) -> anyhow::Result<()> {
    let experiment = Client::new(target).experiment(&target.experiment)?;
    let (sent, said, spans) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let run = drive(
        target.connections,
        &Bound { seconds: ask.seconds_max, count: ask.traces },
        || Client::new(target),
        |client, n| {
            let conversation = Conversation::new(target.seed, n, ask.turns);
            for body in &conversation.requests {
                client.send_spans(&experiment, body)?;
                sent.fetch_add(body.len() as u64, Ordering::Relaxed);
            }
            said.fetch_add(conversation.said_bytes as u64, Ordering::Relaxed);
            spans.fetch_add(conversation.spans as u64, Ordering::Relaxed);
            Ok(())
        },
    );
    let spans = spans.into_inner();
    let mut report = run.report("agent_loop");
    report["traces"] = run.done().into();
    report["spans"] = spans.into();
    report["otlp_bytes"] = sent.into_inner().into();
    report["said_bytes"] = said.into_inner().into();
    report["spans_per_s"] = run.per_second(spans).into();
    say(&report)
}
