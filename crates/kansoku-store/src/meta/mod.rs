//! The store of experiments, runs and saved views, which trace filters cannot refer to.
mod experiments;
mod issues;
mod logged_models;
mod runs;
mod views;

pub use experiments::*;
pub use issues::*;
pub use logged_models::*;
pub use runs::*;
pub use views::*;

/// Experiments, runs, logged models, issues and saved views.
pub trait MetaStore:
    ExperimentStore + RunStore + LoggedModelStore + IssueStore + ViewStore
{
}

impl<T> MetaStore for T where
    T: ExperimentStore + RunStore + LoggedModelStore + IssueStore + ViewStore + ?Sized
{
}
