//! Every setting of `kansoku serve`, with its default and help text.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, ValueEnum, value_parser};
use kansoku_model::{InvalidRetention, Retention};
use kansoku_scoring::models::{EndpointSettings, ModelUri};
use kansoku_server::{AllowedHosts, ArtifactRoot, NetworkRules, TrustedProxies};
use kansoku_store::{BlobOptions, BlobPlace};
use kansoku_webhooks::WebhookRules;
use tracing_subscriber::EnvFilter;

use super::archive::ArchiveArgs;

#[derive(Clone, Debug, PartialEq, clap::Args)]
pub(crate) struct Settings {
    /// Address or host name to listen on; other than loopback addresses require a token
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub host: String,

    /// Port to listen on; 0 chooses a free one
    #[arg(long, default_value_t = 5000)]
    pub port: u16,

    /// Port for OTLP by gRPC: `auto` is 4317 if that is free, `off` is none
    #[arg(long, default_value = "auto", value_name = "PORT", value_parser = grpc_port)]
    pub grpc_port: GrpcPort,

    /// Folder for all data; created if missing
    #[arg(long, default_value = "./kansoku-data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// Folder for backups requested by clients [default: `backups` in the data folder]
    #[arg(long, value_name = "FOLDER")]
    pub backup_folder: Option<PathBuf>,

    /// Delete traces older than this, such as `30d`, unless tags of the experiment set another age
    #[arg(long, default_value = "none", value_name = "AGE", value_parser = age)]
    pub retention_max_age: String,

    /// Delete the oldest traces of an experiment beyond this size of payload, such as `10GB`,
    /// unless its tags set another size
    #[arg(long, default_value = "none", value_name = "SIZE", value_parser = size)]
    pub retention_max_bytes: String,

    /// Location for payload that is too large for the database: `s3://BUCKET/PREFIX` or
    /// `file:///FOLDER` [default: `blobs` in the data folder]
    #[arg(long, value_name = "URL")]
    pub blob_store: Option<BlobPlace>,

    /// Size after compression above which payload is stored in `blob_store`; `none` stores all
    /// payload in the database
    #[arg(long, default_value = "1MiB", value_name = "SIZE", value_parser = size)]
    pub blob_over: String,

    /// Location of the artifacts of new experiments, each in a folder named by its id:
    /// `mlflow-artifacts:/` is this server, `file:///FOLDER`, `s3://BUCKET/PREFIX` and others are
    /// written by clients themselves
    #[arg(long, default_value = "mlflow-artifacts:/", value_name = "URI")]
    pub default_artifact_root: ArtifactRoot,

    #[command(flatten)]
    pub archive: ArchiveArgs,

    /// Interval in seconds at which retention is applied and unused disk space is released
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    #[arg(value_parser = value_parser!(u32).range(1..=86_400))]
    pub upkeep_every_s: u32,

    /// Serve the web UI from this folder instead of the built-in one, for development
    #[arg(long, value_name = "FOLDER")]
    pub ui_dir: Option<PathBuf>,

    /// Format of the log on stderr
    #[arg(long, value_enum, default_value = "text")]
    pub log: LogForm,

    /// Log level, or levels by module such as `info,kansoku_store=debug`
    #[arg(long, default_value = "info", value_name = "LEVELS", value_parser = log_filter)]
    pub log_filter: String,

    /// Accept requests without a token on addresses that other machines can reach
    #[arg(long, value_name = "BOOL", default_value = "false", hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_anonymous: bool,

    /// Host names that clients may use besides loopback names and IP addresses, such as
    /// `traces.example.com,*.corp.example`; `*` allows all
    #[arg(long, default_value = "", value_name = "HOST,…", value_parser = AllowedHosts::parse)]
    pub allowed_hosts: AllowedHosts,

    /// Addresses and networks of proxies whose `X-Forwarded-*` headers are trusted
    #[arg(long, default_value = "", value_name = "ADDRESS,…", value_parser = TrustedProxies::parse)]
    pub trusted_proxies: TrustedProxies,

    /// PEM file of the TLS certificate chain; needs `tls_key`
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file of the private key of `tls_cert`
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Maximum number of open connections over all ports; lower if the limit of open files is lower
    #[arg(long, default_value_t = 1024, value_name = "COUNT")]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub connections_max: u32,

    /// Maximum number of open connections per client address
    #[arg(long, default_value_t = 256, value_name = "COUNT")]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub connections_per_address_max: u32,

    /// Whether requests need a token: `auto` once a token has been created, `true` always, `false`
    /// never
    #[arg(long, value_enum, default_value = "auto")]
    pub require_tokens: RequireTokens,

    /// File to which audit events are appended as JSON lines: sign-ins, changes of tokens,
    /// deletions, backups [default: only in the log]
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,

