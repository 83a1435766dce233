//! The page token of a search: the position where the page ended, and a digest of the search.
use kansoku_filter::{Order, PageToken};
use xxhash_rust::xxh3::xxh3_64;

use crate::{StoreError, TraceSearch};

/// Separates the two parts of a token; base64 does not contain it.
const SEPARATOR: char = '.';
const INVALID: &str = "Invalid page token: repeat the search without it, or with the filter and \
    order_by it was given for";

/// A digest of experiments, filter and order, which must be the same for all pages of a search.
pub fn digest(search: &TraceSearch) -> u64 {
    let canonical = format!("{:?}", (&search.experiments, &search.filter, &search.order_by));
    xxh3_64(canonical.as_bytes())
}

pub fn write(place: &PageToken, digest: u64) -> String {
    format!("{}{SEPARATOR}{digest:016x}", place.encode())
}

/// The position where the previous page ended; fails for a token of another search.
pub fn read(token: &str, order: &Order, digest: u64) -> Result<PageToken, StoreError> {
    let (place, of_search) = token.rsplit_once(SEPARATOR).ok_or_else(invalid)?;
    if of_search != format!("{digest:016x}") {
        return Err(invalid());
    }
    PageToken::decode(place, order).map_err(|_| invalid())
}

/// The error for a text that is not a page token, or that belongs to another search.
pub fn invalid() -> StoreError {
    StoreError::InvalidPageToken(INVALID.to_owned())
}
