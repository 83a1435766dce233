//! `kansoku serve`, from the first log line to the last checkpoint.
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use kansoku_model::{Clock as _, Scope, SystemClock};
use kansoku_pricing::PriceList;
use kansoku_s3::S3Settings;
use kansoku_server::metrics::MetricsHandle;
use kansoku_server::{
    Access, AccessRules, App, Artifacts, Backups, BodyBudget, ComparisonCache, ConnectionLimits,
    Connections, Demo, EventStreams, ExperimentRules, Health, Limits, ReadBudget, Started,
    TlsCertificate, TraceArchive, Ui,
};
use kansoku_sqlite::{SqliteStore, backup};
use kansoku_store::{AccessStore as _, TraceStore};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::banner::{Doors, banner};
use crate::config::{DatabricksForm, GrpcPort, RequireTokens, Settings};
use crate::data::{self, DataLock};
use crate::demo::source::DemoTraces;
use crate::{
    alerts, archive, descriptors, prices, python_jobs, scoring, store, telemetry, webhooks,
};

/// Maximum time for open requests to complete when the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(15);

pub(crate) fn run(settings: Settings) -> anyhow::Result<()> {
    telemetry::start_log(&settings)?;
    let prices = prices::load(settings.price_file.as_deref())?;
    let tls = tls(&settings)?;
    data::make_folder(&settings.data)?;
    let _owned = DataLock::take(&settings.data)?;
    if backup::finish_restore(&settings.data)? {
        warn!("a restore of {} was interrupted, and is finished now", settings.data.display());
    }
    if let Err(error) = backup::clear_partial(&settings.backup_folder()) {
        warn!(
            "the files of interrupted backups could not be removed: {:#}",
            anyhow::Error::new(error)
        );
    }
    let listeners = Listeners::open(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let serving = serve(settings, prices, tls, listeners);
    runtime.context("could not start the runtime")?.block_on(serving)
}

async fn serve(
    settings: Settings,
    prices: PriceList,
    tls: Option<TlsCertificate>,
    listeners: Listeners,
) -> anyhow::Result<()> {
    let store = Arc::new(store::open(&settings)?);
    let served = serve_on(&settings, prices, tls, listeners, store.clone()).await;
    store.close().await;
    if served.is_ok() {
        info!("stopped; everything that was acknowledged is on disk");
    }
    served
}

async fn serve_on(
    settings: &Settings,
    prices: PriceList,
    tls: Option<TlsCertificate>,
    listeners: Listeners,
    store: Arc<SqliteStore>,
) -> anyhow::Result<()> {
    let doors = listeners.doors(tls.is_some())?;
    let address = doors.http;
    let token_needed = match settings.require_tokens {
        RequireTokens::Auto => store.tokens_required().await?,
        RequireTokens::True => true,
        RequireTokens::False => false,
    };
    refuse_open_door(address.ip(), token_needed, settings)?;
    if token_needed {
        warn_without_admin(&store, settings).await?;
    }
    let rules = access_rules(address.ip(), settings);

    let watched = store.clone();
    let unhealthy_reason = move || watched.unwritable().map(|why| format!("writes fail: {why}"));
    let (archiver, archive) = archive::begin(settings, store.clone()).await?.unzip();
    let archive = archive.map(Arc::new);
    // The store alone, unless older traces are in the archive.
    let traces: Arc<dyn TraceStore> = match &archive {
        Some(archive) => archive.traces.clone(),
        None => store.clone(),
    };
    let watched = archive.clone();
    let warning = move || watched.as_ref()?.warning();
    let health = Health::watching(unhealthy_reason).with_warning(warning);
    let stop = stop_on_signal(health.clone())?;
    let event_streams = EventStreams::until(&stop);
    let started = Started { at: SystemClock.now(), grpc_port: doors.grpc.map(|it| it.port()) };
    let deliveries = webhooks::deliveries(settings, store.clone())?;
    deliveries.encrypt_old_secrets().await;
    let sender = webhooks::Sender(deliveries.clone());
    let prices = Arc::new(prices);
    let live_scoring =
        scoring::live_scoring(settings, prices.clone(), traces.clone(), store.clone())?;
    let runner = scoring::Runner(live_scoring.clone());
    let python_jobs = python_jobs::LeasedJobs(live_scoring.clone());
    let alerting = alerts::alerting(settings, traces.clone(), store.clone());
    let alert_runner =
        alerts::Runner { alerting: alerting.clone(), deliveries: deliveries.clone() };
    let app = App {
        webhooks: Some(Arc::new(sender)),
        scorers: Some(Arc::new(runner)),
        python_jobs: Some(Arc::new(python_jobs)),
        alerts: Some(Arc::new(alert_runner)),
        archive: archive.clone().map(|archive| archive as Arc<dyn TraceArchive>),
        traces,
        ..app(settings, prices, store, health, event_streams, started, rules)?
    };
    let keep_up = kansoku_server::keep_up(app.clone(), settings.upkeep_every(), stop.clone());
    let tasks = TaskTracker::new();
    tasks.spawn(keep_up);
    tasks.spawn(deliveries.run(stop.clone()));
    tasks.spawn(live_scoring.run(stop.clone()));
    tasks.spawn(alerting.run(stop.clone()));
    if let Some((archiver, archive)) = archiver.zip(archive) {
        tasks.spawn(archiver.run(stop.clone()));
        tasks.spawn(async move { archive.finish_restores().await });
    }
    if let Some(certificate) = tls.clone() {
        tasks.spawn(certificate.reload_on_change(stop.clone()));
    }
    tasks.close();
    let router = kansoku_server::router(app);

    // Both ports accept HTTP and gRPC, so that mixing them up does no harm.
    let connections = connections(settings);
    let serve_on_port = async |listener: Option<tokio::net::TcpListener>| {
        if let Some(listener) = listener {
            connections.serve(listener, router.clone(), tls.clone(), stop.clone()).await;
        }
    };
    let http = tokio::net::TcpListener::from_std(listeners.http)?;
    let grpc = listeners.grpc.map(tokio::net::TcpListener::from_std).transpose()?;
    let serving = async { tokio::join!(serve_on_port(Some(http)), serve_on_port(grpc)) };
    print(&banner(doors, &settings.data, token_needed));
    info!(%address, data = %settings.data.display(), "listening on {address}");
    if let Some(grpc) = doors.grpc {
        info!(address = %grpc, "accepting OTLP over gRPC on {grpc}, too");
    }

    let drained = async {
        stop.cancelled().await;
        sleep(DRAIN_MAX).await;
    };
    tokio::select! {
        _ = serving => {}
        () = drained => {
            warn!("some requests did not finish within {} s and are aborted", DRAIN_MAX.as_secs());
        }
    }
    stop.cancel();
    tasks.wait().await;
    Ok(())
}

fn connections(settings: &Settings) -> Connections {
    let descriptors = descriptors::raise_limit();
    let limits = ConnectionLimits {
        connections_max: descriptors::connections_max(settings.connections_max, descriptors),
        per_address_max: usize::try_from(settings.connections_per_address_max)
            .unwrap_or(usize::MAX),
        ..ConnectionLimits::default()
    };
    Connections::new(limits, settings.trusted_proxies.clone())
}

fn tls(settings: &Settings) -> anyhow::Result<Option<TlsCertificate>> {
    match (&settings.tls_cert, &settings.tls_key) {
        (Some(cert), Some(key)) => Ok(Some(TlsCertificate::load(cert, key)?)),
        (None, None) => Ok(None),
        (Some(_), None) => bail!("`tls_cert` needs `tls_key`, the file of its private key"),
        (None, Some(_)) => bail!("`tls_key` needs `tls_cert`, the file of its certificate"),
    }
}

/// The server's sockets, opened before anything else is started.
struct Listeners {
    http: TcpListener,
    grpc: Option<TcpListener>,
}

impl Listeners {
    fn open(settings: &Settings) -> anyhow::Result<Self> {
        let host = &settings.host;
        let http = listen(host, settings.port, "--port")?;
        let grpc = match settings.grpc_port {
            GrpcPort::Off => None,
            GrpcPort::On(port) => Some(listen(host, port, "--grpc-port")?),
            GrpcPort::Auto => match listen(host, GrpcPort::USUAL, "--grpc-port") {
                Ok(listener) => Some(listener),
                Err(error) => {
                    warn!("{error:#}; OTLP over gRPC is accepted on the HTTP port only");
                    None
                }
            },
        };
        Ok(Self { http, grpc })
    }

    fn doors(&self, tls: bool) -> anyhow::Result<Doors> {
        let address = |listener: &TcpListener| {
            listener.local_addr().context("could not read the own address")
        };
        let grpc = self.grpc.as_ref().map(address).transpose()?;
        Ok(Doors { http: address(&self.http)?, grpc, tls })
    }
}

/// Opens a socket. `flag` is the option to choose another port, for error messages.
fn listen(host: &str, port: u16, flag: &str) -> anyhow::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = (host.trim_matches(['[', ']']), port)
        .to_socket_addrs()
        .with_context(|| format!("`{host}` is not an address of this machine"))?
        .collect();
    let listener = TcpListener::bind(&addresses[..]).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "port {port} on {host} is in use by another program; stop it or choose another {flag}"
        ),
        std::io::ErrorKind::PermissionDenied => anyhow::anyhow!(
            "this user may not listen on port {port}; choose a {flag} of 1024 or more"
        ),
        _ => anyhow::Error::new(error).context(format!("could not listen on {host}:{port}")),
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Fails if other machines could access the server without a token, unless the settings allow it.
fn refuse_open_door(ip: IpAddr, token_needed: bool, settings: &Settings) -> anyhow::Result<()> {
    if ip.is_loopback() || token_needed || settings.allow_anonymous {
        return Ok(());
    }
    bail!(
        "listening on {ip} would let anyone who reaches it read and write traces; run `kansoku \
         token create --name NAME --data {}` first, or give --allow-anonymous if that is meant",
        settings.data.display()
    )
}

