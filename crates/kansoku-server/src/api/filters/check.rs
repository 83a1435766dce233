//! Checks whether a filter is valid, while a user types it.
use axum::{Json, http::Method};
use kansoku_filter::{Filter, FilterError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{RouteAccess, http::extract::Query, route_table::Routes};

pub(crate) fn routes(routes: &mut Routes) {
    routes.api(RouteAccess::AnyToken, Method::GET, "3.0/kansoku/filter/check", check_filter);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FilterCheckQuery {
    /// the filter to check
    q: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilterCheck {
    ok: bool,
    message: Option<String>,
    /// The range of the error, in bytes of `q`.
    from: Option<usize>,
    to: Option<usize>,
    hint: Option<String>,
    /// Whether MLflow's server accepts the filter, too.
    mlflow: bool,
}

/// `GET /api/3.0/kansoku/filter/check?q=…`
#[utoipa::path(
    get,
    path = "/api/3.0/kansoku/filter/check",
    summary = "Checks the syntax of a filter",
    params(FilterCheckQuery),
    responses((status = 200, body = FilterCheck)),
)]
pub(super) async fn check_filter(
    Query(FilterCheckQuery { q }): Query<FilterCheckQuery>,
) -> Json<FilterCheck> {
    let text = q.unwrap_or_default();
    Json(match Filter::parse(&text) {
        Ok(_) => FilterCheck {
            ok: true,
            message: None,
            from: None,
            to: None,
            hint: None,
            mlflow: Filter::is_mlflows(&text),
        },
        Err(error) => failed_check(error),
    })
}

fn failed_check(error: FilterError) -> FilterCheck {
    FilterCheck {
        ok: false,
        hint: error.hint(),
        from: Some(error.at.start),
        to: Some(error.at.end),
        message: Some(error.message),
        mlflow: false,
    }
}
