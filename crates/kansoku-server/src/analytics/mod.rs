//! Folds over many traces: figures, series, groups, factors, feedback. No HTTP and no database.
pub(crate) mod breakdown;
pub(crate) mod buckets;
pub(crate) mod error_signature;
pub(crate) mod factors;
pub(crate) mod failure_criterion;
pub(crate) mod feedback;
pub(crate) mod field_values;
pub(crate) mod figures;
pub(crate) mod filter_text;
pub(crate) mod group_by;
pub(crate) mod outcome;
pub(crate) mod series;
pub(crate) mod sessions;
pub(crate) mod span_stats;
