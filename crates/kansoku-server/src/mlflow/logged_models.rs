//! Logged models, which are not supported: a search finds none.
//!
//! Clients search for a run's models before they list its artifacts; an error would hide the
//! artifacts too.
use axum::{Json, http::Method};
use kansoku_mlflow::Fields;
use kansoku_model::Scope;
use serde_json::{Value, json};

use crate::{ApiError, Support, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api_as(
        Scope::Read,
        Support::Partial,
        Method::POST,
        "2.0/mlflow/logged-models/search",
        search,
    );
}

/// `POST /api/2.0/mlflow/logged-models/search`
async fn search(fields: Fields) -> Result<Json<Value>, ApiError> {
    fields.required_list_str("experiment_ids")?;
    Ok(Json(json!({})))
}
