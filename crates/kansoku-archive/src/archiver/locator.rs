//! The stored form of a file's locator: the rows of each trace.
//!
//! It is a sorted list of hashes of traces with ranges of rows, 20 bytes each. Two traces may have the
//! same hash, so the rows are compared with the trace, too.
use kansoku_model::TraceId;
use xxhash_rust::xxh3::xxh3_64;

use crate::files::{RowRange, TraceRange};

const ENTRY_BYTES: usize = 20;

/// Encodes the ranges of a written file.
pub(super) fn encode(traces: &[TraceRange]) -> Vec<u8> {
    let mut entries: Vec<(u64, RowRange)> =
        traces.iter().map(|range| (hash(&range.trace), range.rows)).collect();
    entries.sort_unstable();
    let mut bytes = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    for (hash, RowRange { row_group, first, rows }) in entries {
        bytes.extend_from_slice(&hash.to_be_bytes());
        for number in [row_group, first, rows] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    bytes
}

/// Whether a file may have rows of a trace.
pub(super) fn contains(locator: &[u8], trace: &TraceId) -> bool {
    let (entries, _) = locator.as_chunks::<ENTRY_BYTES>();
    let wanted = hash(trace).to_be_bytes();
    entries.binary_search_by(|entry| entry[..8].cmp(&wanted)).is_ok()
}

fn hash(trace: &TraceId) -> u64 {
    xxh3_64(trace.as_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_found_in_the_locator_of_its_file() {
        let trace = |n: u64| TraceId::try_from(format!("tr-{n}")).unwrap();
        let range = |n| TraceRange {
            trace: trace(n),
            rows: RowRange { row_group: 0, first: n as u32, rows: 1 },
        };
        let locator = encode(&(0..100).map(range).collect::<Vec<_>>());
        assert_eq!(locator.len(), 2_000);
        for n in 0..100 {
            assert!(contains(&locator, &trace(n)), "{n}");
            assert!(!contains(&locator, &trace(n + 100)), "{n}");
        }
        assert!(!contains(&[], &trace(1)));
    }
}
