//! Tags and metadata of a trace in memory, each with the rank of its source.
use std::collections::BTreeMap;

use kansoku_model::{Rank, TagOrMetadata, TagOrMetadataKind};

/// Entries by kind and key; a value of `None` is a deletion.
pub type TagsAndMetadata = BTreeMap<(TagOrMetadataKind, String), TagOrMetadata>;

/// Merges an entry: a client replaces its own earlier value; among values from spans the better
/// rank stays.
pub fn merge(map: &mut TagsAndMetadata, key: (TagOrMetadataKind, String), new: TagOrMetadata) {
    match map.get_mut(&key) {
        Some(present) if new.rank == Rank::CLIENT || new < *present => *present = new,
        Some(_) => {}
        None => {
            map.insert(key, new);
        }
    }
}
