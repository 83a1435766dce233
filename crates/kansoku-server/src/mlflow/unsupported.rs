//! Routes of MLflow that are not supported: they return 501 with an explanation.
//!
//! Routes that MLflow's own server lacks are not included, because clients fall back to others on
//! 404.
use axum::http::Method;
use kansoku_model::ErrorCode;

use crate::{ApiError, RouteAccess, Support, route_table::Routes};

/// The unsupported areas: a description for the message, and the routes.
const AREAS: &[(&str, &[(&str, &str)])] = &[
    ("stages of models, for which prompts have aliases,", STAGES),
    ("workspaces", WORKSPACES),
    ("the gateway, whose endpoints the settings name,", GATEWAY),
    ("background jobs", JOBS),
    ("MLflow's demo data, for which there is `kansoku demo`,", DEMO),
];

const STAGES: &[(&str, &str)] = &[("POST", "2.0/mlflow/model-versions/transition-stage")];

const WORKSPACES: &[(&str, &str)] = &[
    ("GET", "3.0/mlflow/workspaces"),
    ("POST", "3.0/mlflow/workspaces"),
    ("GET", "3.0/mlflow/workspaces/{workspace}"),
    ("PATCH", "3.0/mlflow/workspaces/{workspace}"),
    ("DELETE", "3.0/mlflow/workspaces/{workspace}"),
];

const GATEWAY: &[(&str, &str)] = &[
    ("GET", "3.0/mlflow/gateway/{*path}"),
    ("POST", "3.0/mlflow/gateway/{*path}"),
    ("PATCH", "3.0/mlflow/gateway/{*path}"),
    ("DELETE", "3.0/mlflow/gateway/{*path}"),
];

const JOBS: &[(&str, &str)] = &[
    ("GET", "3.0/mlflow/jobs/{job_id}"),
    ("PATCH", "3.0/mlflow/jobs/cancel/{job_id}"),
    ("POST", "3.0/mlflow/scorer/invoke"),
    ("POST", "3.0/mlflow/genai/evaluate/invoke"),
    ("POST", "3.0/mlflow/issues/invoke"),
    ("GET", "3.0/mlflow/prompt-optimization/jobs"),
    ("POST", "3.0/mlflow/prompt-optimization/jobs"),
    ("POST", "3.0/mlflow/prompt-optimization/jobs/search"),
    ("GET", "3.0/mlflow/prompt-optimization/jobs/{job_id}"),
    ("DELETE", "3.0/mlflow/prompt-optimization/jobs/{job_id}"),
    ("POST", "3.0/mlflow/prompt-optimization/jobs/{job_id}/cancel"),
];

const DEMO: &[(&str, &str)] =
    &[("POST", "3.0/mlflow/demo/generate"), ("POST", "3.0/mlflow/demo/delete")];

pub(crate) fn routes(routes: &mut Routes) {
    for (area, rows) in AREAS {
        for (method, path) in *rows {
            let method = Method::from_bytes(method.as_bytes()).expect("a method that HTTP defines");
            routes.api_as(RouteAccess::AnyToken, Support::Refused, method, path, move || {
                refuse(area)
            });
        }
    }
}

async fn refuse(area: &'static str) -> ApiError {
    let message = format!("this server does not do {area} yet; traces are what it is for");
    ApiError::new(ErrorCode::NotImplemented, message)
}
