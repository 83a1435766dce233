//! Jobs that somebody requested, in contrast to those of traces that end.
use kansoku_model::{Assessment, AssessmentId, Backfill, ScorerVersion, TimestampMs, TraceId};
use kansoku_store::StoreError;
use serde::{Deserialize, Serialize};

use super::LiveScoring;
use super::assessment::AssessmentTarget;
use crate::judges::metadata::{ONLINE_SCORING_SESSION_ID, SCORER_NAME};

/// The request that a job comes from; empty for the jobs of traces that end. Such a job is done
/// although its scorer is stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct JobRequest {
    /// Older feedback of the scorer is replaced. The time is stored with the job, so that a job that is
    /// done again after a crash finds its own feedback, and leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces_before: Option<i64>,
    /// The backfill that the job is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) backfill: Option<String>,
}

impl JobRequest {
    /// A request to assess again what was assessed before this time.
    pub(super) fn again(now: TimestampMs) -> Self {
        Self { replaces_before: Some(now.0), backfill: None }
    }

    /// A backfill, which replaces what other versions of the scorer said before it.
    pub(super) fn of_backfill(backfill: &Backfill) -> Self {
        let id = backfill.backfill_id.clone();
        Self { replaces_before: Some(backfill.created.0), backfill: Some(id) }
    }

    pub(super) fn is_explicit(&self) -> bool {
        self.replaces_before.is_some()
    }

    /// Whether the assessment with this id is stored, and stays.
    pub(super) fn is_done(&self, stored: &[Assessment], id: &AssessmentId) -> bool {
        stored.iter().any(|it| it.assessment_id == *id && !self.is_outdated(it))
    }

    /// The assessments of a scorer, by any of its versions, that its next one replaces.
    pub(super) fn replaced(
        &self,
        stored: &[Assessment],
        scorer: &str,
        session: Option<&str>,
    ) -> Vec<AssessmentId> {
        let is_replaced = |it: &&Assessment| {
            it.metadata.get(SCORER_NAME).is_some_and(|name| name == scorer)
                && it.metadata.get(ONLINE_SCORING_SESSION_ID).map(String::as_str) == session
                && self.is_outdated(it)
        };
        stored.iter().filter(is_replaced).map(|it| it.assessment_id.clone()).collect()
    }

    /// Feedback that a person corrected stays: it is what the person disagreed with.
    fn is_outdated(&self, stored: &Assessment) -> bool {
        stored.valid && self.replaces_before.is_some_and(|before| stored.create_time.0 < before)
    }
}

/// Deletes assessments that are about to be replaced.
pub(super) async fn delete_replaced(
    live: &LiveScoring,
    trace: &TraceId,
    ids: Vec<AssessmentId>,
) -> Result<(), StoreError> {
    for id in ids {
        match live.traces.delete_assessment(trace, &id).await {
            Ok(()) => {}
            Err(StoreError::TraceNotFound(_) | StoreError::AssessmentNotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Deletes what a scorer said about a session when it had other traces.
pub(super) async fn delete_outdated(
    live: &LiveScoring,
    target: &AssessmentTarget,
    version: &ScorerVersion,
) -> Result<(), StoreError> {
    let Some(session) = target.session_id() else { return Ok(()) };
    for old in live.traces.session_assessments(version.experiment_id, session).await? {
        if target.outdates(&old, version) {
            delete_replaced(live, &old.trace_id, vec![old.assessment_id]).await?;
        }
    }
    Ok(())
}
