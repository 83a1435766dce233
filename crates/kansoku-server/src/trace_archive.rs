//! The interface of the archive, which the binary gives to the server.
use kansoku_model::Experiment;

/// The archive that keeps traces for good.
pub trait TraceArchive: Send + Sync {
    /// Whether the traces of an experiment are archived. Retention deletes them only afterwards.
    fn keeps(&self, experiment: &Experiment) -> bool;
}
