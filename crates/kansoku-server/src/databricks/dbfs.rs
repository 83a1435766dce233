//! The objects of a trace below `/dbfs/`, for clients that were given a `dbfs:/` location.
//!
//! These URLs are not signed: requests contain the client's token, like other requests.
use axum::{Json, body::Body, http::Method, response::Response};
use kansoku_model::{Scope, TraceId};
use serde_json::{Value, json};

use crate::{
    ApiError, App,
    artifacts::{
        folder::ArtifactError,
        path::ArtifactPath,
        trace_objects::{self, TraceObject, Uploader},
    },
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.plain(Scope::Ingest, Method::POST, "/dbfs/{*path}", upload);
    routes.plain(Scope::Ingest, Method::PUT, "/dbfs/{*path}", upload);
    routes.plain(Scope::Read, Method::GET, "/dbfs/{*path}", download);
}

/// `POST /dbfs/…/<experiment>/<trace>/artifacts/<object>`
async fn upload(
    app: App,
    path: ArtifactPath,
    from: Uploader,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let (trace, object) = trace_object(&path)?;
    trace_objects::put(&app, &trace, None, object, &from, body).await?;
    Ok(Json(json!({})))
}

/// `GET /dbfs/…/<experiment>/<trace>/artifacts/<object>`
async fn download(app: App, path: ArtifactPath) -> Result<Response, ApiError> {
    let (trace, object) = trace_object(&path)?;
    trace_objects::get(&app, &trace, object).await
}

/// The end of the path names the object; the client chooses what comes before.
fn trace_object(path: &ArtifactPath) -> Result<(TraceId, TraceObject), ApiError> {
    let text = path.to_string();
    let no_object = || ArtifactError::NotFound(text.clone());
    let (before, object) = text.rsplit_once("/artifacts/").ok_or_else(no_object)?;
    let trace = before.rsplit('/').next().unwrap_or(before).to_owned();
    Ok((TraceId::try_from(trace).map_err(|_| no_object())?, TraceObject::parse(object)?))
}
