//! Scorers that are registered with an experiment.
use crate::{ExperimentId, TimestampMs};

/// One version of a registered scorer: what assesses the traces of an experiment, as its client
/// serialized it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScorerVersion {
    /// The same for all versions.
    pub scorer_id: String,
    pub experiment_id: ExperimentId,
    pub name: String,
    /// From 1.
    pub version: i64,
    /// A JSON object.
    pub serialized: String,
    pub creation_time: TimestampMs,
}

impl ScorerVersion {
    /// Longest name, in characters.
    pub const NAME_LENGTH_MAX: usize = 256;
    /// Longest serialized scorer, in bytes.
    pub const SERIALIZED_BYTES_MAX: usize = 256 << 10;
    /// Most scorers of one experiment, and most versions of one scorer.
    pub const COUNT_MAX: usize = 500;
    /// Most bytes of serialized scorers in one list.
    pub const LIST_BYTES_MAX: usize = 32 << 20;
}

/// The share of new traces that a scorer assesses.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlineScoringConfig {
    pub config_id: String,
    pub scorer_id: String,
    pub experiment_id: ExperimentId,
    /// From 0 (none) to 1 (all).
    pub sample_rate: f64,
    /// A filter of traces.
    pub filter: Option<String>,
}
