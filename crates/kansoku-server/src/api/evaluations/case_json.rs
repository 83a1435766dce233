//! The JSON of a case.
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use kansoku_analytics::evaluation::{
    case::{is_of_run, recency},
    scale::Scale,
};
use kansoku_mlflow::text_limits::truncate;
use kansoku_model::{Assessment, AssessmentValue, FeedbackSettings, RunId, Verdict};
use kansoku_otlp::preview::{plain_request, plain_response};
use kansoku_store::TraceListItem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::rendering::trace_list_item::{
    AssessmentRow, TraceError,
    conversion::{assessment_row, trace_error},
};

/// The longest rationale in a list, in characters.
const RATIONALE_CHARS_MAX: usize = 500;

/// A trace of a run with its scores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationCase {
    trace_id: String,
    name: Option<String>,
    request_time_ms: i64,
    state: &'static str,
    /// Plain text of the request; `null` in comparisons, whose rows have it once.
    pub(super) input: Option<String>,
    /// Plain text of the response.
    output: Option<String>,
    error: Option<TraceError>,
    duration_ms: Option<i64>,
    total_tokens: Option<u64>,
    /// In US dollars.
    cost: Option<f64>,
    /// The newest feedback of each scorer, by name.
    scores: BTreeMap<String, AssessmentRow>,
    /// The newest expectation of each name, sorted by name.
    expectations: Vec<AssessmentRow>,
}

/// The scales of scorers, and the settings of their experiment.
#[derive(Clone, Copy)]
pub(super) struct Judging<'a> {
    pub(super) scales: &'a [(Arc<str>, Scale)],
    pub(super) settings: &'a FeedbackSettings,
}

impl EvaluationCase {
    pub(super) fn new(trace: TraceListItem, run: &RunId, judging: Judging<'_>) -> Self {
        let TraceListItem { info, summary, .. } = trace;
        let (mut scores, mut expectations) = (BTreeMap::new(), BTreeMap::new());
        for assessment in info.assessments.iter().filter(|it| it.valid) {
            match &assessment.value {
                AssessmentValue::Feedback { .. } => {
                    let source = assessment.metadata.get(Assessment::SOURCE_RUN_KEY);
                    if is_of_run(run, source.map(String::as_str)) {
                        keep_newest(&mut scores, assessment);
                    }
                }
                AssessmentValue::Expectation(_) => keep_newest(&mut expectations, assessment),
                AssessmentValue::Issue { .. } => {}
            }
        }
        let row = |assessment: &Assessment| row(assessment, judging);
        Self {
            trace_id: info.trace_id.to_string(),
            request_time_ms: info.request_time.0,
            state: info.state.as_str(),
            input: info.request_preview.as_deref().and_then(plain_request),
            output: info.response_preview.as_deref().and_then(plain_response),
            error: summary.error.map(trace_error),
            duration_ms: info.execution_duration.map(|duration| duration.0),
            total_tokens: summary.usage.map(|usage| usage.total_tokens),
            cost: summary.cost.map(|cost| cost.total.as_dollars()),
            scores: scores.into_iter().map(|(name, it)| (name.to_owned(), row(it))).collect(),
            expectations: expectations.into_values().map(row).collect(),
            name: info.name,
        }
    }
}

/// Keeps the newest assessment of each name.
fn keep_newest<'a>(kept: &mut BTreeMap<&'a str, &'a Assessment>, assessment: &'a Assessment) {
    match kept.entry(&assessment.assessment_name) {
        Entry::Vacant(entry) => {
            entry.insert(assessment);
        }
        Entry::Occupied(mut entry) => {
            if is_newer(assessment, entry.get()) {
                entry.insert(assessment);
            }
        }
    }
}

fn is_newer(a: &Assessment, b: &Assessment) -> bool {
    let (value_a, value_b) = (a.value.json(), b.value.json());
    recency(b.create_time, value_b.as_deref()) < recency(a.create_time, value_a.as_deref())
}

fn row(assessment: &Assessment, Judging { scales, settings }: Judging<'_>) -> AssessmentRow {
    let mut row = assessment_row(assessment, settings);
    row.rationale = row.rationale.map(|text| truncate(text, RATIONALE_CHARS_MAX));
    let scale = scales.iter().find(|(name, _)| **name == *row.name);
    if let AssessmentValue::Feedback { value, error: None } = &assessment.value
        && let Some((_, scale)) = scale
    {
        row.verdict = match value.is_null() {
            true => Some("not_judged"),
            false => scale.verdict(value).map(Verdict::as_str),
        };
    }
    row
}
