//! The assessments that scorers give.
use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, Money, ScorerVersion, SpanId,
    TimestampMs, TraceId, metadata_key,
};
use xxhash_rust::xxh3::xxh3_128;

use super::load::LoadedTrace;
use super::session::Session;
use crate::ScorerFeedback;
use crate::judges::metadata::{JUDGE_COST, ONLINE_SCORING_SESSION_ID, SCORER_NAME, SCORER_VERSION};
use crate::judges::{FeedbackSource, JudgeFeedback};

/// The most assessments that a scorer gives to one trace or session.
const ASSESSMENTS_MAX: usize = 50;

/// The id of an assessment of a trace. It is the same whenever the scorer assesses the trace, so that
/// the assessment is stored once.
pub(super) fn assessment_id(
    trace: &TraceId,
    scorer: &ScorerVersion,
    number: usize,
) -> AssessmentId {
    id_of(&format!("{trace} {} {} {number}", scorer.scorer_id, scorer.version))
}

fn id_of(key: &str) -> AssessmentId {
    AssessmentId(format!("a-{:032x}", xxh3_128(key.as_bytes())))
}

/// The trace that an assessment is stored with.
#[derive(Clone, Debug)]
pub(super) struct AssessmentTarget {
    trace: TraceId,
    root: Option<SpanId>,
    /// The session that is assessed, of which the trace is the first.
    session: Option<SessionTarget>,
}

#[derive(Clone, Debug)]
struct SessionTarget {
    id: String,
    state: u128,
}

impl AssessmentTarget {
    pub(super) fn trace(loaded: &LoadedTrace) -> Self {
        Self::new(loaded.id().clone(), loaded.root())
    }

    pub(super) fn new(trace: TraceId, root: Option<SpanId>) -> Self {
        Self { trace, root, session: None }
    }

    /// The session, if the target is its first trace.
    pub(super) fn with_session(self, session: &Session) -> Self {
        let session = SessionTarget { id: session.id.clone(), state: session.state() };
        Self { session: Some(session), ..self }
    }

    /// The trace that the assessments are stored with.
    pub(super) fn trace_id(&self) -> &TraceId {
        &self.trace
    }

    /// The id of the session that is assessed as a whole.
    pub(super) fn session_id(&self) -> Option<&str> {
        Some(&self.session.as_ref()?.id)
    }

    /// The id of an assessment. It is the same whenever the scorer assesses the trace, or the session
    /// with the same traces, so that the assessment is stored once.
    pub(super) fn assessment_id(&self, scorer: &ScorerVersion, number: usize) -> AssessmentId {
        let Self { trace, session, .. } = self;
        let Some(SessionTarget { id, state }) = session else {
            return assessment_id(trace, scorer, number);
        };
        let ScorerVersion { scorer_id, version, .. } = scorer;
        id_of(&format!("{trace} {scorer_id} {version} {number} {state:x} {id}"))
    }

    /// Whether a scorer gave an assessment to the session when it had other traces.
    pub(super) fn outdates(&self, old: &Assessment, scorer: &ScorerVersion) -> bool {
        let Some(session) = &self.session else { return false };
        let is_by_scorer = old.metadata.get(ONLINE_SCORING_SESSION_ID) == Some(&session.id)
            && old.metadata.get(SCORER_NAME) == Some(&scorer.name);
        let is_current = |number| old.assessment_id == self.assessment_id(scorer, number);
        is_by_scorer && !(0..ASSESSMENTS_MAX).any(is_current)
    }
}

/// The target of a scorer's assessments, and when it assessed.
#[derive(Clone, Copy)]
pub(super) struct AssessmentSubject<'a> {
    pub(super) target: &'a AssessmentTarget,
    pub(super) version: &'a ScorerVersion,
    pub(super) now: TimestampMs,
}

impl AssessmentSubject<'_> {
    pub(super) fn assessment_of_check(&self, feedback: ScorerFeedback) -> Assessment {
        self.assessment(0, feedback, self.code_source())
    }

    pub(super) fn assessment_of_judge(
        &self,
        number: usize,
        judged: JudgeFeedback,
        model: &str,
        cost: Option<Money>,
    ) -> Assessment {
        let JudgeFeedback { name, span_id, source, usage: _, mut feedback } = judged;
        if let Some(cost) = cost {
            feedback.metadata.insert(JUDGE_COST.to_owned(), cost.to_string());
        }
        let source = match source {
            FeedbackSource::LlmJudge => self.judge_source(Some(model)),
            FeedbackSource::Code => self.code_source(),
        };
        let mut assessment = self.assessment(number, feedback, source);
        assessment.assessment_name = name;
        if let Some(span) = span_id {
            assessment.span_id = Some(span.to_string());
        }
        assessment
    }

    pub(super) fn assessment(
        &self,
        number: usize,
        feedback: ScorerFeedback,
        source: AssessmentSource,
    ) -> Assessment {
        let ScorerFeedback { value, rationale, error, mut metadata } = feedback;
        let Self { target, version, now } = *self;
        metadata.insert(SCORER_NAME.to_owned(), version.name.clone());
        metadata.insert(SCORER_VERSION.to_owned(), version.version.to_string());
        if let Some(session) = &target.session {
            metadata.insert(metadata_key::SESSION.to_owned(), session.id.clone());
            metadata.insert(ONLINE_SCORING_SESSION_ID.to_owned(), session.id.clone());
        }
        Assessment {
            assessment_id: target.assessment_id(version, number),
            assessment_name: version.name.clone(),
            trace_id: target.trace.clone(),
            span_id: target.root.map(|span| span.to_string()),
            source,
            create_time: now,
            last_update_time: now,
            value: AssessmentValue::Feedback { value, error },
            rationale,
            metadata,
            overrides: None,
            valid: true,
        }
    }

    pub(super) fn judge_source(&self, model: Option<&str>) -> AssessmentSource {
        let source_id = model.map(str::to_owned);
        AssessmentSource { source_type: "LLM_JUDGE".to_owned(), source_id }
    }

    pub(super) fn code_source(&self) -> AssessmentSource {
        let source_id = Some(self.version.name.clone());
        AssessmentSource { source_type: "CODE".to_owned(), source_id }
    }
}
