//! Page tokens of lists that are paged by offset: base64 of `{"offset": N, "of": "…"}`. `of` is a
//! digest of the request, so that a token is valid only for its own list.
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

/// The requested page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: usize,
    pub max_results: usize,
    /// The digest of the request without its page.
    of: u64,
}

impl Page {
    /// Reads `page_token` and `max_results`. A `default` of 0 makes `max_results` required. Fails
    /// if the token is malformed or from another list, or if `max_results` is not from 1 to `max`.
    pub fn from_fields(fields: &Fields, default: usize, max: usize) -> Result<Self, RequestError> {
        let max_results = max_results(fields, default, max)?;
        let token = fields.str("page_token")?.unwrap_or_default();
        let of = list_digest(fields);
        Ok(Self { offset: offset_in(&token, of)?, max_results, of })
    }

    /// A page of the list that `parameters` identify. Fails if the token is malformed or from another
    /// list.
    pub fn new(
        page_token: Option<&str>,
        max_results: usize,
        parameters: &impl Hash,
    ) -> Result<Self, RequestError> {
        let of = digest(parameters);
        Ok(Self { offset: offset_in(page_token.unwrap_or_default(), of)?, max_results, of })
    }

    /// The token of the page after this one, which has this many entries.
    pub fn next_token(self, entries: usize) -> String {
        let offset = self.offset + entries;
        BASE64_STANDARD.encode(format!("{{\"offset\": {offset}, \"of\": \"{:016x}\"}}", self.of))
    }
}

/// A digest of a list's parameters, which is the same for all of its pages.
pub fn digest(asked: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    asked.hash(&mut hasher);
    hasher.finish()
}

/// The digest of all fields of a request except for those of the page.
fn list_digest(fields: &Fields) -> u64 {
    let mut rest = fields.clone().into_values();
    for of_page in ["page_token", "pageToken", "max_results", "maxResults"] {
        rest.remove(of_page);
    }
    rest.retain(|_, value| !value.is_null());
    // The order of the fields in the request must not matter.
    let mut entries: Vec<_> = rest.into_iter().map(|(k, v)| (k, v.to_string())).collect();
    entries.sort_unstable();
    digest(&entries)
}

/// Reads the page size `max_results`; fails if it is not from 1 to `max`.
pub fn max_results(fields: &Fields, default: usize, max: usize) -> Result<usize, RequestError> {
    check_max_results(fields.i64("max_results")?, default, max)
}

/// Checks a value of `max_results` that was read before, as [`max_results`] does.
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
    /// More than the entries of any list, and less than databases accept as an offset.
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
