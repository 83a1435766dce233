//! Parameters that requests of several areas have in common.
pub(crate) mod page;
pub(crate) mod text_limits;
pub(crate) mod trace_scope;
