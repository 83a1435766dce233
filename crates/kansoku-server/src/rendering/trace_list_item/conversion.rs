//! Conversion of a stored trace to its JSON in lists.
use std::collections::BTreeMap;

use kansoku_filter::listed_numbers;
use kansoku_mlflow::text_limits::truncate;
use kansoku_model::{
    Assessment, AssessmentValue, FeedbackSettings, TraceId, TraceInfo, TraceState, Verdict,
    metadata_key, tag_key,
};
use kansoku_otlp::preview::{plain_request, plain_response};
use kansoku_store::{FailedSpan, TraceListItem};

use serde_json::Value;

use super::shape::shape;
use super::{AssessmentRow, OverriddenAssessment, TraceError, TraceListItemJson};

/// Longest value of a tag or metadata entry in a list, in characters; the trace itself has the full
/// value.
const VALUE_CHARS_MAX: usize = 500;

/// Entries that lists show in another field, or that are not useful to a person.
const SHOWN_ELSEWHERE: [&str; 13] = [
    metadata_key::SESSION,
    metadata_key::USER,
    metadata_key::TOKEN_USAGE,
    metadata_key::COST,
    metadata_key::SOURCE_RUN,
    metadata_key::SIZE_STATS,
    metadata_key::SIZE_BYTES,
    metadata_key::INPUTS,
    metadata_key::OUTPUTS,
    metadata_key::INFO_FINALIZED,
    "mlflow.trace_schema.version",
    tag_key::ARTIFACT_LOCATION,
    tag_key::SPANS_LOCATION,
];

pub(crate) fn trace_list_item_json(trace: TraceListItem) -> TraceListItemJson {
    let TraceListItem { info, summary, runs, numbers, feedback, is_archived } = trace;
    let said = |key: &str| info.metadata.get(key).cloned();
    let made_in = said(metadata_key::SOURCE_RUN);
    let linked = runs.into_iter().filter(|run| Some(run) != made_in.as_ref());
    let run_ids = made_in.iter().cloned().chain(linked).collect();
    let usage = summary.usage;
    let numbers = listed_numbers().zip(numbers);
    TraceListItemJson {
        recovered: info.state == TraceState::Ok && 0 < summary.failed_spans,
        state: info.state.as_str(),
        request_time_ms: info.request_time.0,
        duration_ms: info.execution_duration.map(|duration| duration.0),
        span_count: info.span_count,
        failed_spans: summary.failed_spans,
        input: info.request_preview.as_deref().and_then(plain_request),
        output: info.response_preview.as_deref().and_then(plain_response),
        shape: shape(&summary, info.span_count),
        error: summary.error.map(trace_error),
        input_tokens: usage.map(|usage| usage.input_tokens),
        output_tokens: usage.map(|usage| usage.output_tokens),
        total_tokens: usage.map(|usage| usage.total_tokens),
        cached_tokens: usage.and_then(|usage| usage.cache_read_input_tokens),
        cost: summary.cost.map(|cost| cost.total.as_dollars()),
        numbers: numbers
            .filter_map(|((def, _), number)| Some((def.name.to_owned(), number?)))
            .collect(),
        values: None,
        session: said(metadata_key::SESSION),
        user: said(metadata_key::USER),
        version: info.version().map(str::to_owned),
        environment: info.environment().map(str::to_owned),
        run_ids,
        source: said(metadata_key::SOURCE_NAME),
        tags: listed_entries(&info.tags),
        metadata: listed_entries(&info.metadata),
        assessments: assessments(&info, &feedback),
        is_archived,
        trace_id: info.trace_id.to_string(),
        experiment_id: info.experiment_id.to_string(),
        client_request_id: info.client_request_id,
        name: info.name,
    }
}

pub(crate) fn trace_error(FailedSpan { span_id, name, message }: FailedSpan) -> TraceError {
    TraceError { span_id: span_id.to_string(), span: name, message }
}

fn listed_entries(entries: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let entries = entries.iter().filter(|(key, _)| !SHOWN_ELSEWHERE.contains(&key.as_str()));
    entries.map(|(key, value)| (key.clone(), truncate(value.clone(), VALUE_CHARS_MAX))).collect()
}

/// The assessments that are not overridden by another one.
fn assessments(info: &TraceInfo, settings: &FeedbackSettings) -> Vec<AssessmentRow> {
    let valid = info.assessments.iter().filter(|assessment| assessment.valid);
    let row = |assessment: &Assessment| {
        let overrides = assessment.overrides.as_ref();
        let old = info.assessments.iter().find(|it| Some(&it.assessment_id) == overrides);
        AssessmentRow { overridden: old.map(overridden), ..assessment_row(assessment, settings) }
    };
    valid.map(row).collect()
}

fn overridden(old: &Assessment) -> OverriddenAssessment {
    OverriddenAssessment {
        value: value_and_error(old).0,
        rationale: old.rationale.clone(),
        source_type: old.source.source_type.clone(),
        source_id: old.source.source_id.clone(),
        scorer_version: old.metadata.get(Assessment::SCORER_VERSION_KEY).cloned(),
        scorer_trace_id: scorer_trace(old).map(|id| id.to_string()),
    }
}

pub(crate) fn assessment_row(
    assessment: &Assessment,
    settings: &FeedbackSettings,
) -> AssessmentRow {
    let (value, error) = value_and_error(assessment);
    AssessmentRow {
        assessment_id: assessment.assessment_id.to_string(),
        name: assessment.assessment_name.clone(),
        kind: assessment.value.kind(),
        verdict: verdict(assessment, settings),
        polarity: matches!(assessment.value, AssessmentValue::Feedback { .. })
            .then(|| settings.rule(&assessment.assessment_name).polarity.as_str()),
        value,
        rationale: assessment.rationale.clone(),
        error,
        source_type: assessment.source.source_type.clone(),
        source_id: assessment.source.source_id.clone(),
        span_id: assessment.span_id.clone(),
        scorer: assessment.metadata.get(Assessment::SCORER_NAME_KEY).cloned(),
        scorer_trace_id: scorer_trace(assessment).map(|id| id.to_string()),
        session_id: assessment.metadata.get(metadata_key::SESSION).cloned(),
        overridden: None,
        create_time_ms: assessment.create_time.0,
        update_time_ms: assessment.last_update_time.0,
    }
}

fn value_and_error(assessment: &Assessment) -> (Value, Option<String>) {
    match &assessment.value {
        AssessmentValue::Feedback { value, error } => {
            let words = |error: &kansoku_model::FeedbackError| {
                error.error_message.clone().or(error.error_code.clone()).unwrap_or_default()
            };
            (value.clone(), error.as_ref().map(words))
        }
        AssessmentValue::Expectation(value) => (value.clone(), None),
        AssessmentValue::Issue { issue_name } => (issue_name.clone().into(), None),
    }
}

/// The trace that the scorer of an assessment caused. A client may have written anything.
fn scorer_trace(assessment: &Assessment) -> Option<TraceId> {
    let id = assessment.metadata.get(Assessment::SCORER_TRACE_KEY)?;
    TraceId::try_from(id.clone()).ok()
}

/// A feedback with an error is not judged, whatever its value.
fn verdict(assessment: &Assessment, settings: &FeedbackSettings) -> Option<&'static str> {
    match &assessment.value {
        AssessmentValue::Feedback { error: Some(_), .. } => Some("not_judged"),
        AssessmentValue::Feedback { value, error: None } => {
            settings.rule(&assessment.assessment_name).verdict(value).map(Verdict::as_str)
        }
        AssessmentValue::Expectation(_) | AssessmentValue::Issue { .. } => None,
    }
}
