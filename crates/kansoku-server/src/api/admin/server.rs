//! The version, the size and the settings of this server.
use axum::{Extension, Json, http::Method};
use kansoku_model::{Retention, Scope, TimestampMs};
use serde::Serialize;

use crate::{
    ApiError, App, MLFLOW_VERSION, RouteAccess, auth::caller::Caller, route_table::Routes,
};

/// Data about the start of the server, set by the process that started it.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    pub at: TimestampMs,
    /// The additional port that serves only gRPC, if configured; the main port serves gRPC too.
    pub grpc_port: Option<u16>,
}

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(RouteAccess::AnyToken, Method::GET, "3.0/kansoku/server", get_server);
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ServerInfo {
    version: &'static str,
    /// The version of MLflow whose API this server implements.
    mlflow_version: &'static str,
    started_ms: i64,
    /// Whether the server needs tokens, that is, whether this request was authenticated by one.
    needs_token: bool,
    /// The name of the caller's token.
    token_name: Option<String>,
    /// The scopes of the caller: `ingest`, `feedback`, `read`, `write`, `worker`, `admin`.
    scopes: Vec<&'static str>,
    /// Whether the caller may access all experiments.
    all_experiments: bool,
    /// `null` unless the caller may access all experiments, like the next two fields.
    database_bytes: Option<u64>,
    /// The size of large payloads, which are stored outside of the database.
    blob_bytes: Option<u64>,
    traces: Option<u64>,
    /// The age or size limit that applies unless an experiment sets its own, such as `30d, 10GB`.
    retention: Option<String>,
    otlp_http: bool,
    grpc_port: Option<u16>,
    /// Problems that need attention, one sentence each.
    warnings: Vec<String>,
}

/// `GET /api/3.0/kansoku/server`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/server",
    summary = "Version, settings and contents of this server",
    responses((status = 200, body = ServerInfo)),
)]
pub(super) async fn get_server(
    app: App,
    Extension(caller): Extension<Caller>,
) -> Result<Json<ServerInfo>, ApiError> {
    let all_experiments = caller.experiments.is_all();
    let size = match all_experiments {
        true => Some(app.maintenance.size().await?),
        false => None,
    };
    let scopes = Scope::ALL.into_iter().filter(|scope| caller.scopes.allow(*scope));
    Ok(Json(ServerInfo {
        version: env!("CARGO_PKG_VERSION"),
        mlflow_version: MLFLOW_VERSION,
        started_ms: app.started.at.0,
        needs_token: caller.token.is_some(),
        token_name: caller.token.map(|_| caller.token_name),
        scopes: scopes.map(Scope::as_str).collect(),
        all_experiments,
        database_bytes: size.map(|size| size.database_bytes),
        blob_bytes: size.map(|size| size.blob_bytes),
        traces: size.map(|size| size.traces),
        retention: in_words(app.retention),
        otlp_http: true,
        grpc_port: app.started.grpc_port,
        warnings: app.health.warnings(),
    }))
}

/// Formats a retention as in settings: `30d, 10GB`.
fn in_words(Retention { max_age, max_bytes }: Retention) -> Option<String> {
    let age = max_age.map(|age| {
        let minutes = age.0 / 60_000;
        match (minutes % 1440, minutes % 60) {
            (0, _) => format!("{}d", minutes / 1440),
            (_, 0) => format!("{}h", minutes / 60),
            _ => format!("{minutes}min"),
        }
    });
    const UNITS: [(&str, u64); 6] = [
        ("GiB", 1 << 30),
        ("GB", 1_000_000_000),
        ("MiB", 1 << 20),
        ("MB", 1_000_000),
        ("KB", 1_000),
        ("B", 1),
    ];
    let size = max_bytes.map(|bytes| {
        let whole = UNITS.iter().find(|(_, unit)| bytes % unit == 0 && 0 < bytes / unit);
        let (name, unit) = whole.copied().unwrap_or(("B", 1));
        format!("{}{name}", bytes / unit)
    });
    let words: Vec<String> = age.into_iter().chain(size).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_told_as_it_is_written() {
        for (age, size) in [("30d", "10GB"), ("36h", "2GiB"), ("90min", "1500MB"), ("2d", "7B")] {
            let max_age = Retention::parse_age(age).unwrap();
            let max_bytes = Retention::parse_bytes(size).unwrap();
            let told = in_words(Retention { max_age, max_bytes });
            assert_eq!(told.unwrap(), format!("{age}, {size}"));
            let told = in_words(Retention { max_age, max_bytes: None });
            assert_eq!(told.unwrap(), age);
        }
        assert_eq!(in_words(Retention::default()), None);
    }
}
