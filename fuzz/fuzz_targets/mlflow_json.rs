//! Requests to the whole server with a real store: no panic, no 5xx, all errors in MLflow's form.
//!
//! An input is one or more requests as text: a line `POST /path`, header lines, an empty line and
//! the body, with a line `~~~` between two requests. `$RUN`, `$MODEL`, `$DATASET`, `$ISSUE`, `$SCHEMA`
//! and `$QUEUE` are replaced by ids, `$UP` and `$DOWN` by signed URLs that the server created.
#![no_main]

use std::{
    fmt::Write,
    sync::{Arc, LazyLock, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use kansoku_model::{Clock, TimestampMs};
use kansoku_pricing::PriceList;
use kansoku_server::{
    Access, AccessRules, App, Artifacts, ComparisonCache, DatabricksForm, EventStreams, Health,
    Limits, MetricsHandle, ReadBudget, Started, router,
};
use kansoku_sqlite::{SqliteStore, StoreOptions};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tokio::runtime::{self, Runtime};
use tower::ServiceExt;

/// Initial requests to a new server: an experiment, a run, a trace with spans and an assessment, and
/// one of everything that people make with traces.
const GIVEN: &[u8] = include_bytes!("given.http");
const SEPARATOR: &[u8] = b"\n~~~\n";
const REQUESTS_MAX: usize = 8;
/// Number of inputs after which server and store are created anew, as inputs change the store.
const INPUTS_PER_WORLD: u32 = 200;

/// A runtime with paused time, so that sleeping tasks wake up at once.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime")
});
static WORLD: Mutex<Option<World>> = Mutex::new(None);

fuzz_target!(|input: &[u8]| -> Corpus {
    let mut world = WORLD.lock().expect("a panic ends the process");
    let world = match &mut *world {
        Some(world) if world.inputs < INPUTS_PER_WORLD => world,
        used => {
            if let Some(used) = used.take() {
                used.leave();
            }
            used.insert(RUNTIME.block_on(World::new()))
        }
    };
    world.inputs += 1;
    let mut sent = false;
    for text in requests(input).take(REQUESTS_MAX) {
        let Some(request) = Asked::parse(text, &world.names) else { continue };
        let answer = RUNTIME.block_on(world.ask(&request));
        answer.check(&request);
        sent = true;
    }
    if sent { Corpus::Keep } else { Corpus::Reject }
});

fn requests(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(input);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let at = text.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
        let Some(at) = at else { return Some(text) };
        rest = Some(&text[at + SEPARATOR.len()..]);
        Some(&text[..at])
    })
}

/// A server with a temporary data folder.
struct World {
    router: Router,
    folder: tempfile::TempDir,
    names: Vec<(&'static str, String)>,
    inputs: u32,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(Standing);
        let options = StoreOptions { readers: 1, clock: clock.clone(), ..StoreOptions::default() };
        let store = SqliteStore::open(&folder.path().join("kansoku.db"), options);
        let store = Arc::new(store.expect("a new store"));
        let artifacts = Artifacts::open(&folder.path().join("artifacts")).expect("a new folder");
        let reads = ReadBudget::default();
        let app = App {
            traces: store.clone(),
            meta: store.clone(),
            access: Access::new(store.clone(), AccessRules::default(), clock.clone()),
            artifacts: Arc::new(artifacts),
            clock,
            prices: Arc::new(PriceList::bundled()),
            limits: Limits { inflated_bytes_max: 1 << 20, ..Limits::default() },
            network: Default::default(),
            bodies: Default::default(),
            comparisons: ComparisonCache::new(&*store, &reads),
            reads,
            experiments: Arc::default(),
            databricks_form: DatabricksForm::Auto,
            metrics: MetricsHandle::default(),
            event_streams: EventStreams::default(),
            health: Health::default(),
            backups: None,
            ledger: store.clone(),
            jobs: store.clone(),
            maintenance: store,
            webhooks: None,
            scorers: None,
            python_jobs: None,
            archive: None,
            alerts: None,
            demo: Default::default(),
            retention: Default::default(),
            ui: Default::default(),
            started: Started { at: Standing.now(), grpc_port: None },
        };
        // Event streams would never end.
        app.event_streams.stop();
        let mut world = Self { router: router(app), folder, names: Vec::new(), inputs: 0 };
        for text in requests(GIVEN) {
            let request = Asked::parse(text, &world.names).expect("a request");
            let answer = world.ask(&request).await;
            assert_eq!(answer.status, StatusCode::OK, "{request:?}: {answer:?}");
            world.remember(&request, &answer);
        }
        world
    }

