//! The jobs of judges.
use kansoku_model::{ExperimentId, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::{JobId, NewJob};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::job_request::JobRequest;
use super::session::{Session, SessionInJob};

/// The queue of judges that are to run; their subjects are the ids of scorers.
pub const JUDGEMENTS: &str = "scoring.judges";

/// One judge is to assess one trace or one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct JudgeJob {
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

impl JudgeJob {
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
    pub(super) fn to_job(&self, scorer_id: &str, now: TimestampMs) -> NewJob {
        let mut key = format!("{JUDGEMENTS} {} {scorer_id} {}", self.trace, self.version);
        if let Some(session) = &self.session {
            key.push_str(&format!(" {}", session.key()));
        }
        NewJob {
            id: JobId::from_key(&key),
            queue: JUDGEMENTS.to_owned(),
            subject: scorer_id.to_owned(),
            kind: if self.session.is_some() { "session" } else { "trace" }.to_owned(),
            payload: json!(self).to_string(),
            due: now,
            waiting_max: None,
            postpones: false,
        }
    }
}
