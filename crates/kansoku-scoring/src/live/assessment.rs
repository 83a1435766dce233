//! The assessments that scorers give.
use kansoku_model::{
    Assessment, AssessmentId, AssessmentSource, AssessmentValue, ScorerVersion, SpanId,
    TimestampMs, TraceId,
};
use xxhash_rust::xxh3::xxh3_128;

use crate::judges::metadata::{JUDGE_COST, SCORER_NAME, SCORER_VERSION};
use crate::judges::{FeedbackSource, JudgeFeedback};
use crate::models::EndpointPrice;
use crate::{ScoredTrace, ScorerFeedback};

/// The id of an assessment of a trace. It is the same whenever the scorer assesses the trace, so that
/// the assessment is stored once.
pub(super) fn assessment_id(
    trace: &TraceId,
    scorer: &ScorerVersion,
    number: usize,
) -> AssessmentId {
    let key = format!("{trace} {} {} {number}", scorer.scorer_id, scorer.version);
    AssessmentId(format!("a-{:032x}", xxh3_128(key.as_bytes())))
}

/// The trace that a scorer assessed, and when.
#[derive(Clone, Copy)]
pub(super) struct AssessmentSubject<'a> {
    pub(super) trace: &'a ScoredTrace,
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
        price: Option<EndpointPrice>,
    ) -> Assessment {
        let JudgeFeedback { name, span_id, source, usage, mut feedback } = judged;
        if let Some(price) = price {
            feedback.metadata.insert(JUDGE_COST.to_owned(), price.cost(usage).to_string());
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
        let Self { trace, version, now } = *self;
        metadata.insert(SCORER_NAME.to_owned(), version.name.clone());
        metadata.insert(SCORER_VERSION.to_owned(), version.version.to_string());
        let root: Option<SpanId> = trace.root().map(|root| root.row.span_id);
        Assessment {
            assessment_id: assessment_id(&trace.info.trace_id, version, number),
            assessment_name: version.name.clone(),
            trace_id: trace.info.trace_id.clone(),
            span_id: root.map(|span| span.to_string()),
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

    fn code_source(&self) -> AssessmentSource {
        let source_id = Some(self.version.name.clone());
        AssessmentSource { source_type: "CODE".to_owned(), source_id }
    }
}
