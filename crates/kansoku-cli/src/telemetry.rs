//! The server's log on stderr, and its metrics for Prometheus.
use std::fs::OpenOptions;
use std::io::{IsTerminal as _, stderr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use kansoku_server::AUDIT_TARGET;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::{LogForm, Settings};

/// Interval at which recorded durations are added to histograms. Otherwise they accumulate until
/// `/metrics` is read.
pub(crate) const UPKEEP_EVERY: Duration = Duration::from_secs(10);

const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const REQUESTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

pub(crate) fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log_filter).context("`log_filter` is not valid")?;
    let colored = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // Failing to write the log, for example on a full disk, must not fail the logging code.
    let log = fmt::layer().with_ansi(colored).with_writer(stderr).log_internal_errors(false);
    let log = match settings.log {
        LogForm::Text => log.with_filter(filter).boxed(),
        LogForm::Json => log.json().flatten_event(true).with_filter(filter).boxed(),
    };
    let audit = settings.audit_log.as_deref().map(audit_layer).transpose()?;
    let started = tracing_subscriber::registry().with(log).with(audit).try_init();
    started.map_err(|error| anyhow::anyhow!("could not start the log: {error}"))
}

/// Appends audit events as JSON lines to a file, regardless of `log_filter`. Only the owner can
/// read the file. `logrotate` may copy and truncate it (`copytruncate`).
fn audit_layer<S>(path: &Path) -> anyhow::Result<impl Layer<S> + use<S>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    let file = opened.with_context(|| format!("could not open `audit_log` {}", path.display()))?;
    let layer = fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_level(false)
        .with_writer(Mutex::new(file))
        .log_internal_errors(false);
    Ok(layer.with_filter(Targets::new().with_target(AUDIT_TARGET, LevelFilter::INFO)))
}

pub(crate) fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    let suffix = |text: &str| Matcher::Suffix(text.to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(suffix("_seconds"), &SECONDS)?
        .set_buckets_for_metric(suffix("_requests"), &REQUESTS)?;
    builder.install_recorder().context("could not start the metrics")
}
