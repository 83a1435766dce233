//! The stores as a token for some experiments may use them: a check before every call.
//!
//! A required method that is new does not compile until somebody decides what such a token may do
//! with it. A provided one is computed from checked methods; it is named here too, so that the engine
//! answers it in one read.
pub(super) mod ledger;
pub(super) mod maintenance;
pub(super) mod meta;
pub(super) mod traces;
