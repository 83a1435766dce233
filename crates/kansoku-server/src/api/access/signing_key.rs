//! The key that URLs are signed with.
use axum::http::{Method, StatusCode};
use kansoku_model::Scope;

use crate::{
    ApiError, App,
    auth::{audit::AuditEvent, signed_url::LIFETIME},
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Admin, Method::POST, "3.0/kansoku/signing-key/rotate", rotate_signing_key);
}

/// `POST /api/3.0/kansoku/signing-key/rotate`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/signing-key/rotate",
    summary = "Replaces the key of signed URLs; URLs of the previous key stay valid until they expire, within 15 minutes",
    responses((status = 204)),
)]
pub(super) async fn rotate_signing_key(app: App) -> Result<StatusCode, ApiError> {
    app.access.store.rotate_signing_key(LIFETIME).await?;
    app.access.record(AuditEvent::SigningKeyRotated, "");
    Ok(StatusCode::NO_CONTENT)
}
