//! The command line with its help texts.
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use kansoku_model::{DurationMs, InvalidScope, Retention, Scope};

use crate::archive_commands::ArchiveCommand;
use crate::config::{self, Settings};
use crate::demo;
use crate::verify::VerifyArgs;

/// A tracking server for MLflow Tracing, in one binary on one folder
#[derive(Parser)]
#[command(name = "kansoku", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  kansoku serve                              listen on http://127.0.0.1:5000, data in ./kansoku-data
  kansoku demo                               fill a running server with synthetic traces
  kansoku token create --name ci             print a new token; once one exists, every client needs one
  kansoku verify --url http://127.0.0.1:5000 send, find, read, assess and delete a trace";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(Box<ServeArgs>),
    /// Create, list, rotate and delete access tokens
    Token(TokenArgs),
    /// Copy all data to a new folder, whether or not a server is running
    Backup(BackupArgs),
    /// Restore a data folder from a backup
    Restore(RestoreArgs),
    /// Count the stored spans, and compare them with the ledger of what was received
    Audit(AuditArgs),
    /// Recompute the costs of stored spans by current prices
    Reprice(RepriceArgs),
    /// Show, verify, compact and query the archive
    Archive(ArchiveCommand),
    /// Fill an experiment of a running server with synthetic traces, to explore the UI
    Demo(DemoArgs),
    /// Test a server from end to end, and diagnose what is wrong
    Verify(VerifyArgs),
}

#[derive(clap::Args)]
#[command(after_help = SERVE_HELP)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    from: Sources,
    #[command(flatten)]
    flags: Settings,
}

const SERVE_HELP: &str = "\
Each setting has the same name in three places. Flags override the environment, which overrides the
file:
  --search-deadline-s 5   KANSOKU_SEARCH_DEADLINE_S=5   search_deadline_s = 5

Examples:
  kansoku serve --data /var/lib/kansoku --log json
  kansoku serve --config /etc/kansoku.toml
  kansoku token create --name agents && kansoku serve --host 0.0.0.0
  KANSOKU_PORT=8080 kansoku serve";

impl ServeArgs {
    /// Combines the flags with the environment and the settings file.
    ///
    /// The flags are read from the process arguments again, not from `flags`: only the arguments
    /// distinguish a given value from a default.
    pub(crate) fn settings(self) -> anyhow::Result<Settings> {
        let Self { from, flags: _ } = self;
        let flags: Vec<OsString> =
            std::env::args_os().skip_while(|arg| arg != "serve").skip(1).collect();
        config::resolve(flags, from.config, std::env::vars_os())
    }
}

#[derive(clap::Args)]
struct Sources {
    /// TOML file with settings; none is read unless named here or in KANSOKU_CONFIG
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(after_help = TOKEN_HELP)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    pub verb: TokenVerb,
}

const TOKEN_HELP: &str = "\
Changes apply to a running server immediately. Clients send a token as MLFLOW_TRACKING_TOKEN,
DATABRICKS_TOKEN, MLFLOW_TRACKING_PASSWORD, or in a header `Authorization: Bearer kan_...`.

Scopes, of which a token may have several:
  ingest    send traces, log records and attachments; create experiments it is bound to
  feedback  create and change assessments
  read      read everything in its experiments
  write     change and delete there; includes ingest, feedback and read
  worker    run Python scorers, in all experiments: for kansoku-worker
  admin     manage tokens, backups and audits, in all experiments; includes write and worker

Examples:
  export MLFLOW_TRACKING_TOKEN=$(kansoku token create --name laptop)
  kansoku token create --name support-agent --scope ingest --scope feedback \\
      --experiment /Shared/support --experiment-prefix /Shared/support/ --expires 90d
  kansoku token rotate support-agent --grace 24h
  kansoku token list --data /var/lib/kansoku
  kansoku token delete laptop";

