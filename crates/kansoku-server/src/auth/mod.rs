//! Authentication and authorization: by a token, or by a browser session that was started with one.
//!
//! A token is sent as `Authorization: Bearer`, or as the password of basic auth (what MLflow's
//! clients send for a user name and password). Only its SHA-256 is ever compared. The rights of a
//! caller are checked in two places: the scope by each route ([`RouteAccess`]), the experiment
//! before each call of a store ([`rights`]).
pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod caller;
pub(crate) mod cookie;
mod guard;
mod read_caller;
pub(crate) mod rights;
pub(crate) mod route_access;
mod scoped;
pub(crate) mod signed_url;
pub(crate) mod token;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kansoku_model::{Coded, ErrorCode, Scope, Scopes};

pub(crate) use access::Checked;
pub use access::{Access, AccessRules, RequireTokens};
pub use audit::AUDIT_TARGET;
pub(crate) use audit::AuditEvent;
pub(crate) use caller::Caller;
pub(crate) use guard::guard;
pub(crate) use read_caller::read_as_caller;
pub use route_access::RouteAccess;

use crate::{ApiError, App, ClientAddress, ingest::ledger::record_unauthenticated_http};
use route_access::Denied;

#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error(
        "this server needs a token: set MLFLOW_TRACKING_TOKEN or DATABRICKS_TOKEN, or send \
         `Authorization: Bearer <token>` (`kansoku token create --name NAME` makes one)"
    )]
    NoToken,
    #[error("this token is not known here; `kansoku token create --name NAME` makes a new one")]
    UnknownToken,
    #[error("the token `{0}` has expired; `kansoku token rotate {0} --expires 90d` renews it")]
    ExpiredToken(String),
    #[error("this browser is signed in no longer; sign in again")]
    SessionEnded,
    #[error("token `{token}` may not do this: it needs the scope `{needed}` and has `{has}`")]
    ScopeMissing { token: String, needed: Scope, has: Scopes },
    #[error(
        "token `{token}` may not do this: it is bound to some experiments, and this is about all of them"
    )]
    BoundToken { token: String },
}

impl Coded for AuthError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoToken | Self::UnknownToken | Self::ExpiredToken(_) | Self::SessionEnded => {
                ErrorCode::Unauthenticated
            }
            Self::ScopeMissing { .. } | Self::BoundToken { .. } => ErrorCode::PermissionDenied,
        }
    }
}

/// Accepts requests with a valid token, or all requests if tokens are not required.
pub(crate) async fn require_token(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let old_cookie = cookie::has_old_cookie(request.headers());
    let caller = match admit(&app, request.headers(), request.extensions()).await {
        Ok(caller) => caller,
        Err(error) => {
            let address = ClientAddress::from_extensions(request.extensions());
            record_unauthenticated_http(&app, uri.path(), &error, address).await;
            let mut response = error.into_response();
            if old_cookie {
                cookie::forget_old_cookie(&mut response);
            }
            return response;
        }
    };
    let address = ClientAddress::from_extensions(request.extensions()).0;
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    if response.extensions().get::<Denied>().is_some() {
        let object = format!("{method} {}", uri.path());
        let audit = app.access.audit();
        audit.refused(AuditEvent::AccessDenied, &caller, address, &object, app.clock.now());
    }
    response
}

/// The caller by the token or session in the headers, or the reason why they are not accepted.
pub(crate) async fn admit(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Caller, ApiError> {
    let token = token_in(headers);
    let error = match app.access.check_token(token.as_deref().unwrap_or_default()).await? {
        Checked::Caller(caller) => return Ok(caller),
        Checked::Expired(name) => AuthError::ExpiredToken(name),
        Checked::Unknown if token.is_some() => AuthError::UnknownToken,
        Checked::Unknown => AuthError::NoToken,
    };
    // The header may contain a proxy's own credentials, so the session is checked even if the token
    // is unknown.
    let session = cookie::session_in_cookie(headers, app.access.cookie_suffix().await?);
    let shown = token.is_some() || session.is_some();
    if let Some(session) = session {
        if let Some(caller) = app.access.check_session(&session).await? {
            return Ok(caller);
        }
        if token.is_none() {
            return Err(refuse(app, AuthError::SessionEnded, extensions));
        }
    }
    Err(if shown { refuse(app, error, extensions) } else { error.into() })
}

/// Writes to the audit log that an invalid token or session was used.
fn refuse(app: &App, error: AuthError, extensions: &Extensions) -> ApiError {
    let address = ClientAddress::from_extensions(extensions).0;
    let object = match &error {
        AuthError::ExpiredToken(name) => format!("expired token `{name}`"),
        AuthError::SessionEnded => "session".to_owned(),
        _ => "unknown token".to_owned(),
    };
    let (audit, now) = (app.access.audit(), app.clock.now());
    audit.refused(AuditEvent::TokenRefused, &Caller::nobody(), address, &object, now);
    error.into()
}

fn token_in(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, rest) = value.split_once(' ')?;
    let token = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => rest.trim().to_owned(),
        "basic" => basic_token(rest.trim())?,
        _ => return None,
    };
    Some(token).filter(|token| !token.is_empty())
}

/// The password, or else the user name (`curl -u TOKEN:`).
fn basic_token(encoded: &str) -> Option<String> {
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    Some(if password.is_empty() { user } else { password }.to_owned())
}

#[cfg(test)]
mod tests;
