//! The discovery document that the Databricks SDK asks for before almost every call.
use axum::{Json, http::Method};
use serde_json::{Value, json};

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    routes.open(Method::GET, "/.well-known/databricks-config", databricks_config);
}

/// `GET /.well-known/databricks-config`: an empty answer is taken silently, a 404 warned about.
async fn databricks_config() -> Json<Value> {
    Json(json!({}))
}
