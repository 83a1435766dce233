//! Scores traces soon after they end.
//!
//! The store adds a job for each trace that ends, in the same commit. The first stage takes these
//! jobs, runs the checks of the experiment, and adds a job for each judge that the trace is sampled
//! for; the second stage runs the judges. An assessment has an id made from trace, scorer and version,
//! so what is done again after a crash is stored once.
mod active;
mod assessment;
mod gate;
mod judge_attempt;
mod judge_job;
mod judge_models;
mod judge_stage;
mod load;
mod sampling;
mod trace_stage;
mod trial;

use std::sync::Arc;

use kansoku_model::{Clock, Coded as _, ErrorCode};
use kansoku_store::core::scoring::TRACES_TO_SCORE;
use kansoku_store::{JobQueue, MetaStore, StoreError, TraceStore};
use tokio_util::sync::CancellationToken;

use active::CompiledScorers;
pub use judge_job::JUDGEMENTS;

pub use judge_models::JudgeModels;

pub struct LiveScoring {
    traces: Arc<dyn TraceStore>,
    meta: Arc<dyn MetaStore>,
    jobs: Arc<dyn JobQueue>,
    models: JudgeModels,
    clock: Arc<dyn Clock>,
    compiled: CompiledScorers,
}

impl LiveScoring {
    pub fn new(
        traces: Arc<dyn TraceStore>,
        meta: Arc<dyn MetaStore>,
        jobs: Arc<dyn JobQueue>,
        models: JudgeModels,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { traces, meta, jobs, models, clock, compiled: CompiledScorers::default() }
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
        tokio::join!(trace_stage::run(&self, &stop), judge_stage::run(&self, &stop));
    }

    /// Makes due what a process was scoring that has ended.
    pub async fn release(&self) -> Result<(), StoreError> {
        self.jobs.release_jobs(TRACES_TO_SCORE).await?;
        self.jobs.release_jobs(JUDGEMENTS).await
    }

    /// Scores everything that is due, and returns when nothing is left that is due.
    pub async fn score_due(self: &Arc<Self>) -> Result<(), StoreError> {
        while 0 < trace_stage::score_due(self).await? + judge_stage::judge_due(self).await? {}
        Ok(())
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
