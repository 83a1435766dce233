//! Work in the background.
pub(crate) mod clock;
