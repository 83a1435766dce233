//! The locator of a file: the rows of each trace.
use arrow_array::RecordBatch;
use kansoku_model::TraceId;

use crate::tables::{Table, TraceColumn};

/// Consecutive rows of one row group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowRange {
    pub row_group: u32,
    /// The first row, counted within the row group.
    pub first: u32,
    pub rows: u32,
}

/// The rows of a trace in one row group. A trace has several, if its rows are in several row groups
/// or not adjacent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRange {
    pub trace: TraceId,
    pub rows: RowRange,
}

/// Collects the ranges of traces while rows are written.
#[derive(Debug, Default)]
pub(super) struct Locator {
    ranges: Vec<TraceRange>,
    /// The text of the trace column in the last row.
    last: Option<String>,
}

impl Locator {
    /// Adds the rows of `batch`, which are written to `row_group` from row `first` on.
    pub(super) fn add(&mut self, table: Table, batch: &RecordBatch, row_group: u32, first: u32) {
        let Some(traces) = TraceColumn::new(table, batch) else { return };
        for row in 0..batch.num_rows() {
            let text = traces.text(row);
            // A row group has far fewer rows than `u32::MAX`.
            let row = first + row as u32;
            let continues = self.last.as_deref() == Some(text);
            match self.ranges.last_mut() {
                Some(TraceRange { rows, .. })
                    if continues
                        && rows.row_group == row_group
                        && rows.first + rows.rows == row =>
                {
                    rows.rows += 1;
                }
                _ => {
                    let rows = RowRange { row_group, first: row, rows: 1 };
                    let trace = traces.decode(text);
                    self.ranges.extend(trace.map(|trace| TraceRange { trace, rows }));
                    self.last = Some(text.to_owned());
                }
            }
        }
    }

    pub(super) fn finish(self) -> Vec<TraceRange> {
        self.ranges
    }
}
