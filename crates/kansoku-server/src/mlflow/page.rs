//! Page tokens of lists that are paged by offset: base64 of `{"offset": N}`.
use base64::{Engine, prelude::BASE64_STANDARD};
use kansoku_model::{Coded, ErrorCode};
use serde_json::Value;

use crate::Fields;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    #[error("Invalid page token, could not base64-decode")]
    NotBase64,
    #[error("Invalid page token, parsed value={0}")]
    NotAnOffset(String),
    #[error(
        "Invalid value {0} for parameter 'max_results' supplied. It must be a positive integer"
    )]
    NotPositive(i64),
    #[error("Invalid value {given} for parameter 'max_results' supplied. It must be at most {max}")]
    TooMany { given: i64, max: usize },
}

impl Coded for PageError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotBase64
            | Self::NotAnOffset(_)
            | Self::NotPositive(_)
            | Self::TooMany { .. } => ErrorCode::InvalidParameterValue,
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) max_results: usize,
}

impl Page {
    /// Reads `page_token` and `max_results`; a `default` of 0 makes the latter required.
    pub(crate) fn from_fields(
        fields: &Fields,
        default: usize,
        max: usize,
    ) -> Result<Self, crate::ApiError> {
        let max_results = max_results(fields, default, max)?;
        let token = fields.str("page_token")?.unwrap_or_default();
        Ok(Self { offset: offset_in(&token)?, max_results })
    }

    /// The token of the page after this one.
    pub(crate) fn next_token(self) -> String {
        BASE64_STANDARD.encode(format!("{{\"offset\": {}}}", self.offset + self.max_results))
    }
}

/// How long a page may be.
pub(crate) fn max_results(
    fields: &Fields,
    default: usize,
    max: usize,
) -> Result<usize, crate::ApiError> {
    let given = fields.i64("max_results")?.unwrap_or(default as i64);
    match usize::try_from(given) {
        Err(_) | Ok(0) => Err(PageError::NotPositive(given).into()),
        Ok(asked) if max < asked => Err(PageError::TooMany { given, max }.into()),
        Ok(asked) => Ok(asked),
    }
}

fn offset_in(token: &str) -> Result<usize, PageError> {
    /// Far beyond any list, and far below what a database takes for an offset.
    const OFFSET_MAX: u64 = 1 << 40;
    if token.is_empty() {
        return Ok(0);
    }
    let bytes = BASE64_STANDARD.decode(token).map_err(|_| PageError::NotBase64)?;
    let text = String::from_utf8(bytes).map_err(|_| PageError::NotBase64)?;
    let refused = || PageError::NotAnOffset(text.chars().take(100).collect());
    let value: Value = serde_json::from_str(&text).map_err(|_| refused())?;
    match value.get("offset").and_then(Value::as_u64) {
        Some(offset) if 0 < offset && offset <= OFFSET_MAX => Ok(offset as usize),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests;
