//! Experiments at a glance.
pub(crate) mod list;
pub(crate) mod overview;
