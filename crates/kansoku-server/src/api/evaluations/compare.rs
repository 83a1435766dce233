//! Comparison of two to four runs, case by case.
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use axum::{Json, http::Method};
use futures::future::try_join_all;
use kansoku_analytics::evaluation::{
    align::{AlignedRow, align, unknown_inputs},
    case::Case,
    compare::{Comparison, RunComparison},
    rows::{RowFilter, RowOrder, select_rows},
    scale::Change,
    summary::CaseFigures,
};
use kansoku_mlflow::page::{Page, check_max_results};
use kansoku_model::{FeedbackSettings, Run, Scope, TraceId};
use kansoku_store::{InputHashQuery, TraceListItem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    case_json::{EvaluationCase, Judging},
    cases::choice,
    evaluation::Evaluation,
    run_cases::{RUN_CHARGE, RunCases, run_of},
};
use crate::{
    ApiError, App,
    http::{extract::Query, streaming::off_thread},
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
    page_token: Option<String>,
    /// the maximum number of rows, 1 to 500
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationComparison {
    /// In the order of the request.
    runs: Vec<Evaluation>,
    /// The comparison of each run after the first with the first.
    comparisons: Vec<RunComparison>,
    /// The number of cases that are aligned by their preview, because their whole inputs could not
    /// be read.
    inputs_by_preview: u64,
    /// The number of all rows.
    total: u64,
    /// The number of rows that pass `only`.
    matching: u64,
    rows: Vec<ComparedRow>,
    next_page_token: Option<String>,
}

/// The cases with equal inputs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedRow {
    /// Identifies the row: a hash of the inputs, and their repetition.
    key: String,
    /// Plain text of the request.
    input: Option<String>,
    /// The case of each run, in the order of the request; `null` if the run does not have it.
    #[schema(value_type = Vec<Option<EvaluationCase>>)]
    cases: Vec<Option<EvaluationCase>>,
    /// The changes of each run after the first, by scorer. A scorer that neither run has is absent.
    changes: Vec<BTreeMap<String, Change>>,
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
    let settings = Arc::new(FeedbackSettings::from_tags(&experiment.tags));
    let ids = run_ids(&query.runs)?;
    let filter = choice("only", query.only.as_deref().unwrap_or("all"), &RowFilter::ALL)?;
    let order = query.order.as_deref().unwrap_or("regressions");
    let order = choice("order", order, &RowOrder::ALL)?;
    let max_results = check_max_results(query.max_results, ROWS_DEFAULT, ROWS_MAX)?;
    let parameters = ("compare", &ids, filter, order, &query.scorer);
    let page = Page::new(query.page_token.as_deref(), max_results, &parameters)?;
    let runs = ids.iter().map(|id| run_of(&app, experiment.experiment_id, id));
    let runs = try_join_all(runs).await?;
    let _charge = app.reads.charge(RUN_CHARGE * runs.len()).await?;
    let read = runs.into_iter().map(|run| all_cases(&app, run));
    let mut runs = try_join_all(read).await?;
    let cases: Vec<Vec<Case>> = runs.iter_mut().map(|run| std::mem::take(&mut run.cases)).collect();
    let inputs = inputs(&app, unknown_inputs(&cases)).await?;
    let (scorer, settings_of_work) = (query.scorer, settings.clone());
    let compared = off_thread(move || {
        Compared::new(&ids, cases, &inputs, &settings_of_work, |comparison, rows| {
            select_rows(comparison, rows, scorer.as_deref(), filter, order)
        })
    });
    let compared = compared.await;
    let rows = compared.rows(&app, &runs, page, &settings).await?;
    let evaluations = (runs.iter().zip(compared.figures))
        .map(|(read, figures)| Evaluation::new(&app, read, figures));
    let (matching, total) = (compared.shown.len(), compared.aligned.len());
    let end = page.offset.saturating_add(rows.len());
    Ok(Json(EvaluationComparison {
        runs: try_join_all(evaluations).await?,
        comparisons: compared.comparison.runs,
        inputs_by_preview: compared.by_preview,
        total: total as u64,
        matching: matching as u64,
        next_page_token: (end < matching).then(|| page.next_token(rows.len())),
        rows,
    }))
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

async fn all_cases(app: &App, run: Run) -> Result<RunCases, ApiError> {
    RunCases::read(app, run, true).await?.require_all(app)
}

async fn inputs(app: &App, traces: Vec<TraceId>) -> Result<HashMap<TraceId, u64>, ApiError> {
    if traces.is_empty() {
        return Ok(HashMap::new());
    }
    let query = InputHashQuery { traces, deadline: app.limits.search_deadline };
    Ok(app.traces.input_hashes(query).await?.into_iter().collect())
}

/// A comparison with the rows that it is about.
struct Compared {
    cases: Vec<Vec<Case>>,
    figures: Vec<CaseFigures>,
    aligned: Vec<AlignedRow>,
    by_preview: u64,
    comparison: Comparison,
    /// The indexes of the rows that pass the filter, in order.
    shown: Vec<usize>,
}

impl Compared {
    fn new(
        ids: &[String],
        cases: Vec<Vec<Case>>,
        inputs: &HashMap<TraceId, u64>,
        settings: &FeedbackSettings,
        select: impl FnOnce(&Comparison, &[AlignedRow]) -> Vec<usize>,
    ) -> Self {
        let alignment = align(&cases, inputs);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let comparison = Comparison::new(&ids, &cases, &alignment.rows, settings);
        Self {
            figures: cases.iter().map(|cases| CaseFigures::new(cases, settings)).collect(),
            shown: select(&comparison, &alignment.rows),
            aligned: alignment.rows,
            by_preview: alignment.by_preview,
            comparison,
            cases,
        }
    }

    async fn rows(
        &self,
        app: &App,
        runs: &[RunCases],
        page: Page,
        settings: &FeedbackSettings,
    ) -> Result<Vec<ComparedRow>, ApiError> {
        let shown: Vec<usize> =
            self.shown.iter().copied().skip(page.offset).take(page.max_results).collect();
        let ids: Vec<TraceId> = shown.iter().flat_map(|row| self.traces(*row)).flatten().collect();
        let items = app.traces.list_items(&ids).await?.into_iter();
        let items: HashMap<TraceId, TraceListItem> =
            items.map(|item| (item.info.trace_id.clone(), item)).collect();
        let judging = Judging { scales: &self.comparison.scorers, settings };
        let row = |at: &usize| {
            let row = &self.aligned[*at];
            let traces = self.traces(*at).zip(runs);
            // A trace that several runs evaluated is in several cases.
            let mut cases: Vec<_> = traces
                .map(|(trace, read)| {
                    let item = items.get(&trace?)?.clone();
                    Some(EvaluationCase::new(item, &read.run.info.run_id, judging))
                })
                .collect();
            let inputs: Vec<_> = cases.iter_mut().flatten().map(|case| case.input.take()).collect();
            ComparedRow {
                key: format!("{:016x}-{}", row.inputs, row.repetition),
                input: inputs.into_iter().flatten().next(),
                cases,
                changes: self.changes(*at),
            }
        };
        Ok(shown.iter().map(row).collect())
    }

    /// The trace of each run in a row.
    fn traces(&self, row: usize) -> impl Iterator<Item = Option<TraceId>> {
        let cases = self.aligned[row].cases.iter().zip(&self.cases);
        cases.map(|(at, cases)| at.map(|at| cases[at].trace_id.clone()))
    }

    fn changes(&self, row: usize) -> Vec<BTreeMap<String, Change>> {
        let of_run = self.comparison.changes[row].iter().map(|changes| {
            let scorers = self.comparison.scorers.iter().zip(&changes.scorers);
            scorers
                .filter_map(|((name, _), change)| Some((name.to_string(), (*change)?.change)))
                .collect()
        });
        of_run.collect()
    }
}
