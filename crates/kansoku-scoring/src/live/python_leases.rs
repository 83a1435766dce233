//! The jobs that workers have leased.
//!
//! They are known in memory only: after a restart of the server, an answer to an earlier lease is
//! refused, and its job is leased again.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kansoku_model::{DurationMs, TimestampMs};
use kansoku_store::JobId;

use super::python_job::PythonJob;

/// The most jobs that are leased at one time.
pub(super) const LEASES_MAX: usize = 1_000;
/// A worker that asked for no job for this time has gone.
const SILENCE_MAX: DurationMs = DurationMs(60_000);

#[derive(Default)]
pub(super) struct PythonLeases(Mutex<Leases>);

#[derive(Default)]
struct Leases {
    jobs: HashMap<JobId, PythonJob>,
    /// When a worker asked for a job last.
    asked: Option<TimestampMs>,
}

impl PythonLeases {
    /// Notes that a worker asks for a job; returns whether it may get one.
    pub(super) fn admit(&self, now: TimestampMs) -> bool {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.asked = Some(now);
        leases.jobs.retain(|_, job| now < job.until);
        leases.jobs.len() < LEASES_MAX
    }

    pub(super) fn insert(&self, job: PythonJob) {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.jobs.insert(job.id.clone(), job);
    }

    pub(super) fn get(&self, id: &JobId, now: TimestampMs) -> Option<PythonJob> {
        let leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.jobs.get(id).filter(|job| now < job.until).cloned()
    }

    pub(super) fn remove(&self, id: &JobId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).jobs.remove(id);
    }

    /// Whether a worker waits for jobs, or runs one.
    pub(super) fn has_worker(&self, now: TimestampMs) -> bool {
        let leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asks = |asked: TimestampMs| now.0.saturating_sub(asked.0) < SILENCE_MAX.0;
        leases.asked.is_some_and(asks) || leases.jobs.values().any(|job| now < job.until)
    }
}

#[cfg(test)]
mod tests {
    use kansoku_model::{ExperimentId, ScorerVersion, TraceId};

    use super::*;
    use crate::live::assessment::AssessmentTarget;

    fn job(number: usize, until: i64) -> PythonJob {
        PythonJob {
            id: JobId(number.to_string()),
            version: ScorerVersion {
                scorer_id: "s".to_owned(),
                experiment_id: ExperimentId::DEFAULT,
                name: "n".to_owned(),
                version: 1,
                serialized: String::new(),
                creation_time: TimestampMs(0),
            },
            traces: Vec::new(),
            target: AssessmentTarget::new(TraceId::try_from("tr-1".to_owned()).unwrap(), None),
            attempts: 1,
            replaced: Vec::new(),
            until: TimestampMs(until),
        }
    }

    #[test]
    fn so_many_jobs_are_leased_until_some_leases_end() {
        let leases = PythonLeases::default();
        for number in 0..LEASES_MAX {
            assert!(leases.admit(TimestampMs(0)));
            leases.insert(job(number, 10));
        }
        assert!(!leases.admit(TimestampMs(9)));
        assert!(leases.get(&JobId("0".to_owned()), TimestampMs(9)).is_some());
        assert!(leases.get(&JobId("0".to_owned()), TimestampMs(10)).is_none());
        assert!(leases.admit(TimestampMs(10)));
    }

    #[test]
    fn a_worker_is_there_while_it_asks_or_runs_a_job() {
        let leases = PythonLeases::default();
        assert!(!leases.has_worker(TimestampMs(0)));
        leases.admit(TimestampMs(0));
        leases.insert(job(1, 90_000));
        for (now, expected) in [(59_999, true), (89_999, true), (90_000, false)] {
            assert_eq!(leases.has_worker(TimestampMs(now)), expected, "{now}");
        }
    }
}
