//! All dialects' keys in one table, built at first use.
//!
//! A key may mean something in several dialects. Which meaning counts is decided by
//! rank: the dialects in MLflow's order, the keys of a dialect in the order it lists
//! them, and what only Kansoku reads after everything that MLflow reads too.
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::facts::Fact;
use super::{DIALECTS, Dialect};

/// What an attribute's key, or a family of keys, says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Says {
    Fact(Fact),
    /// The value is one of these names for span types.
    Type(&'static [(&'static str, &'static str)]),
    /// The value is the span type, whatever it is.
    AnyType,
    /// That the attribute is there gives the type.
    Is(&'static str),
    /// A tag of the trace, named by the rest of the key: on any span.
    Tag,
    /// The same, but only the root may say it.
    RootTag,
    /// Nothing alone, but the dialect has a look at the span.
    Mark,
}

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) says: Says,
    pub(super) rank: u16,
    pub(super) dialect: u8,
}

/// Ranks of one dialect; the first dialect is MLflow's own.
const PER_DIALECT: u16 = 64;
const ALSO: u16 = 0x4000;
pub(super) const LAST_RESORT: u16 = 0x8000;

pub(super) fn is_own(rank: u16) -> bool {
    rank < PER_DIALECT
}

/// The dialect that a rank is of, if MLflow reads that key too.
pub(super) fn dialect_of(rank: u16) -> Option<usize> {
    (rank < ALSO).then_some((rank / PER_DIALECT) as usize)
}

pub(super) struct Table {
    keys: HashMap<&'static str, Vec<Entry>, BuildHasherDefault<KeyHasher>>,
    /// By the first segment of the key: the prefixes that begin with it.
    families: HashMap<&'static str, Vec<(&'static str, Entry)>, BuildHasherDefault<KeyHasher>>,
}

impl Table {
    /// Calls back with every meaning of `key`, and the part of it after a family's prefix.
    pub(super) fn each<'a>(&self, key: &'a str, mut meaning: impl FnMut(Entry, &'a str)) {
        for entry in self.keys.get(key).into_iter().flatten() {
            meaning(*entry, key);
        }
        let Some(dot) = key.find('.') else { return };
        for (prefix, entry) in self.families.get(&key[..dot]).into_iter().flatten() {
            if let Some(rest) = key.strip_prefix(prefix) {
                meaning(*entry, rest);
            }
        }
    }

    fn of(dialects: &[&Dialect]) -> Self {
        let mut table = Self { keys: HashMap::default(), families: HashMap::default() };
        for (index, dialect) in dialects.iter().enumerate() {
            let first = index as u16 * PER_DIALECT;
            let entry = |says, rank| Entry { says, rank, dialect: index as u8 };
            for (place, (key, says)) in dialect.says.iter().enumerate() {
                table.keys.entry(key).or_default().push(entry(*says, first + place as u16));
            }
            for (place, (key, says)) in dialect.also.iter().enumerate() {
                let rank = ALSO + first + place as u16;
                table.keys.entry(key).or_default().push(entry(*says, rank));
            }
            for (prefix, says) in dialect.families {
                let head = prefix.split('.').next().unwrap_or(prefix);
                let family = (*prefix, entry(*says, first + PER_DIALECT - 1));
                table.families.entry(head).or_default().push(family);
            }
        }
        table
    }
}

pub(super) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(DIALECTS));
    &TABLE
}

/// Multiplies eight bytes at a time. The table's keys are ours, so nobody can fill a bucket.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            let word = u64::from_le_bytes(word);
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes its bucket from the low bits and a product is best in its high ones.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_fits_its_ranks() {
        assert!(DIALECTS.len() <= u32::BITS as usize, "`Facts` keeps one bit per dialect");
        assert!(DIALECTS.len() * usize::from(PER_DIALECT) <= usize::from(ALSO));
        for (index, dialect) in DIALECTS.iter().enumerate() {
            let keys = dialect.says.len().max(dialect.also.len());
            assert!(keys < usize::from(PER_DIALECT), "dialect {index} has too many keys");
        }
    }

    #[test]
    fn a_family_of_keys_ends_where_a_segment_begins() {
        for (prefix, _) in DIALECTS.iter().flat_map(|dialect| dialect.families) {
            assert!(prefix.contains('.'), "`{prefix}` has no first segment to be found by");
        }
    }
}
