//! The locator of a file, as the catalog stores it.
use std::collections::HashSet;

use kansoku_model::TraceId;
use kansoku_store::{TraceRows, trace_hash};

use crate::files::TraceRange;

/// The ranges of a written file by the hashes of their traces.
pub(crate) fn locator(traces: &[TraceRange]) -> Vec<TraceRows> {
    let rows = traces.iter().map(|range| TraceRows {
        trace: trace_hash(&range.trace),
        row_group: range.rows.row_group,
        first: range.rows.first,
        rows: range.rows.rows,
    });
    rows.collect()
}

/// Those of the traces that may have rows in the file with this locator.
pub(super) fn among<'a>(locator: &[TraceRows], traces: Vec<&'a TraceId>) -> Vec<&'a TraceId> {
    let present: HashSet<u64> = locator.iter().map(|rows| rows.trace).collect();
    traces.into_iter().filter(|trace| present.contains(&trace_hash(trace))).collect()
}
