//! The jobs of live scoring: traces that ended, and what their judges are to judge.
use kansoku_model::{DurationMs, ExperimentId, TimestampMs, TraceId};

use crate::{JobId, NewJob};

/// The queue of traces that ended in an experiment with active scorers; their subjects are the ids
/// of experiments, their payloads those of traces.
pub const TRACES_TO_SCORE: &str = "scoring.traces";

/// How long a trace that ended waits for spans and assessments that are still on their way.
pub const TRACE_SETTLES: DurationMs = DurationMs(1_000);

/// The job of a trace that ended.
pub fn trace_job(trace: &TraceId, experiment: ExperimentId, now: TimestampMs) -> NewJob {
    NewJob {
        id: JobId::from_key(&format!("{TRACES_TO_SCORE} {trace}")),
        queue: TRACES_TO_SCORE.to_owned(),
        subject: experiment.to_string(),
        kind: "trace".to_owned(),
        payload: trace.to_string(),
        due: TimestampMs(now.0.saturating_add(TRACE_SETTLES.0)),
        waiting_max: None,
        postpones: false,
    }
}
