//! Parameters that requests of several areas have in common.
pub(crate) mod client_flavor;
pub(crate) mod ids;
pub(crate) mod page;
pub(crate) mod text_limits;
pub(crate) mod trace_scope;
