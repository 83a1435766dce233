//! The discovery document that the Databricks SDK requests before almost every call.
use axum::{Json, http::Method};
use serde_json::{Value, json};

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    routes.open(Method::GET, "/.well-known/databricks-config", databricks_config);
}

/// `GET /.well-known/databricks-config`: the SDK accepts an empty document silently, but warns
/// about a 404.
async fn databricks_config() -> Json<Value> {
    Json(json!({}))
}
