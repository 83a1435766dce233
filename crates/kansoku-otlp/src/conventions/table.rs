//! The keys of all conventions in one table, built on first use.
//!
//! A key may be in the tables of several conventions. Its entries are ranked: by conventions in
//! MLflow's order, then by the order of keys in each table. Attributes that only Kansoku reads come
//! after all that MLflow reads too.
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::span_attributes::SemanticField;
use super::{ALL_CONVENTIONS, Conventions};

/// The meaning of an attribute's key, or of a prefix of keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum AttributeMapping {
    Field(SemanticField),
    /// The span type, if the value is one of these names.
    Type(&'static [(&'static str, &'static str)]),
    /// The value is the span type, whatever it is.
    AnyType,
    /// The attribute's presence determines the span type.
    Is(&'static str),
    /// A tag of the trace, from any span; the rest of the key is its name.
    Tag,
    /// A tag of the trace, from the root span only.
    RootTag,
    /// No field; it marks the span as one of these conventions.
    Marker,
}

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) mapping: AttributeMapping,
    pub(super) rank: u16,
    pub(super) conventions: u8,
}

/// The number of ranks for each set of conventions; MLflow's own come first.
const RANKS_EACH: u16 = 64;
const EXTRA: u16 = 0x4000;
pub(super) const LAST_RESORT: u16 = 0x8000;

pub(super) fn is_own(rank: u16) -> bool {
    rank < RANKS_EACH
}

/// The index of the conventions that a rank belongs to; `None` if only Kansoku reads the key.
pub(super) fn conventions_of(rank: u16) -> Option<usize> {
    (rank < EXTRA).then_some((rank / RANKS_EACH) as usize)
}

/// Hashed without a random seed: all keys are Kansoku's own, so that no sender can make them
/// collide.
pub(super) struct Table {
    keys: FxHashMap<&'static str, Vec<Entry>>,
    /// Prefixes, grouped by their first segment.
    prefixes: FxHashMap<&'static str, Vec<(&'static str, Entry)>>,
}

impl Table {
    /// Calls `visit` with every entry of `key`, and with the part of the key after the entry's
    /// prefix.
    pub(super) fn each<'a>(&self, key: &'a str, mut visit: impl FnMut(Entry, &'a str)) {
        for entry in self.keys.get(key).into_iter().flatten() {
            visit(*entry, key);
        }
        let Some(dot) = key.find('.') else { return };
        for (prefix, entry) in self.prefixes.get(&key[..dot]).into_iter().flatten() {
            if let Some(rest) = key.strip_prefix(prefix) {
                visit(*entry, rest);
            }
        }
    }

    fn new(all: &[&Conventions]) -> Self {
        let mut table = Self { keys: FxHashMap::default(), prefixes: FxHashMap::default() };
        for (index, conventions) in all.iter().enumerate() {
            let first = index as u16 * RANKS_EACH;
            let entry = |mapping, rank| Entry { mapping, rank, conventions: index as u8 };
            for (place, (key, mapping)) in conventions.mappings.iter().enumerate() {
                table.keys.entry(key).or_default().push(entry(*mapping, first + place as u16));
            }
            for (place, (key, mapping)) in conventions.extra_mappings.iter().enumerate() {
                let rank = EXTRA + first + place as u16;
                table.keys.entry(key).or_default().push(entry(*mapping, rank));
            }
            for (prefix, mapping) in conventions.prefix_mappings {
                let head = prefix.split('.').next().unwrap_or(prefix);
                let entry_of_prefix = (*prefix, entry(*mapping, first + RANKS_EACH - 1));
                table.prefixes.entry(head).or_default().push(entry_of_prefix);
            }
        }
        table
    }
}

pub(super) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(ALL_CONVENTIONS));
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_conventions_fit_their_ranks() {
        assert!(
            ALL_CONVENTIONS.len() <= u32::BITS as usize,
            "`SpanAttributes` has one bit for each"
        );
        assert!(ALL_CONVENTIONS.len() * usize::from(RANKS_EACH) <= usize::from(EXTRA));
        for (index, conventions) in ALL_CONVENTIONS.iter().enumerate() {
            let keys = conventions.mappings.len().max(conventions.extra_mappings.len());
            assert!(keys < usize::from(RANKS_EACH), "conventions {index} has too many keys");
        }
    }

    #[test]
    fn a_prefix_of_keys_ends_where_a_segment_begins() {
        for (prefix, _) in
            ALL_CONVENTIONS.iter().flat_map(|conventions| conventions.prefix_mappings)
        {
            assert!(prefix.contains('.'), "`{prefix}` has no first segment");
        }
    }
}
