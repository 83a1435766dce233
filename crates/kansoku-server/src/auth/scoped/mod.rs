//! The stores as a token for some experiments may use them: a check before every call.
//!
//! Each wrapper names every method of its trait, so a new one does not compile until somebody
//! decides what such a token may do with it.
pub(super) mod ledger;
pub(super) mod maintenance;
pub(super) mod meta;
pub(super) mod traces;
