//! `POST /v1/traces` and `POST /v1/logs`: OTLP over HTTP, in protobuf and JSON.
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use kansoku_model::{ErrorCode, IngestProtocol, Scope, Source};
use kansoku_otlp::{Encoding, Signal, Split};

use super::{
    NO_METRICS,
    ledger::{record, record_rejected_request, record_rejected_spans, source},
    otlp_response::{self, OtlpError, reasons, shortened},
    pipeline::{Format, IngestRequest, OpenExport, RejectedRequest},
};
use crate::{
    App,
    http::{body::read_body, body_budget::Reservation},
    route_table::{Routes, Support},
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.plain(Scope::Ingest, Method::POST, "/v1/traces", traces);
    routes.plain_as(Scope::Ingest, Support::Partial, Method::POST, "/v1/logs", logs);
    routes.plain_as(Scope::Ingest, Support::Refused, Method::POST, "/v1/metrics", metrics);
}

/// `POST /v1/traces`
async fn traces(app: App, request: Request) -> Response {
    export(&app, request, Signal::Traces).await
}

/// `POST /v1/logs`
async fn logs(app: App, request: Request) -> Response {
    export(&app, request, Signal::Logs).await
}

/// `POST /v1/metrics`
async fn metrics(app: App, request: Request) -> Response {
    let source = source(request.headers(), request.extensions(), IngestProtocol::OtlpHttp);
    let rejected = RejectedRequest {
        code: ErrorCode::NotImplemented,
        message: NO_METRICS.to_owned(),
        spans: 0,
    };
    record_rejected_request(&app, &source, &rejected).await;
    OtlpError::from(rejected).into_response()
}

async fn export(app: &App, request: Request, signal: Signal) -> Response {
    let (parts, body) = request.into_parts();
    let protocol = match signal {
        Signal::Traces => IngestProtocol::OtlpHttp,
        Signal::Logs => IngestProtocol::OtlpLogs,
    };
    let source = source(&parts.headers, &parts.extensions, protocol);
    let reserved = Reservation::from_extensions(&parts.extensions);
    match ingest(app, signal, &source, &parts.headers, body, &reserved).await {
        Ok(answer) => answer,
        Err(error) => {
            let (reason, spans) = error.reason();
            record(app, &source, None, spans, reason.to_owned()).await;
            otlp_response::for_sender(&parts.headers, error.into_response())
        }
    }
}

async fn ingest(
    app: &App,
    signal: Signal,
    source: &Source,
    headers: &HeaderMap,
    body: Body,
    reserved: &Reservation,
) -> Result<Response, OtlpError> {
    let form = Form::from_headers(headers)?;
    let request = IngestRequest::from_headers(app, headers, source.clone()).await?;
    let body = read_body(headers, body, &app.limits, reserved).await?;
    let export =
        OpenExport::open(app, Format::Otlp(signal, form.encoding()), body, reserved).await?;
    if let (Signal::Traces, Some(first)) = (signal, export.first()) {
        if !first.had_resources {
            return Err(OtlpError::bad_request("Invalid OpenTelemetry format - no spans found"));
        }
        if first.traces.is_empty() && !first.rejected.is_empty() && export.has_one_batch() {
            record_rejected_spans(app, source, &first.rejected).await;
            return Ok(nothing_to_keep(first).into_response());
        }
    }
    let rejected = export.store(app, &request).await?;
    Ok(otlp_response::success(form, signal, &rejected))
}

/// MLflow's response to a request of which no span can be stored.
fn nothing_to_keep(split: &Split) -> OtlpError {
    let reasons = reasons(Signal::Traces, &split.rejected);
    let message = format!("Cannot convert OpenTelemetry span to MLflow span: {reasons}");
    OtlpError::new(StatusCode::UNPROCESSABLE_ENTITY, message)
}

/// The form of the request, and hence of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Protobuf,
    Json,
}

impl Form {
    fn from_headers(headers: &HeaderMap) -> Result<Self, OtlpError> {
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

    fn encoding(self) -> Encoding {
        match self {
            Self::Protobuf => Encoding::Protobuf,
            Self::Json => Encoding::Json,
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}
