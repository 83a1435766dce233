//! Experiments: the list, figures, steps and storage.
pub(crate) mod list;
pub(crate) mod overview;
pub(crate) mod steps;
