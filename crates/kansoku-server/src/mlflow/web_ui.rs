//! Routes by which MLflow's own web UI looks for features that are not here. They answer as a server
//! on which nothing of them is configured, since the UI shows errors as errors.
use axum::{Json, http::Method};
use serde_json::{Value, json};

use crate::{RouteAccess, route_table::Routes};

/// Only for browsers, as in MLflow.
pub(crate) fn routes(routes: &mut Routes) {
    let telemetry = "/ajax-api/3.0/mlflow/ui-telemetry";
    routes.plain(RouteAccess::AnyToken, Method::GET, telemetry, telemetry_settings);
    routes.plain(RouteAccess::AnyToken, Method::POST, telemetry, discard_telemetry);
    let assistant = "/ajax-api/3.0/mlflow/assistant";
    let (config, providers) = (format!("{assistant}/config"), format!("{assistant}/providers"));
    routes.plain(RouteAccess::AnyToken, Method::GET, &config, assistant_config);
    routes.plain(RouteAccess::AnyToken, Method::GET, &providers, assistant_providers);
    let gateway = "/ajax-api/2.0/mlflow/gateway-proxy";
    routes.plain(RouteAccess::AnyToken, Method::GET, gateway, gateway_endpoints);
}

/// `GET ui-telemetry`: nothing is collected here.
async fn telemetry_settings() -> Json<Value> {
    Json(json!({
        "disable_ui_telemetry": true,
        "disable_ui_events": [],
        "ui_rollout_percentage": 0,
    }))
}

/// `POST ui-telemetry`
async fn discard_telemetry() -> Json<Value> {
    Json(json!({ "status": "disabled" }))
}

/// `GET assistant/config`
async fn assistant_config() -> Json<Value> {
    Json(json!({ "providers": {}, "projects": {}, "remote_access_allowed": false }))
}

/// `GET assistant/providers`
async fn assistant_providers() -> Json<Value> {
    Json(json!({ "providers": [], "resolved": null, "gateway_vendor_options": {} }))
}

/// `GET gateway-proxy`
async fn gateway_endpoints() -> Json<Value> {
    Json(json!({ "endpoints": [] }))
}
