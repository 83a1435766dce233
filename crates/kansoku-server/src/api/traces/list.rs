//! The list of traces, a page at a time.
use axum::{Json, http::Method};
use kansoku_filter::OrderBy;
use kansoku_mlflow::{Fields, page::max_results};
use kansoku_model::Scope;
use kansoku_store::{TraceListPage, TraceSearch};

use crate::{
    ApiError, App,
    params::trace_scope::TraceScope,
    rendering::trace_list_item::{TracePage, conversion::trace_list_item_json},
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

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/traces`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/experiments/{experiment_id}/traces",
    summary = "The traces of an experiment as rows of a list, page by page",
    params(
        ("experiment_id" = String, Path, description = "an id, or a name"),
        ("q" = Option<String>, Query, description = "a filter"),
        ("from" = Option<i64>, Query, description = "milliseconds since 1970, inclusive"),
        ("to" = Option<i64>, Query, description = "milliseconds since 1970, inclusive"),
        ("order_by" = Option<String>, Query, description = "such as `cost DESC`"),
        ("page_token" = Option<String>, Query),
        ("max_results" = Option<u32>, Query, description = "1 to 500"),
    ),
    responses((status = 200, body = TracePage)),
)]
pub(super) async fn list_traces(app: App, fields: Fields) -> Result<Json<TracePage>, ApiError> {
    let max_results = max_results(&fields, ROWS_DEFAULT, ROWS_MAX)?;
    let scope = TraceScope::from_fields(&app, &fields).await?;
    let search = TraceSearch {
        order_by: OrderBy::parse_list(&fields.list_str("order_by")?)?,
        page_token: fields.str("page_token")?.filter(|token| !token.is_empty()),
        ..scope.search(&app, max_results)
    };
    let TraceListPage { traces, next_page_token } = app.traces.search_list(search).await?;
    let traces =
        traces.into_iter().map(|trace| trace_list_item_json(trace, &scope.feedback)).collect();
    Ok(Json(TracePage { traces, next_page_token }))
}
