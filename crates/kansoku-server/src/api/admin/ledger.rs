//! The ingest ledger, and the audit that compares it with the store. They show why there are
//! traces, or why there are none.
use axum::{Json, http::Method};
use kansoku_model::{Scope, Source};
use kansoku_store::{Audit, Ledger, Rejection as StoredRejection, SourceCounts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ApiError, App, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::GET, "3.0/kansoku/ingest", get_ingest_ledger);
    routes.api(Scope::Admin, Method::GET, "3.0/kansoku/audit", run_audit);
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestLedger {
    totals: IngestTotals,
    sources: Vec<IngestSource>,
    /// Newest first.
    rejections: Vec<Rejection>,
}

/// Counts of spans, unless a name says otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestTotals {
    /// The sum of stored, duplicate and rejected spans.
    received: u64,
    stored: u64,
    duplicate: u64,
    rejected: u64,
    rejected_requests: u64,
    log_records: u64,
    bytes: u64,
    /// Spans that were stored and have since been deleted with their traces.
    deleted: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestSource {
    #[serde(flatten)]
    sender: Sender,
    /// In RFC 3339, like all times here.
    first_seen: String,
    last_seen: String,
    received: u64,
    stored: u64,
    duplicate: u64,
    rejected: u64,
    rejected_requests: u64,
    log_records: u64,
    bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rejection {
    #[serde(flatten)]
    sender: Sender,
    /// The time of the last of them.
    at: String,
    /// The number of spans or log records; 0 if the request could not be read.
    spans: u64,
    requests: u64,
    /// Whether the request had a valid token, or needed none.
    authenticated: bool,
    address: Option<String>,
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sender {
    /// The name of the token.
    token: String,
    client: String,
    protocol: &'static str,
    /// Empty if the resource has no `service.name`.
    service_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditResult {
    traces: u64,
    /// Rows of spans.
    spans: u64,
    /// The number of spans according to the ledger.
    expected_spans: u64,
    /// The number of spans in the stored OTLP.
    spans_in_payload: u64,
    /// `spans` minus `expected_spans`.
    difference: i64,
    /// One sentence for each problem.
    problems: Vec<String>,
}

/// `GET /api/3.0/kansoku/ingest`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/ingest",
    summary = "The ingest ledger: spans received, stored and rejected, by sender",
    responses((status = 200, body = IngestLedger)),
)]
pub(super) async fn get_ingest_ledger(app: App) -> Result<Json<IngestLedger>, ApiError> {
    let ledger = app.ledger.ledger().await?;
    Ok(Json(IngestLedger {
        totals: totals(&ledger),
        sources: ledger.sources.into_iter().map(IngestSource::from).collect(),
        rejections: ledger.rejections.into_iter().map(Rejection::from).collect(),
    }))
}

fn totals(ledger: &Ledger) -> IngestTotals {
    let sum = |count: fn(&SourceCounts) -> u64| ledger.sources.iter().map(count).sum::<u64>();
    IngestTotals {
        received: sum(received),
        stored: ledger.stored(),
        duplicate: sum(|source| source.duplicate),
        rejected: sum(|source| source.rejected),
        rejected_requests: sum(|source| source.rejected_requests),
        log_records: sum(|source| source.log_records),
        bytes: sum(|source| source.bytes),
        deleted: ledger.deleted_spans,
    }
}

fn received(source: &SourceCounts) -> u64 {
    source.stored + source.duplicate + source.rejected
}

impl From<SourceCounts> for IngestSource {
    fn from(counts: SourceCounts) -> Self {
        Self {
            received: received(&counts),
            sender: sender(counts.source, counts.service_name),
            first_seen: counts.first_seen.to_string(),
            last_seen: counts.last_seen.to_string(),
            stored: counts.stored,
            duplicate: counts.duplicate,
            rejected: counts.rejected,
            rejected_requests: counts.rejected_requests,
            log_records: counts.log_records,
            bytes: counts.bytes,
        }
    }
}

impl From<StoredRejection> for Rejection {
    fn from(rejection: StoredRejection) -> Self {
        Self {
            sender: sender(rejection.source, rejection.service_name.unwrap_or_default()),
            at: rejection.at.to_string(),
            spans: rejection.spans,
            requests: rejection.requests,
            authenticated: rejection.authenticated,
            address: rejection.address.map(|address| address.to_string()),
            reason: rejection.reason,
        }
    }
}

fn sender(source: Source, service_name: String) -> Sender {
    let Source { token, client, protocol } = source;
    Sender { token, client, protocol: protocol.as_str(), service_name }
}

/// `GET /api/3.0/kansoku/audit`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/audit",
    summary = "Audits the store against the ingest ledger",
    responses((status = 200, body = AuditResult)),
)]
pub(super) async fn run_audit(app: App) -> Result<Json<AuditResult>, ApiError> {
    let Audit { traces, spans, expected_spans, spans_in_payload, problems } =
        app.maintenance.audit(Box::new(|_| {})).await?;
    Ok(Json(AuditResult {
        traces,
        spans,
        expected_spans,
        spans_in_payload,
        difference: spans.cast_signed() - expected_spans.cast_signed(),
        problems,
    }))
}
