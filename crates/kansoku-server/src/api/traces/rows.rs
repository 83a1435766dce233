//! Rows of the list by trace ids, for updates after events.
use axum::{Json, http::Method};
use kansoku_mlflow::ids::possible_ids;
use kansoku_model::{Scope, TraceId};
use serde::Deserialize;

use crate::{
    ApiError, App,
    http::extract::Query,
    rendering::{
        trace_list_item::TracePage,
        value_columns::{ValueColumns, page_deadline},
    },
    route_table::Routes,
};

const IDS_MAX: usize = 500;

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(Scope::Read, Method::GET, "3.0/kansoku/traces/rows", list_rows);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceRowsQuery {
    /// trace ids, separated by commas, 500 at most
    #[param(value_type = String)]
    ids: Vec<String>,
    /// values of the root span, with commas between them: `inputs.customer.id`; 20 at most
    #[serde(default)]
    columns: Vec<String>,
}

/// `GET /api/3.0/kansoku/traces/rows?ids=…`: in the order of `ids`, without those that do not
/// exist.
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/traces/rows",
    summary = "List rows of the traces with these ids",
    params(TraceRowsQuery),
    responses((status = 200, body = TracePage)),
)]
pub(super) async fn list_rows(
    app: App,
    Query(query): Query<TraceRowsQuery>,
) -> Result<Json<TracePage>, ApiError> {
    let columns = ValueColumns::parse(&query.columns)?;
    let listed = app.traces.list_items(&parse_ids(&query.ids)?).await?;
    let traces = columns.trace_rows(&app, listed, page_deadline(&app)).await?;
    Ok(Json(TracePage { traces, next_page_token: None, covered_from_ms: None }))
}

/// Parses ids that are separated by commas, or given by several `ids` parameters.
pub(super) fn parse_ids(texts: &[String]) -> Result<Vec<TraceId>, ApiError> {
    let ids = texts.iter().flat_map(|text| text.split(','));
    let ids: Vec<String> = ids.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    if IDS_MAX < ids.len() {
        let message = format!("`ids` has {} ids; ask for {IDS_MAX} at most", ids.len());
        return Err(ApiError::invalid(message));
    }
    Ok(possible_ids(ids))
}
