//! The routes of signed URLs, which do without a token what the claims grant.
use axum::{
    Json,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{Extensions, Method},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::upload::{self, Upload};
use crate::{
    ApiError, App, ClientAddress, RouteAccess,
    artifacts::{
        download::send,
        path::ArtifactPath,
        trace_objects::{self, TraceObject, Uploader},
    },
    auth::signed_url::{Grant, SignedAction, SignedUrlError, Signer},
    http::SIGNED_URL_PREFIX,
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let path = format!("{SIGNED_URL_PREFIX}{{grant}}");
    routes.open(Method::PUT, &path, put);
    routes.open(Method::GET, &path, get);
    routes.open(Method::DELETE, &path, delete);
}

/// `PUT /_signed/{grant}`
async fn put(
    State(app): State<App>,
    extensions: Extensions,
    grant: Result<Path<String>, PathRejection>,
    mut from: Uploader,
    body: Body,
) -> Result<Response, ApiError> {
    let (app, action) = redeem(&app, &extensions, grant).await?;
    from.source.token = app.access.caller().token_name.clone();
    match action {
        SignedAction::Upload { trace, path } => {
            let object = TraceObject::parse(&path)?;
            trace_objects::put(&app, &trace, None, object, &from, body).await?;
            Ok(Json(json!({})).into_response())
        }
        SignedAction::UploadPart { upload, part } => {
            upload::put_part(&app, &upload, part, body).await
        }
        SignedAction::UploadFile { path } => {
            let path = ArtifactPath::parse(&path)?;
            let to = app.artifacts.file(&path).await?;
            app.artifacts.write(&to, &path.to_string(), body.into_data_stream()).await?;
            Ok(Json(json!({})).into_response())
        }
        other => Err(SignedUrlError::WrongAction(other).into()),
    }
}

/// `GET /_signed/{grant}`
async fn get(
    State(app): State<App>,
    extensions: Extensions,
    grant: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let (app, action) = redeem(&app, &extensions, grant).await?;
    match action {
        SignedAction::Download { trace, path } => {
            trace_objects::get(&app, &trace, TraceObject::parse(&path)?).await
        }
        SignedAction::DownloadFile { path } => {
            let path = ArtifactPath::parse(&path)?;
            let from = app.artifacts.file(&path).await?;
            Ok(send(app.artifacts.read(&from, &path.to_string()).await?, path.file_name()))
        }
        other => Err(SignedUrlError::WrongAction(other).into()),
    }
}

/// `DELETE /_signed/{grant}`
async fn delete(
    State(app): State<App>,
    extensions: Extensions,
    grant: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let (app, action) = redeem(&app, &extensions, grant).await?;
    match action {
        SignedAction::AbortUpload { upload } => {
            Upload::abort(&app, &upload).await?;
            Ok(Json(json!({})))
        }
        other => Err(SignedUrlError::WrongAction(other).into()),
    }
}

/// The action that a URL grants, and the app with the current rights of the token that requested
/// it.
async fn redeem(
    app: &App,
    extensions: &Extensions,
    grant: Result<Path<String>, PathRejection>,
) -> Result<(App, SignedAction), ApiError> {
    let Path(grant) = grant.map_err(|_| SignedUrlError::Forged)?;
    let signer = Signer::load(&app.access).await?;
    let Grant { action, by } = signer.check(&grant, app.clock.now())?;
    let caller = app.access.signer(by).await?.ok_or(SignedUrlError::TokenEnded)?;
    RouteAccess::from(action.scope()).check(&caller)?;
    Ok((app.for_caller(&caller, ClientAddress::from_extensions(extensions)), action))
}
