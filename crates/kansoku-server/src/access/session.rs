//! Signing in and out: a browser changes a token for a cookie.
use axum::{
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use kansoku_store::TokenCheck;

use super::cookie;
use crate::{ApiError, App, auth, extract::FieldError, http::SmallJson, routes::Routes};

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
    operation_id = "sign_in",
    summary = "Sign a browser in by a token; it keeps it as a cookie that scripts cannot read",
    request_body(content = SignIn),
    responses((status = 204, description = "With a cookie, unless nobody needs a token here")),
)]
pub(super) async fn sign_in(
    app: App,
    headers: HeaderMap,
    SmallJson(sign_in): SmallJson<SignIn>,
) -> Result<Response, ApiError> {
    cookie::may_write(&Method::POST, &headers)?;
    let SignIn { token } = sign_in;
    if token.is_empty() {
        return Err(FieldError::Missing("token".to_owned()).into());
    }
    match auth::check(&app, &token).await? {
        TokenCheck::NotNeeded => Ok(StatusCode::NO_CONTENT.into_response()),
        TokenCheck::Known { .. } => {
            let cookie = cookie::keep(&token, &headers);
            Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
        }
        TokenCheck::Unknown => Err(auth::AuthError::UnknownToken.into()),
    }
}

/// `DELETE /api/3.0/kansoku/session`
#[utoipa::path(
    delete,
    path = "/api/3.0/kansoku/session",
    operation_id = "sign_out",
    summary = "Sign a browser out",
    responses((status = 204, description = "The cookie is gone")),
)]
pub(super) async fn sign_out(headers: HeaderMap) -> Result<Response, ApiError> {
    cookie::may_write(&Method::DELETE, &headers)?;
    let cookie = cookie::forget(&headers);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
