//! Responses to OTLP over HTTP, for OpenTelemetry's exporters and MLflow's clients.
use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use kansoku_mlflow::error::{ErrorBody, error_name, http_status};
use kansoku_model::ErrorCode;
use kansoku_otlp::{DecodeError, Rejections, Signal};
use opentelemetry_proto::tonic::collector::{
    logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse},
    trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse},
};
use prost::Message;
use serde_json::json;

use super::{
    otlp_http::Form,
    pipeline::{OpenError, RejectedRequest},
};
use crate::{
    ApiError,
    http::{admission_error::AdmissionError, error::advise},
};

/// The response to a request that was stored completely or partially.
pub(super) fn success(form: Form, signal: Signal, rejected: &Rejections) -> Response {
    let body = match (form, rejected.is_empty()) {
        (Form::Protobuf, true) => Vec::new(),
        (Form::Json, true) => b"{}".to_vec(),
        (Form::Protobuf, false) => match signal {
            Signal::Traces => traces(rejected).encode_to_vec(),
            Signal::Logs => logs(rejected).encode_to_vec(),
        },
        (Form::Json, false) => {
            let count = match signal {
                Signal::Traces => "rejectedSpans",
                Signal::Logs => "rejectedLogRecords",
            };
            let partial_success = json!({
                count: rejected.count().to_string(),
                "errorMessage": reasons(signal, rejected),
            });
            json!({ "partialSuccess": partial_success }).to_string().into_bytes()
        }
    };
    ([(header::CONTENT_TYPE, form.content_type())], body).into_response()
}

pub(super) fn traces(rejected: &Rejections) -> ExportTraceServiceResponse {
    let partial_success = (!rejected.is_empty()).then(|| ExportTracePartialSuccess {
        rejected_spans: as_i64(rejected.count()),
        error_message: reasons(Signal::Traces, rejected),
    });
    ExportTraceServiceResponse { partial_success }
}

pub(super) fn logs(rejected: &Rejections) -> ExportLogsServiceResponse {
    let partial_success = (!rejected.is_empty()).then(|| ExportLogsPartialSuccess {
        rejected_log_records: as_i64(rejected.count()),
        error_message: reasons(Signal::Logs, rejected),
    });
    ExportLogsServiceResponse { partial_success }
}

fn as_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Describes the first rejected spans and counts the rest.
pub(super) fn reasons(signal: Signal, rejected: &Rejections) -> String {
    let what = match signal {
        Signal::Traces => "span",
        Signal::Logs => "log record",
    };
    let shown = rejected.samples();
    let mut text = shown
        .iter()
        .map(|span| format!("{what} `{}`: {}", shortened(&span.span_name), span.reason))
        .collect::<Vec<_>>()
        .join("; ");
    let more = rejected.count() - shown.len() as u64;
    if 0 < more {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// An error response for OpenTelemetry's exporters and MLflow's clients.
pub(super) enum OtlpError {
    /// The form of the request is invalid: `detail` is MLflow's response, and the rest of the body
    /// is the usual one.
    Form { status: StatusCode, detail: String },
    /// The content of the request was rejected.
    Rejected(RejectedRequest),
}

impl OtlpError {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::Form { status, detail: detail.into() }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The reason for the ledger, and the number of rejected spans.
    pub(super) fn reason(&self) -> (&str, u64) {
        match self {
            Self::Form { detail, .. } => (detail, 0),
            Self::Rejected(rejected) => (&rejected.message, rejected.spans),
        }
    }
}

impl From<ApiError> for OtlpError {
    fn from(error: ApiError) -> Self {
        Self::Rejected(RejectedRequest::new(error, 0))
    }
}

impl From<RejectedRequest> for OtlpError {
    fn from(rejected: RejectedRequest) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<DecodeError> for OtlpError {
    fn from(error: DecodeError) -> Self {
        Self::bad_request(format!("Invalid OpenTelemetry format: {error}"))
    }
}

impl From<OpenError> for OtlpError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Decode(error) => error.into(),
            OpenError::TracesJson(error) => ApiError::from(error).into(),
            OpenError::BudgetExceeded(error) => AdmissionError::from(error).into(),
        }
    }
}

impl From<AdmissionError> for OtlpError {
    fn from(error: AdmissionError) -> Self {
        let error = ApiError::from(error);
        if error.code() == ErrorCode::ResourceExhausted {
            return error.into();
        }
        Self::new(error.status(), error.public_message())
    }
}

/// Replaces 429 by 503 for Python's exporters, which drop the spans after 429 in versions until the
/// middle of 2026, but retry after 503. OTLP allows both for overload.
pub(super) fn for_sender(headers: &HeaderMap, mut response: Response) -> Response {
    const DROPS_429: &str = "OTel-OTLP-Exporter-Python/";
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    if response.status() == StatusCode::TOO_MANY_REQUESTS
        && agent.is_some_and(|agent| agent.starts_with(DROPS_429))
    {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

fn status_of(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(http_status(code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for OtlpError {
    fn into_response(self) -> Response {
        match self {
            Self::Rejected(rejected) => {
                let body = ErrorBody::new(rejected.code, rejected.message);
                let mut response = (status_of(rejected.code), Json(body)).into_response();
                advise(rejected.code, &mut response);
                response
            }
            Self::Form { status, detail } => {
                let code = error_name(ErrorCode::InvalidParameterValue);
                let body = json!({ "detail": detail, "error_code": code, "message": detail });
                (status, Json(body)).into_response()
            }
        }
    }
}

pub(super) fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
