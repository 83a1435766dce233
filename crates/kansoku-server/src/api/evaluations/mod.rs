//! Evaluations: runs whose traces have scores, their cases, and comparisons of several runs.
//!
//! MLflow has no routes for these; its own screens read traces and compute the rest.
mod case_json;
mod cases;
mod compare;
mod compared;
mod comparison_cache;
mod evaluation;
mod list;
mod run_cases;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::route_table::Routes;

pub use comparison_cache::ComparisonCache;

pub(crate) fn routes(routes: &mut Routes) {
    list::routes(routes);
    compare::routes(routes);
    cases::routes(routes);
}

/// The path of a route about one run of an experiment.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EvaluationPath {
    run_id: String,
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list::list_evaluations,
    list::get_evaluation,
    cases::list_evaluation_cases,
    compare::compare_evaluations,
))]
pub(crate) struct Document;
