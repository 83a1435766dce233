//! MLflow's REST API.
pub(crate) mod artifacts;
pub(crate) mod assessments;
pub(crate) mod correlation;
pub(crate) mod experiments;
mod issues;
mod logged_models;
mod metric_history;
pub(crate) mod prompts;
mod run_inputs;
mod runs;
pub(crate) mod scorers;
pub(crate) mod search;
pub(crate) mod trace_edits;
pub(crate) mod trace_metrics;
pub(crate) mod traces;
pub(crate) mod traces_v2;
