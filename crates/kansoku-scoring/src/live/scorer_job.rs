//! The jobs of judges and Python scorers.
use kansoku_model::{ScorerVersion, TimestampMs, TraceId};
use kansoku_store::NewJob;

use super::job_request::JobRequest;
use super::judge_job::JudgeJob;
use super::python_job::python_job;
use super::session::Session;
use crate::Scorer;

/// The job of a scorer that is no check, for a trace.
pub(super) fn of_trace(
    scorer: &Scorer,
    version: &ScorerVersion,
    trace: &TraceId,
    request: JobRequest,
    now: TimestampMs,
) -> NewJob {
    match scorer {
        Scorer::Python { .. } => python_job(trace, None, version, request, now),
        Scorer::Check(_) | Scorer::Judge(_) => {
            let job = JudgeJob::of_trace(trace, version).requested(request);
            job.to_job(&version.scorer_id, now)
        }
    }
}

/// The job of a judge or a Python scorer for a session.
pub(super) fn of_session(
    scorer: &Scorer,
    version: &ScorerVersion,
    session: &Session,
    request: JobRequest,
    now: TimestampMs,
) -> NewJob {
    match scorer {
        Scorer::Python { .. } => {
            python_job(&session.first, Some(session.in_job()), version, request, now)
        }
        Scorer::Check(_) | Scorer::Judge(_) => {
            let job = JudgeJob::of_session(session, version).requested(request);
            job.to_job(&version.scorer_id, now)
        }
    }
}
