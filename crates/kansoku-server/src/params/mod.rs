//! Parameters that several areas have in common.
pub(crate) mod client_flavor;
pub(crate) mod trace_scope;
