//! Experiments, runs, logged models, registered models, scorers, issues, saved views, datasets, label
//! schemas, review queues, webhooks, alert rules, jobs, tokens and settings.
pub(crate) mod access_store;
mod alert_events;
mod alerts;
mod backfills;
pub(crate) mod browser_sessions;
mod dataset_records;
mod datasets;
pub(crate) mod experiments;
pub(crate) mod issues;
pub(crate) mod jobs;
mod label_schemas;
pub(crate) mod logged_models;
mod model_versions;
mod registered_models;
mod review_items;
mod review_queues;
pub(crate) mod runs;
mod scorer_usage;
mod scorers;
mod scoring_failures;
pub(crate) mod scoring_jobs;
pub(crate) mod tokens;
pub(crate) mod views;
pub(crate) mod webhook_events;
pub(crate) mod webhooks;
