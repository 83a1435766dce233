//! The provided methods of the trace store, computed from the required ones.
//!
//! Each makes several reads, so it may see writes that were made in between. An engine that
//! overrides one reads a single snapshot, and is faster.
mod lists;
mod payload;
mod reviewed;
mod roots;
mod scans;
mod sessions;
mod span_search;
mod whole;

pub(super) use lists::{keys, list_items};
pub(super) use payload::{otlp, some_spans, span_bytes, spans};
pub(super) use reviewed::reviewed;
pub(super) use roots::{input_hashes, root_values};
pub(super) use scans::{activity, correlation, scan_spans};
pub(super) use sessions::{session_assessments, session_place, sessions};
pub(super) use span_search::search_spans;
pub(super) use whole::whole_traces;