    /// Clients that get responses in Databricks form: those detected as Databricks clients, all, or
    /// none
    #[arg(long, value_enum, default_value = "auto")]
    pub databricks_form: DatabricksForm,

    /// Whether spans may create experiments by naming them
    #[arg(long, value_name = "BOOL", default_value = "true", hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub create_experiments: bool,

    /// Experiments for services whose spans name none, such as
    /// `checkout=/Shared/checkout,web=/Shared/web`
    #[arg(long, default_value = "", value_name = "SERVICE=EXPERIMENT,…", value_parser = services)]
    pub ingest_services: Services,

    /// Send webhooks to addresses of this machine and its network, too
    #[arg(long, value_name = "BOOL", default_value = "false", hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub webhook_allow_private: bool,

    /// Send webhooks to `http:` URLs, too
    #[arg(long, value_name = "BOOL", default_value = "false", hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub webhook_allow_http: bool,

    /// File with the key that encrypts the secrets of webhooks: 32 bytes as base64 [default:
    /// `webhooks.key` in the data folder, created when needed]
    #[arg(long, value_name = "FILE")]
    pub webhook_key_file: Option<PathBuf>,

    /// Address of the web UI for links in alerts, such as `https://kansoku.example.com`
    #[arg(long, value_name = "URL", value_parser = crate::alerts::public_url)]
    pub public_url: Option<String>,

    /// Models that judges can ask by name, as JSON; usually the tables `[endpoints.NAME]` of the
    /// settings file, see docs/scorers.md
    #[arg(long, default_value = "", value_name = "JSON", value_parser = endpoints)]
    pub endpoints: Endpoints,

    /// Model of judges that name none, such as `gateway:/NAME` for an endpoint
    #[arg(long, value_name = "URI", value_parser = model_uri)]
    pub judge_model: Option<ModelUri>,

    /// Time in seconds after the last trace of a session until judges assess the session
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    #[arg(value_parser = value_parser!(u32).range(1..=86_400))]
    pub session_idle_s: u32,

    /// Store each attempt of a judge as a trace in the experiment `kansoku/judges`
    #[arg(long, value_name = "BOOL", default_value = "true", hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub judge_traces: bool,

    /// Maximum size of a request body as received, in MiB
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub body_mib_max: u32,

    /// Maximum size of a request body after decompression, in MiB
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub inflated_mib_max: u32,

    /// Maximum size of a JSON body after decompression, in MiB; for OTLP, `traces.json` and
    /// artifacts the limits above apply
    #[arg(long, default_value_t = 4, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub json_mib_max: u32,

    /// Maximum size of writes that wait for the disk, in MiB; further ones are rejected with a
    /// request to retry
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub queue_mib_max: u32,

    /// Maximum size of all request bodies in memory, in MiB after decompression and decoding;
    /// further ones are rejected with 429
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub bodies_mib_max: u32,

    /// Memory for responses that are being created or sent, in MiB; reads beyond it wait, and are
    /// rejected with 429 if it takes too long
    #[arg(long, default_value_t = 128, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(32..=65_536))]
    pub reads_mib_max: u32,

    /// Maximum size of an uploaded file, in MiB
    #[arg(long, default_value_t = 4096, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=16_777_216))]
    pub artifact_mib_max: u32,

    /// Maximum size of all uploaded files together, in GiB; 0 is unlimited
    #[arg(long, default_value_t = 0, value_name = "GIB")]
    #[arg(value_parser = value_parser!(u32).range(0..=16_777_216))]
    pub artifacts_gib_max: u32,

    /// Maximum size of a trace that is returned as a whole, in MiB of its spans as OTLP
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub trace_mib_max: u32,

    /// Maximum duration of a search, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    #[arg(value_parser = value_parser!(u32).range(1..=3600))]
    pub search_deadline_s: u32,

    /// Number of parallel reads of single traces; searches additionally have one connection per
    /// core
    #[arg(long, default_value_t = 4, value_name = "COUNT")]
    #[arg(value_parser = value_parser!(u16).range(1..=64))]
    pub readers: u16,

    /// Price list that takes precedence over the built-in one; a TOML file, see docs/cost.md
    #[arg(long, value_name = "FILE")]
    pub price_file: Option<PathBuf>,
}

impl Settings {
    pub(crate) fn retention(&self) -> Retention {
        Retention {
            max_age: Retention::parse_age(&self.retention_max_age).unwrap_or_default(),
            max_bytes: Retention::parse_bytes(&self.retention_max_bytes).unwrap_or_default(),
        }
    }

    pub(crate) fn blobs(&self) -> BlobOptions {
        BlobOptions {
            over: Retention::parse_bytes(&self.blob_over).unwrap_or_default(),
            place: self.blob_store.clone().unwrap_or_default(),
        }
    }

