//! The store of experiments, runs and saved views, which trace filters cannot refer to.
mod experiments;
mod logged_models;
mod runs;
mod views;

pub use experiments::*;
pub use logged_models::*;
pub use runs::*;
pub use views::*;

/// Experiments, runs, logged models and saved views.
pub trait MetaStore: ExperimentStore + RunStore + LoggedModelStore + ViewStore {}

impl<T: ExperimentStore + RunStore + LoggedModelStore + ViewStore + ?Sized> MetaStore for T {}
