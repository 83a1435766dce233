//! Assessments: masked updates, and the terms that filters compare by equality.
use std::borrow::Cow;

use kansoku_filter::Term;
use kansoku_model::{Assessment, AssessmentId, AssessmentValue, TimestampMs, TraceId};

use crate::{AssessmentUpdate, StoreError};

/// Applies a masked update; fails if the new value is of another kind.
pub fn update(assessment: &mut Assessment, update: AssessmentUpdate) -> Result<(), StoreError> {
    if let Some(value) = update.value {
        require_same_kind(&assessment.value, &value)?;
        assessment.value = value;
    }
    if let Some(name) = update.name {
        assessment.assessment_name = name;
    }
    if let Some(rationale) = update.rationale {
        assessment.rationale = rationale;
    }
    assessment.metadata.extend(update.metadata.unwrap_or_default());
    assessment.last_update_time = update.at;
    Ok(())
}

fn require_same_kind(old: &AssessmentValue, new: &AssessmentValue) -> Result<(), StoreError> {
    use AssessmentValue::{Expectation, Feedback, Issue};
    let refusal = match (old, new) {
        (Feedback { .. }, Expectation(_)) => {
            "Cannot update expectation value on a Feedback assessment."
        }
        (Expectation(_), Feedback { .. }) => {
            "Cannot update feedback value on an Expectation assessment."
        }
        (Issue { .. }, Feedback { .. } | Expectation(_)) => {
            "Cannot update a value on an Issue assessment."
        }
        (Feedback { .. } | Expectation(_), Issue { .. }) => {
            "Cannot turn feedback or an expectation into an issue."
        }
        (Feedback { .. }, Feedback { .. })
        | (Expectation(_), Expectation(_))
        | (Issue { .. }, Issue { .. }) => return Ok(()),
    };
    Err(StoreError::AssessmentKindChanged(refusal))
}

/// Sorts assessments of several traces by creation time.
pub fn sort_by_creation(assessments: &mut [Assessment]) {
    fn key(it: &Assessment) -> (TimestampMs, &AssessmentId, &TraceId) {
        (it.create_time, &it.assessment_id, &it.trace_id)
    }
    assessments.sort_by(|a, b| key(a).cmp(&key(b)));
}

/// The terms of a valid assessment: what a filter can compare by equality.
pub fn terms(assessment: &Assessment) -> Vec<Term<'static>> {
    if !assessment.valid {
        return Vec::new();
    }
    let name: Cow<'static, str> = assessment.assessment_name.clone().into();
    let kind: Cow<'static, str> = assessment.value.kind().into();
    let mut terms = vec![Term::Assessed { kind: kind.clone(), name: name.clone() }];
    if kind == "issue" {
        terms.push(Term::Issue(name.clone()));
    }
    if let Some(value) = assessment.value.json() {
        terms.push(Term::AssessedAs { kind, name, value_json: value.into() });
    }
    terms
}
