//! The artifacts of runs: lists, and downloads and uploads by the run's page.
use axum::{
    Json,
    body::{Body, Bytes},
    http::{Method, header},
    response::{IntoResponse, Response},
};
use kansoku_mlflow::{
    ClientFlavor, Fields,
    run::{artifact_uri, run_id},
};
use kansoku_model::{RunId, Scope};
use serde::Deserialize;
use serde_json::Value;

use super::proxy;
use crate::{
    ApiError, App, Limits,
    artifacts::{path::ArtifactPath, shared::proxied_path, trace_objects::Uploader},
    http::{admission_error::AdmissionError, body::read_body, extract::Query},
    mlflow::experiments::location_of,
    route_table::Routes,
};

/// Larger files are uploaded as artifacts.
const UPLOAD_BYTES_MAX: usize = 10 << 20;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "2.0/mlflow/artifacts/list", list);
    // Only for browsers, as in MLflow.
    routes.plain(Scope::Read, Method::GET, "/get-artifact", download);
    routes.plain(Scope::Write, Method::POST, "/ajax-api/2.0/mlflow/upload-artifact", upload);
}

/// `GET /api/2.0/mlflow/artifacts/list?run_id=…&path=…`
pub(in crate::mlflow) async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let root = root(&app, &run_id(&fields)?).await?;
    proxy::list_below(&app, &root, &fields.str("path")?.unwrap_or_default()).await
}

/// `GET /get-artifact?run_uuid=…&path=…`
async fn download(app: App, fields: Fields) -> Result<Response, ApiError> {
    let path = ArtifactPath::parse_file(&fields.required_str("path")?)?;
    let root = root(&app, &run_id(&fields)?).await?;
    proxy::send_below(&app, &root, path).await
}

#[derive(Deserialize)]
struct UploadQuery {
    run_uuid: String,
    path: String,
}

/// `POST /ajax-api/2.0/mlflow/upload-artifact?run_uuid=…&path=…`
async fn upload(
    app: App,
    Query(query): Query<UploadQuery>,
    from: Uploader,
    body: Body,
) -> Result<Response, ApiError> {
    let path = ArtifactPath::parse_file(&query.path)?;
    let root = root(&app, &RunId(query.run_uuid)).await?;
    let to = proxied_path(&root, path)?;
    let limits = Limits {
        body_bytes_max: UPLOAD_BYTES_MAX,
        inflated_bytes_max: UPLOAD_BYTES_MAX,
        ..app.limits.clone()
    };
    let content = match read_body(&from.headers, body, &limits, &from.reserved).await {
        Err(AdmissionError::TooLarge(_) | AdmissionError::TooLargeInflated(_)) => {
            return Err(ApiError::invalid(format!(
                "the file is larger than {UPLOAD_BYTES_MAX} bytes, the most that is taken here; \
                 log it as an artifact instead"
            )));
        }
        read => read?,
    };
    if content.is_empty() {
        return Err(ApiError::invalid("the request has no content to be the file"));
    }
    let whole = futures::stream::iter([Ok::<Bytes, std::convert::Infallible>(content)]);
    app.artifacts.write(&app.artifacts.file(&to).await?, &to.to_string(), whole).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], ()).into_response())
}

/// The URI of a run's artifacts.
pub(super) async fn root(app: &App, run: &RunId) -> Result<String, ApiError> {
    let run = app.meta.run(run).await?.info;
    let location = location_of(app, ClientFlavor::Plain, run.experiment_id).await?;
    Ok(artifact_uri(&location, &run.run_id))
}
