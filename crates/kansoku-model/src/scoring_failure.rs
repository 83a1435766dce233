//! Scorers that could not assess a trace or session.
use crate::{ExperimentId, TimestampMs, TraceId};

/// A scorer that could not assess a trace or session. It is kept until it is retried or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoringFailure {
    /// The id of the job that failed.
    pub failure_id: String,
    pub experiment_id: ExperimentId,
    pub scorer_id: String,
    pub scorer: String,
    pub version: i64,
    /// The trace, or the first one of the session.
    pub trace_id: TraceId,
    /// The session that the scorer assesses as a whole.
    pub session: Option<String>,
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    pub time: TimestampMs,
}

impl ScoringFailure {
    /// The longest reason, in characters.
    pub const REASON_CHARS_MAX: usize = 1_000;
    /// The most failures of one experiment that are kept.
    pub const COUNT_MAX: usize = 10_000;
}
