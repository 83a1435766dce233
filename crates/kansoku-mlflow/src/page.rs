//! Page tokens of lists that are paged by offset: base64 of `{"offset": N, "of": "…"}`, where `of`
//! is a digest of what was asked for, so that a token leads on in its own list alone.
use std::hash::{DefaultHasher, Hash, Hasher as _};

use base64::{Engine, prelude::BASE64_STANDARD};
use kansoku_model::{Coded, ErrorCode};
use serde_json::Value;

use crate::{Fields, RequestError};

#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error("Invalid page token, could not base64-decode")]
    NotBase64,
    #[error("Invalid page token, parsed value={0}")]
    NotAnOffset(String),
    #[error(
        "Invalid page token: it is of another list; repeat the request without it, or with the \
         filter and order_by it was given for"
    )]
    OfAnotherList,
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
            | Self::OfAnotherList
            | Self::NotPositive(_)
            | Self::TooMany { .. } => ErrorCode::InvalidParameterValue,
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: usize,
    pub max_results: usize,
    /// The digest of what is asked for.
    of: u64,
}

impl Page {
    /// Reads `page_token` and `max_results`; a `default` of 0 makes the latter required.
    pub fn from_fields(fields: &Fields, default: usize, max: usize) -> Result<Self, RequestError> {
        let max_results = max_results(fields, default, max)?;
        let token = fields.str("page_token")?.unwrap_or_default();
        let of = list_digest(fields);
        Ok(Self { offset: offset_in(&token, of)?, max_results, of })
    }

    /// The token of the page after this one, which has so many entries.
    pub fn next_token(self, entries: usize) -> String {
        let offset = self.offset + entries;
        BASE64_STANDARD.encode(format!("{{\"offset\": {offset}, \"of\": \"{:016x}\"}}", self.of))
    }
}

/// A digest of what a list is asked for, the same for all of its pages.
pub fn digest(asked: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    asked.hash(&mut hasher);
    hasher.finish()
}

/// The digest of everything that a request asks for but the page.
fn list_digest(fields: &Fields) -> u64 {
    let mut rest = fields.clone().into_values();
    for of_page in ["page_token", "pageToken", "max_results", "maxResults"] {
        rest.remove(of_page);
    }
    rest.retain(|_, value| !value.is_null());
    // Whatever the order of the fields in the request.
    let mut entries: Vec<_> = rest.into_iter().map(|(k, v)| (k, v.to_string())).collect();
    entries.sort_unstable();
    digest(&entries)
}

/// How long a page may be.
pub fn max_results(fields: &Fields, default: usize, max: usize) -> Result<usize, RequestError> {
    check_max_results(fields.i64("max_results")?, default, max)
}

/// As [`max_results`], of the value that was given.
pub fn check_max_results(
    given: Option<i64>,
    default: usize,
    max: usize,
) -> Result<usize, RequestError> {
    let given = given.unwrap_or(default as i64);
    match usize::try_from(given) {
        Err(_) | Ok(0) => Err(PageError::NotPositive(given).into()),
        Ok(asked) if max < asked => Err(PageError::TooMany { given, max }.into()),
        Ok(asked) => Ok(asked),
    }
}

fn offset_in(token: &str, of: u64) -> Result<usize, PageError> {
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
        Some(offset) if 0 < offset && offset <= OFFSET_MAX => {
            match value.get("of").and_then(Value::as_str) {
                Some(digest) if digest == format!("{of:016x}") => Ok(offset as usize),
                _ => Err(PageError::OfAnotherList),
            }
        }
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests;
