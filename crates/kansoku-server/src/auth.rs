//! Who may come in: any known token, once there is one.
//!
//! A token comes as `Authorization: Bearer` or as the password of basic auth
//! (what MLflow's clients send for a user name and password). Only its SHA-256
//! is ever compared. Browsers that signed in send it as a cookie.
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use kansoku_model::{Coded, ErrorCode};
use kansoku_store::{TokenCheck, TokenId};
use sha2::{Digest, Sha256};

use crate::{ApiError, App, access, otlp};

#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error(
        "this server needs a token: set MLFLOW_TRACKING_TOKEN or DATABRICKS_TOKEN, or send \
         `Authorization: Bearer <token>` (`kansoku token create --name NAME` makes one)"
    )]
    NoToken,
    #[error("this token is not known here; `kansoku token create --name NAME` makes a new one")]
    UnknownToken,
}

impl Coded for AuthError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoToken | Self::UnknownToken => ErrorCode::Unauthenticated,
        }
    }
}

/// Lets a request through with a known token, and any request while no token exists.
pub(crate) async fn require_token(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    match admit(&app, request.method(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(next.run(request).await)
        }
        Err(error) => {
            otlp::note_stranger(&app, request.uri().path(), &error).await;
            Err(error)
        }
    }
}

/// Who sends a request. Inserted into its extensions once it is let in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    /// `None` while no token exists: then everyone is let in.
    pub(crate) token: Option<TokenId>,
    /// The name of that token; empty without one.
    pub(crate) token_name: String,
}

/// Whose token the headers carry, or why they let nobody in.
pub(crate) async fn admit(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, ApiError> {
    let token = token_in(headers);
    let mut known = check(app, token.as_deref().unwrap_or_default()).await?;
    let kept = access::token_in_cookie(headers);
    // A proxy may have put credentials of its own in the header.
    if let (TokenCheck::Unknown, Some(kept)) = (&known, &kept) {
        known = check(app, kept).await?;
        access::may_write(method, headers)?;
    }
    match known {
        TokenCheck::NotNeeded => Ok(Caller::default()),
        TokenCheck::Known { id, name } => Ok(Caller { token: Some(id), token_name: name }),
        TokenCheck::Unknown if token.or(kept).is_some() => Err(AuthError::UnknownToken.into()),
        TokenCheck::Unknown => Err(AuthError::NoToken.into()),
    }
}

pub(crate) async fn check(app: &App, token: &str) -> Result<TokenCheck, ApiError> {
    Ok(app.meta.check_token(Sha256::digest(token).into()).await?)
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

/// The password; or the user name where that is all there is (`curl -u TOKEN:`).
fn basic_token(encoded: &str) -> Option<String> {
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    Some(if password.is_empty() { user } else { password }.to_owned())
}

#[cfg(test)]
mod tests;
