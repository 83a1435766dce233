//! Values of root spans, for columns and suggestions.
use std::time::Duration;

use kansoku_model::{RootField, TraceId};
use serde_json::Value;

/// Largest trace whose spans are read for their values, in decompressed bytes.
pub const ROOT_TRACE_BYTES_MAX: u64 = 8 << 20;

/// A read of values of root spans.
#[derive(Clone, Debug)]
pub struct RootValuesQuery {
    pub traces: Vec<TraceId>,
    pub wanted: WantedValues,
    /// Traces not read by then are omitted.
    pub deadline: Duration,
}

#[derive(Clone, Debug)]
pub enum WantedValues {
    Fields(Vec<RootField>),
    /// All texts, numbers and booleans, limited per trace.
    Leaves,
}

impl RootValuesQuery {
    /// Longest text; longer ones are truncated. Lists and objects become JSON text.
    pub const TEXT_CHARS_MAX: usize = 300;
}

/// The values of the root of a trace, with their fields.
pub type RootValues = Vec<(RootField, Value)>;
