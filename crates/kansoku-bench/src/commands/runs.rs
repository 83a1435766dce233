//! Creates runs with metrics, params and tags, and measures searches for the newest 100 of them.
use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::say;
use crate::args::{Runs, Target};
use crate::client::Client;
use crate::drive::{Bound, drive, sample};
use kansoku_synth::load::mix;

const SECONDS_MAX: f64 = 1800.0;
/// The time when the first run began: 2026-01-01T00:00:00Z.
const START_MS: u64 = 1_767_225_600_000;
/// The time from one run to the next.
const INTERVAL_MS: u64 = 1000;

/// A twentieth of the runs has a team, a third an environment, and one in a thousand a release. A tenth
/// of them has an accuracy above 0.9.
const FILTERS: [&str; 6] = [
    "",
    "tags.env = 'staging' AND metrics.accuracy > 0.5",
    "tags.team = 'team-7' AND metrics.accuracy > 0.9",
    "tags.team = 'team-7' AND metrics.accuracy > 0.9999",
    "tags.release = 'release-77' AND metrics.loss < 1.5",
    "params.model = 'model-3' AND status = 'FINISHED'",
];

pub(crate) fn run(target: &Target, ask: &Runs) -> anyhow::Result<()> {
    let client = Client::new(target);
    let experiment = client.experiment(&target.experiment)?;
    fill(target, ask, &experiment)?;
    let bound = Bound { seconds: ask.seconds, count: ask.calls };
    for filter in FILTERS {
        let (first, run) = sample(&bound, |_| client.search_runs(&experiment, filter));
        let mut report = run.report("runs");
        report["filter"] = filter.into();
        report["runs"] = ask.runs.into();
        if let Some(first) = first {
            let answer: Value =
                serde_json::from_slice(&first).context("the answer of the search is not JSON")?;
            report["found"] = answer["runs"].as_array().map_or(0, Vec::len).into();
        }
        say(&report)?;
    }
    Ok(())
}

fn fill(target: &Target, ask: &Runs, experiment: &str) -> anyhow::Result<()> {
    let work = |client: &mut Client, n: u64| {
        let id = client.create_run(&new_run(experiment, n))?;
        client.log_batch(&batch(target.seed, &id, n))?;
        client.finish_run(&id, START_MS + n * INTERVAL_MS + 500)
    };
    let bound = Bound { seconds: SECONDS_MAX, count: ask.runs };
    let run = drive(target.connections, &bound, || Client::new(target), work);
    let mut report = run.report("create runs");
    report["runs"] = ask.runs.into();
    report["runs_per_s"] = run.per_second(run.done()).into();
    say(&report)?;
    ensure!(run.done() == ask.runs, "{} of {} runs were created", run.done(), ask.runs);
    Ok(())
}

fn new_run(experiment: &str, n: u64) -> Value {
    json!({
        "experiment_id": experiment, "run_name": format!("run {n}"), "start_time": START_MS + n * INTERVAL_MS,
        "tags": [{ "key": "mlflow.user", "value": "dana" }],
    })
}

fn batch(seed: u64, id: &str, n: u64) -> Value {
    let random = |purpose: u64| mix(mix(seed ^ purpose) ^ n);
    let share = |purpose: u64| (random(purpose) % 1_000_000) as f64 / 1e6;
    let metric = |key: &str, value: f64| {
        json!({
            "key": key, "value": value, "timestamp": START_MS + n * INTERVAL_MS, "step": 0,
        })
    };
    let text = |key: &str, value: String| json!({ "key": key, "value": value });
    let environment = ["development", "staging", "production"][(random(1) % 3) as usize];
    json!({
        "run_id": id,
        "metrics": [metric("accuracy", share(2)), metric("loss", 3.0 * share(3))],
        "params": [text("model", format!("model-{}", random(4) % 10))],
        "tags": [
            text("env", environment.to_owned()),
            text("team", format!("team-{}", random(5) % 20)),
            text("release", format!("release-{}", random(6) % 1000)),
        ],
    })
}
