//! `kansoku verify`: tests whether a trace gets through from end to end, and diagnoses why not.
//!
//! It uses only MLflow's API, so that it can test any tracking server and any proxy in front of it.
use std::process::ExitCode;
use std::time::Instant;

use api::Api;
use diagnosis::Diagnosis;
use target::Target;

mod api;
mod diagnosis;
mod steps;
mod target;

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct VerifyArgs {
    /// URL of the server [default: as MLflow's clients find it, else http://127.0.0.1:5000]
    #[arg(long)]
    url: Option<String>,
    /// Access token [default: as MLflow's clients find it]
    #[arg(long)]
    token: Option<String>,
    /// Name of the experiment to use, which must exist [default: the default experiment]
    #[arg(long, value_name = "NAME")]
    experiment: Option<String>,
}

const HELP: &str = "\
Sends one trace, finds it by search, reads it back, gives feedback and deletes it again.
Without flags it looks where MLflow's clients look: MLFLOW_TRACKING_URI (or DATABRICKS_HOST, when
that says `databricks`), MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_PASSWORD, DATABRICKS_TOKEN.
Ends with 0 when all went well, else with 1.

Examples:
  kansoku verify
  kansoku verify --url https://traces.example.com --token kan_... --experiment /Shared/my-agent";

pub(crate) fn run(asked: VerifyArgs) -> ExitCode {
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let target = match Target::find(asked.url, asked.token, asked.experiment, env) {
        Ok(target) => target,
        Err(diagnosis) => {
            print!("{diagnosis}");
            return ExitCode::FAILURE;
        }
    };
    println!("Trying {} ({})", target.url, target.found_in);
    match verify(&target) {
        Ok(()) => {
            println!("\nAll is well.{}", hint(&target));
            ExitCode::SUCCESS
        }
        Err(diagnosis) => {
            print!("{diagnosis}");
            ExitCode::FAILURE
        }
    }
}

/// Runs all steps. The trace is deleted even if an intermediate step fails.
fn verify(target: &Target) -> Result<(), Diagnosis> {
    let api = Api::new(target);
    step("reaches an MLflow tracking server", || steps::reach(&api, target))?;
    let experiment = step("is let in and finds the experiment", || steps::find(&api, target))?;
    let trace = step("sends a trace by OTLP", || steps::send(&api, target, &experiment))?;
    let used = step("finds it by search", || steps::search(&api, target, &experiment, &trace))
        .and_then(|()| step("reads it back with its spans", || steps::read(&api, target, &trace)))
        .and_then(|()| step("gives it feedback", || steps::judge(&api, target, &trace)));
    let deleted = step("deletes it", || steps::delete(&api, target, &experiment, &trace));
    used.and(deleted)
}

fn step<T>(name: &str, work: impl FnOnce() -> Result<T, Diagnosis>) -> Result<T, Diagnosis> {
    let started = Instant::now();
    let outcome = work();
    let word = if outcome.is_ok() { "ok  " } else { "FAIL" };
    println!("  {word} {:>7.1} ms  {name}", started.elapsed().as_secs_f64() * 1000.0);
    outcome
}

/// Advice on problems that a server cannot detect: clients that silently send nothing.
fn hint(target: &Target) -> String {
    let name = target.experiment.as_deref().unwrap_or("/Shared/my-agent");
    format!(
        " If your agent's traces are still missing:\n\
         - the small package `mlflow-tracing` ignores MLFLOW_EXPERIMENT_NAME and MLFLOW_EXPERIMENT_ID and\n  \
           then records nothing, silently: call mlflow.set_experiment(\"{name}\") at start, or set\n  \
           MLFLOW_TRACING_DESTINATION to the experiment's id, or install `mlflow`\n\
         - a short script may end before its traces are sent: call mlflow.flush_trace_async_logging()\n\
         - the agent's process must see the same variables: print(mlflow.get_tracking_uri())"
    )
}

#[cfg(test)]
mod tests;
