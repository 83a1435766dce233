//! The binary `kansoku`: parses the command line and calls the module of the command.
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

mod alerts;
mod archive;
mod archive_commands;
mod args;
mod ask;
mod audit;
mod backup;
mod banner;
mod config;
mod data;
mod demo;
mod descriptors;
mod file_limit;
mod prices;
mod python_jobs;
mod reprice;
mod scoring;
mod serve;
mod store;
mod telemetry;
mod token;
mod verify;
mod webhooks;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = Args::parse().command;
    data::make_private_files();
    file_limit::make_an_error();
    let done = match command {
        Command::Serve(asked) => asked.settings().and_then(serve::run),
        Command::Token(asked) => token::run(asked),
        Command::Backup(asked) => backup::run(asked),
        Command::Restore(asked) => backup::restore(asked),
        Command::Audit(asked) => audit::run(asked),
        Command::Reprice(asked) => reprice::run(asked),
        Command::Archive(asked) => archive_commands::run(asked),
        Command::Demo(asked) => demo::run(asked),
        Command::Verify(asked) => return verify::run(asked),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
