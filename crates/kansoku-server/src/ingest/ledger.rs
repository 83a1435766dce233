//! Records rejected requests and spans in the ingest ledger, with their sender and reason.
use axum::http::{Extensions, HeaderMap, header};
use kansoku_model::{ErrorCode, IngestProtocol, Source};
use kansoku_otlp::Rejections;
use kansoku_store::Rejection;
use metrics::counter;

use super::{header_text, pipeline::RejectedRequest};
use crate::{
    ApiError, App, ClientAddress, auth::caller::Caller, http::metrics::INGEST_REJECTED_SPANS,
};

/// Longest `User-Agent` that is stored, in characters.
const CLIENT_CHARS_MAX: usize = 200;

/// The sender of a request, by which the ledger counts.
pub(crate) fn source(
    headers: &HeaderMap,
    extensions: &Extensions,
    protocol: IngestProtocol,
) -> Source {
    let token = extensions.get::<Caller>().map(|caller| caller.token_name.clone());
    let client = header_text(headers, header::USER_AGENT.as_str()).unwrap_or_default();
    Source {
        token: token.unwrap_or_default(),
        client: client.chars().take(CLIENT_CHARS_MAX).collect(),
        protocol,
    }
}

/// Records spans that were rejected individually, once per service and reason.
pub(super) async fn record_rejected_spans(app: &App, source: &Source, rejected: &Rejections) {
    if rejected.is_empty() {
        return;
    }
    counter!(INGEST_REJECTED_SPANS).increment(rejected.count());
    for (service_name, reason, spans) in rejected.counts() {
        let service_name = service_name.map(str::to_owned);
        record(app, source, service_name, spans, reason.to_owned()).await;
    }
}

/// Records a request that was rejected as a whole.
pub(super) async fn record_rejected_request(
    app: &App,
    source: &Source,
    rejected: &RejectedRequest,
) {
    record(app, source, None, rejected.spans, rejected.message.clone()).await;
}

/// Records a request that was rejected as a whole, before its spans were counted.
pub(crate) async fn record_rejection(app: &App, source: &Source, reason: String) {
    record(app, source, None, 0, reason).await;
}

/// Records a request to an OTLP endpoint without a valid token.
pub(crate) async fn record_unauthenticated_http(
    app: &App,
    path: &str,
    error: &ApiError,
    address: ClientAddress,
) {
    let protocol = match path {
        "/v1/traces" | "/v1/metrics" => IngestProtocol::OtlpHttp,
        "/v1/logs" => IngestProtocol::OtlpLogs,
        _ => return,
    };
    if error.code() == ErrorCode::Unauthenticated {
        record_unauthenticated(app, protocol, error.reason(), address).await;
    }
}

/// Records an unauthenticated request. Nothing of its headers is stored, since anyone may have
/// written them.
pub(super) async fn record_unauthenticated(
    app: &App,
    protocol: IngestProtocol,
    reason: String,
    ClientAddress(ip): ClientAddress,
) {
    let source = Source { protocol, ..Source::default() };
    let rejection = Rejection::new(source, reason, app.clock.now());
    store(app, Rejection { authenticated: false, address: Some(ip), ..rejection }).await;
}

/// Records `spans` spans or log records that were rejected for one reason.
pub(super) async fn record(
    app: &App,
    source: &Source,
    service_name: Option<String>,
    spans: u64,
    reason: String,
) {
    let rejection = Rejection::new(source.clone(), reason, app.clock.now());
    store(app, Rejection { service_name, spans, ..rejection }).await;
}

async fn store(app: &App, rejection: Rejection) {
    if let Err(error) = app.ledger.record_rejection(rejection).await {
        tracing::warn!(%error, "could not record a rejected request");
    }
}
