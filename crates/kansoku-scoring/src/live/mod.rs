//! Scores traces soon after they end.
//!
//! The store adds a job for each trace that ends, in the same commit. The first stage takes these
//! jobs, runs the checks of the experiment, and adds a job for each judge and Python scorer that the
//! trace is sampled for; the second stage runs the judges, and workers run the Python code. A session
//! whose judges are sampled for it is judged by the second stage, too, after it had no new trace for a
//! while. Backfills add jobs of traces that ended before. An assessment has an id made from trace or session, scorer and version, so what is done again
//! after a crash is stored once.
mod active;
mod active_version;
mod answer_log;
mod assessment;
mod backfill;
mod backfill_plan;
mod budget;
mod call_slot;
mod check_tasks;
mod due_loop;
mod failures;
mod gate;
mod job_request;
mod job_scorers;
mod judge_attempt;
mod judge_material;
mod judge_models;
mod judge_stage;
mod judge_trace;
mod load;
mod metrics;
mod python_answer;
mod python_job;
mod python_leases;
mod rescore;
mod sampling;
mod scorer_job;
mod session;
mod session_stage;
mod trace_stage;
mod trace_tasks;
mod trial;

use std::sync::Arc;

use kansoku_model::{Clock, Coded as _, DurationMs, ErrorCode};
use kansoku_store::core::scoring::TRACES_TO_SCORE;
use kansoku_store::{JobQueue, MetaStore, StoreError, TraceStore};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use active::CompiledScorers;
pub use answer_log::AnswerLog;
pub use backfill::{BACKFILL_JUDGEMENTS, BACKFILL_PYTHON_JOBS, backfill_subject};
use judge_trace::JudgeTraces;
use python_leases::PythonLeases;
pub use scorer_job::JUDGEMENTS;

pub use judge_models::JudgeModels;
pub use python_job::{PYTHON_JOBS, PythonJob};
pub use session::SESSIONS_TO_SCORE;

pub struct LiveScoring {
    traces: Arc<dyn TraceStore>,
    meta: Arc<dyn MetaStore>,
    jobs: Arc<dyn JobQueue>,
    models: JudgeModels,
    clock: Arc<dyn Clock>,
    answers: Arc<AnswerLog>,
    /// How long a session has no new trace until it is judged.
    session_idle: DurationMs,
    compiled: CompiledScorers,
    /// `None` if the calls of judges are not stored as traces.
    judge_traces: Option<JudgeTraces>,
    python: PythonLeases,
    /// Changes when a backfill is created or changed.
    backfills_changed: watch::Sender<()>,
}

impl LiveScoring {
    pub fn new(
        traces: Arc<dyn TraceStore>,
        meta: Arc<dyn MetaStore>,
        jobs: Arc<dyn JobQueue>,
        models: JudgeModels,
        answers: Arc<AnswerLog>,
        clock: Arc<dyn Clock>,
        session_idle: DurationMs,
    ) -> Self {
        Self {
            traces,
            meta,
            jobs,
            models,
            clock,
            answers,
            session_idle,
            compiled: CompiledScorers::default(),
            judge_traces: None,
            python: PythonLeases::default(),
            backfills_changed: watch::Sender::new(()),
        }
    }

    /// Also stores the calls of judges as traces.
    pub fn with_judge_traces(self) -> Self {
        Self { judge_traces: Some(JudgeTraces::default()), ..self }
    }

    pub fn models(&self) -> &JudgeModels {
        &self.models
    }

    /// Scores traces as they end, until `stop` is cancelled. Sleeps while there are none.
    ///
    /// No other process may score the traces of this store.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        if let Err(error) = self.release().await {
            report("release what was being scored before", &error);
        }
        tokio::join!(
            trace_stage::LOOP.run(&self, &stop),
            session_stage::LOOP.run(&self, &stop),
            judge_stage::run(&self, &stop),
            backfill::run(&self, &stop)
        );
    }

    /// Makes due what a process was scoring that has ended.
    pub async fn release(&self) -> Result<(), StoreError> {
        let live = [TRACES_TO_SCORE, SESSIONS_TO_SCORE, JUDGEMENTS, PYTHON_JOBS];
        for queue in live.into_iter().chain([BACKFILL_JUDGEMENTS, BACKFILL_PYTHON_JOBS]) {
            self.jobs.release_jobs(queue).await?;
        }
        Ok(())
    }

    /// Scores everything that is due, and returns when nothing is left that is due.
    pub async fn score_due(self: &Arc<Self>) -> Result<(), StoreError> {
        let stop = CancellationToken::new();
        loop {
            let traces = trace_stage::LOOP.work_on_due(self, &stop).await?;
            let sessions = session_stage::LOOP.work_on_due(self, &stop).await?;
            let steps = backfill::advance_due(self).await?;
            if traces + sessions + steps + judge_stage::judge_due(self).await? == 0 {
                return Ok(());
            }
        }
    }
}

fn report(doing: &'static str, error: &StoreError) {
    match error.code() {
        // The store is busy or stopping, or its disk is full, which it logs itself.
        ErrorCode::ResourceExhausted | ErrorCode::TemporarilyUnavailable => {}
        _ => {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "could not {doing}; it is tried again");
        }
    }
}
