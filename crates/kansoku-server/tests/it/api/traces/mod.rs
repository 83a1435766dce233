//! Many traces.
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod list;
pub(crate) mod summary;
