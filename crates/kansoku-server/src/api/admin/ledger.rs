//! What came from whom and what became of it: why there are traces, or why there are none.
use axum::{Json, http::Method};
use kansoku_model::{Scope, Source};
use kansoku_store::{Audit, Ledger, Rejection, SourceCounts};
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::GET, "3.0/kansoku/ingest", ingest);
    routes.api(Scope::Admin, Method::GET, "3.0/kansoku/audit", audit);
}

/// `GET /api/3.0/kansoku/ingest`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/ingest",
    operation_id = "ingest_ledger",
    summary = "What came from whom, and what became of it",
    responses((status = 200, body = Value, description = "`totals`, `sources`, `rejections`")),
)]
pub(super) async fn ingest(app: App) -> Result<Json<Value>, ApiError> {
    let ledger = app.ledger.ledger().await?;
    let sum = |of: fn(&SourceCounts) -> u64| ledger.sources.iter().map(of).sum::<u64>();
    Ok(Json(json!({
        "totals": {
            "received": sum(received),
            "stored": ledger.stored(),
            "duplicate": sum(|source| source.duplicate),
            "rejected": sum(|source| source.rejected),
            "rejected_requests": sum(|source| source.rejected_requests),
            "log_records": sum(|source| source.log_records),
            "bytes": sum(|source| source.bytes),
            "deleted": ledger.deleted_spans,
        },
        "sources": ledger.sources.iter().map(source_json).collect::<Vec<_>>(),
        "rejections": rejections_json(&ledger),
    })))
}

fn received(source: &SourceCounts) -> u64 {
    source.stored + source.duplicate + source.rejected
}

fn source_json(counts: &SourceCounts) -> Value {
    let mut json = sender(&counts.source, Some(&counts.service_name));
    json["first_seen"] = json!(counts.first_seen.to_string());
    json["last_seen"] = json!(counts.last_seen.to_string());
    json["received"] = json!(received(counts));
    json["stored"] = json!(counts.stored);
    json["duplicate"] = json!(counts.duplicate);
    json["rejected"] = json!(counts.rejected);
    json["rejected_requests"] = json!(counts.rejected_requests);
    json["log_records"] = json!(counts.log_records);
    json["bytes"] = json!(counts.bytes);
    json
}

fn rejections_json(ledger: &Ledger) -> Vec<Value> {
    let rejection = |rejection: &Rejection| {
        let mut json = sender(&rejection.source, rejection.service_name.as_ref());
        json["at"] = json!(rejection.at.to_string());
        json["spans"] = json!(rejection.spans);
        json["requests"] = json!(rejection.requests);
        json["authenticated"] = json!(rejection.authenticated);
        json["address"] = json!(rejection.address.map(|address| address.to_string()));
        json["reason"] = json!(rejection.reason);
        json
    };
    ledger.rejections.iter().map(rejection).collect()
}

fn sender(source: &Source, service_name: Option<&String>) -> Value {
    let Source { token, client, protocol } = source;
    json!({
        "token": token,
        "client": client,
        "protocol": protocol.as_str(),
        "service_name": service_name.map_or("", String::as_str),
    })
}

/// `GET /api/3.0/kansoku/audit`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/audit",
    summary = "Whether what was accepted is there",
    responses((status = 200, body = Value)),
)]
pub(super) async fn audit(app: App) -> Result<Json<Value>, ApiError> {
    let Audit { traces, spans, expected_spans, spans_in_payload, problems } =
        app.maintenance.audit(Box::new(|_| {})).await?;
    Ok(Json(json!({
        "traces": traces,
        "spans": spans,
        "expected_spans": expected_spans,
        "spans_in_payload": spans_in_payload,
        "difference": spans.cast_signed() - expected_spans.cast_signed(),
        "problems": problems,
    })))
}
