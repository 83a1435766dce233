//! The objects in the artifact folder of a trace, for all URLs that refer to them.
//!
//! Some clients send and read spans as `traces.json`: an upload is ingested like OTLP, and a
//! download is rendered. Attachments are files.
use std::{convert::Infallible, fmt};

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use kansoku_model::{ExperimentId, IngestProtocol, Source, TraceId};
use kansoku_otlp::SpanForm;
use uuid::Uuid;

use super::folder::ArtifactError;
use crate::{
    ApiError, App,
    artifacts::download::send,
    http::{body, body_budget::Reservation, streaming::ChunkedBody as _},
    ingest::{
        ledger::{record_rejection, source},
        traces_json,
    },
    rendering::stored_trace::{self, RenderedTrace, SpanText},
};

/// The name of the object that holds the spans.
pub(crate) const SPANS: &str = "traces.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TraceObject {
    Spans,
    Attachment(Uuid),
}

impl TraceObject {
    pub(crate) fn parse(text: &str) -> Result<Self, ArtifactError> {
        if text == SPANS {
            return Ok(Self::Spans);
        }
        let Some(id) = text.strip_prefix("attachments/") else {
            let message = format!("a trace has `{SPANS}` and `attachments/<uuid>`, no `{text}`");
            return Err(ArtifactError::Invalid(message));
        };
        match Uuid::parse_str(id) {
            // Only one spelling of an id is accepted, so that each file has one name.
            Ok(uuid) if uuid.to_string() == id => Ok(Self::Attachment(uuid)),
            _ => Err(ArtifactError::Invalid(format!(
                "Invalid attachment path: '{id}'. Attachment path must be a valid UUID."
            ))),
        }
    }
}

impl fmt::Display for TraceObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spans => f.write_str(SPANS),
            Self::Attachment(id) => write!(f, "attachments/{id}"),
        }
    }
}

/// The sender of an upload, and the headers that describe its body.
pub(crate) struct Uploader {
    pub(crate) headers: HeaderMap,
    pub(crate) source: Source,
    pub(crate) reserved: Reservation,
}

impl<S: Sync> FromRequestParts<S> for Uploader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let source = source(&parts.headers, &parts.extensions, IngestProtocol::TracesJson);
        let reserved = Reservation::from_extensions(&parts.extensions);
        Ok(Self { headers: parts.headers.clone(), source, reserved })
    }
}

/// Stores an object. A new trace is created in `experiment`; if that is `None`, the trace must
/// exist.
pub(crate) async fn put(
    app: &App,
    trace: &TraceId,
    experiment: Option<ExperimentId>,
    object: TraceObject,
    from: &Uploader,
    body: Body,
) -> Result<(), ApiError> {
    match object {
        TraceObject::Spans => {
            let ingested = async {
                // A trace that does not exist is rejected before the body is read.
                let experiment = match experiment {
                    Some(experiment) => experiment,
                    None => app.traces.info(trace).await?.experiment_id,
                };
                let reserved = &from.reserved;
                let body = body::read_body(&from.headers, body, &app.limits, reserved).await?;
                traces_json::ingest(app, trace, experiment, &from.source, reserved, body).await
            };
            let ingested = ingested.await;
            if let Err(error) = &ingested {
                record_rejection(app, &from.source, error.reason()).await;
            }
            ingested
        }
        TraceObject::Attachment(id) => {
            // An attachment without a trace would never be deleted.
            app.traces.info(trace).await?;
            let to = app.artifacts.attachment(trace, id).await?;
            let named = object.to_string();
            Ok(app.artifacts.write(&to, &named, body.into_data_stream()).await?)
        }
    }
}

pub(crate) async fn get(
    app: &App,
    trace: &TraceId,
    object: TraceObject,
) -> Result<Response, ApiError> {
    match object {
        TraceObject::Spans => spans_file(app, trace).await,
        TraceObject::Attachment(id) => {
            let path = app.artifacts.attachment(trace, id).await?;
            let file = app.artifacts.read(&path, &object.to_string()).await?;
            Ok(send(file, &id.to_string()))
        }
    }
}

/// The size of the spans as `traces.json`, in bytes; fails with 404 if there are none.
pub(crate) async fn spans_bytes(app: &App, trace: &TraceId) -> Result<u64, ApiError> {
    let mut file = spans_text(app, trace).await?;
    let mut bytes = 0;
    while let Some(chunk) = file.next().await? {
        bytes += chunk.len() as u64;
    }
    Ok(bytes)
}

/// The spans as `traces.json`, rendered while they are sent.
async fn spans_file(app: &App, trace: &TraceId) -> Result<Response, ApiError> {
    let mut answer = spans_text(app, trace).await?.answer().await?;
    let disposition = HeaderValue::from_static("attachment; filename=traces.json");
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(answer)
}

async fn spans_text(app: &App, trace: &TraceId) -> Result<RenderedTrace, ApiError> {
    let stored = stored_trace::open(app, trace).await?;
    if stored.has_no_spans() {
        return Err(ArtifactError::NotFound(format!("{SPANS} of trace {trace}")).into());
    }
    let before = b"{\"spans\": [".to_vec();
    Ok(stored.render(SpanText { before, form: SpanForm::Stored, between: b", ", after: b"]}" }))
}

/// Deletes the attachments of deleted traces. Errors are only logged: what remains merely wastes
/// space.
pub(crate) async fn delete_attachments(app: &App, gone: &[TraceId]) {
    for trace in gone {
        if let Err(error) = app.artifacts.delete_trace(trace).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(trace.id = %trace, error, "kept the attachments of deleted trace `{trace}`");
        }
    }
}
