//! The list of traces, page by page.
use axum::{Json, http::Method};
use kansoku_filter::OrderBy;
use kansoku_mlflow::page::check_max_results;
use kansoku_model::Scope;
use kansoku_store::{TraceListPage, TraceSearch};
use serde::Deserialize;

use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope},
    rendering::{
        trace_list_item::TracePage,
        value_columns::{ValueColumns, page_deadline},
    },
    route_table::Routes,
};

const ROWS_DEFAULT: usize = 100;
const ROWS_MAX: usize = 500;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(
        Scope::Read,
        Method::GET,
        "3.0/kansoku/experiments/{experiment_id}/traces",
        list_traces,
    );
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceListQuery {
    /// fields to sort by, such as `cost DESC`
    #[serde(default)]
    order_by: Vec<String>,
    page_token: Option<String>,
    /// the maximum number of traces, 1 to 500
    max_results: Option<i64>,
    /// values of the root span, with commas between them: `inputs.customer.id`; 20 at most
    #[serde(default)]
    columns: Vec<String>,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/traces`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/traces",
    summary = "The matching traces of an experiment as list rows, in pages",
    params(ExperimentPath, ScopeQuery, TraceListQuery),
    responses((status = 200, body = TracePage)),
)]
pub(super) async fn list_traces(
    app: App,
    scope: TraceScope,
    Query(query): Query<TraceListQuery>,
) -> Result<Json<TracePage>, ApiError> {
    let columns = ValueColumns::parse(&query.columns)?;
    let max_results = check_max_results(query.max_results, ROWS_DEFAULT, ROWS_MAX)?;
    let search = TraceSearch {
        order_by: OrderBy::parse_list(&query.order_by)?,
        page_token: query.page_token.filter(|token| !token.is_empty()),
        ..scope.search(&app, max_results)
    };
    let TraceListPage { traces, next_page_token, covered_from } =
        app.traces.search_list(search).await?;
    let traces = columns.trace_rows(&app, traces, page_deadline(&app)).await?;
    let covered_from_ms = covered_from.map(|time| time.0);
    Ok(Json(TracePage { traces, next_page_token, covered_from_ms }))
}
