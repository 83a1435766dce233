//! The list of evaluations of an experiment, and one of them.
use axum::{Json, http::Method};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kansoku_analytics::filter_text::quoted;
use kansoku_filter::RunFilter;
use kansoku_mlflow::page::{Page, check_max_results};
use kansoku_model::{ExperimentId, FeedbackSettings, Run, Scope, ViewType};
use kansoku_store::RunSearch;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    EvaluationPath,
    evaluation::Evaluation,
    run_cases::{RUN_CHARGE, RunCases, has_feedback, run_of},
};
use crate::{
    ApiError, App,
    http::extract::{Path, Query},
    params::trace_scope::{ExperimentInPath, ExperimentPath},
    route_table::Routes,
};

const RUNS_DEFAULT: usize = 20;
const RUNS_MAX: usize = 100;
/// The most runs that one request looks at, evaluations or not.
const EXAMINED_MAX: usize = 500;
/// The runs whose cases are in memory at a time.
const READ_AT_ONCE: usize = 2;

/// The tags by which MLflow's clients mark the run of `mlflow.genai.evaluate`: those of 3.17 and
/// those of 3.6.
const EVALUATION_TAGS: [(&str, &str); 2] =
    [("mlflow.runType", "genai_evaluate"), ("mlflow.run.isEval", "true")];

pub(super) fn routes(routes: &mut Routes) {
    const LIST: &str = "3.0/kansoku/experiments/{experiment_id}/evaluations";
    const ONE: &str = "3.0/kansoku/experiments/{experiment_id}/evaluations/{run_id}";
    routes.api(Scope::Read, Method::GET, LIST, list_evaluations);
    routes.api(Scope::Read, Method::GET, ONE, get_evaluation);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EvaluationListQuery {
    /// a filter of runs as in `search_runs`, or a part of the name
    #[serde(default)]
    q: String,
    page_token: Option<String>,
    /// the maximum number of evaluations, 1 to 100
    max_results: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationPage {
    /// The latest start first.
    evaluations: Vec<Evaluation>,
    /// Present if there are more, even if this page is not full.
    next_page_token: Option<String>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/evaluations`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/evaluations",
    summary = "The evaluations of an experiment: runs whose traces have scores, in pages",
    params(ExperimentPath, EvaluationListQuery),
    responses((status = 200, body = EvaluationPage)),
)]
pub(super) async fn list_evaluations(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Query(query): Query<EvaluationListQuery>,
) -> Result<Json<EvaluationPage>, ApiError> {
    let max_results = check_max_results(query.max_results, RUNS_DEFAULT, RUNS_MAX)?;
    let parameters = ("evaluations", experiment.experiment_id.0, &query.q);
    let page = Page::new(query.page_token.as_deref(), max_results, &parameters)?;
    let filter = run_filter(&query.q)?;
    let (runs, examined, more) = evaluated(&app, experiment.experiment_id, filter, page).await?;
    let settings = FeedbackSettings::from_tags(&experiment.tags);
    let read = |run| evaluation(&app, run, &settings);
    let evaluations =
        stream::iter(runs).map(read).buffered(READ_AT_ONCE).try_collect::<Vec<_>>().await?;
    let next_page_token = more.then(|| page.next_token(examined));
    Ok(Json(EvaluationPage { evaluations, next_page_token }))
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/evaluations/{run_id}`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/evaluations/{run_id}",
    summary = "A run with the figures of its cases",
    params(ExperimentPath, EvaluationPath),
    responses((status = 200, body = Evaluation)),
)]
pub(super) async fn get_evaluation(
    app: App,
    ExperimentInPath(experiment): ExperimentInPath,
    Path(EvaluationPath { run_id }): Path<EvaluationPath>,
) -> Result<Json<Evaluation>, ApiError> {
    let run = run_of(&app, experiment.experiment_id, &run_id).await?;
    let settings = FeedbackSettings::from_tags(&experiment.tags);
    Ok(Json(evaluation(&app, run, &settings).await?))
}

async fn evaluation(
    app: &App,
    run: Run,
    settings: &FeedbackSettings,
) -> Result<Evaluation, ApiError> {
    let _charge = app.reads.charge(RUN_CHARGE).await?;
    let read = RunCases::read(app, &run).await?;
    Evaluation::new(app, &run, read.figures(settings)).await
}

/// Runs that are evaluations, the number of runs looked at, and whether more follow.
async fn evaluated(
    app: &App,
    experiment: ExperimentId,
    filter: RunFilter,
    page: Page,
) -> Result<(Vec<Run>, usize, bool), ApiError> {
    let (mut found, mut examined) = (Vec::new(), 0);
    loop {
        let search = RunSearch {
            experiments: vec![experiment],
            filter: filter.clone(),
            order_by: Vec::new(),
            view: ViewType::ActiveOnly,
            offset: page.offset + examined,
            max_results: RUNS_MAX,
        };
        let (runs, more) = app.meta.search_runs(search).await?;
        let last = runs.len().saturating_sub(1);
        for (n, run) in runs.into_iter().enumerate() {
            examined += 1;
            if is_marked(&run) || has_feedback(app, &run).await? {
                found.push(run);
            }
            if found.len() == page.max_results {
                return Ok((found, examined, more || n < last));
            }
        }
        if !more || EXAMINED_MAX <= examined {
            return Ok((found, examined, more));
        }
    }
}

fn is_marked(run: &Run) -> bool {
    let has = |(key, value): (&str, &str)| {
        run.tags.iter().any(|tag| tag.key == key && tag.value == value)
    };
    EVALUATION_TAGS.into_iter().any(has)
}

/// A filter of runs, or a part of their name if the text has no operator.
fn run_filter(q: &str) -> Result<RunFilter, ApiError> {
    let q = q.trim();
    let words = || q.split_whitespace().map(str::to_uppercase);
    let has_operator = q.contains(['=', '<', '>'])
        || words().skip(1).any(|word| ["LIKE", "ILIKE", "IN", "IS"].contains(&word.as_str()));
    if q.is_empty() || has_operator {
        return Ok(RunFilter::parse(q)?);
    }
    let pattern = quoted(&format!("%{q}%"));
    Ok(RunFilter::parse(&format!("run_name ILIKE {pattern}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_operator_is_a_part_of_the_name() {
        let same = |a: &str, b: &str| {
            assert_eq!(run_filter(a).unwrap(), RunFilter::parse(b).unwrap(), "{a}");
        };
        same("", "");
        same("  agent 2 ", "run_name ILIKE '%agent 2%'");
        same("it's", "run_name ILIKE \"%it's%\"");
        same("metrics.`correct/mean` > 0.5", "metrics.`correct/mean` > 0.5");
        same("tags.env IS NULL", "tags.env IS NULL");
        same("is it", "run_name ILIKE '%is it%'");
        same("both ' and \"", "run_name ILIKE '%both '' and \"%'");
        assert!(run_filter("status ==").is_err());
    }
}
