//! Every attempt of a judge that calls a model is a trace itself.
//!
//! It is stored in an experiment of its own, by the same write as spans that are received. Its id is
//! made from the job and the attempt, so that a repeated write stores it once.
mod messages;
mod span_list;
mod spans;
mod subject;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kansoku_model::{
    Clock, Coded as _, ErrorCode, ExperimentId, JUDGE_EXPERIMENT, ScorerVersion, Source,
    TimestampMs, TraceId, TraceSpans,
};
use kansoku_store::{Ingest, Job, StoreError};
use xxhash_rust::xxh3::xxh3_128;

use super::LiveScoring;
use crate::judges::{JudgeInput, JudgeOutcome};
use crate::models::ModelClient;

pub(super) use subject::is_of_judge;

/// How often the trace of a judge is stored, if the store is busy.
const STORE_ATTEMPTS_MAX: usize = 10;
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Creates the traces of judges.
#[derive(Default)]
pub(super) struct JudgeTraces {
    /// Whether the log says that there are no traces.
    is_loss_reported: AtomicBool,
}

/// The trace of one attempt.
pub(super) struct JudgeTrace {
    pub(super) id: TraceId,
    experiment: ExperimentId,
    spans: Vec<TraceSpans>,
}

/// An attempt of a judge.
pub(super) struct JudgeRun<'a> {
    pub(super) job: &'a Job,
    pub(super) version: &'a ScorerVersion,
    pub(super) client: &'a ModelClient,
    pub(super) input: JudgeInput<'a>,
    pub(super) start: StartTime,
}

/// When an attempt began: the time of day, and the clock that measures durations.
#[derive(Clone, Copy)]
pub(super) struct StartTime {
    at: TimestampMs,
    instant: Instant,
}

impl StartTime {
    pub(super) fn now(clock: &dyn Clock) -> Self {
        Self { at: clock.now(), instant: Instant::now() }
    }
}

impl JudgeTraces {
    fn report_loss(&self, error: &StoreError) {
        if !self.is_loss_reported.swap(true, Ordering::Relaxed) {
            let error = error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "calls of judges are not stored as traces in `{JUDGE_EXPERIMENT}`; if it was deleted, \
                 restore it, or set `judge_traces = false`"
            );
        }
    }
}

/// The trace of an attempt; `None` if no model was called, if the settings want none, or if the
/// experiment cannot be used.
pub(super) async fn create(
    live: &LiveScoring,
    run: &JudgeRun<'_>,
    outcome: &JudgeOutcome,
) -> Option<JudgeTrace> {
    let judge_traces = live.judge_traces.as_ref()?;
    if outcome.exchanges.iter().all(|exchange| exchange.calls.is_empty()) {
        return None;
    }
    let experiment = match live.meta.find_or_create_experiment(JUDGE_EXPERIMENT).await {
        Ok(experiment) => experiment,
        Err(error) => {
            judge_traces.report_loss(&error);
            return None;
        }
    };
    let id = xxh3_128(format!("{JUDGE_EXPERIMENT} {} {}", run.job.id, run.job.attempts).as_bytes());
    let mut spans = spans::build(id, run, outcome);
    if let Some(prices) = live.models.prices_of(run.client) {
        for row in spans.iter_mut().flat_map(|spans| &mut spans.rows) {
            if !row.cost_given {
                row.cost = prices.cost_of(row);
            }
        }
    }
    Some(JudgeTrace { id: TraceId::from_otel(id.to_be_bytes()), experiment, spans })
}

/// Stores a trace. It is lost if the store stays busy: the assessment does not wait for it longer.
pub(super) async fn store(live: &LiveScoring, trace: Option<JudgeTrace>) {
    let (Some(judge_traces), Some(trace)) = (&live.judge_traces, trace) else { return };
    let JudgeTrace { experiment, spans, .. } = trace;
    for attempt in 1..=STORE_ATTEMPTS_MAX {
        let source = Source { client: "kansoku".to_owned(), ..Source::default() };
        let traces = spans.iter().map(|spans| (experiment, spans.clone())).collect();
        let Err(error) = live.traces.ingest(Ingest { source, traces }).await else { return };
        let is_busy = matches!(
            error.code(),
            ErrorCode::ResourceExhausted | ErrorCode::TemporarilyUnavailable
        );
        if !is_busy || attempt == STORE_ATTEMPTS_MAX {
            return judge_traces.report_loss(&error);
        }
        tokio::time::sleep(STORE_PAUSE).await;
    }
}
