//! One trace of any size: its tree, its spans page by page, their payload, its OTLP, and a search in it.
mod find;
mod otlp;
mod previews;
mod span;
mod span_tree;
mod spans;
mod truncate;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    spans::routes(routes);
    span::routes(routes);
    previews::routes(routes);
    span_tree::routes(routes);
    find::routes(routes);
    otlp::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    spans::list,
    span::get,
    span::field,
    previews::previews,
    span_tree::get_span_tree,
    find::find,
    otlp::read_otlp,
))]
pub(crate) struct Document;
