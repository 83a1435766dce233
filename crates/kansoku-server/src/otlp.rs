//! `POST /v1/traces`: OpenTelemetry's door, in protobuf and JSON.
//!
//! A bad span is counted and named in a partial success; it never fails its
//! neighbours. 200 means that what was accepted is on disk.
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use kansoku_model::{ErrorCode, ExperimentId, RunId, TraceId};
use kansoku_otlp::{DecodeError, Rejected, Split, decode_json, decode_protobuf, split};
use kansoku_store::StoreError;
use metrics::counter;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::json;

use crate::{
    ApiError, App,
    admission::{AdmissionError, read_body},
    metrics::{INGEST_BYTES, INGEST_REJECTED_SPANS, INGEST_SPANS},
    pricing::price,
    routes::Routes,
};

const EXPERIMENT_ID: &str = "x-mlflow-experiment-id";
const EXPERIMENT_NAME: &str = "x-mlflow-experiment-name";
const RUN_ID: &str = "x-mlflow-run-id";

/// Larger bodies are decoded beside the threads that serve requests.
const INLINE_BYTES_MAX: usize = 256 << 10;
/// How many rejected spans an answer describes; the rest is counted.
const REASONS_MAX: usize = 3;

pub(crate) fn routes(routes: &mut Routes) {
    routes.plain(Method::POST, "/v1/traces", export);
}

/// `POST /v1/traces`
async fn export(State(app): State<App>, request: Request) -> Result<Response, OtlpError> {
    let (parts, body) = request.into_parts();
    let form = Form::of(&parts.headers)?;
    let experiment = experiment_of(&app, &parts.headers).await?;
    let body = read_body(&parts.headers, body, &app.limits).await?;
    let body_bytes = body.len() as u64;
    let mut split = decoded(form, body).await?;
    refuse_if_nothing_to_keep(&split)?;
    price(&app, &mut split.traces);

    let links = run_links(&parts.headers, &split);
    let counts = app.traces.append(experiment, split.traces).await?;
    counter!(INGEST_SPANS).increment(counts.new + counts.replaced);
    counter!(INGEST_BYTES).increment(body_bytes);
    counter!(INGEST_REJECTED_SPANS).increment(split.rejected.len() as u64);
    if let Some((run, traces)) = links {
        link(&app, &run, &traces).await;
    }
    Ok(form.answer(&split.rejected))
}

/// How the request is written, and hence the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Protobuf,
    Json,
}

impl Form {
    fn of(headers: &HeaderMap) -> Result<Self, OtlpError> {
        let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/x-protobuf" => Ok(Self::Protobuf),
            "application/json" => Ok(Self::Json),
            _ => Err(OtlpError::bad_request(format!(
                "Invalid Content-Type: {}. Expected: application/x-protobuf or application/json",
                given.map_or_else(|| "None".to_owned(), shortened)
            ))),
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    fn answer(self, rejected: &[Rejected]) -> Response {
        let body = match (self, rejected) {
            (Self::Protobuf, []) => Vec::new(),
            (Self::Json, []) => b"{}".to_vec(),
            (Self::Protobuf, rejected) => {
                let partial_success = Some(ExportTracePartialSuccess {
                    rejected_spans: rejected.len() as i64,
                    error_message: reasons(rejected),
                });
                ExportTraceServiceResponse { partial_success }.encode_to_vec()
            }
            (Self::Json, rejected) => {
                let partial_success = json!({
                    "rejectedSpans": rejected.len().to_string(),
                    "errorMessage": reasons(rejected),
                });
                json!({ "partialSuccess": partial_success }).to_string().into_bytes()
            }
        };
        ([(header::CONTENT_TYPE, self.content_type())], body).into_response()
    }
}

fn reasons(rejected: &[Rejected]) -> String {
    let shown = rejected.iter().take(REASONS_MAX);
    let mut text = shown
        .map(|span| format!("span `{}`: {}", shortened(&span.span_name), span.reason))
        .collect::<Vec<_>>()
        .join("; ");
    if REASONS_MAX < rejected.len() {
        text.push_str(&format!("; and {} more", rejected.len() - REASONS_MAX));
    }
    text
}

/// An exporter that names no experiment writes to the default one.
async fn experiment_of(app: &App, headers: &HeaderMap) -> Result<ExperimentId, ApiError> {
    if let Some(id) = header_text(headers, EXPERIMENT_ID) {
        return id.parse().map_err(ApiError::invalid);
    }
    let Some(name) = header_text(headers, EXPERIMENT_NAME) else {
        return Ok(ExperimentId::DEFAULT);
    };
    Ok(app.meta.experiment_by_name(name).await?.experiment_id)
}

fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    // `to_str` takes ASCII alone; experiment names may be in any script.
    let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?.trim();
    (!text.is_empty()).then_some(text)
}

async fn decoded(form: Form, body: Bytes) -> Result<Split, OtlpError> {
    if body.len() <= INLINE_BYTES_MAX {
        return Ok(decode(form, &body)?);
    }
    let decoding = tokio::task::spawn_blocking(move || decode(form, &body));
    match decoding.await {
        Ok(split) => Ok(split?),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

fn decode(form: Form, body: &[u8]) -> Result<Split, DecodeError> {
    let data = match form {
        Form::Protobuf => decode_protobuf(body)?,
        Form::Json => decode_json(body)?,
    };
    Ok(split(data))
}

fn refuse_if_nothing_to_keep(split: &Split) -> Result<(), OtlpError> {
    if !split.had_resources {
        return Err(OtlpError::bad_request("Invalid OpenTelemetry format - no spans found"));
    }
    if split.traces.is_empty() && !split.rejected.is_empty() {
        let reasons = reasons(&split.rejected);
        let message = format!("Cannot convert OpenTelemetry span to MLflow span: {reasons}");
        return Err(OtlpError::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    Ok(())
}

/// A run gets the traces that began in this request; their later spans follow their trace.
fn run_links(headers: &HeaderMap, split: &Split) -> Option<(RunId, Vec<TraceId>)> {
    let run = RunId(header_text(headers, RUN_ID)?.to_owned());
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

/// A refusal as OpenTelemetry's exporters and MLflow's clients expect it here.
enum OtlpError {
    /// About the request's form: `detail` is what MLflow answers, the rest is our usual body.
    Form { status: StatusCode, detail: String },
    /// About what it asked for.
    Api(ApiError),
}

impl OtlpError {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::Form { status, detail: detail.into() }
    }

    fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }
}

impl From<ApiError> for OtlpError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<StoreError> for OtlpError {
    fn from(error: StoreError) -> Self {
        Self::Api(error.into())
    }
}

impl From<DecodeError> for OtlpError {
    fn from(error: DecodeError) -> Self {
        Self::bad_request(format!("Invalid OpenTelemetry format: {error}"))
    }
}

impl From<AdmissionError> for OtlpError {
    fn from(error: AdmissionError) -> Self {
        let error = ApiError::from(error);
        Self::new(error.status(), error.public_message())
    }
}

impl IntoResponse for OtlpError {
    fn into_response(self) -> Response {
        match self {
            Self::Api(error) => error.into_response(),
            Self::Form { status, detail } => {
                let code = ErrorCode::InvalidParameterValue.name();
                let body = json!({ "detail": detail, "error_code": code, "message": detail });
                (status, Json(body)).into_response()
            }
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
