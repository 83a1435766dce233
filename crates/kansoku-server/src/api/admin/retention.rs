//! Confirmation that the server's clock is right, so that retention does not have to wait.
use axum::{Json, http::Method};
use kansoku_model::Scope;
use serde::Serialize;

use crate::{ApiError, App, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/retention/confirm", confirm_retention);
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RetentionConfirmed {
    /// Whether retention was waiting.
    waited: bool,
}

/// `POST /api/3.0/kansoku/retention/confirm`: returns whether retention was waiting.
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/retention/confirm",
    summary = "Confirms the clock, after a jump suspended retention by age",
    responses((status = 200, body = RetentionConfirmed)),
)]
pub(super) async fn confirm_retention(app: App) -> Result<Json<RetentionConfirmed>, ApiError> {
    // The time is stored first: without the wait, the clock is compared with it.
    app.maintenance.mark_time(app.clock.now()).await?;
    let waited = app.maintenance.end_wait().await?;
    app.health.warn_of_clock(None);
    if waited {
        tracing::info!("the clock was confirmed; retention by age continues");
    }
    Ok(Json(RetentionConfirmed { waited }))
}
