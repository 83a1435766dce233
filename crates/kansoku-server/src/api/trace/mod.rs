//! One trace of any size: its span tree, its spans page by page, their payload, its OTLP, and a
//! text search.
mod find;
mod otlp;
mod previews;
mod span;
mod span_tree;
mod spans;
mod truncate;

use kansoku_model::TraceId;
use serde::Deserialize;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    spans::routes(routes);
    span::routes(routes);
    previews::routes(routes);
    span_tree::routes(routes);
    find::routes(routes);
    otlp::routes(routes);
}

/// The path of a route about one trace.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TracePath {
    /// `tr-` and 32 hex digits
    #[param(value_type = String)]
    trace_id: TraceId,
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    spans::list_spans,
    span::get_span,
    span::get_span_field,
    previews::preview_spans,
    span_tree::get_span_tree,
    find::find_in_trace,
    otlp::read_otlp,
))]
pub(crate) struct Document;
