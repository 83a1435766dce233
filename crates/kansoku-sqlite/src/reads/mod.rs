//! Reads: searches, lists, scans and span trees.
pub(crate) mod correlation;
pub(crate) mod infos;
pub(crate) mod keys;
pub(crate) mod reviewed;
pub(crate) mod roots;
pub(crate) mod scan;
pub(crate) mod search;
pub(crate) mod session_place;
pub(crate) mod sessions;
mod short_name;
pub(crate) mod span_list;
pub(crate) mod span_tree;
pub(crate) mod trace_list;
mod trace_reads;
mod trace_scan;
pub(crate) mod turns;
pub(crate) mod whole_traces;
