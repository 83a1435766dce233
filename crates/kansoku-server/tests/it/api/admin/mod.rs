//! Routes for operators.
mod archive;
pub(crate) mod backup;
pub(crate) mod ledger;
