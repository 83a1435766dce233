//! Lists of traces for people: rows that need no second request, and what is said of many at once.
mod asked;
mod buckets;
mod check;
mod export;
mod facets;
mod fields;
mod group_by;
mod groups;
mod outcome;
mod plain_row;
mod rows;
mod shape;
mod summary;
mod traces;
mod values;
mod views;
mod wire;

pub(crate) use asked::{Asked, bucket_count, experiment_in_path};
pub(crate) use buckets::Buckets;
pub(crate) use outcome::Outcome;
pub(crate) use plain_row::{assessment_row, trace_error, trace_row};
pub(crate) use wire::{AssessmentRow, TraceError, TraceRow};

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    traces::routes(routes);
    rows::routes(routes);
    summary::routes(routes);
    check::routes(routes);
    fields::routes(routes);
    facets::routes(routes);
    groups::routes(routes);
    views::routes(routes);
    export::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    traces::list_traces,
    rows::list_rows,
    summary::summary,
    check::check_filter,
    fields::list_fields,
    facets::list_facets,
    groups::list_groups,
    views::list_views,
    views::create_view,
    views::update_view,
    views::delete_view,
    export::export_traces,
))]
pub(crate) struct Document;
