//! Computations over the span rows of one trace.
//!
//! An engine may compute the same results from its own tables, for speed.
mod list;
mod summary;
mod totals;
mod tree;
mod turn;

use kansoku_model::SpanRow;

pub use list::page;
pub use summary::{FAILED_MAX, Failed, failure_origin, summary};
pub use totals::{Totals, shown_totals, totals, totals_of_rows};
pub use tree::tree;
pub use turn::turn;

/// The order in which samples are taken. It is independent of time, so the first of many rows are a
/// fair sample. Ids are compared as signed numbers, as databases do.
fn sample_order(row: &SpanRow) -> i64 {
    row.span_id.0.cast_signed()
}
