//! The command line, and the help that teaches it.
use clap::{Args as Group, Parser, Subcommand};

/// Put load on an MLflow-compatible tracking server, and measure it
#[derive(Parser)]
#[command(name = "kansoku-bench", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub target: Target,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  kansoku-bench load --traces 5000                     fill an experiment
  kansoku-bench search --traces 5000                   newest-100 searches on it, one line per filter
  kansoku-bench get --traces 5000                      read single traces of it
  kansoku-bench --experiment other --seed 2 ingest     OTLP ingest for 20 s
  kansoku-bench --url http://127.0.0.1:5001 --seed 3 client-flow --seconds 10";

#[derive(Group)]
pub(crate) struct Target {
    /// The server
    #[arg(long, global = true, default_value = "http://127.0.0.1:5000")]
    pub url: String,
    /// An access token, where the server wants one
    #[arg(long, global = true)]
    pub token: Option<String>,
    /// Experiment by name; made when it is not there
    #[arg(long, global = true, default_value = "bench")]
    pub experiment: String,
    /// The same seed makes the same traces with the same ids
    #[arg(long, global = true, default_value_t = 1)]
    pub seed: u64,
    /// Requests in flight at a time
    #[arg(long, global = true, default_value_t = 8)]
    pub connections: usize,
    /// A new connection for every call, as short-lived clients have
    #[arg(long, global = true)]
    pub fresh_connections: bool,
    /// Give up on a call after so long
    #[arg(long, global = true, default_value_t = 120)]
    pub timeout_s: u64,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Send spans by OTLP/HTTP protobuf as fast as they are taken
    Ingest(Ingest),
    /// Do per trace as MLflow's clients do: its spans by OTLP, then `POST traces`
    ClientFlow(ClientFlow),
    /// Send agents' conversations: in each turn the whole history again, and a tool's result
    AgentLoop(AgentLoop),
    /// Fill an experiment to be searched: spans, request ids, feedback
    Load(Load),
    /// Time newest-100 searches on what `load` made
    Search(Reads),
    /// Time searches for a word in the texts of what `load` made
    SearchText(Reads),
    /// Time metrics by day over what `load` made
    Metrics(Reads),
    /// Time the steps of what `load` made: its spans by name (Kansoku alone has them)
    Steps(Reads),
    /// Time reading one trace of 6 spans and one of 1,000
    Get(Reads),
}

#[derive(Group)]
pub(crate) struct Ingest {
    /// Stop after so long
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Stop after so many requests
    #[arg(long, default_value_t = 1_000_000)]
    pub requests_max: u64,
    #[arg(long, default_value_t = 10)]
    pub traces_per_request: usize,
    #[arg(long, default_value_t = 6)]
    pub spans_per_trace: usize,
}

#[derive(Group)]
pub(crate) struct ClientFlow {
    /// Stop after so long
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Stop after so many traces
    #[arg(long, default_value_t = 1_000_000)]
    pub traces_max: u64,
    #[arg(long, default_value_t = 6)]
    pub spans_per_trace: usize,
}

#[derive(Group)]
pub(crate) struct AgentLoop {
    /// Conversations; each is one trace
    #[arg(long, default_value_t = 200)]
    pub traces: u64,
    /// Calls of the model in a conversation, each followed by one of a tool
    #[arg(long, default_value_t = 30)]
    pub turns: usize,
    /// Give up after so long
    #[arg(long, default_value_t = 300.0)]
    pub seconds_max: f64,
}

#[derive(Group)]
pub(crate) struct Load {
    #[arg(long, default_value_t = 5000)]
    pub traces: u64,
    /// Give up after so long
    #[arg(long, default_value_t = 300.0)]
    pub seconds_max: f64,
}

#[derive(Group)]
pub(crate) struct Reads {
    /// How many traces `load` was asked for
    #[arg(long, default_value_t = 5000)]
    pub traces: u64,
    /// Calls of each kind
    #[arg(long, default_value_t = 100)]
    pub calls: u64,
    /// Fewer calls of a kind when they take longer than this together
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
}
