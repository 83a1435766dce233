//! A backup that a client asks for: it names it, the server's settings say where it goes.
use std::path::PathBuf;

use axum::{Json, http::Method};
use kansoku_mlflow::Fields;
use kansoku_model::Scope;
use serde_json::{Value, json};

use crate::{ApiError, App, auth::audit::AuditEvent, route_table::Routes};

const NAME_LENGTH_MAX: usize = 100;

/// The only folder that requests can make the server write to.
#[derive(Clone, Debug)]
pub struct Backups {
    pub folder: PathBuf,
}

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/backup", take_backup);
}

/// `POST /api/3.0/kansoku/backup`: answers when the backup is on disk.
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/backup",
    summary = "Take a backup into the server's folder for backups",
    request_body(content = Value, description = "`{\"to\": NAME}`"),
    responses((status = 200, body = Value)),
)]
pub(super) async fn take_backup(app: App, fields: Fields) -> Result<Json<Value>, ApiError> {
    let name = fields.required_str("to")?;
    check_name(&name)?;
    let Some(Backups { folder }) = app.backups.clone() else {
        return Err(ApiError::missing("this server has no folder for backups"));
    };
    let manifest = app.maintenance.back_up(&folder.join(&name)).await?;
    app.access.record(AuditEvent::BackupTaken, &name);
    tracing::info!(backup = name, "took the backup `{name}`");
    Ok(Json(json!({ "name": name, "backup": manifest })))
}

/// A plain name: no path, nothing hidden, nothing that only looks like another name.
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