#[derive(Subcommand)]
pub(crate) enum TokenVerb {
    /// Create a token and print it; it cannot be shown again, since only its hash is stored
    Create {
        /// Unique name of the token, shown by `token list`
        #[arg(long)]
        name: String,
        /// Scope of the token; repeat the option for several [default: admin]
        #[arg(long, value_name = "SCOPE", value_parser = scope)]
        scope: Vec<Scope>,
        /// Name of an experiment that the token may access; repeat the option for several [default:
        /// all]
        #[arg(long, value_name = "NAME")]
        experiment: Vec<String>,
        /// Prefix of names of experiments that the token may access, such as /Shared/team/
        #[arg(long, value_name = "PREFIX")]
        experiment_prefix: Vec<String>,
        /// Id of an experiment that the token may access
        #[arg(long, value_name = "ID")]
        experiment_id: Vec<i64>,
        /// Time until the token expires, such as 90d or 12h [default: never]
        #[arg(long, value_name = "AGE", value_parser = age)]
        expires: Option<DurationMs>,
        #[command(flatten)]
        folder: FolderArgs,
    },
    /// List all tokens with their scopes, experiments, expiry and last use
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        folder: FolderArgs,
    },
    /// Give a token a new secret and print it; the previous one stays valid for a grace period
    Rotate {
        name: String,
        /// Time for which the previous secret stays valid; `0` ends it immediately
        #[arg(long, value_name = "AGE", default_value = "24h", value_parser = grace)]
        grace: DurationMs,
        /// Time until the token expires, from now on, such as 90d [default: unchanged]
        #[arg(long, value_name = "AGE", value_parser = age)]
        expires: Option<DurationMs>,
        #[command(flatten)]
        folder: FolderArgs,
    },
    /// Delete a token and end its sign-ins; fails for the last token that can manage tokens
    Delete {
        name: String,
        #[command(flatten)]
        folder: FolderArgs,
    },
    /// Delete all tokens and sign-ins; a server on this machine then accepts requests without a
    /// token
    Disable {
        /// Confirm the deletion
        #[arg(long, required = true)]
        yes: bool,
        #[command(flatten)]
        folder: FolderArgs,
    },
    /// Create a new key for signed URLs; existing URLs stay valid for their 15 minutes
    RotateSigningKey {
        #[command(flatten)]
        folder: FolderArgs,
    },
}

fn scope(text: &str) -> Result<Scope, InvalidScope> {
    text.parse()
}

fn age(text: &str) -> Result<DurationMs, String> {
    match Retention::parse_age(text) {
        Ok(Some(age)) => Ok(age),
        _ => Err("it must be an age such as 12h, 90d or 4w".to_owned()),
    }
}

fn grace(text: &str) -> Result<DurationMs, String> {
    if text == "0" { Ok(DurationMs(0)) } else { age(text) }
}

#[derive(clap::Args)]
#[command(after_help = BACKUP_HELP)]
pub(crate) struct BackupArgs {
    /// New folder for the backup; with --url, its name in the server's backup folder
    #[arg(long, value_name = "FOLDER")]
    pub to: String,
    #[command(flatten)]
    pub place: PlaceArgs,
}

const BACKUP_HELP: &str = "\
A server on this folder keeps running. The backup contains all that it acknowledged before.

Examples:
  kansoku backup --data /var/lib/kansoku --to /mnt/backups/monday
  kansoku backup --url http://127.0.0.1:5000 --to monday   (into the server's --backup-folder)";

#[derive(clap::Args)]
#[command(after_help = AUDIT_HELP)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
}

const AUDIT_HELP: &str = "\
Reads the row, the span rows and the payload of every trace, and compares their counts with the
ledger of spans stored and deleted. Exits with 1 if they do not match.

Examples:
  kansoku audit --url http://127.0.0.1:5000    a running server
  kansoku audit --data /var/lib/kansoku        a folder that no server uses";

