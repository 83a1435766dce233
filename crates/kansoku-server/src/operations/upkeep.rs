//! Work in the background: retention, space given back, statistics, and a look at a disk that
//! refused a write.
//!
//! Everything goes in small writes, and rests as long as the last one took: the
//! fuller the writer's queue, the longer that is, and the less is in its way.
use std::time::{Duration, Instant};

use kansoku_filter::ExperimentFilter;
use kansoku_model::{ErrorCode, Experiment, ExperimentId, Retention, TimestampMs, ViewType};
use kansoku_store::{Cut, Deletion, ExperimentSearch, StoreError};
use metrics::counter;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::steady_clock::SteadyClock;
use crate::{
    ApiError, App,
    metrics::{RECLAIMED_BYTES, RETENTION_TRACES},
    mlflow::delete_attachments,
};

/// How many expired traces one write deletes.
const TRACES_PER_WRITE: usize = 100;
/// How many experiments are looked at together.
const EXPERIMENTS_PER_PAGE: usize = 1000;
/// A disk that refused a write is tried this often.
const TRY_EVERY: Duration = Duration::from_secs(2);
const OPTIMIZE_EVERY: Duration = Duration::from_secs(3600);
/// A round that took long is followed by so many times its length of rest.
const REST_FACTOR: u32 = 20;

/// Runs until `stop`; a round of retention every `every`, or less often where rounds take long.
pub async fn keep_up(app: App, every: Duration, stop: CancellationToken) {
    let (mut next_round, mut optimized) = (Instant::now() + every, Instant::now());
    let mut keeper = Keeper { app, stop, clock: SteadyClock::default() };
    while keeper.rests(every.min(TRY_EVERY)).await {
        if keeper.app.upkeep.unwritable().is_some() {
            // The writer itself notes, and says, whether it went well.
            let _ = keeper.app.upkeep.try_write().await;
            continue;
        }
        if Instant::now() < next_round {
            continue;
        }
        let started = Instant::now();
        report("retention", keeper.apply_retention().await);
        report("giving space back", keeper.give_space_back().await);
        if OPTIMIZE_EVERY <= optimized.elapsed() {
            report("renewing statistics", keeper.app.upkeep.optimize().await);
            optimized = Instant::now();
        }
        next_round = Instant::now() + every.max(started.elapsed() * REST_FACTOR);
    }
}

/// Stops between two writes, so that nothing is left half done.
struct Keeper {
    app: App,
    stop: CancellationToken,
    clock: SteadyClock,
}

fn report(doing: &'static str, done: Result<(), impl Into<ApiError>>) {
    let Err(error) = done.map_err(Into::into) else { return };
    match error.code() {
        // Others need the writer more, or the end is near; there is a next round.
        ErrorCode::ResourceExhausted => {}
        ErrorCode::TemporarilyUnavailable => tracing::debug!("{doing} was put off"),
        _ => {
            let why = error.public_message();
            tracing::warn!("{doing} in the background failed and is tried again: {why}");
        }
    }
}

impl Keeper {
    /// Whether to go on after that.
    async fn rests(&self, time: Duration) -> bool {
        self.stop.run_until_cancelled(sleep(time)).await.is_some()
    }

    /// One round over all experiments, deleted ones included.
    async fn apply_retention(&mut self) -> Result<(), ApiError> {
        let now = self.app.clock.now();
        let ages_are_known = self.clock.look(now, Instant::now());
        let mut offset = 0;
        loop {
            let search = ExperimentSearch {
                filter: ExperimentFilter::parse("")?,
                order_by: Vec::new(),
                view: ViewType::All,
                offset,
                max_results: EXPERIMENTS_PER_PAGE,
            };
            let (experiments, more) = self.app.meta.search_experiments(search).await?;
            offset += experiments.len();
            for experiment in experiments {
                let mut retention = self.app.retention.for_tags(&experiment.tags);
                if !ages_are_known {
                    retention.max_age = None;
                }
                if !retention.is_unlimited() {
                    self.apply_to(&experiment, retention, now).await?;
                }
            }
            if !more || self.stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    async fn apply_to(
        &self,
        experiment: &Experiment,
        retention: Retention,
        now: TimestampMs,
    ) -> Result<(), ApiError> {
        let id = experiment.experiment_id;
        let finding = self.app.upkeep.expired(id, retention, now);
        let found = self.stop.run_until_cancelled(finding).await.transpose()?;
        let Some(cut) = found.flatten() else { return Ok(()) };
        let mut deleted = 0;
        let outcome = self.delete_before(id, cut, &mut deleted).await;
        if 0 < deleted {
            let name = &experiment.name;
            tracing::info!(experiment.id = %id, traces = deleted,
                "retention deleted {deleted} traces of experiment `{name}`");
        }
        Ok(outcome?)
    }

    /// `deleted` counts along, so that it is right even where a later write fails.
    async fn delete_before(
        &self,
        experiment: ExperimentId,
        cut: Cut,
        deleted: &mut usize,
    ) -> Result<(), StoreError> {
        let Self { app, .. } = self;
        loop {
            let oldest = app.upkeep.oldest(experiment, cut, TRACES_PER_WRITE).await?;
            let started = Instant::now();
            let gone = app.traces.delete_traces(experiment, Deletion::Ids(oldest)).await?;
            let took = started.elapsed();
            delete_attachments(app, &gone).await;
            *deleted += gone.len();
            counter!(RETENTION_TRACES).increment(gone.len() as u64);
            if gone.is_empty() || !self.rests(took).await {
                return Ok(());
            }
        }
    }

    async fn give_space_back(&self) -> Result<(), ApiError> {
        loop {
            let started = Instant::now();
            match self.app.upkeep.reclaim().await? {
                0 => return Ok(()),
                bytes => counter!(RECLAIMED_BYTES).increment(bytes),
            }
            if !self.rests(started.elapsed()).await {
                return Ok(());
            }
        }
    }
}
