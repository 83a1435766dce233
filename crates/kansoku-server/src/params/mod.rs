//! Parameters that several areas have in common.
pub(crate) mod backfill;
pub(crate) mod client_flavor;
pub(crate) mod experiment;
pub(crate) mod scorer;
pub(crate) mod trace_scope;
