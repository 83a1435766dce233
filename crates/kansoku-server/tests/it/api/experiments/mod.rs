//! Experiments at a glance.
pub(crate) mod list;
pub(crate) mod overview;
pub(crate) mod steps;
