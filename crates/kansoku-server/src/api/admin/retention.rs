//! Telling a server that its clock is right, so that retention need not wait.
use axum::{Json, http::Method};
use kansoku_model::Scope;
use serde_json::{Value, json};

use crate::{ApiError, App, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/retention/confirm", confirm);
}

/// `POST /api/3.0/kansoku/retention/confirm`: answers whether retention was waiting.
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/retention/confirm",
    operation_id = "confirm_retention",
    summary = "Say that the clock is right, where retention by age waits because it jumped",
    responses((status = 200, body = Value, description = "`waited`")),
)]
pub(super) async fn confirm(app: App) -> Result<Json<Value>, ApiError> {
    // The time first: without the wait, it is what the clock is compared with.
    app.maintenance.mark_time(app.clock.now()).await?;
    let waited = app.maintenance.end_wait().await?;
    app.health.warn_of_clock(None);
    if waited {
        tracing::info!("somebody confirmed that the clock is right; retention by age goes on");
    }
    Ok(Json(json!({ "waited": waited })))
}
