//! The feedback of a scorer and of a person on the same trace, with their reasons.
use std::collections::HashMap;

use kansoku_analytics::agreement::{Case, CasePage};
use kansoku_model::{Assessment, AssessmentId, AssessmentValue, TraceId, TraceInfo, metadata_key};
use kansoku_otlp::preview::{plain_request, plain_response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{ApiError, App};

/// The number of traces that are read at once.
const TRACES_AT_ONCE: usize = 20;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedPage {
    /// Newest trace first.
    cases: Vec<ComparedFeedback>,
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedFeedback {
    trace_id: String,
    request_time_ms: i64,
    trace_name: Option<String>,
    /// Plain text of the request.
    input: Option<String>,
    /// Plain text of the response.
    output: Option<String>,
    /// The version of the scorer.
    version: Option<String>,
    /// The session that the feedback is about, if it is not about the trace alone.
    session: Option<String>,
    scorer: ComparedAnswer,
    person: ComparedAnswer,
    /// Whether the person corrected the scorer's feedback, instead of judging apart from it.
    is_override: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedAnswer {
    assessment_id: String,
    /// The category of the matrix.
    category: String,
    /// The assessed span.
    span_id: Option<String>,
    value: Value,
    rationale: Option<String>,
    /// The name of the person, or the model or name of the scorer.
    source_id: Option<String>,
    create_time_ms: i64,
    /// The trace of the judge's own calls.
    scorer_trace_id: Option<String>,
}

/// Reads the traces of a page. Cases that were deleted in the meantime are left out.
pub(super) async fn compared_page(app: &App, page: CasePage) -> Result<ComparedPage, ApiError> {
    let mut cases = Vec::with_capacity(page.cases.len());
    for some in page.cases.chunks(TRACES_AT_ONCE) {
        let mut ids: Vec<TraceId> = some.iter().map(|case| case.pair.trace.clone()).collect();
        ids.dedup();
        let infos = app.traces.infos(&ids).await?.into_iter();
        let infos: HashMap<TraceId, TraceInfo> =
            infos.map(|info| (info.trace_id.clone(), info)).collect();
        let compared = |case: &Case| compared(case, infos.get(&case.pair.trace)?);
        cases.extend(some.iter().filter_map(compared));
    }
    Ok(ComparedPage { cases, next_page_token: page.next_page_token })
}

fn compared(case: &Case, info: &TraceInfo) -> Option<ComparedFeedback> {
    let Case { pair, scorer_category, person_category } = case;
    let find = |id: &AssessmentId| info.assessments.iter().find(|it| it.assessment_id == *id);
    let (scorer, person) = (find(&pair.scorer_id)?, find(&pair.person_id)?);
    Some(ComparedFeedback {
        trace_id: info.trace_id.to_string(),
        request_time_ms: info.request_time.0,
        trace_name: info.name.clone(),
        input: info.request_preview.as_deref().and_then(plain_request),
        output: info.response_preview.as_deref().and_then(plain_response),
        version: pair.version.as_ref().map(|version| version.to_string()),
        session: scorer.metadata.get(metadata_key::SESSION).cloned(),
        scorer: answer(scorer, scorer_category),
        person: answer(person, person_category),
        is_override: person.overrides.is_some(),
    })
}

fn answer(assessment: &Assessment, category: &str) -> ComparedAnswer {
    let value = match &assessment.value {
        AssessmentValue::Feedback { value, .. } | AssessmentValue::Expectation(value) => {
            value.clone()
        }
        AssessmentValue::Issue { .. } => Value::Null,
    };
    ComparedAnswer {
        assessment_id: assessment.assessment_id.to_string(),
        category: category.to_owned(),
        span_id: assessment.span_id.clone(),
        value,
        rationale: assessment.rationale.clone(),
        source_id: assessment.source.source_id.clone(),
        create_time_ms: assessment.create_time.0,
        scorer_trace_id: assessment.metadata.get(Assessment::SCORER_TRACE_KEY).cloned(),
    }
}
