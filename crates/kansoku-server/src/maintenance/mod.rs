//! Background maintenance: retention, reclaiming of space, statistics, and checks of a disk that
//! failed a write.
//!
//! All of it is done in small writes, each followed by a pause as long as the write took: if the
//! writer's queue is long, maintenance slows down and does not delay ingest.
mod steady_clock;

use std::time::{Duration, Instant};

use kansoku_filter::ExperimentFilter;
use kansoku_model::{ErrorCode, Experiment, ExperimentId, Retention, TimestampMs, ViewType};
use kansoku_store::{Deletion, ExperimentSearch, RetentionCursor, StoreError, Unarchived};
use metrics::counter;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    ApiError, App,
    artifacts::trace_objects::delete_attachments,
    http::metrics::{RECLAIMED_BYTES, RETENTION_TRACES},
};
use steady_clock::{Judgement, SteadyClock, wait_from};

/// The number of expired traces that one write deletes.
const TRACES_PER_WRITE: usize = 100;
/// The number of experiments that are read at once.
const EXPERIMENTS_PER_PAGE: usize = 1000;
/// The interval of attempts to write to a disk that failed a write.
const TRY_EVERY: Duration = Duration::from_secs(2);
const OPTIMIZE_EVERY: Duration = Duration::from_secs(3600);
/// The interval of checks of the clock, whose time is then stored.
const CLOCK_EVERY: Duration = Duration::from_secs(60);
/// A jump of the clock is doubted if it would make retention delete more than one in this many
/// traces of an experiment with at least this many.
const FEW_TRACES: u64 = 20;
/// The least pause after a round of maintenance, as a multiple of its duration.
const REST_FACTOR: u32 = 20;

/// Runs maintenance until `stop` is cancelled: a round every `every`, or less often if rounds take
/// long.
pub async fn keep_up(app: App, every: Duration, stop: CancellationToken) {
    let (mut next_round, mut optimized) = (Instant::now() + every, Instant::now());
    let (clock, ages_are_known) = (SteadyClock::default(), false);
    let mut task = MaintenanceTask { app, stop, clock, ages_are_known, marked: None };
    report("looking at the clock", task.look_at_clock().await);
    let mut looked = Instant::now();
    while task.rests(every.min(TRY_EVERY)).await {
        if task.app.maintenance.unwritable().is_some() {
            // The writer itself records and logs the result. If the disk is full, retention below
            // makes room.
            let _ = task.app.maintenance.try_write().await;
        }
        let is_due = next_round <= Instant::now();
        if is_due || CLOCK_EVERY <= looked.elapsed() {
            report("looking at the clock", task.look_at_clock().await);
            looked = Instant::now();
        }
        if !is_due {
            continue;
        }
        let started = Instant::now();
        report("retention", task.apply_retention().await);
        report("giving space back", task.give_space_back().await);
        let now = task.app.clock.now();
        report("deleting abandoned uploads", task.app.artifacts.delete_abandoned(now).await);
        if OPTIMIZE_EVERY <= optimized.elapsed() {
            report("renewing statistics", task.app.maintenance.optimize().await);
            optimized = Instant::now();
        }
        next_round = Instant::now() + every.max(started.elapsed() * REST_FACTOR);
    }
    // Stores the time, which the next start compares its clock with.
    task.marked = None;
    report("remembering the time", task.look_at_clock().await);
}

/// The state of maintenance. It stops only between two writes, so that nothing is left half done.
struct MaintenanceTask {
    app: App,
    stop: CancellationToken,
    clock: SteadyClock,
    /// Whether retention by age may be applied.
    ages_are_known: bool,
    /// The last time at which the clock's time was stored.
    marked: Option<Instant>,
}

fn report(doing: &'static str, done: Result<(), impl Into<ApiError>>) {
    let Err(error) = done.map_err(Into::into) else { return };
    match error.code() {
        // The writer is busy or stopping; the next round tries again.
        ErrorCode::ResourceExhausted => {}
        ErrorCode::TemporarilyUnavailable => tracing::debug!("postponed: {doing}"),
        _ => {
            let why = error.public_message();
            tracing::warn!("background task failed and will be retried: {doing}: {why}");
        }
    }
}

impl MaintenanceTask {
    /// Pauses; returns whether to continue.
    async fn rests(&self, time: Duration) -> bool {
        self.stop.run_until_cancelled(sleep(time)).await.is_some()
    }

    /// Judges the clock, and stores its time, or the remaining time of the wait. Until this
    /// succeeds, retention by age is not applied.
    async fn look_at_clock(&mut self) -> Result<(), ApiError> {
        let before = self.clock;
        self.ages_are_known = false;
        let looked = self.judge_clock().await;
        if looked.is_err() {
            // A jump that could not be stored must be detected again.
            self.clock = before;
        }
        looked
    }

