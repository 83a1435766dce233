//! A load generator for any server that supports MLflow Tracing.
//!
//! Except for `steps`, `spans` and `evaluations`, it uses only MLflow's API, so that two servers get
//! the same requests. The same seed generates the same traces. The content of trace number `n` is a function of `n`
//! ([`kansoku_synth::load`]), so that filters for it can be generated later. Every measurement is
//! one JSON line on stdout.
mod args;
mod client;
mod commands;
mod drive;
mod latency;

use args::{Args, Command};
use clap::Parser;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let target = &args.target;
    match args.command {
        Command::Ingest(ask) => commands::ingest::run(target, &ask),
        Command::ClientFlow(ask) => commands::client_flow::run(target, &ask),
        Command::AgentLoop(ask) => commands::agent_loop::run(target, &ask),
        Command::Load(ask) => commands::load::run(target, &ask),
        Command::Search(ask) => commands::search::run(target, &ask),
        Command::SearchText(ask) => commands::search::run_text(target, &ask),
        Command::Metrics(ask) => commands::metrics::run(target, &ask),
        Command::Steps(ask) => commands::steps::run(target, &ask),
        Command::Spans(ask) => commands::spans::run(target, &ask),
        Command::Evaluations(ask) => commands::evaluations::run(target, &ask),
        Command::Runs(ask) => commands::runs::run(target, &ask),
        Command::Scored(ask) => commands::scored::run(target, &ask),
        Command::JudgeModel(ask) => commands::judge_model::run(&ask),
        Command::Get(ask) => commands::get::run(target, &ask),
    }
}
