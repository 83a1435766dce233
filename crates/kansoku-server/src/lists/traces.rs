//! The list of traces, a page at a time.
use axum::{Json, extract::State, http::Method};
use kansoku_filter::OrderBy;
use kansoku_store::{ListedPage, TraceSearch};

use super::wire::TracePage;
use super::{Asked, trace_row};
use crate::{ApiError, App, Fields, mlflow::page::max_results, routes::Routes};

const ROWS_DEFAULT: usize = 100;
const ROWS_MAX: usize = 500;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Method::GET, "3.0/kansoku/experiments/{experiment_id}/traces", list);
}

/// `GET /api/3.0/kansoku/experiments/{experiment_id}/traces`
async fn list(State(app): State<App>, fields: Fields) -> Result<Json<TracePage>, ApiError> {
    let max_results = max_results(&fields, ROWS_DEFAULT, ROWS_MAX)?;
    let search = TraceSearch {
        order_by: OrderBy::parse_list(&fields.list_str("order_by")?)?,
        page_token: fields.str("page_token")?.filter(|token| !token.is_empty()),
        ..Asked::of(&app, &fields).await?.search(&app, max_results)
    };
    let ListedPage { traces, next_page_token } = app.traces.search_listed(search).await?;
    let traces = traces.into_iter().map(trace_row).collect();
    Ok(Json(TracePage { traces, next_page_token }))
}