    fn remember(&mut self, request: &Asked, answer: &Answer) {
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str);
        let place = |url: &str| format!("/{}", url.splitn(4, '/').last().unwrap_or_default());
        for (name, pointer) in [
            ("$RUN", "/run/info/run_id"),
            ("$MODEL", "/model/info/model_id"),
            ("$DATASET", "/dataset/dataset_id"),
            ("$ISSUE", "/issue/issue_id"),
            ("$SCHEMA", "/label_schema/schema_id"),
            ("$QUEUE", "/review_queue/queue_id"),
        ] {
            if let Some(id) = text(pointer) {
                self.names.push((name, id.to_owned()));
            }
        }
        if let Some(url) = text("/credential_info/signed_uri") {
            let name = if request.path.contains("upload") { "$UP" } else { "$DOWN" };
            self.names.push((name, place(url)));
        }
    }

    async fn ask(&self, asked: &Asked) -> Answer {
        let response = self.router.clone().oneshot(asked.request()).await;
        let (parts, body) = response.expect("the router always answers").into_parts();
        let is_plain = !parts.headers.contains_key(header::CONTENT_ENCODING);
        let body = body.collect().await.expect("an answer's body ends well").to_bytes();
        Answer { status: parts.status, body: body.to_vec(), is_plain }
    }

    /// Checks that only known files and folders were written into the data folder.
    fn leave(self) {
        for entry in self.folder.path().read_dir().expect("our folder") {
            let name = entry.expect("our folder").file_name();
            let name = name.to_string_lossy();
            let ours = matches!(&*name, "artifacts" | "blobs") || name.starts_with("kansoku.db");
            assert!(ours, "`{name}` appeared in the data folder");
        }
    }
}

#[derive(Debug)]
struct Asked {
    method: Method,
    path: String,
    headers: Vec<(String, HeaderValue)>,
    body: Vec<u8>,
}

impl Asked {
    /// Parses a request; `None` if an HTTP server would reject it before the router.
    fn parse(text: &[u8], names: &[(&str, String)]) -> Option<Self> {
        let at = text.windows(2).position(|window| window == b"\n\n");
        let (head, body) = at.map_or((text, &[][..]), |at| (&text[..at], &text[at + 2..]));
        let mut head = std::str::from_utf8(head).ok()?.to_owned();
        let mut body = body.to_vec();
        for (name, value) in names {
            head = head.replace(name, value);
            if let Ok(text) = std::str::from_utf8(&body) {
                body = text.replace(name, value).into_bytes();
            }
        }
        let mut lines = head.lines();
        let (method, path) = lines.next()?.split_once(' ')?;
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_owned(), HeaderValue::from_str(value.trim()).ok()?));
        }
        let asked = Self { method: method.parse().ok()?, path: path.to_owned(), headers, body };
        let is_request = asked.path.starts_with('/') && asked.build().is_ok();
        is_request.then_some(asked)
    }

    fn build(&self) -> Result<Request<Body>, axum::http::Error> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        let says_type = |(name, _): &(String, _)| name.eq_ignore_ascii_case("content-type");
        if !self.headers.iter().any(says_type) {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body.clone()))
    }

    fn request(&self) -> Request<Body> {
        self.build().expect("it was built before")
    }
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    is_plain: bool,
}

impl Answer {
    fn check(&self, asked: &Asked) {
        let shown = || {
            let mut shown = format!("{} {}\n", asked.method, asked.path);
            let _ = writeln!(shown, "{}", String::from_utf8_lossy(&asked.body));
            let _ = write!(shown, "=> {} {}", self.status, String::from_utf8_lossy(&self.body));
            shown
        };
        let refused = self.status == StatusCode::NOT_IMPLEMENTED;
        assert!(refused || !self.status.is_server_error(), "{}", shown());
        if !(refused || self.status.is_client_error())
            || asked.method == Method::HEAD
            || !self.is_plain
        {
            return;
        }
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let says = |field: &str| body[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(says("error_code") && says("message"), "{}", shown());
    }
}

struct Standing;

impl Clock for Standing {
    fn now(&self) -> TimestampMs {
        TimestampMs(1_700_000_000_000)
    }
}