    pub(crate) fn network_rules(&self) -> NetworkRules {
        NetworkRules {
            allowed_hosts: self.allowed_hosts.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            ..NetworkRules::default()
        }
    }

    pub(crate) fn webhook_rules(&self) -> WebhookRules {
        WebhookRules {
            allow_private: self.webhook_allow_private,
            allow_http: self.webhook_allow_http,
        }
    }

    pub(crate) fn upkeep_every(&self) -> Duration {
        Duration::from_secs(self.upkeep_every_s.into())
    }

    pub(crate) fn backup_folder(&self) -> PathBuf {
        self.backup_folder.clone().unwrap_or_else(|| self.data.join("backups"))
    }

    pub(crate) fn body_bytes_max(&self) -> usize {
        bytes(self.body_mib_max)
    }

    pub(crate) fn inflated_bytes_max(&self) -> usize {
        bytes(self.inflated_mib_max)
    }

    pub(crate) fn json_bytes_max(&self) -> usize {
        bytes(self.json_mib_max)
    }

    pub(crate) fn queue_bytes_max(&self) -> usize {
        bytes(self.queue_mib_max)
    }

    pub(crate) fn bodies_bytes_max(&self) -> usize {
        bytes(self.bodies_mib_max)
    }

    pub(crate) fn reads_bytes_max(&self) -> usize {
        bytes(self.reads_mib_max)
    }

    pub(crate) fn artifact_bytes_max(&self) -> u64 {
        u64::from(self.artifact_mib_max) << 20
    }

    pub(crate) fn artifacts_bytes_max(&self) -> u64 {
        u64::from(self.artifacts_gib_max) << 30
    }

    pub(crate) fn trace_bytes_max(&self) -> u64 {
        u64::from(self.trace_mib_max) << 20
    }

    pub(crate) fn search_deadline(&self) -> Duration {
        Duration::from_secs(self.search_deadline_s.into())
    }
}

fn bytes(mib: u32) -> usize {
    usize::try_from(u64::from(mib) << 20).unwrap_or(usize::MAX)
}

/// Models by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Endpoints(pub(crate) BTreeMap<String, EndpointSettings>);

fn endpoints(text: &str) -> Result<Endpoints, String> {
    if text.is_empty() {
        return Ok(Endpoints::default());
    }
    serde_json::from_str(text).map(Endpoints).map_err(|error| error.to_string())
}

fn model_uri(text: &str) -> Result<ModelUri, String> {
    ModelUri::parse(text).map_err(|error| error.to_string())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RequireTokens {
    Auto,
    True,
    False,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatabricksForm {
    Auto,
    Always,
    Never,
}

/// The port for OTLP by gRPC. The port for HTTP accepts it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrpcPort {
    /// The standard port, unless another program uses it.
    Auto,
    Off,
    On(u16),
}

impl GrpcPort {
    /// The standard port for OTLP by gRPC (OTLP specification).
    pub(crate) const USUAL: u16 = 4317;
}

fn grpc_port(text: &str) -> Result<GrpcPort, String> {
    match text {
        "auto" => Ok(GrpcPort::Auto),
        "off" | "0" => Ok(GrpcPort::Off),
        port => match port.parse() {
            Ok(port) => Ok(GrpcPort::On(port)),
            Err(_) => Err("it must be `auto`, `off` or a port up to 65535".to_owned()),
        },
    }
}

/// Experiment names by `service.name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Services(pub(crate) BTreeMap<String, String>);

/// Parses pairs with `=`, or a JSON object, in which names can contain any character.
fn services(text: &str) -> Result<Services, String> {
    let wrong = |pair: &str| format!("`{pair}` is not of the form SERVICE=EXPERIMENT");
    if text.starts_with('{') {
        let services: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let empty = services.iter().find(|(service, name)| service.is_empty() || name.is_empty());
        return match empty {
            Some((service, name)) => Err(wrong(&format!("{service}={name}"))),
            None => Ok(Services(services)),
        };
    }
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| match pair.split_once('=') {
        Some((service, name)) if !service.trim().is_empty() && !name.trim().is_empty() => {
            Ok((service.trim().to_owned(), name.trim().to_owned()))
        }
        _ => Err(wrong(pair)),
    });
    Ok(Services(pairs.collect::<Result<_, _>>()?))
}

fn log_filter(text: &str) -> Result<String, tracing_subscriber::filter::ParseError> {
    EnvFilter::try_new(text).map(|_| text.to_owned())
}

fn age(text: &str) -> Result<String, InvalidRetention> {
    Retention::parse_age(text).map(|_| text.to_owned())
}

fn size(text: &str) -> Result<String, InvalidRetention> {
    Retention::parse_bytes(text).map(|_| text.to_owned())
}
