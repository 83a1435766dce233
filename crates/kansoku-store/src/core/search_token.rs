//! The token of a page of a search: where the page ended, and of which search it is.
use kansoku_filter::{Order, PageToken};
use xxhash_rust::xxh3::xxh3_64;

use crate::{StoreError, TraceSearch};

/// Between the two parts of a token; base64 has none of it.
const SEPARATOR: char = '.';
const INVALID: &str = "Invalid page token: repeat the search without it, or with the filter and \
    order_by it was given for";

/// A number that is the same for all pages of one search: of its experiments, filter and order.
pub fn digest(search: &TraceSearch) -> u64 {
    let canonical = format!("{:?}", (&search.experiments, &search.filter, &search.order_by));
    xxh3_64(canonical.as_bytes())
}

pub fn write(place: &PageToken, digest: u64) -> String {
    format!("{}{SEPARATOR}{digest:016x}", place.encode())
}

/// Where the page before ended; refuses a token of another search.
pub fn read(token: &str, order: &Order, digest: u64) -> Result<PageToken, StoreError> {
    let invalid = || StoreError::InvalidPageToken(INVALID.to_owned());
    let (place, of_search) = token.rsplit_once(SEPARATOR).ok_or_else(invalid)?;
    if of_search != format!("{digest:016x}") {
        return Err(invalid());
    }
    PageToken::decode(place, order).map_err(|_| invalid())
}