    async fn judge_clock(&mut self) -> Result<(), ApiError> {
        let maintenance = self.app.maintenance.clone();
        let (now, marks) = (self.app.clock.now(), maintenance.clock_marks().await?);
        let wait = match self.clock.judge(now, Instant::now(), marks) {
            Judgement::Steady => None,
            Judgement::Jumped { believed } if self.would_delete_much(now).await? => {
                let wait = wait_from(believed);
                maintenance.begin_wait(wait).await?;
                tracing::warn!(
                    "the clock says {now}, and should say about {believed}; retention by age waits for a day, or until it is put right or confirmed"
                );
                Some(wait)
            }
            Judgement::Jumped { believed } => {
                tracing::warn!("the clock jumped from {believed} to {now}");
                None
            }
            Judgement::Doubted(wait) => maintenance.continue_wait(wait).await?.then_some(wait),
            Judgement::PutRight => {
                maintenance.end_wait().await?;
                tracing::info!("the clock went back to {now}; retention by age continues");
                None
            }
            Judgement::Accepted => {
                maintenance.end_wait().await?;
                tracing::warn!("the clock has said {now} for a day and is believed");
                None
            }
        };
        self.app.health.warn_of_clock(wait.map(|wait| {
            let hours = (wait.left.0 / 3_600_000).max(1);
            format!(
                "the clock jumped ahead to {now}, so nothing is deleted for its age for {hours} hours; put the clock right, or confirm it by POST /api/3.0/kansoku/retention/confirm"
            )
        }));
        self.ages_are_known = wait.is_none();
        if wait.is_none() && self.marked.is_none_or(|at| CLOCK_EVERY <= at.elapsed()) {
            maintenance.mark_time(now).await?;
            self.marked = Some(Instant::now());
        }
        Ok(())
    }

    /// Whether retention by age would delete more than a few traces of some experiment.
    async fn would_delete_much(&self, now: TimestampMs) -> Result<bool, ApiError> {
        let mut offset = 0;
        loop {
            let (experiments, more) = self.experiments(offset).await?;
            offset += experiments.len();
            for experiment in experiments {
                let limits = self.app.retention.for_tags(&experiment.tags);
                let by_age = Retention { max_bytes: None, ..limits };
                if by_age.is_unlimited() {
                    continue;
                }
                let (id, maintenance) = (experiment.experiment_id, &self.app.maintenance);
                let Some(cut) = maintenance.expired(id, by_age, now).await? else { continue };
                let share = maintenance.share_before(id, &cut).await?;
                if FEW_TRACES <= share.of && share.of < share.traces.saturating_mul(FEW_TRACES) {
                    return Ok(true);
                }
            }
            if !more {
                return Ok(false);
            }
        }
    }

    /// A page of all experiments, including deleted ones, and whether there are more.
    async fn experiments(&self, offset: usize) -> Result<(Vec<Experiment>, bool), ApiError> {
        let search = ExperimentSearch {
            filter: ExperimentFilter::parse("")?,
            order_by: Vec::new(),
            view: ViewType::All,
            offset,
            max_results: EXPERIMENTS_PER_PAGE,
        };
        Ok(self.app.meta.search_experiments(search).await?)
    }

    /// Applies retention once to all experiments, including deleted ones.
    async fn apply_retention(&mut self) -> Result<(), ApiError> {
        let now = self.app.clock.now();
        let mut offset = 0;
        loop {
            let (experiments, more) = self.experiments(offset).await?;
            offset += experiments.len();
            for experiment in experiments {
                let mut retention = self.app.retention.for_tags(&experiment.tags);
                if !self.ages_are_known {
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
        let finding = self.app.maintenance.expired(id, retention, now);
        let found = self.stop.run_until_cancelled(finding).await.transpose()?;
        let Some(cut) = found.flatten() else { return Ok(()) };
        let is_archived = self.app.archive.as_ref().is_some_and(|it| it.keeps(experiment));
        let unarchived = if is_archived { Unarchived::Stay } else { Unarchived::Deleted };
        let mut deleted = 0;
        let outcome = self.delete_before(id, &cut, unarchived, &mut deleted).await;
        if 0 < deleted {
            let name = &experiment.name;
            tracing::info!(experiment.id = %id, traces = deleted,
                "retention deleted {deleted} traces of experiment `{name}`");
        }
        Ok(outcome?)
    }

    /// Deletes traces up to `cut`. `deleted` is updated after each write, so that it is right even
    /// if a later write fails.
    async fn delete_before(
        &self,
        experiment: ExperimentId,
        cut: &RetentionCursor,
        unarchived: Unarchived,
        deleted: &mut usize,
    ) -> Result<(), StoreError> {
        let Self { app, .. } = self;
        loop {
            let oldest = app.maintenance.oldest(experiment, cut, TRACES_PER_WRITE).await?;
            let started = Instant::now();
            let expired = Deletion::Expired { ids: oldest, unarchived };
            let gone = app.traces.delete_traces(experiment, expired).await?;
            let took = started.elapsed();
            // The archive has no attachments, so those of archived traces stay where they are.
            if unarchived == Unarchived::Deleted {
                delete_attachments(app, &gone).await;
            }
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
            match self.app.maintenance.reclaim().await? {
                0 => return Ok(()),
                bytes => counter!(RECLAIMED_BYTES).increment(bytes),
            }
            if !self.rests(started.elapsed()).await {
                return Ok(());
            }
        }
    }
}
