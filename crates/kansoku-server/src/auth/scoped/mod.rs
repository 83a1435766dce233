//! The stores as a token for some experiments may use them: a check before every call.
//!
//! Each wrapper names every method of its trait, so a new one does not compile until somebody
//! decides what such a token may do with it.
mod meta;
mod traces;
mod upkeep;

pub(super) use meta::ScopedMeta;
pub(super) use traces::ScopedTraces;
pub(super) use upkeep::ScopedUpkeep;
