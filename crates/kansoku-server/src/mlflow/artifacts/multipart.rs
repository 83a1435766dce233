//! Multipart uploads of large files: the client requests one signed URL per part, uploads the parts
//! in any order, and lists them all to complete the file.
use std::path::PathBuf;

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt, stream};
use kansoku_mlflow::Fields;
use kansoku_model::Scope;
use serde_json::{Value, json};
use tokio::fs;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::{
    ApiError, App,
    artifacts::{
        folder::ArtifactError,
        path::ArtifactPath,
        trace_objects::{self, TraceObject, Uploader},
    },
    auth::signed_url::{Origin, SignedAction, Signer},
    route_table::Routes,
};

const PARTS_MAX: i64 = 10_000;

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
    let parts = parts_wanted(&fields)?;
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

/// `PUT` of a part to its signed URL.
pub(crate) async fn put_part(
    app: &App,
    upload: &str,
    part: u32,
    body: Body,
) -> Result<Response, ApiError> {
    let upload = Upload::find(app, upload).await?;
    let (number, now) = ((upload.id.as_str(), part), app.clock.now());
    app.artifacts.write_part(number, now, body.into_data_stream()).await?;
    let etag = app.artifacts.read(&app.artifacts.part(&upload.id, part), "part").await?.etag;
    Ok(([(header::ETAG, etag)], Json(json!({}))).into_response())
}

/// `POST /api/2.0/mlflow-artifacts/mpu/complete/<folder>`
async fn complete(app: App, from: Uploader, fields: Fields) -> Result<Json<Value>, ApiError> {
    let upload = Upload::find(&app, &fields.required_str("upload_id")?).await?;
    let path = target(&fields)?;
    check_target(&app, &path).await?;
    upload.check_target(&path).await?;
    let parts = upload.named_parts(&app, &fields).await?;
    let body = stream::iter(parts).then(fs::File::open).map_ok(ReaderStream::new).try_flatten();
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

fn parts_wanted(fields: &Fields) -> Result<u32, ApiError> {
    let wanted = fields.i64("num_parts")?.unwrap_or(1);
    match u32::try_from(wanted) {
        Ok(parts) if (1..=PARTS_MAX).contains(&wanted) => Ok(parts),
        _ => Err(ApiError::invalid(format!("`num_parts` must be 1 to {PARTS_MAX}, not {wanted}"))),
    }
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

/// A multipart upload: a folder with its parts and the path of the file.
struct Upload {
    id: String,
    folder: PathBuf,
}

impl Upload {
    async fn start(app: &App, target: &ArtifactPath) -> Result<Self, ApiError> {
        let id = Uuid::new_v4().simple().to_string();
        app.artifacts.begin_upload(&id, app.clock.now())?;
        let upload = Self { folder: app.artifacts.upload(&id), id };
        let named = target.to_string();
        let body = stream::iter([Ok::<_, String>(named.clone().into())]);
        let begun = app.artifacts.write(&upload.target_file(), &named, body).await;
        if begun.is_err() {
            upload.forget(app).await?;
        }
        begun?;
        Ok(upload)
    }

    async fn find(app: &App, id: &str) -> Result<Self, ApiError> {
        let unknown = || ArtifactError::NoSuchUpload(id.chars().take(64).collect());
        let id = Uuid::try_parse(id).map_err(|_| unknown())?.simple().to_string();
        let upload = Self { folder: app.artifacts.upload(&id), id };
        let known = fs::try_exists(upload.target_file()).await.unwrap_or(false);
        if known { Ok(upload) } else { Err(unknown().into()) }
    }

    fn target_file(&self) -> PathBuf {
        self.folder.join("target")
    }

    async fn check_target(&self, target: &ArtifactPath) -> Result<(), ApiError> {
        let meant = fs::read_to_string(self.target_file()).await;
        if meant.is_ok_and(|meant| meant == target.to_string()) {
            return Ok(());
        }
        Err(ApiError::invalid(format!("upload `{}` is for another file", self.id)))
    }

    /// The parts in the request, sorted by number; fails unless all were uploaded, with the given
    /// etags.
    async fn named_parts(&self, app: &App, fields: &Fields) -> Result<Vec<PathBuf>, ApiError> {
        let mut named = Vec::new();
        for part in fields.list("parts")? {
            let number = part.required_i64("part_number")?;
            let unsent = || ApiError::invalid(format!("part {number} was not uploaded"));
            let number_of_file = u32::try_from(number).map_err(|_| unsent())?;
            let file = app.artifacts.part(&self.id, number_of_file);
            let stored = app.artifacts.read(&file, "part").await.map_err(|_| unsent())?;
            if part.str("etag")?.is_some_and(|etag| etag != stored.etag) {
                return Err(ApiError::invalid(format!("part {number} is not as last uploaded")));
            }
            named.push((number, file));
        }
        named.sort();
        named.dedup();
        if named.is_empty() {
            return Err(fields.missing("parts").into());
        }
        Ok(named.into_iter().map(|(_, file)| file).collect())
    }

    async fn forget(&self, app: &App) -> Result<(), ApiError> {
        Ok(app.artifacts.delete_upload(&self.id).await?)
    }
}
