//! The spans of an experiment as rows of a list, a page at a time.
use axum::{Json, http::Method};
use kansoku_mlflow::page::check_max_results;
use kansoku_model::Scope;
use kansoku_store::{SpanSearch, SpanSearchPage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::row::{FoundSpan, span_rows};
use crate::{
    ApiError, App,
    http::extract::Query,
    params::trace_scope::{ExperimentPath, ScopeQuery, TraceScope},
    rendering::value_columns::{ValueColumns, page_deadline},
    route_table::Routes,
};

const ROWS_DEFAULT: usize = 100;
const ROWS_MAX: usize = 500;

pub(crate) fn routes(routes: &mut Routes) {
    let path = "3.0/kansoku/experiments/{experiment_id}/spans";
    routes.api(Scope::Read, Method::GET, path, search_spans);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpanSearchQuery {
    page_token: Option<String>,
    /// 1 to 500
    max_results: Option<i64>,
    /// values of the span, with commas between them: `inputs.city`; 20 at most
    #[serde(default)]
    columns: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundSpanPage {
    /// By trace, newest first; then by start, latest first.
    spans: Vec<FoundSpan>,
    next_page_token: Option<String>,
    /// The deadline passed before the page was full.
    ended_early: bool,
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/spans`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/spans",
    operation_id = "search_spans",
    summary = "The matching spans of an experiment as list rows, in pages",
    params(ExperimentPath, ScopeQuery, SpanSearchQuery),
    responses((status = 200, body = FoundSpanPage)),
)]
pub(super) async fn search_spans(
    app: App,
    scope: TraceScope,
    Query(query): Query<SpanSearchQuery>,
) -> Result<Json<FoundSpanPage>, ApiError> {
    let columns = ValueColumns::parse(&query.columns)?;
    let max_results = check_max_results(query.max_results, ROWS_DEFAULT, ROWS_MAX)?;
    let page_token = query.page_token.filter(|token| !token.is_empty());
    let search = SpanSearch { page_token, ..scope.span_search(&app, max_results) };
    let SpanSearchPage { spans, next_page_token, ended_early } =
        app.traces.search_spans(search).await?;
    let spans = span_rows(&app, &columns, spans, page_deadline(&app)).await?;
    Ok(Json(FoundSpanPage { spans, next_page_token, ended_early }))
}
