//! Comparison of two to four runs, case by case.
use axum::{Json, http::Method};
use futures::future::try_join_all;
use kansoku_analytics::evaluation::{
    compare::RunComparison,
    rows::{RowCounts, RowFilter, RowOrder, RowQuery},
};
use kansoku_mlflow::page::{Page, check_max_results};
use kansoku_model::{FeedbackSettings, Scope};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    cases::choice,
    compared::ComparedRow,
    evaluation::Evaluation,
    run_cases::{EvaluationError, run_of},
};
use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

const RUNS_MAX: usize = 4;
const ROWS_DEFAULT: usize = 100;
const ROWS_MAX: usize = 500;

pub(super) fn routes(routes: &mut Routes) {
    const COMPARE: &str = "3.0/kansoku/experiments/{experiment_id}/evaluations/compare";
    routes.api(Scope::Read, Method::GET, COMPARE, compare_evaluations);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EvaluationCompareQuery {
    /// the ids of two to four runs, with commas between them; the first is the baseline
    #[serde(default)]
    runs: Vec<String>,
    /// which rows: `all` (the default), `lost`, `won`, `changed`, `one-sided` or `same`
    only: Option<String>,
    /// the scorer that counts for `only` and the order; all if absent
    scorer: Option<String>,
    /// `regressions` (the default) or `baseline`: the order of the baseline's cases
    order: Option<String>,
    /// only rows with this text in their input or an output, as they are shown, in any case
    q: Option<String>,
    /// only the row with this key, whatever `only`, `scorer` and `q` are
    key: Option<String>,
    page_token: Option<String>,
    /// the maximum number of rows, 1 to 500
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationComparison {
    /// In the order of the request. Empty in pages after the first.
    runs: Vec<Evaluation>,
    /// The comparison of each run after the first with the first. Empty in pages after the first.
    comparisons: Vec<RunComparison>,
    /// The number of cases that are aligned by their preview, because their whole inputs could not
    /// be read.
    inputs_by_preview: u64,
    /// The number of all rows.
    total: u64,
    /// The number of rows that pass `only` and `q`, or 1 with `key`.
    matching: u64,
    /// The numbers of rows that each value of `only` shows, with this `scorer` and `q`.
    counts: RowCounts,
    rows: Vec<ComparedRow>,
    next_page_token: Option<String>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/evaluations/compare`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/evaluations/compare",
    summary = "Two to four runs compared case by case, with significance",
    params(ExperimentPath, EvaluationCompareQuery),
    responses((status = 200, body = EvaluationComparison)),
)]
pub(super) async fn compare_evaluations(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Query(query): Query<EvaluationCompareQuery>,
) -> Result<Json<EvaluationComparison>, ApiError> {
    let settings = FeedbackSettings::from_tags(&experiment.tags);
    let ids = run_ids(&query.runs)?;
    let order = query.order.as_deref().unwrap_or("regressions");
    let row_query = RowQuery {
        filter: choice("only", query.only.as_deref().unwrap_or("all"), &RowFilter::ALL)?,
        order: choice("order", order, &RowOrder::ALL)?,
        scorer: query.scorer,
    };
    let text = query.q.filter(|text| !text.trim().is_empty());
    let max_results = check_max_results(query.max_results, ROWS_DEFAULT, ROWS_MAX)?;
    let parameters = ("compare", &ids, &row_query, &text, &query.key);
    let page = Page::new(query.page_token.as_deref(), max_results, &parameters)?;
    let experiment = experiment.experiment_id;
    let runs = ids.iter().map(|id| run_of(&app, experiment, id));
    let runs = try_join_all(runs).await?;
    let compared = app.comparisons.get_or_read(&app, experiment, &runs, &settings).await?;
    let has_text = match &text {
        Some(text) => Some(compared.rows_with_text(&app, &runs, text).await?),
        None => None,
    };
    let mut selected = compared.select(row_query, has_text).await;
    if let Some(key) = query.key {
        let row = compared.row_of_key(&key).ok_or(EvaluationError::RowNotFound { key })?;
        selected.rows = vec![row];
    }
    let matching = selected.rows.len();
    let shown = selected.rows.into_iter().skip(page.offset).take(page.max_results);
    let shown: Vec<usize> = shown.collect();
    let end = page.offset.saturating_add(shown.len());
    let mut answer = EvaluationComparison {
        runs: Vec::new(),
        comparisons: Vec::new(),
        inputs_by_preview: compared.by_preview,
        total: compared.rows.len() as u64,
        matching: matching as u64,
        counts: selected.counts,
        next_page_token: (end < matching).then(|| page.next_token(shown.len())),
        rows: compared.read_rows(&app, &runs, &shown, &settings).await?,
    };
    if page.offset == 0 {
        let evaluations = runs.iter().zip(compared.figures.clone());
        let evaluations = evaluations.map(|(run, figures)| Evaluation::new(&app, run, figures));
        answer.runs = try_join_all(evaluations).await?;
        answer.comparisons = compared.comparison.runs.clone();
    }
    Ok(Json(answer))
}

/// Reads the runs to compare from a parameter that may be repeated.
fn run_ids(texts: &[String]) -> Result<Vec<String>, ApiError> {
    let ids: Vec<String> = (texts.iter().flat_map(|text| text.split(',')))
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty())
        .collect();
    if !(2..=RUNS_MAX).contains(&ids.len()) {
        let message = format!("`runs` must name 2 to {RUNS_MAX} runs, got {}", ids.len());
        return Err(ApiError::invalid(message));
    }
    match ids.iter().enumerate().find(|(at, id)| ids[..*at].contains(id)) {
        Some((_, id)) => Err(ApiError::invalid(format!("`runs` names `{id}` twice"))),
        None => Ok(ids),
    }
}
