//! Experiments, runs, logged models, registered models, scorers, issues, saved views, tokens and settings.
pub(crate) mod access_store;
pub(crate) mod browser_sessions;
pub(crate) mod experiments;
pub(crate) mod issues;
pub(crate) mod logged_models;
mod model_versions;
mod registered_models;
pub(crate) mod runs;
mod scorers;
pub(crate) mod tokens;
pub(crate) mod views;
