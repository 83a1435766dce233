//! Stores with the rights of a token that is bound to some experiments: they check every call.
//!
//! A new required method does not compile until somebody decides on its check. The provided methods
//! are computed from checked ones; they are forwarded as well, so that the engine computes them in
//! one read.
mod alerts;
mod datasets;
mod label_schemas;
pub(super) mod ledger;
pub(super) mod maintenance;
pub(super) mod meta;
mod registered_models;
mod review_queues;
mod scorers;
pub(super) mod traces;
mod webhooks;
