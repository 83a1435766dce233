//! The API `mlflow-artifacts`: the artifact folder over HTTP, for clients whose locations begin
//! with `mlflow-artifacts:/`.
use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, Path},
    http::{Method, request::Parts},
    response::Response,
};
use kansoku_mlflow::Fields;
use kansoku_model::{ErrorCode, Scope};
use serde_json::{Value, json};

use crate::{
    ApiError, App, RouteAccess,
    artifacts::{
        download::send,
        folder::{ArtifactError, Entry},
        path::{ArtifactPath, InvalidPath, TracePlace},
        trace_objects::{self, SPANS, TraceObject, Uploader},
    },
    auth::audit::AuditEvent,
    route_table::{Routes, Support},
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

/// Reports a missing file by its own name, not by the trace it is rendered from.
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

async fn entries(app: &App, path: &ArtifactPath) -> Result<Vec<Entry>, ApiError> {
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

/// Prefixes every name with `below`.
fn files_json(entries: Vec<Entry>, below: &str) -> Value {
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

/// Lists a folder below `root`, the URI of the files of a run or model.
pub(super) async fn list_below(app: &App, root: &str, path: &str) -> Result<Json<Value>, ApiError> {
    let below = ArtifactPath::parse(path)?;
    let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
    let mut answer = files_json(app.artifacts.list_at(root, below).await?, &prefix);
    answer["root_uri"] = json!(root);
    Ok(Json(answer))
}

/// Sends a file below `root`, the URI of the files of a run or model.
pub(super) async fn send_below(
    app: &App,
    root: &str,
    path: ArtifactPath,
) -> Result<Response, ApiError> {
    let name = path.file_name().to_owned();
    Ok(send(app.artifacts.read_at(root, path).await?, &name))
}

/// After this error, clients download the file directly.
async fn no_presigned_download() -> ApiError {
    let message = "presigned downloads are not supported; GET the artifact itself";
    ApiError::new(ErrorCode::NotImplemented, message)
}

/// The path in the rest of the URL; must not be empty.
impl FromRequestParts<App> for ArtifactPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        Ok(Self::parse_file(&path.map_err(|_| InvalidPath)?.0)?)
    }
}
