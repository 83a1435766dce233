//! The trace or the session that a judge is to assess.
use kansoku_model::{AssessmentId, ScorerVersion};
use kansoku_store::StoreError;

use super::LiveScoring;
use super::assessment::AssessmentTarget;
use super::job_request::JobRequest;
use super::load::{LoadedTrace, decode};
use super::scorer_job::ScorerJob;
use super::session::{Session, SessionTraces};
use crate::ScoredTrace;
use crate::judges::JudgeInput;

/// The material as it is stored.
pub(super) struct StoredMaterial {
    pub(super) target: AssessmentTarget,
    /// The trace, or the first one of the session.
    loaded: LoadedTrace,
    session: Option<Session>,
}

/// The material as a judge reads it.
pub(super) enum JudgeMaterial {
    Trace(Box<ScoredTrace>),
    Session(SessionTraces),
}

impl StoredMaterial {
    /// Finds the material of a job; `None` if it does not exist any more.
    pub(super) async fn find(
        live: &LiveScoring,
        job: &ScorerJob,
    ) -> Result<Option<Self>, StoreError> {
        let session = match &job.session {
            None => None,
            Some(session) => {
                let found = Session::find(&*live.traces, job.experiment(), &session.id).await?;
                let Some(found) = found else { return Ok(None) };
                Some(found)
            }
        };
        let trace = session.as_ref().map_or(&job.trace, |session| &session.first);
        let Some(loaded) = LoadedTrace::load(&*live.traces, trace).await? else { return Ok(None) };
        let target = match &session {
            Some(session) => AssessmentTarget::trace(&loaded).with_session(session),
            None => AssessmentTarget::trace(&loaded),
        };
        Ok(Some(Self { target, loaded, session }))
    }

    /// Whether the judge's assessment is stored already.
    pub(super) fn is_judged_by(&self, version: &ScorerVersion, request: &JobRequest) -> bool {
        let first = self.target.assessment_id(version, 0);
        request.is_done(&self.loaded.info().assessments, &first)
    }

    /// The assessments that the judge's next one replaces.
    pub(super) fn replaced(
        &self,
        version: &ScorerVersion,
        request: &JobRequest,
    ) -> Vec<AssessmentId> {
        request.replaced(&self.loaded.info().assessments, &version.name, self.target.session_id())
    }

    pub(super) async fn load(self, live: &LiveScoring) -> Result<JudgeMaterial, StoreError> {
        match self.session {
            None => Ok(JudgeMaterial::Trace(Box::new(decode(self.loaded).await?))),
            Some(session) => Ok(JudgeMaterial::Session(session.load(&*live.traces).await?)),
        }
    }
}

impl JudgeMaterial {
    pub(super) fn input(&self) -> JudgeInput<'_> {
        match self {
            Self::Trace(trace) => JudgeInput::Trace(trace),
            Self::Session(SessionTraces { traces, earlier }) => {
                JudgeInput::Session { traces, earlier: *earlier }
            }
        }
    }
}
