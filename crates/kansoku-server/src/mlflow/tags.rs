//! Setting and deleting single tags of a trace.
use axum::{Json, http::Method};
use kansoku_mlflow::{
    Fields,
    ids::trace_id,
    text_limits::{check_key, check_length, truncate},
    trace_info::TAG_VALUE_MAX,
};
use kansoku_model::{Scope, tag_key};
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

const KEY_MAX: usize = 250;

pub(crate) fn routes(routes: &mut Routes) {
    for version in ["2.0", "3.0"] {
        let path = format!("{version}/mlflow/traces/{{trace_id}}/tags");
        routes.api(Scope::Ingest, Method::PATCH, &path, set_tag);
        routes.api(Scope::Write, Method::DELETE, &path, delete_tag);
    }
}

/// `PATCH /api/2.0/mlflow/traces/{trace_id}/tags`
async fn set_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let trace_id = trace_id(&fields)?;
    let key = fields.required_str("key")?;
    check_length("key", &key, KEY_MAX)?;
    check_key("key", &key)?;
    let value = truncate(fields.str("value")?.unwrap_or_default(), TAG_VALUE_MAX);
    match ownership(&key) {
        Ownership::Clients => app.traces.set_tag(&trace_id, &key, &value).await?,
        // The value is computed on each read. Setting the tag succeeds without effect, also when a
        // client sends back the value that it has read.
        Ownership::MadeUp => drop(app.traces.info(&trace_id).await?),
        Ownership::Servers | Ownership::ServersButDeletable => return Err(immutable(&key)),
    }
    Ok(Json(json!({})))
}

/// `DELETE /api/2.0/mlflow/traces/{trace_id}/tags`
async fn delete_tag(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let trace_id = trace_id(&fields)?;
    let key = fields.required_str("key")?;
    if let Ownership::Servers = ownership(&key) {
        return Err(immutable(&key));
    }
    app.traces.delete_tag(&trace_id, &key).await?;
    Ok(Json(json!({})))
}

enum Ownership {
    Clients,
    MadeUp,
    Servers,
    ServersButDeletable,
}

fn ownership(key: &str) -> Ownership {
    match key {
        tag_key::ARTIFACT_LOCATION => Ownership::MadeUp,
        tag_key::SPANS_LOCATION | tag_key::ARCHIVE_LOCATION => Ownership::Servers,
        tag_key::ARCHIVAL_FAILURE => Ownership::ServersButDeletable,
        _ => Ownership::Clients,
    }
}

fn immutable(key: &str) -> ApiError {
    ApiError::invalid(format!("Tag '{key}' is immutable and cannot be set on a trace."))
}
