//! Sends traces at a steady rate, and measures how long after its end each has feedback.
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::load::SPANS_PER_TRACE;
use super::say;
use crate::args::{Scored, Target};
use crate::client::Client;
use crate::latency::percentile_ms;
use kansoku_synth::load::Plan;

/// Each fifth trace is looked at, so that looking is not most of the load.
const LOOK_AT_EACH: u64 = 5;
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(crate) fn run(target: &Target, ask: &Scored) -> anyhow::Result<()> {
    ensure!(0.0 < ask.traces_per_second, "`--traces-per-second` must be more than 0");
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    let (sent, ended) = mpsc::channel();
    let watcher = {
        let (client, name, wait) = (Client::new(target), ask.feedback.clone(), ask.wait_seconds);
        thread::spawn(move || watch(&client, &name, &ended, Duration::from_secs_f64(wait)))
    };
    let plan = Plan::new(target.seed, 1, SPANS_PER_TRACE);
    let (began, mut body, mut count) = (Instant::now(), Vec::new(), 0);
    while began.elapsed().as_secs_f64() < ask.seconds {
        let due = Duration::from_secs_f64(count as f64 / ask.traces_per_second);
        thread::sleep(due.saturating_sub(began.elapsed()));
        plan.body(count, &mut body);
        client.send_spans(&experiment, &body)?;
        if count % LOOK_AT_EACH == 0 {
            sent.send((plan.trace_name(count), Instant::now())).context("the watcher ended")?;
        }
        count += 1;
    }
    let sending_s = began.elapsed().as_secs_f64();
    drop(sent);
    let Ok(watched) = watcher.join() else { anyhow::bail!("the watcher failed") };
    let Watched { mut delays, missing } = watched?;
    delays.sort_unstable();
    say(&json!({
        "measure": "scored",
        "question": "from the end to the feedback",
        "calls": count,
        "errors": missing,
        "first_error": "no feedback in time",
        "traces_per_s": count as f64 / sending_s,
        "watched": delays.len() + missing,
        "p50_ms": percentile_ms(&delays, 0.5),
        "p99_ms": percentile_ms(&delays, 0.99),
        "max_ms": percentile_ms(&delays, 1.0),
    }))
}

struct Watched {
    delays: Vec<Duration>,
    /// Traces that had no feedback in time.
    missing: usize,
}

fn watch(
    client: &Client,
    name: &str,
    ended: &mpsc::Receiver<(String, Instant)>,
    wait: Duration,
) -> anyhow::Result<Watched> {
    let mut waiting: Vec<(String, Instant)> = Vec::new();
    let mut watched = Watched { delays: Vec::new(), missing: 0 };
    let mut is_sending = true;
    while is_sending || !waiting.is_empty() {
        loop {
            match ended.try_recv() {
                Ok(trace) => waiting.push(trace),
                Err(mpsc::TryRecvError::Empty) => break,
                Err(mpsc::TryRecvError::Disconnected) => {
                    is_sending = false;
                    break;
                }
            }
        }
        let mut still = Vec::new();
        for (trace, end) in waiting {
            if has_feedback(client, &trace, name)? {
                watched.delays.push(end.elapsed());
            } else if wait < end.elapsed() {
                watched.missing += 1;
            } else {
                still.push((trace, end));
            }
        }
        waiting = still;
        thread::sleep(LOOK_EVERY);
    }
    Ok(watched)
}

fn has_feedback(client: &Client, trace: &str, name: &str) -> anyhow::Result<bool> {
    let info: Value = client.trace_info(trace)?;
    let given = info["trace"]["trace_info"]["assessments"].as_array();
    Ok(given.is_some_and(|given| given.iter().any(|one| one["assessment_name"] == name)))
}