/// Requests without a token are accepted on loopback addresses only, unless the settings allow
/// more.
fn access_rules(ip: IpAddr, settings: &Settings) -> AccessRules {
    AccessRules {
        require_tokens: match settings.require_tokens {
            RequireTokens::Auto => kansoku_server::RequireTokens::Auto,
            RequireTokens::True => kansoku_server::RequireTokens::Always,
            RequireTokens::False => kansoku_server::RequireTokens::Never,
        },
        may_be_open: ip.is_loopback() || settings.allow_anonymous,
    }
}

/// Warns if no valid token can manage tokens: then nobody can do so remotely, or even sign in.
async fn warn_without_admin(store: &SqliteStore, settings: &Settings) -> anyhow::Result<()> {
    let (tokens, now) = (store.tokens().await?, SystemClock.now());
    if tokens.iter().any(|token| token.is_usable_admin(now)) {
        return Ok(());
    }
    let data = settings.data.display();
    let admins = tokens.iter().filter(|token| token.scopes.allow(Scope::Admin));
    let expired: Vec<&str> = admins.map(|token| token.name.as_str()).collect();
    match &expired[..] {
        [] => warn!(
            "requests need a token, and there is none that can manage tokens; `kansoku token \
             create --name NAME --data {data}` makes one"
        ),
        [name, ..] => warn!(
            "requests need a token, and those that can manage tokens have expired: {}; `kansoku \
             token rotate {name} --expires 90d --data {data}` renews one",
            expired.join(", ")
        ),
    }
    Ok(())
}

