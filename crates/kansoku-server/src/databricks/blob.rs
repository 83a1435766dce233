//! The other end of a signed URL: what its claims allow, done without a token.
use axum::{
    Json,
    body::Body,
    extract::{Path, rejection::PathRejection},
    http::Method,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::signed::{Deed, PREFIX, Refused, Signer};
use crate::{
    ApiError, App,
    artifacts::{
        multipart,
        trace_objects::{self, TraceObject, Uploader},
    },
    routes::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    let path = format!("{PREFIX}{{ticket}}");
    routes.open(Method::PUT, &path, upload);
    routes.open(Method::GET, &path, download);
}

/// `PUT /_signed/{ticket}`
async fn upload(
    app: App,
    ticket: Result<Path<String>, PathRejection>,
    from: Uploader,
    body: Body,
) -> Result<Response, ApiError> {
    match deed(&app, ticket).await? {
        Deed::Upload { trace, path } => {
            let object = TraceObject::parse(&path)?;
            trace_objects::put(&app, &trace, None, object, &from, body).await?;
            Ok(Json(json!({})).into_response())
        }
        Deed::UploadPart { upload, part } => multipart::put_part(&app, &upload, part, body).await,
        other @ Deed::Download { .. } => Err(Refused::OtherDeed(other).into()),
    }
}

/// `GET /_signed/{ticket}`
async fn download(
    app: App,
    ticket: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    match deed(&app, ticket).await? {
        Deed::Download { trace, path } => {
            trace_objects::get(&app, &trace, TraceObject::parse(&path)?).await
        }
        other => Err(Refused::OtherDeed(other).into()),
    }
}

async fn deed(app: &App, ticket: Result<Path<String>, PathRejection>) -> Result<Deed, ApiError> {
    let Path(ticket) = ticket.map_err(|_| Refused::Forged)?;
    let signer = Signer::load(&*app.meta).await?;
    Ok(signer.check(&ticket, app.clock.now())?)
}
