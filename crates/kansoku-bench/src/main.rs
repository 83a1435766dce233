//! A load generator for any server that speaks MLflow Tracing.
//!
//! It says nothing that is Kansoku's own but in `steps`, so that two servers get the same requests.
//! The same seed makes the same traces; what trace number `n` holds is known
//! without asking ([`kansoku_synth::load`]), so a search can be made for it later.
//! Every measure is one JSON line on stdout.
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
        Command::Get(ask) => commands::get::run(target, &ask),
    }
}
