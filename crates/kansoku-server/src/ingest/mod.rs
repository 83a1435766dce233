//! OpenTelemetry's doors: OTLP over HTTP and over gRPC, spans and log records.
//!
//! Each door reads its form of a request; from there all go through [`take`]. A bad
//! span is counted and named, and never fails its neighbours. An answer of success
//! means that what was accepted is on disk; whatever was refused is noted with the
//! reason, so that "why do I see no traces?" has an answer.
mod experiment;
mod otlp_grpc;
pub(crate) mod otlp_http;
mod otlp_response;
pub(crate) mod pricing;

use axum::http::{Extensions, HeaderMap, header};
use bytes::Bytes;
use kansoku_model::{Coded, Door, ErrorCode, ExperimentId, RunId, Source, TraceId};
use kansoku_otlp::{DecodeError, Encoding, Export, Rejections, Signal, Split, json_decoded_bytes};
use kansoku_store::{Ingest, Rejection, StoreError};
use metrics::counter;

pub use experiment::ExperimentRules;
pub(crate) use otlp_grpc::{
    by_content_type, is_grpc, refusal as grpc_refusal, router as grpc_router,
};
pub(crate) use otlp_http::routes;

use crate::{
    ApiError, App, ClientAddress,
    auth::caller::Caller,
    http::{
        body_budget::{BudgetExceeded, Reservation},
        metrics::{INGEST_BYTES, INGEST_REJECTED_SPANS, INGEST_SPANS},
        streaming::off_thread,
    },
};
use experiment::{Placed, place};
use pricing::price;

const EXPERIMENT_ID: &str = "x-mlflow-experiment-id";
const EXPERIMENT_NAME: &str = "x-mlflow-experiment-name";
const RUN_ID: &str = "x-mlflow-run-id";

/// What exporters of metrics are told.
const NO_METRICS: &str =
    "Kansoku keeps traces, no metrics; set OTEL_METRICS_EXPORTER=none, or send metrics elsewhere";

/// Larger requests are decoded beside the threads that serve requests.
const INLINE_BYTES_MAX: usize = 256 << 10;
/// Of what a client calls itself, so much is kept.
const CLIENT_CHARS_MAX: usize = 200;

/// What a request says beside its spans.
#[derive(Clone)]
struct Envelope {
    source: Source,
    /// The experiment of all its traces, if its headers name one.
    experiment: Option<ExperimentId>,
    run: Option<RunId>,
}

impl Envelope {
    async fn open(app: &App, headers: &HeaderMap, source: Source) -> Result<Self, ApiError> {
        let experiment = experiment::in_headers(app, headers).await?;
        let run = header_text(headers, RUN_ID).map(|run| RunId(run.to_owned()));
        Ok(Self { source, experiment, run })
    }
}

/// A request that was refused, and how many spans or log records went with it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Refused {
    code: ErrorCode,
    message: String,
    spans: u64,
}

impl Refused {
    /// Logs an internal error, whose text stays here.
    fn new(error: impl Into<ApiError>, spans: u64) -> Self {
        let error = error.into();
        Self { code: error.code(), message: error.public_message(), spans }
    }
}

impl Coded for Refused {
    fn code(&self) -> ErrorCode {
        self.code
    }
}

/// Who sends a request, as the ledger knows senders.
pub(crate) fn source(headers: &HeaderMap, extensions: &Extensions, door: Door) -> Source {
    let token = extensions.get::<Caller>().map(|caller| caller.token_name.clone());
    let client = header_text(headers, header::USER_AGENT.as_str()).unwrap_or_default();
    Source {
        token: token.unwrap_or_default(),
        client: client.chars().take(CLIENT_CHARS_MAX).collect(),
        door,
    }
}

/// An export of which the first batch was split, and how many bytes it came as, inflated.
struct OpenExport {
    first: Split,
    rest: Export,
    bytes: u64,
}

/// Why an export was not opened.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    BudgetExceeded(#[from] BudgetExceeded),
}

impl From<OpenError> for Refused {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Decode(error) => Self::new(error, 0),
            OpenError::BudgetExceeded(error) => Self::new(error, 0),
        }
    }
}

impl OpenExport {
    /// Looks through `body` and decodes the first batch, once there is memory for it.
    async fn open(
        app: &App,
        signal: Signal,
        encoding: Encoding,
        body: Bytes,
        reserved: &Reservation,
    ) -> Result<Self, OpenError> {
        let bytes = body.len();
        let reserved = reserved.clone();
        let open = move || {
            // JSON is read at once.
            if encoding == Encoding::Json {
                reserved.grow_to(bytes + json_decoded_bytes(&body))?;
            }
            let mut rest = Export::open(signal, encoding, body)?;
            reserved.grow_to(bytes + rest.batch_bytes())?;
            let first = rest.next_split()?.unwrap_or_default();
            Ok(Self { first, rest, bytes: bytes as u64 })
        };
        if bytes <= INLINE_BYTES_MAX {
            return open();
        }
        app.bodies.run_limited(off_thread(open)).await
    }

