//! The browser sessions that were started with a token.
use axum::{
    Json,
    http::{Method, StatusCode},
};
use kansoku_model::Scope;
use kansoku_store::StoredSession;
use serde::Serialize;

use super::tokens::{TokenPath, known_token};
use crate::{ApiError, App, auth::audit::AuditEvent, http::extract::Path, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/tokens/{token_id}/sessions";
    routes.api(Scope::Admin, Method::GET, path, list_browser_sessions);
    routes.api(Scope::Admin, Method::DELETE, path, end_browser_sessions);
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SessionList {
    /// Newest first.
    sessions: Vec<BrowserSession>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct BrowserSession {
    created_ms: i64,
    last_used_ms: i64,
    expires_ms: i64,
}

/// `GET /api/3.0/kansoku/tokens/{token_id}/sessions`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/tokens/{token_id}/sessions",
    summary = "The browsers that are signed in with a token",
    params(TokenPath),
    responses((status = 200, body = SessionList)),
)]
pub(super) async fn list_browser_sessions(
    app: App,
    Path(path): Path<TokenPath>,
) -> Result<Json<SessionList>, ApiError> {
    let token = known_token(&app, &path).await?;
    let row = |session: StoredSession| BrowserSession {
        created_ms: session.created.0,
        last_used_ms: session.last_used.0,
        expires_ms: session.expires.0,
    };
    let sessions = app.access.store.sessions_of(token.id).await?;
    Ok(Json(SessionList { sessions: sessions.into_iter().map(row).collect() }))
}

/// `DELETE /api/3.0/kansoku/tokens/{token_id}/sessions`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/tokens/{token_id}/sessions",
    summary = "Signs out all browsers that were signed in with a token",
    params(TokenPath),
    responses((status = 204)),
)]
pub(super) async fn end_browser_sessions(
    app: App,
    Path(path): Path<TokenPath>,
) -> Result<StatusCode, ApiError> {
    let token = known_token(&app, &path).await?;
    app.access.store.end_sessions(token.id).await?;
    app.access.record(AuditEvent::SessionsEnded, format!("token `{}`", token.name));
    Ok(StatusCode::NO_CONTENT)
}
