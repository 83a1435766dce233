//! A multipart upload on disk: its parts, which arrive in any order, and the path of the file that
//! they become.
use std::{io, path::PathBuf};

use axum::{
    Json,
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use kansoku_mlflow::Fields;
use serde_json::json;
use tokio::fs;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::{
    ApiError, App,
    artifacts::{folder::ArtifactError, path::ArtifactPath},
};

const PARTS_MAX: i64 = 10_000;

/// The field `num_parts`.
pub(super) fn num_parts(fields: &Fields) -> Result<u32, ApiError> {
    up_to_parts_max("num_parts", fields.i64("num_parts")?.unwrap_or(1))
}

/// The field `part_number`.
pub(super) fn part_number(fields: &Fields) -> Result<u32, ApiError> {
    up_to_parts_max("part_number", fields.required_i64("part_number")?)
}

fn up_to_parts_max(name: &str, number: i64) -> Result<u32, ApiError> {
    match u32::try_from(number) {
        Ok(part) if (1..=PARTS_MAX).contains(&number) => Ok(part),
        _ => Err(ApiError::invalid(format!("`{name}` must be 1 to {PARTS_MAX}, not {number}"))),
    }
}

/// `PUT` of a part to its signed URL.
pub(super) async fn put_part(
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

/// A folder with the parts and the path of the file.
pub(super) struct Upload {
    pub(super) id: String,
    folder: PathBuf,
}

impl Upload {
    pub(super) async fn start(app: &App, target: &ArtifactPath) -> Result<Self, ApiError> {
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

    pub(super) async fn find(app: &App, id: &str) -> Result<Self, ApiError> {
        let unknown = || ArtifactError::NoSuchUpload(id.chars().take(64).collect());
        let id = Uuid::try_parse(id).map_err(|_| unknown())?.simple().to_string();
        let upload = Self { folder: app.artifacts.upload(&id), id };
        let known = fs::try_exists(upload.target_file()).await.unwrap_or(false);
        if known { Ok(upload) } else { Err(unknown().into()) }
    }

    fn target_file(&self) -> PathBuf {
        self.folder.join("target")
    }

    pub(super) async fn check_target(&self, target: &ArtifactPath) -> Result<(), ApiError> {
        let meant = fs::read_to_string(self.target_file()).await;
        if meant.is_ok_and(|meant| meant == target.to_string()) {
            return Ok(());
        }
        Err(ApiError::invalid(format!("upload `{}` is for another file", self.id)))
    }

    /// The content of the parts that a field lists, in the order of their numbers. Fails unless all
    /// were uploaded, and have the etags in the list.
    pub(super) async fn content(
        &self,
        app: &App,
        fields: &Fields,
        list: &str,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, ApiError> {
        let mut files = Vec::new();
        for part in fields.list(list)? {
            let number = part.required_i64("part_number")?;
            let unsent = || ApiError::invalid(format!("part {number} was not uploaded"));
            let number_of_file = u32::try_from(number).map_err(|_| unsent())?;
            let file = app.artifacts.part(&self.id, number_of_file);
            let stored = app.artifacts.read(&file, "part").await.map_err(|_| unsent())?;
            if part.str("etag")?.is_some_and(|etag| etag != stored.etag) {
                return Err(ApiError::invalid(format!("part {number} is not as last uploaded")));
            }
            files.push((number, file));
        }
        files.sort();
        files.dedup();
        if files.is_empty() {
            return Err(fields.missing(list).into());
        }
        let files = stream::iter(files.into_iter().map(|(_, file)| file));
        Ok(files.then(fs::File::open).map_ok(ReaderStream::new).try_flatten())
    }

    /// Deletes an upload. One that no longer exists counts as aborted.
    pub(super) async fn abort(app: &App, id: &str) -> Result<(), ApiError> {
        match Self::find(app, id).await {
            Ok(upload) => upload.forget(app).await,
            Err(_) => Ok(()),
        }
    }

    pub(super) async fn forget(&self, app: &App) -> Result<(), ApiError> {
        Ok(app.artifacts.delete_upload(&self.id).await?)
    }
}
