//! Hashes of the inputs of root spans, read from their payload.
use std::time::Duration;

use kansoku_model::TraceId;

/// A read of the inputs of traces, as hashes that are equal for inputs that are equal as JSON.
#[derive(Clone, Debug)]
pub struct InputHashQuery {
    pub traces: Vec<TraceId>,
    /// Traces not read by then are omitted.
    pub deadline: Duration,
}
