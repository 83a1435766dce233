//! Computations over the span rows of one trace.
//!
//! An engine may answer these questions from its own tables to be quicker; the answers are those of
//! the functions here.
mod list;
mod summary;
mod totals;
mod tree;
mod turn;

use kansoku_model::SpanRow;

pub use list::page;
pub use summary::{FAILED_MAX, Failed, failure_origin, summary};
pub use totals::{Totals, totals, totals_of_rows};
pub use tree::tree;
pub use turn::turn;

/// Samples are taken in this order. It says nothing of time, so the first of many rows are a fair
/// sample; ids are compared as databases compare them, as signed numbers.
fn sample_order(row: &SpanRow) -> i64 {
    row.span_id.0.cast_signed()
}
