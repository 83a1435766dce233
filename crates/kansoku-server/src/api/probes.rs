//! Health, version, server info and metrics: the routes for probes, and for clients before their
//! first call.
use axum::{
    Json,
    http::{Method, header},
    response::{IntoResponse, Response},
};
use kansoku_model::{ErrorCode, Scope};
use serde_json::{Value, json};

use crate::{ApiError, App, MLFLOW_VERSION, RouteAccess, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.open(Method::GET, "/health", get_health);
    routes.open(Method::GET, "/version", get_version);
    routes.plain(RouteAccess::AllExperiments(Scope::Read), Method::GET, "/metrics", get_metrics);
    routes.api(RouteAccess::AnyToken, Method::GET, "3.0/mlflow/server-info", get_server_info);
}

/// `GET /health`: `OK`, and one line for each warning.
async fn get_health(app: App) -> Result<String, ApiError> {
    match app.health.unhealthy_reason() {
        None => {
            let warnings = app.health.warnings().into_iter();
            Ok(warnings.fold("OK".to_owned(), |text, line| format!("{text}\nwarning: {line}")))
        }
        Some(unhealthy_reason) => {
            Err(ApiError::new(ErrorCode::TemporarilyUnavailable, unhealthy_reason))
        }
    }
}

/// `GET /version`
async fn get_version() -> &'static str {
    MLFLOW_VERSION
}

/// `GET /metrics`
async fn get_metrics(app: App) -> Result<Response, ApiError> {
    if let Some(runner) = &app.scorers {
        runner.record_gauges().await?;
    }
    if let Some(archive) = &app.archive {
        archive.record_gauges().await?;
    }
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], app.metrics.render()).into_response())
}

/// `GET /api/3.0/mlflow/server-info`
async fn get_server_info() -> Json<Value> {
    Json(json!({
        "store_type": "SqlStore",
        "workspaces_enabled": false,
        "trace_archival_enabled": false,
        "multipart_uploads_enabled": true,
        "multipart_downloads_enabled": false,
        "presigned_upload_run_id_supported": false,
        "presigned_upload_model_id_supported": false,
        "features_enabled": { "gateway": false },
        "kansoku_version": env!("CARGO_PKG_VERSION"),
    }))
}
