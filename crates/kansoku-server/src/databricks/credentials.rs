//! Signed URLs for the objects of a trace, in Databricks' response format.
use axum::{Json, http::Method};
use kansoku_mlflow::{Fields, credential::credential, ids::trace_id};
use kansoku_model::{Scope, TraceId};
use serde_json::{Value, json};

use crate::{
    ApiError, App,
    artifacts::trace_objects::{SPANS, TraceObject},
    auth::signed_url::{Origin, SignedAction, Signer},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let of_trace = |what: &str| format!("2.0/mlflow/traces/{{trace_id}}/{what}");
    routes.api(Scope::Ingest, Method::GET, &of_trace("credentials-for-data-upload"), for_upload);
    routes.api(Scope::Read, Method::GET, &of_trace("credentials-for-data-download"), for_download);
}

/// `GET /api/2.0/mlflow/traces/{trace_id}/credentials-for-data-upload`
async fn for_upload(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (trace, path) = object(&app, &fields).await?;
    credentials(&app, &origin, SignedAction::Upload { trace, path }).await
}

/// `GET /api/2.0/mlflow/traces/{trace_id}/credentials-for-data-download`
async fn for_download(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    let (trace, path) = object(&app, &fields).await?;
    credentials(&app, &origin, SignedAction::Download { trace, path }).await
}

/// An existing trace, and its requested object: the attachment in `path`, or else the spans.
async fn object(app: &App, fields: &Fields) -> Result<(TraceId, String), ApiError> {
    let trace = app.traces.info(&trace_id(fields)?).await?.trace_id;
    let path = fields.str("path")?.filter(|path| !path.is_empty());
    Ok((trace, TraceObject::parse(path.as_deref().unwrap_or(SPANS))?.to_string()))
}

async fn credentials(
    app: &App,
    origin: &Origin,
    action: SignedAction,
) -> Result<Json<Value>, ApiError> {
    let signed = Signer::load(&app.access).await?.sign(action, &*app.clock);
    Ok(Json(json!({ "credential_info": credential(&format!("{origin}{signed}")) })))
}
