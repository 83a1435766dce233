//! Signed URLs: each grants one action on one object for 15 minutes.
//!
//! Clients use them without a token, so the signed claims determine what the server does; nothing
//! is read from the rest of the URL. The claims name the token that requested the URL, which must
//! still have the right to the action when the URL is used.
use std::{convert::Infallible, fmt};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header::HOST, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use kansoku_model::{Clock, Coded, DurationMs, ErrorCode, Scope, TimestampMs, TraceId};
use kansoku_store::{SigningKeys, TokenId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{Access, ApiError, http::SIGNED_URL_PREFIX};

pub(crate) const LIFETIME: DurationMs = DurationMs(15 * 60 * 1000);
const SIGNATURE_BYTES: usize = 32;

/// The action that a URL grants to its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "may", rename_all = "snake_case")]
pub(crate) enum SignedAction {
    Upload {
        trace: TraceId,
        path: String,
    },
    Download {
        trace: TraceId,
        path: String,
    },
    UploadPart {
        upload: String,
        part: u32,
    },
    AbortUpload {
        upload: String,
    },
    /// A file of a run or logged model.
    UploadFile {
        path: String,
    },
    DownloadFile {
        path: String,
    },
}

impl SignedAction {
    /// The scope that the requesting token must still have.
    pub(crate) fn scope(&self) -> Scope {
        match self {
            Self::Upload { .. } | Self::UploadPart { .. } => Scope::Ingest,
            Self::UploadFile { .. } | Self::AbortUpload { .. } => Scope::Write,
            Self::Download { .. } | Self::DownloadFile { .. } => Scope::Read,
        }
    }
}

impl fmt::Display for SignedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upload { trace, path } => write!(f, "uploading `{path}` of trace `{trace}`"),
            Self::Download { trace, path } => write!(f, "downloading `{path}` of trace `{trace}`"),
            Self::UploadFile { path } => write!(f, "uploading `{path}`"),
            Self::DownloadFile { path } => write!(f, "downloading `{path}`"),
            Self::AbortUpload { .. } => f.write_str("aborting an upload"),
            Self::UploadPart { part, .. } => write!(f, "uploading part {part} of a file"),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    action: SignedAction,
    until_ms: i64,
    /// The token that requested the URL; `None` if the server needed none.
    by: Option<i64>,
}

/// The action that a URL grants, and the token that requested it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) action: SignedAction,
    pub(crate) by: Option<TokenId>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignedUrlError {
    #[error("this URL was not signed by this server, or was changed; ask for new credentials")]
    Forged,
    #[error("this URL has expired; ask for new credentials")]
    Expired,
    #[error("the token that asked for this URL is no longer valid; ask for new credentials")]
    TokenEnded,
    #[error("this URL is for {0}, not for this request")]
    WrongAction(SignedAction),
}

impl Coded for SignedUrlError {
    fn code(&self) -> ErrorCode {
        ErrorCode::PermissionDenied
    }
}

/// Creates and checks signed URLs. Its keys are in the store, so URLs remain valid over a restart.
pub(crate) struct Signer {
    keys: SigningKeys,
    /// The token that requests URLs.
    by: Option<TokenId>,
}

impl Signer {
    pub(crate) async fn load(access: &Access) -> Result<Self, ApiError> {
        Ok(Self { keys: access.store.signing_keys().await?, by: access.caller().token })
    }

    /// The path of a signed URL, from the root.
    pub(crate) fn sign(&self, action: SignedAction, clock: &dyn Clock) -> String {
        let until_ms = clock.now().0.saturating_add(LIFETIME.0);
        let claims = Claims { action, until_ms, by: self.by.map(|id| id.0) };
        let mut grant = serde_json::to_vec(&claims).expect("claims are plain JSON");
        grant.extend(mac(&self.keys.current, &grant).finalize().into_bytes());
        format!("{SIGNED_URL_PREFIX}{}", URL_SAFE_NO_PAD.encode(grant))
    }

    pub(crate) fn check(&self, grant: &str, now: TimestampMs) -> Result<Grant, SignedUrlError> {
        let grant = URL_SAFE_NO_PAD.decode(grant).map_err(|_| SignedUrlError::Forged)?;
        let split = grant.len().checked_sub(SIGNATURE_BYTES).ok_or(SignedUrlError::Forged)?;
        let (claims, signature) = grant.split_at(split);
        // `verify_slice` compares in constant time.
        let is_signed = |key: &[u8; 32]| mac(key, claims).verify_slice(signature).is_ok();
        if !is_signed(&self.keys.current) && !self.keys.previous.as_ref().is_some_and(is_signed) {
            return Err(SignedUrlError::Forged);
        }
        let claims: Claims = serde_json::from_slice(claims).map_err(|_| SignedUrlError::Forged)?;
        if claims.until_ms <= now.0 {
            return Err(SignedUrlError::Expired);
        }
        Ok(Grant { action: claims.action, by: claims.by.map(TokenId) })
    }
}

fn mac(key: &[u8; 32], claims: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    mac.expect("HMAC takes keys of any length").chain_update(claims)
}

/// The scheme and host that the client used. Signed URLs are absolute, because clients reject
/// relative ones.
pub(crate) struct Origin(String);

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(origin(&parts.headers, &parts.uri)))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn origin(headers: &HeaderMap, uri: &Uri) -> String {
    let scheme = match forwarded(headers, "x-forwarded-proto") {
        Some(proto) if proto.eq_ignore_ascii_case("https") => "https",
        _ => "http",
    };
    let host = forwarded(headers, "x-forwarded-host")
        .or_else(|| forwarded(headers, HOST.as_str()))
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
        .unwrap_or("localhost");
    format!("{scheme}://{host}")
}

/// Behind several proxies, the first value is the one that the client used.
fn forwarded<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let first = headers.get(name)?.to_str().ok()?.split(',').next()?.trim();
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    (!first.is_empty() && first.chars().all(plain)).then_some(first)
}

#[cfg(test)]
mod tests;
