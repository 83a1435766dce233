//! The cases of a run, filtered and sorted by scores.
use axum::{Json, http::Method};
use kansoku_analytics::evaluation::{
    order::{CaseKey, ScoreVerdict, sort_cases},
    summary::{ScoreDistribution, scales},
};
use kansoku_mlflow::page::{Page, check_max_results};
use kansoku_model::{FeedbackSettings, Scope};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    EvaluationPath,
    case_json::{EvaluationCase, Judging},
    evaluation::Evaluation,
    run_cases::{RUN_CHARGE, RunCases, matching, run_of},
};
use crate::{
    ApiError, App,
    http::extract::{Path, Query},
    params::trace_scope::{ExperimentInPath, ExperimentPath, parse_filter},
    route_table::Routes,
};

const CASES_DEFAULT: usize = 100;
const CASES_MAX: usize = 500;

pub(super) fn routes(routes: &mut Routes) {
    const CASES: &str = "3.0/kansoku/experiments/{experiment_id}/evaluations/{run_id}/cases";
    routes.api(Scope::Read, Method::GET, CASES, list_evaluation_cases);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CaseListQuery {
    /// a filter in the search language
    #[serde(default)]
    q: String,
    /// the scorer that `verdict` is about
    scorer: Option<String>,
    /// only cases with this verdict of `scorer`: `good`, `bad`, `neutral`, `not_judged` or `missing`
    verdict: Option<String>,
    /// `failures` (the default), `scorer`, `duration`, `cost`, `tokens` or `time`, with `ASC` or
    /// `DESC`; `scorer` is ascending from the worst score
    order_by: Option<String>,
    /// the scorer that cases are sorted by
    sort_scorer: Option<String>,
    page_token: Option<String>,
    /// the maximum number of cases, 1 to 500
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationCases {
    /// `null` in pages after the first.
    evaluation: Option<Evaluation>,
    /// The values of each scorer in the whole run, by name. Empty in pages after the first.
    scorers: Vec<ScoreDistribution>,
    /// The number of cases that pass the filters.
    matching: u64,
    cases: Vec<EvaluationCase>,
    next_page_token: Option<String>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/evaluations/{run_id}/cases`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/evaluations/{run_id}/cases",
    summary = "The cases of a run with their scores, in pages",
    params(ExperimentPath, EvaluationPath, CaseListQuery),
    responses((status = 200, body = EvaluationCases)),
)]
pub(super) async fn list_evaluation_cases(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(EvaluationPath { run_id }): Path<EvaluationPath>,
    Query(query): Query<CaseListQuery>,
) -> Result<Json<EvaluationCases>, ApiError> {
    let settings = FeedbackSettings::from_tags(&experiment.tags);
    let max_results = check_max_results(query.max_results, CASES_DEFAULT, CASES_MAX)?;
    let verdict = verdict(&query)?;
    let (key, is_descending) = order(&query)?;
    let parameters = (&run_id, &query.q, &query.scorer, &verdict, &key, is_descending);
    let page = Page::new(query.page_token.as_deref(), max_results, &parameters)?;
    let filter = parse_filter(&query.q, &settings)?;
    let run = run_of(&app, experiment.experiment_id, &run_id).await?;
    let _charge = app.reads.charge(RUN_CHARGE).await?;
    let kept = match filter.is_all() {
        true => None,
        false => Some(matching(&app, &run, filter).await?),
    };
    let read = RunCases::read(&app, &run).await?.require_all(&app, &run)?;
    let cases = &read.cases;
    let scales = scales(cases.iter(), &settings);
    let passes = |at: &usize| {
        let case = &cases[*at];
        let is_kept = kept.as_ref().is_none_or(|kept| kept.contains(&case.trace_id));
        is_kept
            && verdict.as_ref().is_none_or(|(scorer, wanted)| {
                match scales.iter().find(|(name, _)| **name == **scorer) {
                    Some((_, scale)) => ScoreVerdict::new(case.score(scorer), scale) == *wanted,
                    None => *wanted == ScoreVerdict::Missing,
                }
            })
    };
    let mut shown: Vec<usize> = (0..cases.len()).filter(passes).collect();
    sort_cases(&mut shown, cases, &scales, &key, is_descending);
    let matching = shown.len();
    let ids: Vec<_> = (shown.into_iter().skip(page.offset).take(page.max_results))
        .map(|at| cases[at].trace_id.clone())
        .collect();
    let judging = Judging { scales: &scales, settings: &settings };
    let run_id = &run.info.run_id;
    let listed = app.traces.list_items(&ids).await?.into_iter();
    let end = page.offset + ids.len();
    let (mut evaluation, mut scorers) = (None, Vec::new());
    if page.offset == 0 {
        evaluation = Some(Evaluation::new(&app, &run, read.figures(&settings)).await?);
        let all = scales.iter();
        scorers = all.map(|(name, scale)| ScoreDistribution::new(name, scale, cases)).collect();
    }
    Ok(Json(EvaluationCases {
        evaluation,
        scorers,
        cases: listed.map(|item| EvaluationCase::new(item, run_id, judging)).collect(),
        matching: matching as u64,
        next_page_token: (end < matching).then(|| page.next_token(ids.len())),
    }))
}

fn verdict(query: &CaseListQuery) -> Result<Option<(String, ScoreVerdict)>, ApiError> {
    match (&query.scorer, &query.verdict) {
        (None, None) => Ok(None),
        (Some(scorer), Some(verdict)) => {
            let verdict = choice("verdict", verdict, &ScoreVerdict::ALL)?;
            Ok(Some((scorer.clone(), verdict)))
        }
        _ => Err(ApiError::invalid("`scorer` and `verdict` must be given together")),
    }
}

/// The sort key, and whether the largest values come first.
fn order(query: &CaseListQuery) -> Result<(CaseKey, bool), ApiError> {
    let text = query.order_by.as_deref().unwrap_or("failures");
    let (name, direction) = match text.trim().split_once(' ') {
        Some((name, direction)) => (name, Some(direction.trim().to_uppercase())),
        None => (text.trim(), None),
    };
    let key = match (name, &query.sort_scorer) {
        ("failures", _) => CaseKey::Failures,
        ("scorer", Some(scorer)) => CaseKey::Scorer(scorer.clone()),
        ("scorer", None) => {
            return Err(ApiError::invalid("`order_by=scorer` needs `sort_scorer`"));
        }
        ("duration", _) => CaseKey::Duration,
        ("cost", _) => CaseKey::Cost,
        ("tokens", _) => CaseKey::Tokens,
        ("time", _) => CaseKey::Time,
        _ => {
            let names = "`failures`, `scorer`, `duration`, `cost`, `tokens` or `time`";
            return Err(ApiError::invalid(format!("`order_by` must be {names}, got `{text}`")));
        }
    };
    let is_descending = match direction.as_deref() {
        None => matches!(key, CaseKey::Duration | CaseKey::Cost | CaseKey::Tokens),
        Some("ASC") => false,
        Some("DESC") => true,
        Some(other) => {
            let message = format!("`order_by` ends with `ASC` or `DESC`, got `{other}`");
            return Err(ApiError::invalid(message));
        }
    };
    Ok((key, is_descending))
}

/// The value of a parameter that has one of these names.
pub(super) fn choice<T: Copy>(
    parameter: &str,
    text: &str,
    choices: &[(&str, T)],
) -> Result<T, ApiError> {
    let found = choices.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        let names = names.join(", ");
        ApiError::invalid(format!("`{parameter}` must be one of {names}, got `{text}`"))
    })
}