#[derive(clap::Args)]
#[command(after_help = REPRICE_HELP)]
pub(crate) struct RepriceArgs {
    /// Reprice traces from this day or time on, such as 2026-08-01, or for an age such as 30d
    #[arg(long, value_name = "WHEN")]
    pub since: String,
    /// Reprice traces before this day, time or age [default: up to now]
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// Id of the only experiment to reprice [default: all]
    #[arg(long, value_name = "ID")]
    pub experiment: Option<i64>,
    /// Price list that takes precedence over the built-in one [default: the server's price_file]
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Report what would change, without changing anything
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

const REPRICE_HELP: &str = "\
Each span gets the price that was valid when it started; trace costs and charts are updated.
Costs that spans or clients reported themselves are kept. A second run changes nothing.

Examples:
  kansoku reprice --url http://127.0.0.1:5000 --since 30d --dry-run
  kansoku reprice --url http://127.0.0.1:5000 --since 2026-08-01 --prices prices.toml
  kansoku reprice --data /var/lib/kansoku --since 2026-01-01   a folder that no server uses";

#[derive(clap::Args)]
#[command(after_help = DEMO_HELP)]
pub(crate) struct DemoArgs {
    /// URL of the server to fill
    #[arg(long, default_value = "http://127.0.0.1:5000")]
    pub url: String,
    /// Access token for the server, if it needs one
    #[arg(long, env = "MLFLOW_TRACKING_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Name of the experiment to fill; created if missing
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub experiment: String,
    /// Number of traces to generate
    #[arg(long, value_name = "N", default_value_t = demo::source::TRACES,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub traces: u32,
    /// Number of days over which the traces are spread, up to now
    #[arg(long, value_name = "N", default_value_t = demo::source::DAYS,
          value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// Seed of the generator; the same seed generates the same conversations
    #[arg(long, value_name = "N", default_value_t = demo::source::SEED)]
    pub seed: u64,
    /// Add traces even if the experiment has traces already
    #[arg(long)]
    pub again: bool,
}

const DEMO_HELP: &str = "\
Generates a support agent with retrieval, a coding agent and an SQL analyst: conversations,
versions, failures, retries, costs, feedback. They are sent over OTLP, as by any application.

Examples:
  kansoku serve & kansoku demo
  kansoku demo --experiment small --traces 200 --days 1";

#[derive(clap::Args)]
#[command(after_help = RESTORE_HELP)]
pub(crate) struct RestoreArgs {
    /// Folder of a backup, as created by `kansoku backup`
    #[arg(long, value_name = "FOLDER")]
    pub from: PathBuf,
    /// Replace the data of a folder that is not empty
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub folder: FolderArgs,
}

const RESTORE_HELP: &str = "\
The backup is checked before anything is replaced. Stop the server of that folder first.

Examples:
  kansoku restore --from /mnt/backups/monday --data /var/lib/kansoku-new
  kansoku restore --from /mnt/backups/monday --data /var/lib/kansoku --force";

/// The target of a command: a running server, or a data folder on this machine.
#[derive(clap::Args)]
pub(crate) struct PlaceArgs {
    /// URL of a running server to use, instead of a data folder on this machine
    #[arg(long, conflicts_with_all = ["data", "config"])]
    pub url: Option<String>,
    /// Access token for the server, if it needs one
    #[arg(long, env = "MLFLOW_TRACKING_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    #[command(flatten)]
    pub folder: FolderArgs,
}

#[derive(clap::Args)]
pub(crate) struct FolderArgs {
    /// The server's data folder [default: the one that `kansoku serve` would use]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    #[command(flatten)]
    from: Sources,
}

impl FolderArgs {
    /// The data folder that `kansoku serve` would use with the same environment and file.
    pub(crate) fn data(self) -> anyhow::Result<PathBuf> {
        Ok(self.settings()?.data)
    }

    /// The settings that `kansoku serve` would use with the same environment and file.
    pub(crate) fn settings(self) -> anyhow::Result<Settings> {
        self.settings_with(Vec::new())
    }

    /// As [`FolderArgs::settings`], with further flags.
    pub(crate) fn settings_with(self, mut flags: Vec<OsString>) -> anyhow::Result<Settings> {
        let data = self.data.map(|folder| config::flag("data", folder.as_os_str()));
        flags.extend(data);
        config::resolve(flags, self.from.config, std::env::vars_os())
    }
}
