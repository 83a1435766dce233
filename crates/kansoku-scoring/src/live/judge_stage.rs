//! The second stage: runs the judges that traces were sampled for.
//!
//! A judge whose assessment is stored is not asked again. If the process ends between the answer of a
//! model and the commit of the assessment, the answer is found in the log of answers.
//!
//! Jobs of backfills are taken when no live trace waits, and never use all of what may run at once.
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use kansoku_model::{DurationMs, TimestampMs};
use kansoku_store::{Job, JobOrder, JobSource, StoreError};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::backfill::{self, BACKFILL_JUDGEMENTS};
use super::call_slot::{CallResult, CallSlot, EndedCall};
use super::due_loop::{SLEEP_MAX, STORE_PAUSE};
use super::gate::{Gate, GateLimits, MODEL_RUNNING_MAX, next_opening};
use super::job_scorers::JobScorers;
use super::judge_attempt::{Attempt, Preparation};
use super::scorer_job::JUDGEMENTS;
use super::{LiveScoring, report};

/// The number of judges that run at once. No model has all of it: one that hangs must leave room for
/// the others.
const RUNNING_MAX: usize = 2 * MODEL_RUNNING_MAX;
/// The number of attempts that wait for models that are busy.
const WAITING_MAX: usize = 32;
/// The number of jobs that are taken at once: so many may wait for one model, ready to start as soon
/// as it may be called.
const TAKEN_AT_ONCE: usize = 8;
/// The number of judges that only live traces may start.
const LIVE_ROOM: usize = RUNNING_MAX / 4;
/// How long a job is not taken again: longer than a judge may take with all its requests.
const LEASE: DurationMs = DurationMs(3_600_000);
/// The subjects whose models are known. Beyond this number they are learned anew.
const MODELS_MAX: usize = 10_000;
/// How long judges may take to end when the server stops.
const STOP_MAX: Duration = Duration::from_secs(5);

/// The jobs that were due, or when the next one is.
enum TakenJobs {
    Some(Vec<Job>),
    None { next_due: Option<TimestampMs> },
}

struct JudgeStage {
    live: Arc<LiveScoring>,
    gates: HashMap<String, Gate>,
    /// The model of each subject of jobs: a scorer, or one in a backfill.
    models: HashMap<String, String>,
    /// Jobs that are not prepared yet.
    taken: VecDeque<Job>,
    /// Attempts that wait for their model.
    waiting: Vec<Attempt>,
    running: JoinSet<()>,
    /// Where the slots of running judges are given back, and their results read.
    slots: UnboundedSender<EndedCall>,
    ended_calls: UnboundedReceiver<EndedCall>,
}

