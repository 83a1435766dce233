//! The store of experiments, runs and saved views, which trace filters cannot refer to.
mod experiments;
mod issues;
mod logged_models;
mod registered_models;
mod runs;
mod scorers;
mod views;

pub use experiments::*;
pub use issues::*;
pub use logged_models::*;
pub use registered_models::*;
pub use runs::*;
pub use scorers::*;
pub use views::*;

/// Experiments, runs, logged and registered models, scorers, issues and saved views.
pub trait MetaStore:
    ExperimentStore
    + RunStore
    + LoggedModelStore
    + RegisteredModelStore
    + ScorerStore
    + IssueStore
    + ViewStore
{
}

impl<T> MetaStore for T where
    T: ExperimentStore
        + RunStore
        + LoggedModelStore
        + RegisteredModelStore
        + ScorerStore
        + IssueStore
        + ViewStore
        + ?Sized
{
}
