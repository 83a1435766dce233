//! Multipart uploads of large files: the client requests one signed URL per part, uploads the parts
//! in any order, and lists them all to complete the file.
use axum::{
    Json,
    body::Body,
    http::{HeaderMap, Method},
};
use kansoku_mlflow::Fields;
use kansoku_model::Scope;
use serde_json::{Value, json};

use super::upload::{Upload, num_parts};
use crate::{
    ApiError, App,
    artifacts::{
        path::ArtifactPath,
        trace_objects::{self, TraceObject, Uploader},
    },
    auth::signed_url::{Origin, SignedAction, Signer},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Ingest, Method::POST, "2.0/mlflow-artifacts/mpu/create/{*folder}", create);
    routes.api(
        Scope::Ingest,
        Method::POST,
        "2.0/mlflow-artifacts/mpu/complete/{*folder}",
        complete,
    );
    routes.api(Scope::Ingest, Method::POST, "2.0/mlflow-artifacts/mpu/abort/{*folder}", abort);
}

/// `POST /api/2.0/mlflow-artifacts/mpu/create/<folder>`
async fn create(app: App, origin: Origin, fields: Fields) -> Result<Json<Value>, ApiError> {
    let parts = num_parts(&fields)?;
    let target = target(&fields)?;
    check_target(&app, &target).await?;
    let upload = Upload::start(&app, &target).await?;
    let signer = Signer::load(&app.access).await?;
    let credential = |part: u32| {
        let action = SignedAction::UploadPart { upload: upload.id.clone(), part };
        let url = format!("{origin}{}", signer.sign(action, &*app.clock));
        json!({ "url": url, "part_number": part, "headers": {} })
    };
    let credentials: Vec<Value> = (1..=parts).map(credential).collect();
    Ok(Json(json!({ "upload_id": upload.id, "credentials": credentials })))
}

/// `POST /api/2.0/mlflow-artifacts/mpu/complete/<folder>`
async fn complete(app: App, from: Uploader, fields: Fields) -> Result<Json<Value>, ApiError> {
    let upload = Upload::find(&app, &fields.required_str("upload_id")?).await?;
    let path = target(&fields)?;
    check_target(&app, &path).await?;
    upload.check_target(&path).await?;
    let body = upload.content(&app, &fields, "parts").await?;
    match path.trace_place() {
        Some(place) => {
            let object = TraceObject::parse(&place.object)?;
            let body = Body::from_stream(body);
            // The headers of this request do not describe the encoding of the parts.
            let from = Uploader { headers: HeaderMap::new(), ..from };
            let experiment = Some(place.experiment);
            trace_objects::put(&app, &place.trace, experiment, object, &from, body).await?;
        }
        None => {
            let to = app.artifacts.file(&path).await?;
            app.artifacts.write(&to, &path.to_string(), body).await?;
        }
    }
    upload.forget(&app).await?;
    Ok(Json(json!({})))
}

/// `POST /api/2.0/mlflow-artifacts/mpu/abort/<folder>`
async fn abort(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    // An upload that no longer exists counts as aborted.
    if let Ok(upload) = Upload::find(&app, &fields.required_str("upload_id")?).await {
        let path = target(&fields)?;
        check_target(&app, &path).await?;
        upload.check_target(&path).await?;
        upload.forget(&app).await?;
    }
    Ok(Json(json!({})))
}

/// The path of the file: the folder in the URL, joined with the file name of the client's local
/// path.
fn target(fields: &Fields) -> Result<ArtifactPath, ApiError> {
    let local = fields.required_str("path")?;
    let name = ArtifactPath::parse_file(local.rsplit(['/', '\\']).next().unwrap_or(&local))?;
    Ok(ArtifactPath::parse(&fields.required_str("folder")?)?.join(name))
}

/// Fails if the caller may not write the file. A file outside of a trace needs more than the right
/// to send traces.
async fn check_target(app: &App, path: &ArtifactPath) -> Result<(), ApiError> {
    match path.trace_place() {
        Some(place) => match app.access.rights() {
            Some(rights) => Ok(rights.check(place.experiment).await?),
            None => Ok(()),
        },
        None => {
            app.access.require(Scope::Write)?;
            app.artifacts.file(path).await?;
            Ok(())
        }
    }
}
