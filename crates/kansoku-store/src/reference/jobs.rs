//! Jobs.
use async_trait::async_trait;
use kansoku_model::{DurationMs, TimestampMs};
use tokio::sync::watch;

use super::meta::page;
use super::{ReferenceStore, State};
use crate::{
    JOBS_FINISHED_MAX, JOBS_WAITING_MAX, Job, JobId, JobOutcome, JobQuery, JobQueue, JobSource,
    JobState, NewJob, StoreError,
};

#[async_trait]
impl JobQueue for ReferenceStore {
    async fn add_jobs(&self, jobs: Vec<NewJob>) -> Result<(), StoreError> {
        self.add(&mut self.state(), jobs);
        Ok(())
    }

    async fn take_job(
        &self,
        from: &JobSource,
        lease: DurationMs,
    ) -> Result<Option<Job>, StoreError> {
        let now = self.now();
        let mut state = self.state();
        let Some(job) = state.next_job(from).filter(|job| job.due <= now) else { return Ok(None) };
        job.attempts += 1;
        job.due = TimestampMs(now.0 + lease.0);
        Ok(Some(job.clone()))
    }

    async fn next_job_due(&self, from: &JobSource) -> Result<Option<TimestampMs>, StoreError> {
        Ok(self.state().next_job(from).map(|job| job.due))
    }

    async fn settle_job(&self, id: &JobId, outcome: JobOutcome) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let Some(at) = state.jobs.iter().position(|(_, job)| job.id == *id) else { return Ok(()) };
        let (queue, job) = &mut state.jobs[at];
        let (succeeded, result) = match outcome {
            JobOutcome::Obsolete => {
                state.jobs.remove(at);
                return Ok(());
            }
            JobOutcome::Retry { at, result } => {
                (job.due, job.result) = (at, Some(result));
                return Ok(());
            }
            JobOutcome::Succeeded { result } => (true, result),
            JobOutcome::Failed { result } => (false, result),
        };
        job.state = if succeeded { JobState::Succeeded } else { JobState::Failed };
        (job.due, job.result) = (now, Some(result));
        job.payload.clear();
        let (queue, subject) = (queue.clone(), job.subject.clone());
        state.keep_newest_finished(&queue, &subject);
        Ok(())
    }

    async fn jobs(&self, query: JobQuery) -> Result<(Vec<Job>, bool), StoreError> {
        let state = self.state();
        let newest_first = state.jobs.iter().rev();
        let found = newest_first
            .filter(|(queue, job)| *queue == query.queue && job.subject == query.subject)
            .map(|(_, job)| job.clone());
        Ok(page(found.collect(), query.offset, query.max_results))
    }

    fn jobs_added(&self) -> watch::Receiver<u64> {
        self.jobs_added.subscribe()
    }
}

impl ReferenceStore {
    pub(super) fn add(&self, state: &mut State, jobs: Vec<NewJob>) {
        for new in jobs {
            let waiting = state.jobs.iter().filter(|(queue, job)| {
                *queue == new.queue && job.subject == new.subject && job.state == JobState::Waiting
            });
            let is_full = JOBS_WAITING_MAX <= waiting.count();
            if is_full || state.jobs.iter().any(|(_, job)| job.id == new.id) {
                continue;
            }
            let job = Job {
                id: new.id,
                subject: new.subject,
                kind: new.kind,
                payload: new.payload,
                state: JobState::Waiting,
                attempts: 0,
                created: self.now(),
                due: new.due,
                result: None,
            };
            state.jobs.push((new.queue, job));
            self.jobs_added.send_modify(|number| *number += 1);
        }
    }
}

impl State {
    /// The waiting job that is due first, and was added first among those.
    fn next_job(&mut self, from: &JobSource) -> Option<&mut Job> {
        let is_free = |(queue, job): &&mut (String, Job)| {
            *queue == from.queue
                && job.state == JobState::Waiting
                && !from.except_subjects.contains(&job.subject)
        };
        self.jobs.iter_mut().filter(is_free).map(|(_, job)| job).min_by_key(|job| job.due)
    }

    fn keep_newest_finished(&mut self, queue: &str, subject: &str) {
        let is_finished = |(of, job): &(String, Job)| {
            of == queue && job.subject == subject && job.state != JobState::Waiting
        };
        let count = self.jobs.iter().filter(|job| is_finished(job)).count();
        let mut surplus = count.saturating_sub(JOBS_FINISHED_MAX);
        self.jobs.retain(|job| {
            let is_surplus = 0 < surplus && is_finished(job);
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
    }
}
