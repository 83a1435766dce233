//! Where the rows of a trace are in a file.
use arrow_array::{Array, RecordBatch, StringArray};
use kansoku_model::TraceId;

use crate::tables::Table;

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
        let Some(traces) = strings(batch, table.trace_column()) else { return };
        let target_types = strings(batch, Some("target_type"));
        for row in 0..batch.num_rows() {
            let mut text = if traces.is_valid(row) { traces.value(row) } else { "" };
            // A span's target is the trace, a colon, and the span.
            if target_types.is_some_and(|types| types.is_valid(row) && types.value(row) == "SPAN") {
                text = text.rsplit_once(':').map_or(text, |(trace, _)| trace);
            }
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
                    let trace = table.decode_trace(text);
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

fn strings<'a>(batch: &'a RecordBatch, column: Option<&str>) -> Option<&'a StringArray> {
    batch.column_by_name(column?)?.as_any().downcast_ref()
}
