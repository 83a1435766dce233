//! The store of experiments, runs and other resources, which trace filters cannot refer to.
mod alerts;
mod backfills;
mod datasets;
mod experiments;
mod issues;
mod label_schemas;
mod logged_models;
mod registered_models;
mod review_queues;
mod runs;
mod scorer_usage;
mod scorers;
mod scoring_failures;
mod views;
mod webhooks;

pub use alerts::*;
pub use backfills::*;
pub use datasets::*;
pub use experiments::*;
pub use issues::*;
pub use label_schemas::*;
pub use logged_models::*;
pub use registered_models::*;
pub use review_queues::*;
pub use runs::*;
pub use scorer_usage::*;
pub use scorers::*;
pub use scoring_failures::*;
pub use views::*;
pub use webhooks::*;

/// Experiments, runs, logged and registered models, scorers, issues, saved views, datasets, label
/// schemas, review queues, webhooks and alert rules.
pub trait MetaStore:
    ExperimentStore
    + RunStore
    + LoggedModelStore
    + RegisteredModelStore
    + ScorerStore
    + ScorerUsageStore
    + ScoringFailureStore
    + BackfillStore
    + IssueStore
    + ViewStore
    + DatasetStore
    + LabelSchemaStore
    + ReviewQueueStore
    + WebhookStore
    + AlertStore
{
}

impl<T> MetaStore for T where
    T: ExperimentStore
        + RunStore
        + LoggedModelStore
        + RegisteredModelStore
        + ScorerStore
        + ScorerUsageStore
        + ScoringFailureStore
        + BackfillStore
        + IssueStore
        + ViewStore
        + DatasetStore
        + LabelSchemaStore
        + ReviewQueueStore
        + WebhookStore
        + AlertStore
        + ?Sized
{
}
