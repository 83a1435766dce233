//! Jobs.
use async_trait::async_trait;
use kansoku_model::{DurationMs, TimestampMs};
use tokio::sync::watch;

use super::meta::page;
use super::{ReferenceStore, State};
use crate::{
    Backlog, JOBS_FINISHED_MAX, Job, JobId, JobOrder, JobOutcome, JobQuery, JobQueue, JobSource,
    JobState, NewJob, StoreError,
};

#[async_trait]
impl JobQueue for ReferenceStore {
    async fn take_jobs(
        &self,
        from: &JobSource,
        lease: DurationMs,
        max: usize,
    ) -> Result<Vec<Job>, StoreError> {
        let now = self.now();
        let mut state = self.state();
        let mut due: Vec<_> = state.waiting(from).filter(|job| job.due <= now).collect();
        due.sort_by_key(|job| job.due);
        if from.order == JobOrder::NewestDue {
            due.reverse();
        }
        let take = |job: &mut Job| {
            job.attempts += 1;
            job.due = TimestampMs(now.0 + lease.0);
            job.clone()
        };
        Ok(due.into_iter().take(max).map(take).collect())
    }

    async fn next_job_due(&self, from: &JobSource) -> Result<Option<TimestampMs>, StoreError> {
        Ok(self.state().waiting(from).map(|job| job.due).min())
    }

    async fn settle_jobs(
        &self,
        outcomes: Vec<(JobId, JobOutcome)>,
        added: Vec<NewJob>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        for (id, outcome) in outcomes {
            state.settle(&id, outcome, now);
        }
        self.add(&mut state, added);
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

    async fn backlog(&self, queue: &str, subject: &str) -> Result<Backlog, StoreError> {
        let source = JobSource { queue: queue.to_owned(), ..JobSource::default() };
        let mut state = self.state();
        let waiting: Vec<_> = state.waiting(&source).filter(|job| job.subject == subject).collect();
        let oldest = waiting.iter().map(|job| job.created).min();
        Ok(Backlog { waiting: waiting.len() as u64, oldest })
    }

    async fn release_jobs(&self, queue: &str) -> Result<(), StoreError> {
        let now = self.now();
        let source = JobSource { queue: queue.to_owned(), ..JobSource::default() };
        let mut state = self.state();
        let taken = state.waiting(&source).filter(|job| 0 < job.attempts);
        taken.for_each(|job| job.due = job.due.min(now));
        Ok(())
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
            let is_full = new.waiting_max.is_some_and(|max| max <= waiting.count());
            if is_full {
                continue;
            }
            if let Some((_, known)) = state.jobs.iter_mut().find(|(_, job)| job.id == new.id) {
                if new.postpones && known.state == JobState::Waiting {
                    (known.due, known.attempts) = (new.due, 0);
                }
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
    /// The jobs that wait, in the order in which they were added.
    fn waiting(&mut self, from: &JobSource) -> impl Iterator<Item = &mut Job> {
        let is_free = |(queue, job): &&mut (String, Job)| {
            *queue == from.queue
                && job.state == JobState::Waiting
                && !from.except_subjects.contains(&job.subject)
        };
        self.jobs.iter_mut().filter(is_free).map(|(_, job)| job)
    }

    fn settle(&mut self, id: &JobId, outcome: JobOutcome, now: TimestampMs) {
        let is_taken = |(_, job): &(String, Job)| job.id == *id && 0 < job.attempts;
        let Some(at) = self.jobs.iter().position(is_taken) else { return };
        let (queue, job) = &mut self.jobs[at];
        let (succeeded, result) = match outcome {
            JobOutcome::Obsolete => {
                self.jobs.remove(at);
                return;
            }
            JobOutcome::Retry { at, result } => {
                (job.due, job.result) = (at, Some(result));
                return;
            }
            JobOutcome::Succeeded { result } => (true, result),
            JobOutcome::Failed { result } => (false, result),
        };
        job.state = if succeeded { JobState::Succeeded } else { JobState::Failed };
        (job.due, job.result) = (now, Some(result));
        job.payload.clear();
        let (queue, subject) = (queue.clone(), job.subject.clone());
        self.keep_newest_finished(&queue, &subject);
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
