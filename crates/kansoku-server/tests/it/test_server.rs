//! The server for tests: the real router with a temporary data folder.
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use kansoku_model::{Clock, ExperimentBinding, ExperimentRights, Retention, TimestampMs};
use kansoku_pricing::PriceList;
use kansoku_server::{
    Access, AccessRules, App, Artifacts, Backups, BodyBudget, ComparisonCache, ConnectionInfo,
    DatabricksForm, Demo, EventStreams, Health, Limits, MetricsHandle, NetworkRules, ReadBudget,
    Scheme, Started, TrustedProxies, Ui, router,
};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use kansoku_store::{AccessStore as _, TokenId, TokenSpec};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt;

/// The time when a test server starts: 2023-11-14T22:13:20Z.
pub(crate) const START_MS: i64 = 1_700_000_000_000;

/// A connection from a proxy that uses plain HTTP to the server.
pub(crate) const PROXY: ConnectionInfo = ConnectionInfo {
    peer: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 40_000),
    scheme: Scheme::Http,
};

/// A clock that stands still until a test advances it.
#[derive(Clone, Debug)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> TimestampMs {
        TimestampMs(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct TestServer {
    pub(crate) app: App,
    pub(crate) access: Arc<SqliteStore>,
    pub(crate) clock: TestClock,
    pub(crate) dir: tempfile::TempDir,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        Self::start_with(StoreOptions { readers: 2, ..StoreOptions::default() })
    }

    pub(crate) fn start_with(options: StoreOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = TestClock(Arc::new(AtomicI64::new(START_MS)));
        let options = StoreOptions { clock: Arc::new(clock.clone()), ..options };
        let store = Arc::new(SqliteStore::open(&dir.path().join("kansoku.db"), options).unwrap());
        let reads = ReadBudget::default();
        let app = App {
            traces: store.clone(),
            meta: store.clone(),
            access: Access::new(store.clone(), AccessRules::default(), Arc::new(clock.clone())),
            artifacts: Arc::new(Artifacts::open(&dir.path().join("artifacts")).unwrap()),
            clock: Arc::new(clock.clone()),
            prices: Arc::new(PriceList::bundled()),
            limits: Limits::default(),
            network: NetworkRules::default(),
            bodies: BodyBudget::default(),
            comparisons: ComparisonCache::new(&*store, &reads),
            reads,
            experiments: Arc::default(),
            databricks_form: DatabricksForm::Auto,
            metrics: MetricsHandle::default(),
            health: Health::default(),
            event_streams: EventStreams::default(),
            backups: Some(Backups { folder: dir.path().join("backups") }),
            ledger: store.clone(),
            jobs: store.clone(),
            maintenance: store.clone(),
            retention: Retention::default(),
            webhooks: None,
            scorers: None,
            python_jobs: None,
            archive: None,
            alerts: None,
            demo: Demo::default(),
            ui: Ui::default(),
            started: Started { at: TimestampMs(START_MS), grpc_port: None },
        };
        Self { app, access: store, clock, dir }
    }

    /// Creates a token with this secret and all rights.
    pub(crate) async fn admin_token(&self, name: &str, secret: &str) -> TokenId {
        let spec = TokenSpec::admin(name, Sha256::digest(secret).into());
        self.access.add_token(spec).await.unwrap()
    }

    /// Creates a token whose name is its secret, for experiments with this prefix, or for all
    /// experiments.
    pub(crate) async fn token(&self, secret: &str, scopes: &str, prefix: Option<&str>) -> TokenId {
        let experiments = match prefix {
            None => ExperimentRights::All,
            Some(prefix) => ExperimentRights::Bound(ExperimentBinding {
                prefixes: [prefix.to_owned()].into(),
                ..ExperimentBinding::default()
            }),
        };
        let spec = TokenSpec {
            scopes: scopes.parse().unwrap(),
            experiments,
            ..TokenSpec::admin(secret, Sha256::digest(secret).into())
        };
        self.access.add_token(spec).await.unwrap()
    }

    /// Replaces the settings of access control.
    pub(crate) fn set_access_rules(&mut self, rules: AccessRules) {
        self.app.access = Access::new(self.access.clone(), rules, Arc::new(self.clock.clone()));
    }

    /// Sends a request with a token.
    pub(crate) async fn ask_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Reply {
        ask_as(&router(self.app.clone()), token, method, path, body).await
    }

    /// The data folder, for checks of files.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.json(Method::POST, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PATCH, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Value) -> Reply {
        self.json(Method::DELETE, path, body).await
    }

    pub(crate) async fn json(&self, method: Method, path: &str, body: Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        send_to(router(self.app.clone()), request).await
    }

    /// A server that trusts [`PROXY`].
    pub(crate) fn start_behind_proxy() -> Self {
        let mut server = Self::start();
        let proxies = TrustedProxies::parse(&PROXY.peer.ip().to_string()).unwrap();
        server.app.network.trusted_proxies = proxies;
        server
    }

    /// Creates an experiment and returns its id.
    pub(crate) async fn experiment(&self, name: &str) -> String {
        let reply = self
            .post("/api/2.0/mlflow/experiments/create", serde_json::json!({ "name": name }))
            .await;
        reply.json()["experiment_id"].as_str().expect("a new experiment").to_owned()
    }
}

/// Sends a request with a token. Tests with very many requests create the router once.
pub(crate) async fn ask_as(
    router: &Router,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    send_to(router.clone(), request.body(body).unwrap()).await
}

pub(crate) async fn send_to(router: Router, request: Request<Body>) -> Reply {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply { status: parts.status, headers: parts.headers, body }
}

/// A response; its `Display` output is the status line and the body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.status, String::from_utf8_lossy(&self.body))
    }
}

/// The message about an invalid filter or order without the names of all fields, which the filter
/// crate tests.
pub(crate) fn without_known_keys(message: &str) -> String {
    const LIST: &str = "Valid keys are ";
    let Some((before, list)) = message.split_once(LIST) else { return message.to_owned() };
    let mut rest = list;
    while let Some((_, after)) = rest.strip_prefix('\'').and_then(|name| name.split_once('\'')) {
        rest = after.strip_prefix(", ").unwrap_or(after);
    }
    format!("{before}{LIST}…{rest}")
}
