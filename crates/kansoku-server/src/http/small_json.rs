//! The body of a request that anyone may send: a few JSON fields.
//!
//! It is read before any token is checked, so it is small, uncompressed, and only its fields are
//! deserialized.
use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::header,
};
use http_body::Body as _;
use kansoku_model::ErrorCode;
use serde::de::DeserializeOwned;

use super::{body::next_chunk, extract::check_content_type};
use crate::ApiError;

/// The largest size of such a body, in bytes.
pub(crate) const SMALL_JSON_BYTES_MAX: usize = 4096;

/// A JSON object of at most [`SMALL_JSON_BYTES_MAX`] bytes.
pub(crate) struct SmallJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for SmallJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        if let Some(coding) = parts.headers.get(header::CONTENT_ENCODING)
            && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
        {
            return Err(ApiError::new(
                ErrorCode::BadRequest,
                "this body must come as it is, without Content-Encoding",
            ));
        }
        check_content_type(&parts.headers)?;
        let body = read(body).await?;
        let read = serde_json::from_slice(&body);
        let value = read.map_err(|error| {
            ApiError::invalid(format!("the body is not the JSON that is expected here: {error}"))
        })?;
        Ok(Self(value))
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, ApiError> {
    let too_large = || {
        let message = format!("this body may have at most {SMALL_JSON_BYTES_MAX} bytes");
        ApiError::new(ErrorCode::RequestTooLarge, message)
    };
    // A body is rejected by its announced length before it arrives.
    if (SMALL_JSON_BYTES_MAX as u64) < body.size_hint().lower() {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(&mut body).await? {
        if SMALL_JSON_BYTES_MAX < bytes.len() + chunk.len() {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