    /// [`take`], batch by batch. A batch that is refused ends it: the client sends all of it again,
    /// and may.
    async fn take(self, app: &App, envelope: Envelope) -> Result<Rejections, Refused> {
        let Self { first, mut rest, bytes } = self;
        let mut rejected = take(app, envelope.clone(), first, bytes).await?;
        while !rest.is_at_end() {
            let next = move || (rest.next_split(), rest);
            let (split, export) = app.bodies.run_limited(off_thread(next)).await;
            rest = export;
            if let Some(split) = split.map_err(|error| Refused::new(error, 0))? {
                rejected.extend(take(app, envelope.clone(), split, 0).await?);
            }
        }
        Ok(rejected)
    }
}

/// Stores what a request brought, each trace in its experiment; answers the rest.
/// `bytes` is its size once inflated.
async fn take(
    app: &App,
    envelope: Envelope,
    split: Split,
    bytes: u64,
) -> Result<Rejections, Refused> {
    let spans = spans_in(&split);
    let refused = |error: ApiError| Refused::new(error, spans);
    let links = run_links(envelope.run, &split);
    let Split { mut traces, mut rejected, .. } = split;
    price(app, &mut traces);
    let placed = place(app, envelope.experiment, traces).await.map_err(refused)?;
    let Placed { traces, rejected: homeless, by_resource } = placed;
    rejected.extend(homeless);

    let source = envelope.source;
    let ingest = Ingest { source: source.clone(), traces };
    let counts = match app.traces.ingest(ingest).await {
        Ok(counts) => counts,
        Err(error) => {
            let gone = match &error {
                StoreError::ExperimentNotFound(id) | StoreError::ExperimentDeleted(id) => Some(*id),
                _ => None,
            };
            app.experiments.forget();
            // It was there a moment ago: the next attempt will be told in detail.
            if let Some(gone) = gone.filter(|gone| by_resource.contains(gone)) {
                let message = format!("experiment {gone} was deleted just now, send again");
                return Err(refused(ApiError::new(ErrorCode::TemporarilyUnavailable, message)));
            }
            return Err(refused(error.into()));
        }
    };
    counter!(INGEST_SPANS).increment(counts.new + counts.replaced);
    counter!(INGEST_BYTES).increment(bytes);
    note_rejected(app, &source, &rejected).await;
    if let Some((run, traces)) = links {
        link(app, &run, &traces).await;
    }
    Ok(rejected)
}

/// Spans and log records, good and bad.
fn spans_in(split: &Split) -> u64 {
    let good: usize = split.traces.iter().map(|trace| trace.rows.len()).sum();
    (good + split.log_records) as u64 + split.rejected.count()
}

/// A run gets the traces that began in this request; their later spans follow their trace.
fn run_links(run: Option<RunId>, split: &Split) -> Option<(RunId, Vec<TraceId>)> {
    let run = run?;
    let begun = split.traces.iter().filter(|trace| trace.fold.root.is_some());
    let traces: Vec<_> = begun.map(|trace| trace.trace_id.clone()).collect();
    (!traces.is_empty()).then_some((run, traces))
}

/// The spans are stored by now: a link that fails must not make the client send them again.
async fn link(app: &App, run: &RunId, traces: &[TraceId]) {
    if let Err(error) = app.traces.link_run(run, traces).await {
        tracing::warn!(run.id = %run, %error, "could not link traces to run `{run}`");
    }
}

/// Notes spans that were refused one by one, once for each service and reason.
pub(crate) async fn note_rejected(app: &App, source: &Source, rejected: &Rejections) {
    if rejected.is_empty() {
        return;
    }
    counter!(INGEST_REJECTED_SPANS).increment(rejected.count());
    for (service_name, reason, spans) in rejected.counts() {
        note(app, source, service_name.map(str::to_owned), spans, reason.to_owned()).await;
    }
}

/// Notes a request that was refused as a whole.
async fn note_refused(app: &App, source: &Source, refused: &Refused) {
    note(app, source, None, refused.spans, refused.message.clone()).await;
}

/// Notes a request to an OTLP endpoint that came without a valid token.
pub(crate) async fn note_unauthenticated(
    app: &App,
    path: &str,
    error: &ApiError,
    address: ClientAddress,
) {
    let door = match path {
        "/v1/traces" | "/v1/metrics" => Door::OtlpHttp,
        "/v1/logs" => Door::OtlpLogs,
        _ => return,
    };
    if error.code() == ErrorCode::Unauthenticated {
        note_stranger(app, door, error.reason(), address).await;
    }
}

/// Of a stranger's headers nothing is kept: they are anybody's words.
async fn note_stranger(app: &App, door: Door, reason: String, ClientAddress(ip): ClientAddress) {
    let source = Source { door, ..Source::default() };
    let rejection = Rejection::new(source, reason, app.clock.now());
    let rejection = Rejection { authenticated: false, address: Some(ip), ..rejection };
    keep_rejection(app, rejection).await;
}

pub(crate) async fn note(
    app: &App,
    source: &Source,
    service_name: Option<String>,
    spans: u64,
    reason: String,
) {
    let rejection = Rejection::new(source.clone(), reason, app.clock.now());
    keep_rejection(app, Rejection { service_name, spans, ..rejection }).await;
}

async fn keep_rejection(app: &App, rejection: Rejection) {
    if let Err(error) = app.traces.note_rejected(rejection).await {
        tracing::warn!(%error, "could not note a refused request");
    }
}

fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // `to_str` takes ASCII alone; experiment names may be in any script.
    let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?.trim();
    (!text.is_empty()).then_some(text)
}
