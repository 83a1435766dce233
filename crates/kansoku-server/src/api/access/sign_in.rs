//! Signing in and out: a browser exchanges a token for a session of its own.
use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kansoku_mlflow::FieldError;
use kansoku_model::TimestampMs;
use kansoku_store::{NewSession, SecretHash, TokenId};
use sha2::{Digest, Sha256};

use crate::{
    ApiError, App,
    auth::{AuthError, access::Checked, audit::AuditEvent, caller::Caller, cookie},
    http::small_json::SmallJson,
    route_table::Routes,
};

pub(crate) fn routes(routes: &mut Routes) {
    routes.open_api(Method::POST, "3.0/kansoku/session", sign_in);
    routes.open_api(Method::DELETE, "3.0/kansoku/session", sign_out);
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
pub(super) struct SignIn {
    #[serde(default)]
    token: String,
}

/// `POST /api/3.0/kansoku/session`
#[utoipa::path(
    post,
    path = "/api/3.0/kansoku/session",
    summary = "Signs a browser in with a token; the session is an HttpOnly cookie",
    request_body(content = SignIn),
    responses((status = 204, description = "Signed in; sets a cookie, unless the server needs no tokens")),
)]
pub(super) async fn sign_in(
    app: App,
    headers: HeaderMap,
    SmallJson(sign_in): SmallJson<SignIn>,
) -> Result<Response, ApiError> {
    let SignIn { token } = sign_in;
    if token.is_empty() {
        return Err(FieldError::Missing("token".to_owned()).into());
    }
    let caller = match app.access.check_token(&token).await? {
        Checked::Caller(caller) => caller,
        Checked::Expired(name) => return Err(refuse(&app, AuthError::ExpiredToken(name))),
        Checked::Unknown => return Err(refuse(&app, AuthError::UnknownToken)),
    };
    let mut response = StatusCode::NO_CONTENT.into_response();
    if cookie::has_old_cookie(&headers) {
        cookie::forget_old_cookie(&mut response);
    }
    if let Some(id) = caller.token {
        let cookie = begin(&app, id, Sha256::digest(&token).into(), &headers).await?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
        app.access.as_caller(&caller).record(AuditEvent::SessionBegun, "");
    }
    Ok(response)
}

fn refuse(app: &App, error: AuthError) -> ApiError {
    let (access, now) = (&app.access, app.clock.now());
    let (nobody, address) = (Caller::nobody(), access.address());
    access.audit().refused(AuditEvent::SignInFailed, &nobody, address, "", now);
    error.into()
}

/// Starts a session for a token secret; returns the `Set-Cookie` header for the browser.
pub(super) async fn begin(
    app: &App,
    token: TokenId,
    secret: SecretHash,
    headers: &HeaderMap,
) -> Result<HeaderValue, ApiError> {
    let session = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let hash = Sha256::digest(&session).into();
    let expires = TimestampMs(app.clock.now().0.saturating_add(cookie::SESSION_LASTS_S * 1000));
    app.access.store.begin_session(NewSession { hash, token, secret, expires }).await?;
    Ok(cookie::keep(&session, app.access.cookie_suffix().await?, headers))
}

/// `DELETE /api/3.0/kansoku/session`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/session",
    summary = "Signs a browser out and deletes its session",
    responses((status = 204, description = "Signed out; the cookie is deleted")),
)]
pub(super) async fn sign_out(app: App, headers: HeaderMap) -> Result<Response, ApiError> {
    let suffix = app.access.cookie_suffix().await?;
    if let Some(session) = cookie::session_in_cookie(&headers, suffix) {
        let caller = app.access.check_session(&session).await?;
        app.access.store.end_session(Sha256::digest(&session).into()).await?;
        if let Some(caller) = caller {
            app.access.as_caller(&caller).record(AuditEvent::SessionEnded, "");
        }
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie::forget(suffix, &headers));
    if cookie::has_old_cookie(&headers) {
        cookie::forget_old_cookie(&mut response);
    }
    Ok(response)
}
