//! Health, version, server info and metrics: what probes and clients ask before anything else.
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Json,
    http::{Method, header},
    response::{IntoResponse, Response},
};
use kansoku_model::{ErrorCode, Scope};
use serde_json::{Value, json};

use crate::{ApiError, App, RouteAccess, http::route_table::Routes};

/// The MLflow whose API this is. Clients refuse to send OTLP to anything below 3.4.
pub const MLFLOW_VERSION: &str = "3.17.2";

/// Whether load balancers should send requests here.
#[derive(Clone)]
pub struct Health {
    stopping: Arc<AtomicBool>,
    trouble: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// What is doubted of the clock, in a sentence.
    clock: Arc<Mutex<Option<String>>>,
}

impl Health {
    /// `trouble` says what is wrong, in a sentence, as long as something is.
    pub fn watching(trouble: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self { stopping: Arc::default(), trouble: Arc::new(trouble), clock: Arc::default() }
    }

    /// From now on `/health` answers 503; requests are served as before.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn warn_of_clock(&self, warning: Option<String>) {
        *self.clock.lock().expect("setting never panics") = warning;
    }

    /// What somebody should look at, while everything is served.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.clock.lock().expect("cloning never panics").iter().cloned().collect()
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        if self.stopping.load(Ordering::Relaxed) {
            return Some("the server is stopping".to_owned());
        }
        (self.trouble)()
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::watching(|| None)
    }
}

pub(crate) fn routes(routes: &mut Routes) {
    routes.open(Method::GET, "/health", health);
    routes.open(Method::GET, "/version", version);
    routes.plain(RouteAccess::AllExperiments(Scope::Read), Method::GET, "/metrics", metrics);
    routes.api(RouteAccess::AnyToken, Method::GET, "3.0/mlflow/server-info", server_info);
}

/// `GET /health`: `OK`, and a line for each warning.
async fn health(app: App) -> Result<String, ApiError> {
    match app.health.trouble() {
        None => {
            let warnings = app.health.warnings().into_iter();
            Ok(warnings.fold("OK".to_owned(), |text, line| format!("{text}\nwarning: {line}")))
        }
        Some(trouble) => Err(ApiError::new(ErrorCode::TemporarilyUnavailable, trouble)),
    }
}

/// `GET /version`
async fn version() -> &'static str {
    MLFLOW_VERSION
}

/// `GET /metrics`
async fn metrics(app: App) -> Response {
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], app.metrics.render()).into_response()
}

/// `GET /api/3.0/mlflow/server-info`
async fn server_info() -> Json<Value> {
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
