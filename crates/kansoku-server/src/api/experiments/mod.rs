//! Experiments at a glance: all of them, figures over time, distributions, storage.
mod distributions;
mod list;
mod overview;
mod storage;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    list::routes(routes);
    overview::routes(routes);
    distributions::routes(routes);
    storage::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list::list_experiments,
    overview::get_overview,
    distributions::get_distributions,
    storage::storage,
))]
pub(crate) struct Document;
