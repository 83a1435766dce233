//! Feedback of one name on the traces to which a person gave feedback of that name.
//!
//! People judge few of the traces that scorers judge, so an engine finds these without reading the
//! others.
use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::Filter;
use kansoku_model::{
    Assessment, AssessmentId, AssessmentValue, ExperimentId, TimestampMs, TraceId,
};

#[derive(Clone, Debug)]
pub struct ReviewedQuery {
    pub experiment: ExperimentId,
    /// The name of the feedback.
    pub name: String,
    pub filter: Filter,
    /// The range of the times of the traces includes both ends.
    pub from: Option<TimestampMs>,
    pub to: Option<TimestampMs>,
    /// The most traces that are read, newest first.
    pub traces_max: usize,
    pub deadline: Duration,
}

/// A trace with valid feedback of a person, and all feedback of the same name.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewedTrace {
    pub trace_id: TraceId,
    pub time: TimestampMs,
    /// The feedback of people and scorers, with what is overridden, by creation.
    pub feedback: Vec<ReviewedFeedback>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReviewedFeedback {
    pub id: AssessmentId,
    pub is_by_person: bool,
    /// The assessed span; `None` if the whole trace was assessed.
    pub span_id: Option<String>,
    /// Whether it is about the session of the trace.
    pub is_of_session: bool,
    /// JSON text; `None` if the feedback has an error instead.
    pub value: Option<String>,
    /// The version of the scorer that gave it, if it has versions.
    pub scorer_version: Option<Arc<str>>,
    pub overrides: Option<AssessmentId>,
    pub is_valid: bool,
    pub time: TimestampMs,
}

impl ReviewedFeedback {
    pub fn new(assessment: &Assessment) -> Self {
        Self {
            id: assessment.assessment_id.clone(),
            is_by_person: assessment.source.is_person(),
            span_id: assessment.span_id.clone(),
            is_of_session: assessment.is_of_session(),
            value: assessment.value.json(),
            scorer_version: (assessment.metadata.get(Assessment::SCORER_VERSION_KEY))
                .map(|version| version.as_str().into()),
            overrides: assessment.overrides.clone(),
            is_valid: assessment.valid,
            time: assessment.create_time,
        }
    }
}

impl ReviewedTrace {
    /// The feedback with a name among the assessments of a trace; `None` if no valid one is of a
    /// person.
    pub fn new(
        (trace_id, time): (TraceId, TimestampMs),
        name: &str,
        assessments: &[Assessment],
    ) -> Option<Self> {
        let is_feedback = |it: &&Assessment| {
            it.assessment_name == name && matches!(it.value, AssessmentValue::Feedback { .. })
        };
        let feedback = assessments.iter().filter(is_feedback).map(ReviewedFeedback::new);
        let feedback: Vec<_> = feedback.collect();
        let is_reviewed = feedback.iter().any(|it| it.is_by_person && it.is_valid);
        is_reviewed.then_some(Self { trace_id, time, feedback })
    }
}

/// Receives the traces of a [`ReviewedQuery`], newest first.
pub type ReviewedVisitor = Box<dyn FnMut(ReviewedTrace) + Send>;
