//! Every setting of `kansoku serve`, with its default and its help.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, ValueEnum, value_parser};
use kansoku_model::{InvalidRetention, Retention};
use kansoku_server::{AllowedHosts, NetworkRules, TrustedProxies};
use kansoku_store::{BlobOptions, BlobPlace};
use tracing_subscriber::EnvFilter;

#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub(crate) struct Settings {
    /// Address or name to listen on; beyond this machine a token is needed
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub host: String,

    /// Port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 5000)]
    pub port: u16,

    /// Port for OTLP by gRPC: `auto` is 4317 where that is free, `off` is none
    #[arg(long, default_value = "auto", value_name = "PORT", value_parser = grpc_port)]
    pub grpc_port: GrpcPort,

    /// Folder for everything kept; made when missing
    #[arg(long, default_value = "./kansoku-data", value_name = "FOLDER")]
    pub data: PathBuf,

    /// Folder for backups that clients ask for [default: `backups` in the data folder]
    #[arg(long, value_name = "FOLDER")]
    pub backup_folder: Option<PathBuf>,

    /// Delete traces older than this, such as `30d`, where an experiment's tags say nothing else
    #[arg(long, default_value = "none", value_name = "AGE", value_parser = age)]
    pub retention_max_age: String,

    /// Keep this much of an experiment's payload, such as `10GB`, where its tags say nothing else
    #[arg(long, default_value = "none", value_name = "SIZE", value_parser = size)]
    pub retention_max_bytes: String,

    /// Where payload goes that is too large for the database: `s3://BUCKET/PREFIX` or
    /// `file:///FOLDER` [default: `blobs` in the data folder]
    #[arg(long, value_name = "URL")]
    pub blob_store: Option<BlobPlace>,

    /// Payload of a trace larger than this, once compressed, goes there; `none` keeps all in the
    /// database
    #[arg(long, default_value = "1MiB", value_name = "SIZE", value_parser = size)]
    pub blob_over: String,

    /// How often retention is applied and unused space given back, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    #[arg(value_parser = value_parser!(u32).range(1..=86_400))]
    pub upkeep_every_s: u32,

    /// Serve the web UI from this folder instead of the one in the binary, while working on it
    #[arg(long, value_name = "FOLDER")]
    pub ui_dir: Option<PathBuf>,

    /// How the log on stderr is written
    #[arg(long, value_enum, default_value = "text")]
    pub log: LogForm,

    /// What is logged: a level, or levels by module such as `info,kansoku_store=debug`
    #[arg(long, default_value = "info", value_name = "LEVELS", value_parser = log_filter)]
    pub log_filter: String,

    /// Let anyone in who can reach an address beyond this machine
    #[arg(long, value_name = "BOOL", default_value = "false", hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_anonymous: bool,

    /// Host names besides loopback names and IP addresses that the server is called by, such as
    /// `traces.example.com,*.corp.example`; `*` is any
    #[arg(long, default_value = "", value_name = "HOST,…", value_parser = AllowedHosts::parse)]
    pub allowed_hosts: AllowedHosts,

    /// Addresses and networks of proxies whose `X-Forwarded-*` headers are believed
    #[arg(long, default_value = "", value_name = "ADDRESS,…", value_parser = TrustedProxies::parse)]
    pub trusted_proxies: TrustedProxies,

    /// PEM file of the certificate chain by which the server speaks TLS; needs `tls_key`
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// PEM file of the private key of `tls_cert`
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Connections at one time, of all ports; fewer if the system allows fewer open files
    #[arg(long, default_value_t = 1024, value_name = "COUNT")]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub connections_max: u32,

    /// Connections of one address at one time
    #[arg(long, default_value_t = 256, value_name = "COUNT")]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub connections_per_address_max: u32,

    /// Whether requests need a token: `auto` from the first token on, `true` even without any,
    /// `false` never
    #[arg(long, value_enum, default_value = "auto")]
    pub require_tokens: RequireTokens,

    /// File for audit events as JSON lines: sign-ins, changes of tokens, deletions, backups
    /// [default: only in the log]
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,

    /// Who is answered in Databricks form: callers that look like it, all, or none
    #[arg(long, value_enum, default_value = "auto")]
    pub databricks_form: DatabricksForm,

    /// Whether spans may name experiments that do not exist yet
    #[arg(long, value_name = "BOOL", default_value = "true", hide_possible_values = true)]
    #[arg(action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub create_experiments: bool,

    /// Experiments of services whose spans name none, such as `checkout=/Shared/checkout,web=/Shared/web`
    #[arg(long, default_value = "", value_name = "SERVICE=EXPERIMENT,…", value_parser = services)]
    pub ingest_services: Services,

    /// Largest request body as it arrives, in MiB
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub body_mib_max: u32,

    /// Largest request body once decompressed, in MiB
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub inflated_mib_max: u32,

    /// Largest body of JSON, once decompressed, in MiB; OTLP, `traces.json` and artifacts have the
    /// limits above
    #[arg(long, default_value_t = 4, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub json_mib_max: u32,

    /// Writes that wait for the disk, in MiB as they are kept; more is refused for the moment
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub queue_mib_max: u32,

    /// Request bodies in memory at one time, in MiB once decompressed and decoded; more is answered
    /// with 429
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub bodies_mib_max: u32,

    /// Memory for answers being made or sent, in MiB; a read beyond it waits, then hears 429
    #[arg(long, default_value_t = 128, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(32..=65_536))]
    pub reads_mib_max: u32,

    /// Largest file that may be uploaded, in MiB
    #[arg(long, default_value_t = 4096, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=16_777_216))]
    pub artifact_mib_max: u32,

    /// How much all uploaded files may have together, in GiB; 0 is no limit
    #[arg(long, default_value_t = 0, value_name = "GIB")]
    #[arg(value_parser = value_parser!(u32).range(0..=16_777_216))]
    pub artifacts_gib_max: u32,

    /// Largest trace that is answered as a whole, in MiB of its spans as OTLP
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub trace_mib_max: u32,

    /// Longest a search may take, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    #[arg(value_parser = value_parser!(u32).range(1..=3600))]
    pub search_deadline_s: u32,

    /// Connections that read single traces side by side; searches have one per core beside them
    #[arg(long, default_value_t = 4, value_name = "COUNT")]
    #[arg(value_parser = value_parser!(u16).range(1..=64))]
    pub readers: u16,

    /// Price list that is asked before the one built in; a TOML file, see docs/cost.md
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

/// Where OTLP by gRPC is taken beside the port for HTTP, which takes it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrpcPort {
    /// The usual port, unless another program has it.
    Auto,
    Off,
    On(u16),
}

impl GrpcPort {
    /// The port that OpenTelemetry gave to OTLP by gRPC.
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

/// Names of experiments by `service.name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Services(pub(crate) BTreeMap<String, String>);

/// Pairs with `=`, or a JSON object, which can say any name.
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
