//! Kansoku's own routes.
pub(crate) mod access;
pub(crate) mod admin;
pub(crate) mod datasets;
mod demo;
mod evaluations;
pub(crate) mod experiments;
pub(crate) mod feedback;
pub(crate) mod filters;
pub(crate) mod probes;
pub(crate) mod quality;
mod scorer_backfills;
mod scorers;
pub(crate) mod sessions;
pub(crate) mod spans;
pub(crate) mod trace;
pub(crate) mod traces;
pub(crate) mod views;
mod worker;
