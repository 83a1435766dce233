//! The store of experiments, runs and saved views, which trace filters cannot refer to.
mod experiments;
mod runs;
mod views;

pub use experiments::*;
pub use runs::*;
pub use views::*;

/// Experiments, runs and saved views.
pub trait MetaStore: ExperimentStore + RunStore + ViewStore {}

impl<T: ExperimentStore + RunStore + ViewStore + ?Sized> MetaStore for T {}
