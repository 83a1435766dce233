//! Routes for operators.
pub(crate) mod backup;
pub(crate) mod ledger;