pub(super) async fn run(live: &Arc<LiveScoring>, stop: &CancellationToken) {
    let mut stage = JudgeStage::new(live.clone());
    let mut added = live.jobs.jobs_added();
    let mut backfills = live.backfills_changed.subscribe();
    while !stop.is_cancelled() {
        added.borrow_and_update();
        backfills.borrow_and_update();
        let pause = match stage.start_due().await {
            Ok(pause) => pause,
            Err(error) => {
                report("take the jobs of judges", &error);
                STORE_PAUSE
            }
        };
        let (has_room, is_full) = (stage.room() != 0, RUNNING_MAX <= stage.running.len());
        tokio::select! {
            () = stop.cancelled() => break,
            changed = added.changed(), if has_room => {
                if changed.is_err() {
                    break;
                }
            }
            // One that goes on may have jobs.
            Ok(()) = backfills.changed(), if has_room => {}
            Some(ended) = stage.ended_calls.recv() => stage.note_end(ended),
            Some(_) = stage.running.join_next(), if is_full => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    // A judge that does not end in time is asked again after the next start.
    let all_end = async { while stage.running.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(STOP_MAX, all_end).await;
}

/// Runs all judges that are due, and returns their number.
pub(super) async fn judge_due(live: &Arc<LiveScoring>) -> Result<usize, StoreError> {
    let (mut stage, mut count) = (JudgeStage::new(live.clone()), 0);
    loop {
        stage.start_due().await?;
        stage.running.join_next().await;
        let before = count;
        while let Ok(ended) = stage.ended_calls.try_recv() {
            stage.note_end(ended);
            count += 1;
        }
        if count == before && stage.running.is_empty() {
            return Ok(count);
        }
    }
}

impl JudgeStage {
    fn new(live: Arc<LiveScoring>) -> Self {
        let (slots, ended_calls) = mpsc::unbounded_channel();
        Self {
            live,
            gates: HashMap::new(),
            models: HashMap::new(),
            taken: VecDeque::new(),
            waiting: Vec::new(),
            running: JoinSet::new(),
            slots,
            ended_calls,
        }
    }

    /// The number of jobs that can be taken.
    fn room(&self) -> usize {
        let (running, waiting) = (self.running.len(), self.waiting.len());
        match RUNNING_MAX <= running && 0 < waiting {
            // None of them could start.
            true => 0,
            false => {
                TAKEN_AT_ONCE.min((RUNNING_MAX + WAITING_MAX).saturating_sub(running + waiting))
            }
        }
    }

    /// Starts the judges that are due and whose models may be called; returns how long nothing else
    /// will be due.
    async fn start_due(&mut self) -> Result<Duration, StoreError> {
        // The job of a task that panicked is taken again when its lease ends.
        while self.running.try_join_next().is_some() {}
        self.prepare_taken().await?;
        self.start_waiting();
        let due = loop {
            match self.take_due().await? {
                TakenJobs::Some(jobs) => self.taken.extend(jobs),
                TakenJobs::None { next_due } => break next_due,
            }
            self.prepare_taken().await?;
            self.start_waiting();
        };
        let now = self.live.clock.now();
        let next = due.into_iter().chain(next_opening(self.gates.values(), now)).min();
        let pause = next.map(|at| at.0.saturating_sub(now.0).max(1).cast_unsigned());
        Ok(pause.map_or(SLEEP_MAX, Duration::from_millis).min(SLEEP_MAX))
    }

    /// The number of jobs of backfills that can be taken.
    fn backfill_room(&self) -> usize {
        let busy = self.running.len() + self.waiting.len();
        self.room().min((RUNNING_MAX - LIVE_ROOM).saturating_sub(busy))
    }

    /// Takes jobs of live traces that are due, or else of backfills.
    async fn take_due(&self) -> Result<TakenJobs, StoreError> {
        let live = self.take_from(&self.live_source(), self.room()).await?;
        let TakenJobs::None { next_due: live_due } = live else { return Ok(live) };
        let max = self.backfill_room();
        let source = if max == 0 { None } else { self.backfill_source().await? };
        let Some(source) = source else { return Ok(live) };
        let backfill = self.take_from(&source, max).await?;
        let TakenJobs::None { next_due } = backfill else { return Ok(backfill) };
        Ok(TakenJobs::None { next_due: live_due.into_iter().chain(next_due).min() })
    }

    async fn take_from(&self, source: &JobSource, max: usize) -> Result<TakenJobs, StoreError> {
        if max == 0 {
            return Ok(TakenJobs::None { next_due: None });
        }
        let next_due = self.live.jobs.next_job_due(source).await?;
        if next_due.is_some_and(|due| due <= self.live.clock.now()) {
            let jobs = self.live.jobs.take_jobs(source, LEASE, max).await?;
            if !jobs.is_empty() {
                return Ok(TakenJobs::Some(jobs));
            }
        }
        Ok(TakenJobs::None { next_due })
    }

    /// The newest first, and none of a model that cannot be called or that attempts wait for.
    fn live_source(&self) -> JobSource {
        let now = self.live.clock.now();
        let is_closed = |model: &String| {
            let is_for_it = |it: &Attempt| it.model == *model && !it.is_backfill();
            let is_waited_for = self.waiting.iter().any(is_for_it);
            is_waited_for || self.gates.get(model).is_some_and(|gate| !gate.takes_more(now))
        };
        let except_subjects = self.subjects_of(is_closed).collect();
        JobSource { queue: JUDGEMENTS.to_owned(), except_subjects, order: JobOrder::NewestDue }
    }

    /// None of a model that cannot be called for backfills, and none of a paused backfill. `None` if
    /// there are no jobs.
    async fn backfill_source(&self) -> Result<Option<JobSource>, StoreError> {
        let now = self.live.clock.now();
        let is_closed = |model: &String| {
            let is_waited_for = self.waiting.iter().any(|attempt| attempt.model == *model);
            is_waited_for || self.gates.get(model).is_some_and(|it| !it.is_open_for_backfill(now))
        };
        let mut source = backfill::source(&self.live, BACKFILL_JUDGEMENTS, &[]).await?;
        if let Some(source) = &mut source {
            source.except_subjects.extend(self.subjects_of(is_closed));
        }
        Ok(source)
    }

    /// The subjects whose model is like this.
    fn subjects_of(&self, is_like: impl Fn(&String) -> bool) -> impl Iterator<Item = String> {
        let found = self.models.iter().filter(move |(_, model)| is_like(model));
        found.map(|(subject, _)| subject.clone())
    }

    /// Prepares the jobs that were taken. One that the store fails for stays, and is prepared later.
    async fn prepare_taken(&mut self) -> Result<(), StoreError> {
        let mut scorers = JobScorers::default();
        while let Some(job) = self.taken.front() {
            self.prepare(job.clone(), &mut scorers).await?;
            self.taken.pop_front();
        }
        Ok(())
    }

    async fn prepare(&mut self, job: Job, scorers: &mut JobScorers) -> Result<(), StoreError> {
        let (id, subject) = (job.id.clone(), job.subject.clone());
        match Attempt::prepare(&self.live, job, scorers).await? {
            Preparation::Ready(attempt) => {
                let limits = GateLimits::of_endpoint(attempt.client.settings());
                self.gates.entry(attempt.model.clone()).or_insert_with(|| Gate::new(limits));
                if MODELS_MAX <= self.models.len() {
                    self.models.clear();
                }
                self.models.insert(subject, attempt.model.clone());
                self.waiting.push(*attempt);
                Ok(())
            }
            Preparation::Settled(outcome) => {
                self.live.jobs.settle_job(&id, outcome).await?;
                self.live.answers.forget(&id);
                Ok(())
            }
        }
    }

    fn start_waiting(&mut self) {
        let now = self.live.clock.now();
        // Live traces first; the order of the others stays.
        self.waiting.sort_by_key(Attempt::is_backfill);
        for attempt in std::mem::take(&mut self.waiting) {
            let has_room = self.running.len() < RUNNING_MAX;
            let may_start = |gate: &Gate| match attempt.is_backfill() {
                false => gate.next_call(now) == Some(now),
                true => gate.is_open_for_backfill(now),
            };
            match self.gates.get_mut(&attempt.model) {
                Some(gate) if has_room && may_start(gate) => {
                    gate.start(now);
                    let slot = CallSlot::new(attempt.model.clone(), self.slots.clone());
                    let live = self.live.clone();
                    self.running.spawn(async move { attempt.run(&live, slot).await });
                }
                _ => self.waiting.push(attempt),
            }
        }
    }

    fn note_end(&mut self, EndedCall { model, result }: EndedCall) {
        let Some(gate) = self.gates.get_mut(&model) else { return };
        match result {
            CallResult::Answered => gate.answered(),
            CallResult::Failed { retry_after } => gate.failed(self.live.clock.now(), retry_after),
        }
    }
}
