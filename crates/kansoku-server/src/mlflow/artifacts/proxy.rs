//! `mlflow-artifacts`: the folder over HTTP, for clients whose locations start with
//! `mlflow-artifacts:/`.
use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, Path},
    http::{Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use kansoku_model::{ErrorCode, Scope};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;

use crate::{
    ApiError, App, Fields, RouteAccess,
    artifacts::{
        folder::{ArtifactError, Entry, File},
        path::{ArtifactPath, InvalidPath, TracePlace},
        trace_objects::{self, SPANS, TraceObject, Uploader},
    },
    auth::audit::AuditEvent,
    http::route_table::{Routes, Support},
};

pub(crate) fn routes(routes: &mut Routes) {
    let file = "2.0/mlflow-artifacts/artifacts/{*path}";
    routes.api(Scope::Ingest, Method::PUT, file, upload);
    routes.api(Scope::Read, Method::GET, file, download);
    routes.api(Scope::Write, Method::DELETE, file, delete);
    routes.api(Scope::Read, Method::GET, "2.0/mlflow-artifacts/artifacts", list);
    let presigned = "2.0/mlflow-artifacts/presigned/{*path}";
    routes.api_as(
        RouteAccess::AnyToken,
        Support::Refused,
        Method::GET,
        presigned,
        no_presigned_download,
    );
}

/// `PUT /api/2.0/mlflow-artifacts/artifacts/<path>`
async fn upload(
    app: App,
    path: ArtifactPath,
    from: Uploader,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    match path.trace_place() {
        Some(TracePlace { experiment, trace, object }) => {
            let object = TraceObject::parse(&object)?;
            trace_objects::put(&app, &trace, Some(experiment), object, &from, body).await?;
        }
        None => {
            app.access.require(Scope::Write)?;
            let to = app.artifacts.file(&path).await?;
            app.artifacts.write(&to, &path.to_string(), body.into_data_stream()).await?;
        }
    }
    Ok(Json(json!({})))
}

/// `GET /api/2.0/mlflow-artifacts/artifacts/<path>`
async fn download(app: App, path: ArtifactPath) -> Result<Response, ApiError> {
    let named = path.to_string();
    if let Some(TracePlace { trace, object, .. }) = path.trace_place() {
        let object =
            TraceObject::parse(&object).map_err(|_| ArtifactError::NotFound(named.clone()))?;
        let found = trace_objects::get(&app, &trace, object).await;
        return found.map_err(|error| name_what_is_missing(error, named));
    }
    let file = app.artifacts.read(&app.artifacts.file(&path).await?, &named).await?;
    Ok(send(file, path.file_name()))
}

/// Whoever asks for a file is told of the file, not of what it is made from.
fn name_what_is_missing(error: ApiError, named: String) -> ApiError {
    match error.code() {
        ErrorCode::ResourceDoesNotExist => ArtifactError::NotFound(named).into(),
        _ => error,
    }
}

/// `DELETE /api/2.0/mlflow-artifacts/artifacts/<path>`
async fn delete(app: App, path: ArtifactPath) -> Result<Json<Value>, ApiError> {
    let named = path.to_string();
    let at = match path.trace_place() {
        None => app.artifacts.file(&path).await?,
        Some(TracePlace { trace, object, .. }) => match TraceObject::parse(&object)? {
            TraceObject::Attachment(id) => app.artifacts.attachment(&trace, id).await?,
            TraceObject::Spans => {
                return Err(ApiError::invalid("spans go with their trace: delete the trace"));
            }
        },
    };
    app.artifacts.delete(&at, &named).await?;
    app.access.record(AuditEvent::ArtifactsDeleted, &named);
    Ok(Json(json!({})))
}

/// `GET /api/2.0/mlflow-artifacts/artifacts?path=<folder>`
async fn list(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let path = ArtifactPath::parse(&fields.str("path")?.unwrap_or_default())?;
    Ok(Json(files_json(entries(&app, &path).await?, "")))
}

pub(crate) async fn entries(app: &App, path: &ArtifactPath) -> Result<Vec<Entry>, ApiError> {
    let Some(TracePlace { trace, object, .. }) = path.trace_place() else {
        return Ok(app.artifacts.list(&app.artifacts.file(path).await?).await?);
    };
    let attachments = app.artifacts.list(&app.artifacts.attachments(&trace).await?).await?;
    match object.as_str() {
        "attachments" => Ok(attachments),
        "" => {
            let folder = Entry { name: "attachments".to_owned(), bytes: None };
            let mut entries: Vec<Entry> =
                if attachments.is_empty() { Vec::new() } else { vec![folder] };
            if let Ok(bytes) = trace_objects::spans_bytes(app, &trace).await {
                entries.push(Entry { name: SPANS.to_owned(), bytes: Some(bytes) });
            }
            Ok(entries)
        }
        _ => Ok(Vec::new()),
    }
}

/// `below` is put before every name.
pub(crate) fn files_json(entries: Vec<Entry>, below: &str) -> Value {
    let file = |Entry { name, bytes }: Entry| match bytes {
        Some(bytes) => {
            json!({ "path": format!("{below}{name}"), "is_dir": false, "file_size": bytes })
        }
        None => json!({ "path": format!("{below}{name}"), "is_dir": true }),
    };
    if entries.is_empty() {
        return json!({});
    }
    json!({ "files": entries.into_iter().map(file).collect::<Vec<_>>() })
}

/// Clients take this as the word to fetch the file the plain way.
async fn no_presigned_download() -> ApiError {
    let message = "presigned downloads are not supported; GET the artifact itself";
    ApiError::new(ErrorCode::NotImplemented, message)
}

/// Sends a file as it is read, to be saved rather than shown.
pub(crate) fn send(file: File, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, passive_content_type(name)),
        (header::CONTENT_LENGTH, file.bytes.to_string()),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (header::ETAG, file.etag),
    ];
    (headers, Body::from_stream(ReaderStream::new(file.file))).into_response()
}

/// The type that a file's name suggests, if browsers only ever show it.
///
/// Pages of ours may load scripts and styles from here. With `nosniff`, a browser takes no file
/// for either that is not sent as such, so an uploaded one is bytes without a type.
fn passive_content_type(name: &str) -> String {
    const PASSIVE: [&str; 6] = [
        "application/json",
        "application/pdf",
        "application/zip",
        "text/csv",
        "text/markdown",
        "text/plain",
    ];
    let guessed = mime_guess::from_path(name).first_or_octet_stream();
    // An SVG is a document that can hold scripts.
    let is_media = matches!(guessed.type_().as_str(), "image" | "audio" | "video")
        && guessed.suffix().is_none();
    if is_media || PASSIVE.contains(&guessed.essence_str()) {
        guessed.to_string()
    } else {
        mime_guess::mime::APPLICATION_OCTET_STREAM.to_string()
    }
}

fn disposition(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if name.bytes().all(plain) {
        return format!("attachment; filename={name}");
    }
    let mut encoded = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        match plain(byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The rest of the URL, wherever the route has one, and never empty.
impl FromRequestParts<App> for ArtifactPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        let path = Self::parse(&path.map_err(|_| InvalidPath)?.0)?;
        if path.is_empty() { Err(InvalidPath.into()) } else { Ok(path) }
    }
}
