//! Single spans of many traces: list, summary, export.
mod export;
mod list;
mod row;
mod summary;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    list::routes(routes);
    summary::routes(routes);
    export::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(list::search_spans, summary::summarize_spans, export::export_spans))]
pub(crate) struct Document;
