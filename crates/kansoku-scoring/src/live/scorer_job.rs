//! The jobs of judges and Python scorers.
use kansoku_model::{ExperimentId, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::{JobId, NewJob};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::job_request::JobRequest;
use super::python_job::PYTHON_JOBS;
use super::session::{Session, SessionInJob};
use crate::Scorer;

/// The queue of judges that are to run; their subjects are the ids of scorers.
pub const JUDGEMENTS: &str = "scoring.judges";

/// One scorer is to assess one trace or one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ScorerJob {
    experiment: i64,
    pub(super) scorer: String,
    pub(super) version: i64,
    /// The trace, or the first one of the session.
    pub(super) trace: TraceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<SessionInJob>,
    #[serde(flatten)]
    pub(super) request: JobRequest,
}

impl ScorerJob {
    pub(super) fn of_trace(trace: &TraceId, version: &ScorerVersion) -> Self {
        Self {
            experiment: version.experiment_id.0,
            scorer: version.name.clone(),
            version: version.version,
            trace: trace.clone(),
            session: None,
            request: JobRequest::default(),
        }
    }

    pub(super) fn of_session(session: &Session, version: &ScorerVersion) -> Self {
        Self { session: Some(session.in_job()), ..Self::of_trace(&session.first, version) }
    }

    pub(super) fn requested(self, request: JobRequest) -> Self {
        Self { request, ..self }
    }

    pub(super) fn experiment(&self) -> ExperimentId {
        ExperimentId(self.experiment)
    }

    /// The same job for the same trace or state of a session, scorer and version has the same id.
    fn to_job(&self, queue: &str, scorer_id: &str, now: TimestampMs) -> NewJob {
        let mut key = format!("{queue} {} {scorer_id} {}", self.trace, self.version);
        if let Some(session) = &self.session {
            key.push_str(&format!(" {}", session.key()));
        }
        NewJob {
            id: JobId::from_key(&key),
            queue: queue.to_owned(),
            subject: scorer_id.to_owned(),
            kind: if self.session.is_some() { "session" } else { "trace" }.to_owned(),
            payload: json!(self).to_string(),
            due: now,
            waiting_max: None,
            postpones: false,
        }
    }
}

/// The job of a scorer that is no check, for a trace.
pub(super) fn of_trace(
    scorer: &Scorer,
    version: &ScorerVersion,
    trace: &TraceId,
    request: JobRequest,
    now: TimestampMs,
) -> NewJob {
    let job = ScorerJob::of_trace(trace, version).requested(request);
    job.to_job(queue(scorer), &version.scorer_id, now)
}

/// The job of a scorer that is no check, for a session.
pub(super) fn of_session(
    scorer: &Scorer,
    version: &ScorerVersion,
    session: &Session,
    request: JobRequest,
    now: TimestampMs,
) -> NewJob {
    let job = ScorerJob::of_session(session, version).requested(request);
    job.to_job(queue(scorer), &version.scorer_id, now)
}

fn queue(scorer: &Scorer) -> &'static str {
    match scorer {
        Scorer::Python { .. } => PYTHON_JOBS,
        Scorer::Check(_) | Scorer::Judge(_) => JUDGEMENTS,
    }
}
