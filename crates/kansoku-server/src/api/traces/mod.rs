//! Many traces: lists, summaries, groups, exports, and events about changes.
mod events;
mod export;
mod groups;
mod list;
mod rows;
mod summary;

pub use events::EventStreams;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    list::routes(routes);
    rows::routes(routes);
    summary::routes(routes);
    groups::routes(routes);
    export::routes(routes);
    events::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list::list_traces,
    rows::list_rows,
    summary::summarize_traces,
    groups::list_groups,
    export::export_traces,
    events::stream_trace_events,
))]
pub(crate) struct Document;