fn app(
    settings: &Settings,
    prices: Arc<PriceList>,
    store: Arc<SqliteStore>,
    health: Health,
    event_streams: EventStreams,
    started: Started,
    rules: AccessRules,
) -> anyhow::Result<App> {
    let artifacts = data::artifacts(&settings.data);
    let artifacts = Artifacts::open(&artifacts)
        .with_context(|| format!("could not open {}", artifacts.display()))?
        .with_root(&settings.default_artifact_root, &S3Settings::from_env())
        .context("could not open the bucket of `default_artifact_root`")?
        .with_file_bytes_max(settings.artifact_bytes_max())
        .with_bytes_max(settings.artifacts_bytes_max())
        .context("could not measure the artifacts")?;
    let metrics = telemetry::start_metrics()?;
    tokio::spawn(keep_metrics_small(metrics.clone()));
    let measured = store.clone();
    let render = move || {
        measured.record_gauges();
        metrics.render()
    };
    let reads = ReadBudget::new(settings.reads_bytes_max());
    Ok(App {
        traces: store.clone(),
        meta: store.clone(),
        access: Access::new(store.clone(), rules, Arc::new(SystemClock)),
        artifacts: Arc::new(artifacts),
        clock: Arc::new(SystemClock),
        prices,
        limits: Limits {
            body_bytes_max: settings.body_bytes_max(),
            json_bytes_max: settings.json_bytes_max(),
            inflated_bytes_max: settings.inflated_bytes_max(),
            trace_bytes_max: settings.trace_bytes_max(),
            search_deadline: settings.search_deadline(),
            ..Limits::default()
        },
        network: settings.network_rules(),
        bodies: BodyBudget::new(settings.bodies_bytes_max()),
        comparisons: ComparisonCache::new(&*store, &reads),
        reads,
        experiments: Arc::new(ExperimentRules::new(
            settings.ingest_services.0.clone(),
            settings.create_experiments,
        )),
        databricks_form: match settings.databricks_form {
            DatabricksForm::Auto => kansoku_server::DatabricksForm::Auto,
            DatabricksForm::Always => kansoku_server::DatabricksForm::Always,
            DatabricksForm::Never => kansoku_server::DatabricksForm::Never,
        },
        metrics: MetricsHandle::new(render),
        health,
        event_streams,
        backups: Some(Backups { folder: settings.backup_folder() }),
        ledger: store.clone(),
        jobs: store.clone(),
        maintenance: store,
        webhooks: None,
        scorers: None,
        python_jobs: None,
        archive: None,
        alerts: None,
        retention: settings.retention(),
        started,
        demo: Demo::new(Arc::new(DemoTraces)),
        ui: settings.ui_dir.clone().map_or_else(Ui::default, Ui::of_folder),
    })
}

async fn keep_metrics_small(metrics: metrics_exporter_prometheus::PrometheusHandle) {
    loop {
        sleep(telemetry::UPKEEP_EVERY).await;
        metrics.run_upkeep();
    }
}

/// Returns a token that is cancelled by Ctrl-C or SIGTERM. A second signal ends the process at
/// once, which is safe because acknowledged data is on disk.
fn stop_on_signal(health: Health) -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        info!("stopping: no new connections, running requests may finish");
        health.stop();
        asked.cancel();
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        warn!("stopped immediately, after a second signal");
        std::process::exit(130);
    });
    Ok(stop)
}

/// Prints to stdout, ignoring errors: a closed stdout must not stop the server.
fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
