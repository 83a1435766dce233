//! The command line with its help texts.
use clap::{Args as Group, Parser, Subcommand};

/// Generate load on an MLflow-compatible tracking server, and measure its performance
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
    /// URL of the server
    #[arg(long, global = true, default_value = "http://127.0.0.1:5000")]
    pub url: String,
    /// Access token for the server, if it needs one
    #[arg(long, global = true)]
    pub token: Option<String>,
    /// Name of the experiment; created if missing
    #[arg(long, global = true, default_value = "bench")]
    pub experiment: String,
    /// Seed of the generator; the same seed generates the same traces with the same ids
    #[arg(long, global = true, default_value_t = 1)]
    pub seed: u64,
    /// Number of parallel requests
    #[arg(long, global = true, default_value_t = 8)]
    pub connections: usize,
    /// Open a new connection for every request, as short-lived clients do
    #[arg(long, global = true)]
    pub fresh_connections: bool,
    /// Timeout of a request, in seconds
    #[arg(long, global = true, default_value_t = 120)]
    pub timeout_s: u64,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Send spans by OTLP/HTTP protobuf as fast as the server accepts them
    Ingest(Ingest),
    /// Send each trace as MLflow's clients do: its spans by OTLP, then `POST traces`
    ClientFlow(ClientFlow),
    /// Send conversations of agents: each turn has the whole history again, and the result of a
    /// tool
    AgentLoop(AgentLoop),
    /// Fill an experiment for searches: spans, client request ids, feedback
    Load(Load),
    /// Measure searches for the newest 100 traces that `load` created
    Search(Reads),
    /// Measure searches for a word in the texts of the traces that `load` created
    SearchText(Reads),
    /// Measure metrics by day over the traces that `load` created
    Metrics(Reads),
    /// Measure analytics of steps (spans by name) over the traces that `load` created; Kansoku only
    Steps(Reads),
    /// Measure lists of spans of the traces that `load` created, and their summaries; Kansoku only
    Spans(Reads),
    /// Make two evaluation runs, and measure their list, cases and comparison; Kansoku only
    Evaluations(Evaluations),
    /// Create runs with metrics, params and tags, and measure searches for the newest 100
    Runs(Runs),
    /// Send traces at a steady rate, and measure how long after its end each has feedback of a scorer
    Scored(Scored),
    /// Be the model of judges: answer `yes` after a fixed time, until stdin ends
    JudgeModel(JudgeModel),
    /// Measure reading one trace of 6 spans and one of 1,000
    Get(Reads),
}

#[derive(Group)]
pub(crate) struct Ingest {
    /// Stop after this many seconds
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Stop after this many requests
    #[arg(long, default_value_t = 1_000_000)]
    pub requests_max: u64,
    #[arg(long, default_value_t = 10)]
    pub traces_per_request: usize,
    #[arg(long, default_value_t = 6)]
    pub spans_per_trace: usize,
}

#[derive(Group)]
pub(crate) struct ClientFlow {
    /// Stop after this many seconds
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Stop after this many traces
    #[arg(long, default_value_t = 1_000_000)]
    pub traces_max: u64,
    #[arg(long, default_value_t = 6)]
    pub spans_per_trace: usize,
}

#[derive(Group)]
pub(crate) struct AgentLoop {
    /// Number of conversations; each is one trace
    #[arg(long, default_value_t = 200)]
    pub traces: u64,
    /// Number of model calls in a conversation, each followed by a tool call
    #[arg(long, default_value_t = 30)]
    pub turns: usize,
    /// Stop after this many seconds
    #[arg(long, default_value_t = 300.0)]
    pub seconds_max: f64,
}

#[derive(Group)]
pub(crate) struct Load {
    #[arg(long, default_value_t = 5000)]
    pub traces: u64,
    /// Stop after this many seconds, and fail if not everything has been sent
    #[arg(long, default_value_t = 300.0)]
    pub seconds_max: f64,
}

#[derive(Group)]
pub(crate) struct Scored {
    /// Number of traces that are sent in a second, one by one
    #[arg(long, default_value_t = 50.0)]
    pub traces_per_second: f64,
    /// Duration of sending, in seconds
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Name of the feedback that a scorer of the experiment gives
    #[arg(long)]
    pub feedback: String,
    /// Time after which a trace without feedback counts as missing, in seconds
    #[arg(long, default_value_t = 60.0)]
    pub wait_seconds: f64,
}

#[derive(Group)]
pub(crate) struct JudgeModel {
    /// Time until an answer, in milliseconds
    #[arg(long, default_value_t = 200)]
    pub delay_ms: u64,
}

#[derive(Group)]
pub(crate) struct Reads {
    /// Number of traces that were created by `load --traces`
    #[arg(long, default_value_t = 5000)]
    pub traces: u64,
    /// Number of calls of each kind
    #[arg(long, default_value_t = 100)]
    pub calls: u64,
    /// Maximum total time of the calls of a kind, in seconds
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
}

#[derive(Group)]
pub(crate) struct Evaluations {
    /// Number of cases of each run
    #[arg(long, default_value_t = 10_000)]
    pub cases: u64,
    /// Number of calls of each kind
    #[arg(long, default_value_t = 30)]
    pub calls: u64,
    /// Maximum total time of the calls of a kind, in seconds
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
}

#[derive(Group)]
pub(crate) struct Runs {
    /// Number of runs to create
    #[arg(long, default_value_t = 100_000)]
    pub runs: u64,
    /// Number of calls of each kind
    #[arg(long, default_value_t = 100)]
    pub calls: u64,
    /// Maximum total time of the calls of a kind, in seconds
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
}
