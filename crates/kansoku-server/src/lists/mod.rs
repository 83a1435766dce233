//! Lists of traces for people: rows that need no second request, and what is said of many at once.
mod asked;
mod buckets;
mod plain_row;
mod rows;
mod shape;
mod summary;
mod traces;
mod wire;

pub(crate) use asked::{Asked, experiment_in_path};
pub(crate) use plain_row::{assessment_row, trace_error, trace_row};
pub(crate) use wire::{AssessmentRow, TraceError, TraceRow};

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    traces::routes(routes);
    rows::routes(routes);
    summary::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(traces::list_traces, rows::list_rows, summary::summary))]
pub(crate) struct Document;
