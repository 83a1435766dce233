//! Backups on request: the client chooses the name, the server's settings the folder.
use std::path::PathBuf;

use axum::{Json, http::Method};
use kansoku_model::Scope;
use kansoku_store::backup::Manifest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ApiError, App, auth::audit::AuditEvent, http::extract::JsonBody, route_table::Routes};

const NAME_LENGTH_MAX: usize = 100;

/// The only folder on the server that requests can write backups to.
#[derive(Clone, Debug)]
pub struct Backups {
    pub folder: PathBuf,
}

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/backup", take_backup);
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct BackupRequest {
    /// The name of the backup, which becomes a new folder among the server's backups.
    to: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BackupTaken {
    name: String,
    /// The manifest, as stored in the backup.
    #[schema(value_type = Object)]
    backup: Manifest,
}

/// `POST /api/3.0/kansoku/backup`: responds when the backup is on disk.
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/backup",
    summary = "Creates a backup in the server's backup folder",
    request_body = BackupRequest,
    responses((status = 200, body = BackupTaken)),
)]
pub(super) async fn take_backup(
    app: App,
    JsonBody(BackupRequest { to: name }): JsonBody<BackupRequest>,
) -> Result<Json<BackupTaken>, ApiError> {
    check_name(&name)?;
    let Some(Backups { folder }) = app.backups.clone() else {
        return Err(ApiError::missing("this server has no folder for backups"));
    };
    let backup = app.maintenance.back_up(&folder.join(&name)).await?;
    app.access.record(AuditEvent::BackupTaken, &name);
    tracing::info!(backup = name, "created the backup `{name}`");
    Ok(Json(BackupTaken { name, backup }))
}

/// Fails unless the name is a plain file name: no path, no hidden file, and not the name of an
/// unfinished backup.
fn check_name(name: &str) -> Result<(), ApiError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let fits = name.len() <= NAME_LENGTH_MAX && name.chars().all(plain);
    if fits && !name.starts_with('.') && !name.ends_with(".partial") {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "`to` must be a name of 1 to {NAME_LENGTH_MAX} letters, digits, `.`, `_` or `-` for a \
         folder among the server's backups; it may not begin with a dot"
    )))
}
