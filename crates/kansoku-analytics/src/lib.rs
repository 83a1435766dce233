//! Folds over many traces: figures, series, groups, factors, feedback.
//!
//! A fold takes scanned traces one at a time and is finished into a `serde` struct. Nothing here
//! depends on HTTP, a store's engine or SQL.
pub mod agreement;
pub mod breakdown;
pub mod buckets;
pub mod error_signature;
pub mod evaluation;
pub mod factors;
pub mod failure_criterion;
pub mod feedback;
pub mod feedback_history;
pub mod field_values;
pub mod figures;
pub mod filter_text;
mod fisher;
mod ln_factorials;
pub mod outcome;
pub mod series;
pub mod sessions;
mod short_micros;
pub mod span_stats;
pub mod span_summary;
pub mod step_graph;
pub mod steps;
