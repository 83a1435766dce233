//! What lies in the artifact folder of a trace, whichever URL names it.
//!
//! `traces.json` is how some clients send and read spans: it is taken apart on
//! the way in and rendered on the way out, so that all doors lead to the same
//! spans. Attachments are files.
use std::{convert::Infallible, fmt};

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use bytes::Bytes;
use kansoku_model::{Door, ExperimentId, Source, TraceId};
use kansoku_otlp::{Export, Rejections, SpanForm, json_decoded_bytes};
use kansoku_store::Ingest;
use metrics::counter;
use uuid::Uuid;

use super::folder::ArtifactError;
use crate::{
    ApiError, App,
    artifacts::download::send,
    http::{
        body,
        body_budget::Reservation,
        metrics::{INGEST_BYTES, INGEST_SPANS},
        streaming::{Pieces as _, off_thread},
    },
    ingest::{self, pricing::price},
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
            // Other spellings of the same id would be other names for one file.
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

/// Who uploads, and how the body is encoded.
pub(crate) struct Uploader {
    pub(crate) headers: HeaderMap,
    pub(crate) source: Source,
    pub(crate) reserved: Reservation,
}

impl<S: Sync> FromRequestParts<S> for Uploader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let source = ingest::source(&parts.headers, &parts.extensions, Door::TracesJson);
        let reserved = Reservation::of(&parts.extensions);
        Ok(Self { headers: parts.headers.clone(), source, reserved })
    }
}

/// `experiment` is where a trace not seen before is created; without it, it must exist.
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
                // A trace that is not there is refused before anything is read.
                let experiment = match experiment {
                    Some(experiment) => experiment,
                    None => app.traces.info(trace).await?.experiment_id,
                };
                let reserved = &from.reserved;
                let body = body::read_body(&from.headers, body, &app.limits, reserved).await?;
                ingest(app, trace, experiment, from, body).await
            };
            let ingested = ingested.await;
            if let Err(error) = &ingested {
                ingest::note(app, &from.source, None, 0, error.reason()).await;
            }
            ingested
        }
        TraceObject::Attachment(id) => {
            // One without its trace would never be deleted.
            app.traces.info(trace).await?;
            let to = app.artifacts.attachment(trace, id).await?;
            let named = object.to_string();
            Ok(app.artifacts.write(&to, &named, body.into_data_stream()).await?)
        }
    }
}

/// All spans in the file are of this trace, whatever OpenTelemetry id they carry.
async fn ingest(
    app: &App,
    trace: &TraceId,
    experiment: ExperimentId,
    from: &Uploader,
    body: Bytes,
) -> Result<(), ApiError> {
    let body_bytes = body.len();
    let (of_trace, reserved) = (trace.clone(), from.reserved.clone());
    let open = move || {
        reserved.grow_to(body_bytes + json_decoded_bytes(&body)).map_err(ApiError::from)?;
        let export = Export::open_traces_json(body, of_trace)?;
        reserved.grow_to(body_bytes + export.batch_bytes())?;
        Ok::<_, ApiError>(export)
    };
    let mut export = app.bodies.run_limited(off_thread(open)).await?;
    let mut rejected = Rejections::default();
    let mut any_stored = false;
    while !export.is_at_end() {
        let next = move || (export.next_split(), export);
        let (split, rest) = app.bodies.run_limited(off_thread(next)).await;
        export = rest;
        let Some(mut split) = split? else { break };
        price(app, &mut split.traces);
        rejected.extend(split.rejected);
        any_stored |= !split.traces.is_empty();
        let traces = split.traces.into_iter().map(|trace| (experiment, trace)).collect();
        let counts = app.traces.ingest(Ingest { source: from.source.clone(), traces }).await?;
        counter!(INGEST_SPANS).increment(counts.new + counts.replaced);
    }
    if let (false, Some(rejected)) = (any_stored, rejected.samples().first()) {
        return Err(ApiError::invalid(format!(
            "no span of the file can be stored; `{}`: {}",
            rejected.span_name, rejected.reason
        )));
    }
    counter!(INGEST_BYTES).increment(body_bytes as u64);
    ingest::note_rejected(app, &from.source, &rejected).await;
    Ok(())
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

/// How long the spans are as `traces.json`; 404 where there are none.
pub(crate) async fn spans_bytes(app: &App, trace: &TraceId) -> Result<u64, ApiError> {
    let mut file = spans_text(app, trace).await?;
    let mut bytes = 0;
    while let Some(piece) = file.next().await? {
        bytes += piece.len() as u64;
    }
    Ok(bytes)
}

/// The spans as `traces.json`, sent while the file is made.
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

/// The traces are gone whatever happens here: what stays behind is only wasted space.
pub(crate) async fn delete_attachments(app: &App, gone: &[TraceId]) {
    for trace in gone {
        if let Err(error) = app.artifacts.delete_trace(trace).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(trace.id = %trace, error, "kept the attachments of deleted trace `{trace}`");
        }
    }
}
